"""`attest`: does the live data keep the promises that the compiler relies on?

A "one" side that is not unique is the only way left to count a row twice, so every declared key is checked on the data.
Orphans (rows whose parent is missing) are information, unless the relationship is required: then rows are left out.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from app.core.errors import AppError
from app.semantic import dialects
from app.semantic import expressions as ex
from app.semantic.checks import derived_from, field_names
from app.semantic.model import Dataset, Relationship, SemanticModel
from app.semantic.sources import Given, Source

RunSql = Callable[[str], list[tuple[object, ...]]]
Columns = Mapping[str, Mapping[str, str]]
"""Table → column → type of the warehouse that is attested."""


@dataclass(frozen=True, slots=True)
class AttestResult:
    """One check. `n_bad` counts rows or keys, or missing names."""

    check: str
    passed: bool
    detail: str
    n_bad: int = 0


def attest(run_sql: RunSql, model: SemanticModel, tables: Columns, *, dialect: str = "duckdb") -> list[AttestResult]:
    """Check tables, columns, keys and foreign keys of every dataset; datasets whose tables are missing are not read."""
    results = [_columns_exist(dataset, tables) for dataset in model.datasets.values() if dataset.table]
    broken = {result.check for result in results if not result.passed}
    usable = [item for item in model.datasets.values() if not _bases(model, item) & broken]
    attester = _Attester(run_sql, model, dialect, frozenset(item.id for item in usable))
    for dataset in usable:
        results += _readable(dataset, attester)
    return results


def _readable(dataset: Dataset, attester: "_Attester") -> list[AttestResult]:
    """The checks on a dataset's rows; one that can't be read fails alone."""
    results: list[AttestResult] = []
    try:
        results.append(attester.key_is_unique(dataset))
        results.extend(attester.parents_exist(dataset))
    except AppError as error:
        where = f"table {dataset.table!r}" if dataset.table else "its source"
        detail = f"{where} can't be read: {error.message}; look for text in number, date or yes/no columns"
        results.append(AttestResult(f"rows of {dataset.id}", passed=False, detail=detail, n_bad=1))
    return results


def _check_name(dataset: str) -> str:
    return f"columns of {dataset}"


def _bases(model: SemanticModel, dataset: Dataset) -> set[str]:
    """The column checks that a dataset's rows depend on."""
    names, open_ids, seen = set[str](), [dataset.id], set[str]()
    while open_ids:
        here = model.datasets[open_ids.pop()]
        if here.id in seen:
            continue
        seen.add(here.id)
        names.add(_check_name(here.id))
        open_ids += [rule.dataset for rule in here.exclude]
        open_ids += [link.to for link in here.relationships.values()]
        open_ids += derived_from(here)
    return names


def _columns_exist(dataset: Dataset, tables: Columns) -> AttestResult:
    name, table = _check_name(dataset.id), dataset.table or ""
    present = tables.get(table)
    if present is None:
        return AttestResult(name, passed=False, detail=f"the warehouse has no table {table!r}", n_bad=1)
    missing = sorted(_physical_columns(dataset) - set(present))
    detail = f"table {table!r} lacks {', '.join(missing)}" if missing else f"table {table!r} is complete"
    return AttestResult(name, passed=not missing, detail=detail, n_bad=len(missing))


def _physical_columns(dataset: Dataset) -> set[str]:
    return {
        name
        for name in field_names(dataset)
        if (definition := dataset.fields.get(name)) is not None and not definition.expr
    }


class _Attester:
    def __init__(self, run_sql: RunSql, model: SemanticModel, dialect: str, usable: frozenset[str]) -> None:
        self._run, self._model, self._dialect, self._usable = run_sql, model, dialect, usable

    def _count(self, select: exp.Select) -> int:
        value = self._run(dialects.render(select, self._dialect))[0][0]
        return int(str(value or 0))

    def _source(self, dataset: Dataset) -> Source:
        return Source(self._model, dataset, givens=_NO_GIVENS, literal=_NO_GIVENS, tables=set())

    def key_is_unique(self, dataset: Dataset) -> AttestResult:
        """No two rows have the same key, and no row lacks it: what a many→one join to it relies on."""
        name = f"key of {dataset.id} ({', '.join(dataset.key)})"
        if dataset.derive is not None:
            return AttestResult(name, passed=True, detail="unique by its GROUP BY")
        source = self._source(dataset)
        keys = [source.field(field) for field in dataset.key]
        grouped = source.select([ex.aliased(exp.Count(this=exp.Star()), "n")], [])
        grouped.set("group", exp.Group(expressions=keys))
        grouped.set("having", exp.Having(this=exp.GT(this=exp.Count(this=exp.Star()), expression=ex.number(1))))
        repeated = exp.Select(expressions=[exp.Count(this=exp.Star())]).from_(grouped.subquery("keys", copy=False))
        n_bad = self._count(repeated)
        detail = f"{n_bad} key(s) occur more than once" if n_bad else "unique"
        return AttestResult(name, passed=n_bad == 0, detail=detail, n_bad=n_bad)

    def parents_exist(self, dataset: Dataset) -> Iterator[AttestResult]:
        """Rows whose parent is missing, per relationship."""
        if dataset.derive is not None:
            return
        for role, relationship in dataset.relationships.items():
            if relationship.to in self._usable:
                yield self._orphans(dataset, role, relationship)

    def _orphans(self, dataset: Dataset, role: str, relationship: Relationship) -> AttestResult:
        # Read without the required joins, which would hide exactly the rows that are looked for.
        bare = dataset.model_copy(update={"relationships": {
            name: link.model_copy(update={"required": False}) for name, link in dataset.relationships.items()
        }})  # fmt: skip
        source = self._source(bare)
        parent = source.walk((role,))
        key = source.field(next(iter(relationship.on.values())), parent)
        conditions: list[exp.Expr] = [exp.Is(this=key, expression=exp.null())]
        conditions += [exp.Not(this=exp.Is(this=source.field(ours), expression=exp.null())) for ours in relationship.on]
        n_bad = self._count(source.select([exp.Count(this=exp.Star())], conditions))
        name = f"{dataset.id}.{role} finds its {relationship.to}"
        if not n_bad:
            return AttestResult(name, passed=True, detail="every row finds its parent")
        consequence = "left out of every number" if relationship.required else "counted without the parent's attributes"
        return AttestResult(name, passed=True, detail=f"{n_bad} row(s) without parent: {consequence}", n_bad=n_bad)


def _null(_: Source) -> exp.Expr:
    return exp.null()


_NO_GIVENS: dict[str, Given] = dict.fromkeys(ex.PLACEHOLDERS, _null)
