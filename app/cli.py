"""The `qianmian` command. Heavy parts are imported inside the command that uses them, so that `ask` starts fast."""
# ruff: noqa: PLC0415, D301 - imports inside commands are lazy on purpose; \b keeps the lines of examples apart

import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands import audit, conversations, feedback, keys, knowledge, memory, snapshots, verified
from app.core.actor import LOCAL_OPERATOR, Actor
from app.core.clock import system_clock
from app.core.collector import collect_rarely
from app.core.errors import AppError, ConfigurationError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.settings import Settings
    from app.wiring import Application

app = typer.Typer(
    name="qianmian",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="千面: ask a member warehouse in the brand's own words; get an answer with SQL it can defend.",
)

app.add_typer(memory.app, name="memory")
app.add_typer(verified.app, name="verified")
app.command()(feedback.feedback)
app.add_typer(feedback.app, name="proposals")
app.add_typer(conversations.app, name="conversations")
app.add_typer(audit.app, name="audit")
app.add_typer(keys.app, name="keys")
app.add_typer(snapshots.app, name="snapshots")
app.add_typer(knowledge.app, name="knowledge")

Warehouse = Annotated[
    Path | None,
    typer.Option("--warehouse", help="A DuckDB file that follows the contract. Default: newest import, else the demo."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def main() -> None:
    """Run the command line; every expected failure ends in one clear message and a non-zero exit."""
    collect_rarely()
    try:
        app()
    except AppError as error:
        _print_error(error)
        raise SystemExit(2) from error
    except OSError as error:  # a folder that is not there, no right to write, a full disk
        _warn(f"error [not_written]: {error.strerror or type(error).__name__}: {error.filename or 'output'}")
        _warn("  → 检查路径、权限和磁盘空间后重试 · check the path, the rights and the free space, then try again")
        raise SystemExit(2) from error


def _print_error(error: AppError) -> None:
    in_chinese = _speaks_chinese()
    _warn(f"error [{error.code}]: {(in_chinese and error.details.get('zh')) or error.message}")
    if isinstance(error, ConfigurationError):
        for problem in error.problems:
            _warn(f"  - {problem}")
    hint = (in_chinese and error.details.get("zh_hint")) or error.hint
    if hint:
        _warn(f"  → {hint}")


def _speaks_chinese() -> bool:
    """Before a question is read, its words on the command line tell the asker's language."""
    words = sys.argv[1:]
    if "--lang" in words:
        return words[words.index("--lang") + 1 :][:1] == ["zh"]
    return any("\u4e00" <= letter <= "\u9fff" for word in words for letter in word)


def _warn(text: str) -> None:
    typer.echo(text, err=True)


def _settings(planner: str | None = None) -> "Settings":
    from app.settings import load_settings

    settings = load_settings()
    if planner is not None:
        settings = settings.model_copy(update={"planner": planner})
    logging.basicConfig(level=max(logging.getLevelName(settings.log_level), logging.WARNING), format="%(message)s")
    return settings


def _application(settings: "Settings", warehouse: Path | None) -> "Application":
    from app.wiring import build

    return build(settings, warehouse=warehouse)


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help='For example "上个月各渠道的销售额,环比怎么样".')] = None,
    warehouse: Warehouse = None,
    brand: Annotated[list[str] | None, typer.Option(help="See only this brand's rows; repeat for several.")] = None,
    department: Annotated[str | None, typer.Option(help="Department whose house definitions apply.")] = None,
    as_user: Annotated[str, typer.Option("--as", help="Name of the asker, for the audit.")] = LOCAL_OPERATOR.id,
    language: Annotated[str | None, typer.Option("--lang", help="Answer in zh or en. Default: the question's.")] = None,
    file: Annotated[Path | None, typer.Option(help='Many questions: one JSON a line, {"id", "question"}.')] = None,
    out: Annotated[Path | None, typer.Option(help="With --file: write answers here instead of the screen.")] = None,
    planner: Annotated[
        str | None, typer.Option(help="rule: no model. auto: a model where the rules need one. llm: always a model.")
    ] = None,
    previous: Annotated[
        list[str] | None, typer.Option(help="A question asked before, which this one follows; repeat for several.")
    ] = None,
    conversation: Annotated[
        str | None, typer.Option(help="Any id: questions with it follow up on each other, also days later.")
    ] = None,
    sql: Annotated[bool, typer.Option("--sql", help="Show the SQL that ran.")] = False,
    as_json: AsJson = False,
) -> None:
    """Answer a question, or a file of questions, from the warehouse.

    \b
    qianmian ask "上个月抖音和天猫的会员复购人数各是多少,环比怎么样"
    qianmian ask "net sales by channel last month" --sql
    qianmian ask "各门店销售额 top5" --warehouse brand.duckdb --brand B1 --json
    qianmian ask "那天猫呢" --previous "上个月抖音的销售额"
    qianmian ask --file questions.jsonl --json --out answers.jsonl

    Exit code: 0 answered, 1 refused (the text says what to ask instead), 2 failed.
    """
    if (question is None) == (file is None):
        raise typer.BadParameter("give a question, or --file with many")
    if language not in (None, "zh", "en"):
        raise typer.BadParameter("--lang is zh or en")
    if planner not in (None, "rule", "llm", "auto"):
        raise typer.BadParameter("--planner is rule, llm or auto")
    actor = Actor(
        id=as_user, roles=LOCAL_OPERATOR.roles, brand_ids=frozenset(brand) if brand else None, department=department
    )
    application = _application(_settings(planner), warehouse)
    try:
        _check_brands(application, actor)
        if file is not None:
            _ask_file(application, file, out, actor, language)
            return
        turns = previous or []
        answer = _ask_after(application, turns, question or "", actor, language, conversation=conversation)
    finally:
        application.close()
    typer.echo(answer.model_dump_json(indent=2) if as_json else _text(answer, sql=sql))
    if answer.status in ("refused", "failed"):
        raise typer.Exit(1 if answer.status == "refused" else 2)


