"""`qianmian knowledge`: look up and check the brand's words; change them by proposals that another person decides."""
# ruff: noqa: PLC0415 - imports inside commands are lazy on purpose

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands import shared
from app.commands.shared import LOCAL, AsJson, AsUser, Brands, Department, InTheNameOf, Warehouse
from app.core.clock import system_clock
from app.core.errors import CorrectableError, NotFoundError

if TYPE_CHECKING:
    from app.core.actor import Actor
    from app.flows.edit_knowledge import AskedQuestion, EditKnowledge, Effect, Plan, Run
    from app.flows.memory import Proposal
    from app.knowledge.entries import Term
    from app.knowledge.glossary import Glossary
    from app.wiring import Application

app = typer.Typer(no_args_is_help=True, help="Look up, check and change what the brand means by its words.")

ProposalId = Annotated[str, typer.Argument(help="Id, as `knowledge propose` printed it.")]
Reason = Annotated[str, typer.Option(help="Why; kept with the decision.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask again: you have seen the change.")]


@contextmanager
def _editor() -> "Iterator[EditKnowledge]":
    from app.wiring import glossary_of, knowledge_editor

    settings = shared.settings()
    with shared.open_store() as store:
        yield knowledge_editor(settings, store, glossary_of(settings))


@app.command()
def lint(as_json: AsJson = False) -> None:
    """Check terms and bindings: words with two owners, names the model lacks, lapsed entries. Exit code 1 on errors.

    Example: qianmian knowledge lint
    """
    with _editor() as editor:
        found = editor.lint()
    if as_json:
        shared.print_records(found)
    else:
        lines = [f"{one.severity:<8} {one.place:<22} {one.entry}: {one.message}  [{one.rule}]" for one in found]
        shared.print_lines(lines, "没有问题 · nothing to report")
    if any(one.severity == "error" for one in found):
        raise typer.Exit(1)


@app.command()
def show(
    term: Annotated[str, typer.Argument(help="A term: its id, or any of its words.")],
    department: Department = None,
    brand: Brands = None,
    as_json: AsJson = False,
) -> None:
    """Show a term: definition, senses, and which of them holds for a department.

    Example: qianmian knowledge show 复购率 --department 财务部
    """
    from app.knowledge.glossary import Asker

    with _editor() as editor:
        glossary = editor.glossary()
        asker = Asker(system_clock().date(), department, frozenset(brand) if brand else None)
        found = _term(glossary, term, asker.on)
        resolution = glossary.resolve(found.id, asker)
    meant = [sense.id for sense in (*resolution.senses, *resolution.unavailable)]
    if as_json:
        plain = {**found.model_dump(mode="json", exclude_defaults=True), "holds": meant, "by": resolution.by}
        typer.echo(json.dumps(plain, ensure_ascii=False, indent=2))
        return
    typer.echo(f"{found.label.zh} · {found.label.en}  [{found.id}, v{found.version}, {found.owner}]\n{found.text.zh}")
    typer.echo(f"也叫 · also: {', '.join(found.forms)}")
    for sense in found.senses:
        mark = "→" if sense.id in meant and resolution.by != "open" else " "
        what = _written(sense.rewrite) if sense.rewrite else f"算不出 · not computable: {sense.not_computable.zh}"  # type: ignore[union-attr]
        typer.echo(f"{mark} {sense.id}: {sense.who.zh}:{sense.meaning.zh}\n    {what}")
    settled = "会反问 · asked back" if resolution.by == "open" else resolution.by
    typer.echo(f"按 · by: {settled}    来源 · source: {found.source}, {found.updated_on}")


def _term(glossary: "Glossary", words: str, on: Any) -> "Term":
    from app.knowledge.entries import fold

    if words in glossary.terms:
        return glossary.term(words, on)
    named = [term for term in glossary.in_force() if fold(words) in {fold(form) for form in term.forms}]
    if not named:
        raise NotFoundError(f"there is no term {words!r}", hint=f"try `qianmian knowledge search {words}`")
    return named[0]


def _written(rewrite: Any) -> str:
    return json.dumps(rewrite.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False)


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="Words, or a question in your own words.")],
    limit: Annotated[int, typer.Option(min=1, max=50, help="At most so many.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Find metrics, dimensions, segments and terms by name, typo, sound or meaning; best first.

    Example: qianmian knowledge search 多久没买算流失
    """
    from app.wiring import knowledge_search

    retriever, _ = knowledge_search(shared.settings())
    found = retriever.search(text, limit=limit)
    if as_json:
        hits = [
            {
                "kind": hit.entry.kind,
                "id": hit.entry.id,
                "score": round(hit.score, 4),
                "ways": hit.ways,
                "form": hit.form,
            }
            for hit in found.hits
        ]
        typer.echo(json.dumps({"hits": hits, "notes": found.notes}, ensure_ascii=False, indent=2))
        return
    lines = [
        f"{hit.score:.2f}  {'+'.join(hit.ways):<20} {hit.entry.key:<44} {hit.form or hit.entry.forms[0]}"
        for hit in found.hits
    ]
    shared.print_lines(lines, "没有找到 · nothing found")
    for note in found.notes:
        typer.echo(f"注意 · note: {note}", err=True)


@app.command()
def index() -> None:
    """Build the vector index anew from the knowledge files.

    Example: qianmian knowledge index
    """
    from time import perf_counter

    from app.wiring import knowledge_search

    _, vectors = knowledge_search(shared.settings())
    before, began = vectors.state(), perf_counter()
    count = vectors.rebuild()
    typer.echo(f"{count} entries in {perf_counter() - began:.1f} s (was {before})")


@app.command()
def propose(
    file: Annotated[Path, typer.Argument(help="YAML with changed or new terms and bindings, as in knowledge/jargon.")],
    as_user: InTheNameOf = LOCAL,
    questions: Annotated[Path | None, typer.Option(help="Questions to compare; default: those of evals/cases.")] = None,
    run: Annotated[bool, typer.Option("--run", help="Compare the numbers too.")] = False,
    warehouse: Warehouse = None,
    as_json: AsJson = False,
) -> None:
    r"""Propose a change, and print which questions would be read otherwise. Another person decides.

    \b
    qianmian knowledge propose new_terms.yaml --as 小李
    qianmian knowledge propose new_terms.yaml --questions ours.jsonl --run
    """
    from app.wiring import build, glossary_of, knowledge_editor

    settings = shared.settings()
    text = _read(file)
    asked = _questions(questions)
    application = build(settings, warehouse=warehouse)
    try:
        editor = knowledge_editor(settings, application.store, glossary_of(settings))
        after = editor.changed(file.name, text)
        found = _effects(application, asked, after, with_numbers=run)
        proposal = editor.propose(shared.person(as_user), file.name, text, found)
    finally:
        application.close()
    if as_json:
        shared.print_records([proposal])
        return
    _print_effects(found, len(asked))
    typer.echo(f"待他人决定 · waits for another person: {proposal.id}")


def _effects(
    application: "Application", asked: "Sequence[AskedQuestion]", after: "Glossary", *, with_numbers: bool
) -> "list[Effect]":
    from app.flows.edit_knowledge import effects
    from app.wiring import planner_with

    actor = shared.person(LOCAL)
    before, changed = application.planner, planner_with(application.planner, after)

    def run(query: Any) -> str:
        return application.answer_question.run(query, actor, language="zh").headline

    plans: list[Plan] = [_plan(planner, actor) for planner in (before, changed)]
    chosen: Run | None = run if with_numbers else None
    with typer.progressbar(asked, label="comparing", file=_stderr()) as bar:
        return list(effects(bar, plans[0], plans[1], chosen))


def _plan(planner: Any, actor: "Actor") -> "Plan":
    from app.planning.context import PlanContext

    def plan(question: str, department: str | None) -> Any:
        return planner.plan(question, actor, PlanContext(department=department))

    return plan


def _stderr() -> Any:
    import sys

    return sys.stderr


def _print_effects(found: "Sequence[Effect]", asked: int) -> None:
    for one in found:
        who = f" ({one.department})" if one.department else ""
        typer.echo(f"{one.question}{who}\n  - {one.before}\n  + {one.after}")
    typer.echo(f"{asked} 个问题中 {len(found)} 个理解会变 · {len(found)} of {asked} questions would be read otherwise")


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CorrectableError(f"{str(file)!r} can't be read as UTF-8 text", hint="check the path") from error


def _questions(file: Path | None) -> "list[AskedQuestion]":
    from app.flows.batch import read_questions
    from app.flows.edit_knowledge import AskedQuestion

    if file is not None:
        return [AskedQuestion(one.question, one.department) for one in read_questions(file)]
    import yaml

    folder = Path(__file__).resolve().parents[2] / "evals" / "cases"
    asked: dict[AskedQuestion, None] = {}
    for path in sorted(folder.rglob("*.yaml")):
        cases = yaml.safe_load(path.read_text(encoding="utf-8")) or []
        for case in cases if isinstance(cases, list) else []:
            if "question" in case and not case.get("turns"):
                asked.setdefault(AskedQuestion(case["question"], case.get("department")))
    return list(asked)


@app.command()
def diff(proposal_id: ProposalId, as_user: AsUser = LOCAL, brand: Brands = None, as_json: AsJson = False) -> None:
    """Show what a proposal changes, and which questions it changes.

    Example: qianmian knowledge diff prop_3f9c2a6b1d0e4f5a6b7c8d9e
    """
    with _editor() as editor:
        proposal = _proposal(editor, shared.person(as_user, brand), proposal_id)
        changed = editor.diff(proposal)
    if as_json:
        shared.print_records(changed)
        return
    _print_proposal(proposal, changed)


def _proposal(editor: "EditKnowledge", actor: "Actor", proposal_id: str) -> "Proposal":
    from app.flows.verify_question import is_visible

    found = None
    if editor.store.holds_something:
        with editor.store.reading() as kept:
            found = kept.proposals.get(proposal_id)
    if found is None or found.kind != "knowledge" or not is_visible(found.brand_ids, actor):
        raise NotFoundError(f"there is no proposed change {proposal_id!r}", hint="`qianmian proposals list` lists them")
    return found


def _print_proposal(proposal: "Proposal", changed: Sequence[Any]) -> None:
    typer.echo(f"{proposal.id}  {proposal.state}  {proposal.proposed_by}  {proposal.proposed_at:%Y-%m-%d %H:%M}")
    for one in changed:
        typer.echo(one.entry)
        before, after = one.before or {}, one.after or {}
        for key in dict.fromkeys((*before, *after)):
            if before.get(key) != after.get(key):
                for sign, side in (("-", before), ("+", after)):
                    if key in side:
                        typer.echo(f"  {sign} {key}: {json.dumps(side[key], ensure_ascii=False)}")
    for effect in proposal.payload.get("effects", ()):
        typer.echo(f"{effect['question']}\n  - {effect['before']}\n  + {effect['after']}")
    typer.echo(f"hash {proposal.content_hash}")


@app.command()
def accept(
    proposal_id: ProposalId, as_user: InTheNameOf, reason: Reason = "", yes: Yes = False, warehouse: Warehouse = None
) -> None:
    """Accept a change of knowledge in your name; it holds from then on. Never your own.

    Example: qianmian knowledge accept prop_3f9c2a6b1d0e4f5a6b7c8d9e --as 老王
    """
    _decide(proposal_id, as_user, "accept", reason, yes=yes, warehouse=warehouse)
    typer.echo(f"已采纳 · accepted: {proposal_id}")


@app.command()
def reject(
    proposal_id: ProposalId, as_user: InTheNameOf, reason: Reason = "", yes: Yes = False, warehouse: Warehouse = None
) -> None:
    """Reject a change of knowledge in your name; nothing else changes.

    Example: qianmian knowledge reject prop_3f9c2a6b1d0e4f5a6b7c8d9e --as 老王 --reason 口径不对
    """
    _decide(proposal_id, as_user, "reject", reason, yes=yes, warehouse=warehouse)
    typer.echo(f"已驳回 · rejected: {proposal_id}")


def _decide(proposal_id: str, name: str, what: str, reason: str, *, yes: bool, warehouse: Path | None) -> None:
    """Show the change, ask, and decide about exactly what was shown."""
    actor = shared.person(name)
    with _editor() as editor:
        proposal = _proposal(editor, actor, proposal_id)
        _print_proposal(proposal, editor.diff(proposal))
    if not yes:
        typer.confirm(f"以 {name} 的名义决定? · decide in the name of {name}?", abort=True)
    with shared.open_memory(warehouse) as memory:
        decide = memory.proposals.accept if what == "accept" else memory.proposals.reject
        decide(actor, proposal_id, seen_hash=proposal.content_hash, reason=reason)