def _ask_after(
    application: "Application",
    turns: list[str],
    question: str,
    actor: Actor,
    language: Any,
    *,
    conversation: str | None,
) -> Any:
    """Answer `question` after the turns before it, given here or kept in a conversation."""
    from app.flows.batch import EarlierTurns, previous_turn

    before = previous_turn(application.answer_question, EarlierTurns(tuple(turns)), actor, language)
    if conversation is None:
        return application.answer_question.ask(question, actor, language=language, previous=before)
    return application.memory.conversations.ask(
        question, actor, conversation_id=conversation, language=language, previous=before
    )


@app.command()
def chat(
    warehouse: Warehouse = None,
    brand: Annotated[list[str] | None, typer.Option(help="See only this brand's rows; repeat for several.")] = None,
    department: Annotated[str | None, typer.Option(help="Department whose house definitions apply.")] = None,
    as_user: Annotated[str, typer.Option("--as", help="Name of the asker, for the audit.")] = LOCAL_OPERATOR.id,
    language: Annotated[str | None, typer.Option("--lang", help="Answer in zh or en. Default: the question's.")] = None,
) -> None:
    """Ask question after question; a follow-up may say only what changes.

    \b
    qianmian chat
    qianmian chat --warehouse brand.duckdb --department 电商部
    """
    from app.terminal import Chat, talk, typed_lines

    if language not in (None, "zh", "en"):
        raise typer.BadParameter("--lang is zh or en")
    actor = Actor(
        id=as_user, roles=LOCAL_OPERATOR.roles, brand_ids=frozenset(brand) if brand else None, department=department
    )
    application = _application(_settings(), warehouse)
    try:
        _check_brands(application, actor)
        talked = application.memory.conversations

        def choose(option: Any, question: str, language: Any) -> Any:
            return talked.choose(option, actor, question=question, conversation_id=None, language=language)

        conversation = Chat(application.answer_question, actor, language=language, choose=choose)  # type: ignore[arg-type]
        typer.echo(conversation.respond("/help"))
        talk(conversation, typed_lines("千面> "), lambda text: typer.echo(f"\n{text}\n"))
    finally:
        application.close()


def _text(answer: Any, *, sql: bool) -> str:
    from app.flows.as_text import as_text

    return as_text(answer, sql=sql)


def _check_brands(application: "Application", actor: Actor) -> None:
    known = application.answer_question.brands.names(application.engine.snapshot().id)
    unknown = sorted((actor.brand_ids or frozenset()) - known.keys())
    if unknown:
        listed = ", ".join(f"{brand} ({name})" for brand, name in sorted(known.items())) or "-"
        raise NotFoundError(
            f"no brand {unknown[0]!r} in this warehouse",
            hint=f"it has: {listed}",
            zh=f"这个数据仓库没有品牌 {unknown[0]!r}",
            zh_hint=f"可用的品牌:{listed}",
        )


def _ask_file(application: "Application", file: Path, out: Path | None, actor: Actor, language: Any) -> None:
    from app.flows.batch import answer_lines, read_questions

    questions = read_questions(file)
    lines = answer_lines(application.answer_question, questions, actor, language)
    if out is None:
        for line in lines:
            typer.echo(line)
        return
    draft = out.with_name(f"{out.name}.part")
    with (
        draft.open("w", encoding="utf-8") as target,
        typer.progressbar(lines, length=len(questions), file=sys.stderr) as bar,
    ):
        for line in bar:
            target.write(line + "\n")
    draft.replace(out)


@app.command()
def demo(
    scale: Annotated[float, typer.Option(help="1 is about 80,000 orders; 125 about 10 million.")] = 1.0,
    seed: Annotated[int | None, typer.Option(help="Same seed, same content.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write to. Default: demo/ in the data folder.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a demo brand that is there.")] = False,
) -> None:
    """Build the demo brand: two years of a believable beauty brand, with planted causes and their truth beside it.

    \b
    qianmian demo
    qianmian demo --scale 10 --seed 7 --out /tmp/brand
    """
    report = _build_demo(_settings(), out, scale=scale, seed=seed, overwrite=overwrite)
    typer.echo(f"{report.orders:,} orders in {report.seconds:.1f} s")
    typer.echo(f"warehouse  {report.warehouse}\nvault      {report.vault}\nplanted    {report.planted}")


def _build_demo(settings: "Settings", out: Path | None, *, scale: float, seed: int | None, overwrite: bool) -> Any:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from app.demo.generate import DEFAULT_SEED, generate

    folder = out or settings.demo_warehouse.parent
    with Progress(TextColumn("{task.description:<24}"), BarColumn(), TimeElapsedColumn(), transient=True) as bar:
        task = bar.add_task("starting", total=1.0)
        return generate(
            folder,
            scale=scale,
            seed=DEFAULT_SEED if seed is None else seed,
            progress=lambda stage, share: bar.update(task, description=stage, completed=share),
            overwrite=overwrite,
        )


@app.command("import")
def import_(
    mapping: Annotated[str, typer.Argument(help="A mapping file (YAML), or the name of a shipped one.")],
    sources: Annotated[list[Path], typer.Argument(help="CSV, Parquet or Excel files.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder of snapshots. Default: warehouse/ in the data folder.")
    ] = None,
    append: Annotated[
        bool, typer.Option("--append", help="Add to the current snapshot instead of replacing it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Load files into a new snapshot. The old snapshot serves until the new one is complete; bad rows are quarantined.

    \b
    qianmian import uci_online_retail_ii online_retail_II.parquet
    qianmian import my_shop.yaml orders.csv items.xlsx --out warehouse
    qianmian import my_shop.yaml orders_november.csv --append --json
    """
    from app.ingest.importer import import_data

    settings = _settings()
    report = import_data(
        mapping,
        sources,
        out=out or settings.snapshot_dir,
        now=system_clock(),
        mode="append" if append else "replace",
        progress=lambda step, detail: _warn(f"… {step} {detail}".rstrip()),
    )
    typer.echo(json.dumps(report.to_dict(), ensure_ascii=False, indent=2) if as_json else report.as_text("en"))


@app.command()
def doctor(warehouse: Warehouse = None, as_json: AsJson = False) -> None:
    """Check knowledge files and a warehouse: contract, keys, references, freshness.

    \b
    qianmian doctor
    qianmian doctor --warehouse brand.duckdb --json

    Exit code: 0 all is well, 1 a check failed, 2 there is nothing to check.
    """
    from dataclasses import asdict

    application = _application(_settings(), warehouse)
    try:
        results = application.examine_warehouse.run()
    finally:
        application.close()
    if as_json:
        typer.echo(json.dumps([asdict(result) for result in results], ensure_ascii=False, indent=2))
    else:
        for result in results:
            typer.echo(f"{'ok  ' if result.passed else 'FAIL'}  {result.check}: {result.detail}")
    if not all(result.passed for result in results):
        raise typer.Exit(1)


@app.command("eval", add_help_option=False, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def eval_(context: typer.Context) -> None:
    """Ask the questions with known answers (evals/) and report how many are right; --help lists all options.

    \b
    qianmian eval --only rank --out report
    qianmian eval --knowledge off
    qianmian eval --check

    Exit code: 0 done, 1 worse than the baseline (--check), 2 the cases themselves are wrong.
    """
    raise typer.Exit(_evals_main()(context.args))


def _evals_main() -> "Callable[[list[str]], int]":
    """The runner beside the program: part of the source tree, not of the installed package, which never imports it."""
    from importlib import import_module

    root = Path(__file__).resolve().parent.parent
    if not (root / "evals" / "__main__.py").exists():
        raise NotFoundError(
            f"there is no folder 'evals' in {str(root)!r}",
            hint="the evals are part of the source tree: run this in a checkout of the repository",
            zh=f"{str(root)!r} 里没有 evals 文件夹",
            zh_hint="评测题在源码里:请在代码仓库中运行",
        )
    sys.path.insert(0, str(root))
    runner: Callable[[list[str]], int] = import_module("evals.__main__").main
    return runner


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    warehouse: Warehouse = None,
    demo: Annotated[bool, typer.Option("--demo", help="Build the demo brand first, if it is not there.")] = False,
) -> None:
    """Serve chat and HTTP API on this machine.

    \b
    qianmian serve --demo
    qianmian serve --warehouse brand.duckdb --port 9000
    """
    from app.main import serve as run_server

    settings = _settings()
    if demo and not settings.demo_warehouse.exists():
        typer.echo("Building the demo brand (once, about 20 seconds) …")
        _build_demo(settings, None, scale=1.0, seed=None, overwrite=False)
    chosen = warehouse or (settings.demo_warehouse if demo else None)
    application = _application(settings, chosen)
    application.open_memory()
    application.keep_fresh()
    application.warm_up_meanwhile(LOCAL_OPERATOR)
    run_server(settings, application, host=host or settings.host, port=port or settings.port)
