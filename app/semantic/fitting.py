"""A model fitted to a warehouse that lacks part of the contract.

Rules that leave rows out look rows up elsewhere; without that table they can't be applied.

Without a table of members nobody can be known as staff; sales can still be counted, with a note. Metrics and dimensions
on missing tables stay as they are: the guard refuses them by name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from app.semantic.checks import field_names
from app.semantic.compiler import CompiledQuery
from app.semantic.compiler import compile as compile_query
from app.semantic.model import Dataset, SemanticModel
from app.semantic.query import SemanticQuery
from app.semantic.request import CompileContext
from app.warehouse.engine import TableInfo


@dataclass(frozen=True, slots=True)
class Fitted:
    """The model without the rules that this warehouse can't apply."""

    model: SemanticModel
    unapplied: Mapping[str, tuple[str, ...]]
    """Table → datasets whose rows could not be left out of it."""


def fit(model: SemanticModel, tables: Mapping[str, TableInfo]) -> Fitted:
    """`model` itself where nothing is missing."""
    datasets = dict(model.datasets)
    unapplied: dict[str, tuple[str, ...]] = {}
    for dataset in model.datasets.values():
        kept = tuple(rule for rule in dataset.exclude if _is_there(model.datasets[rule.dataset], tables))
        if kept == dataset.exclude or dataset.table is None:
            continue
        datasets[dataset.id] = dataset.model_copy(update={"exclude": kept})
        lost = [rule.dataset for rule in dataset.exclude if rule not in kept]
        unapplied[dataset.table] = tuple(dict.fromkeys([*unapplied.get(dataset.table, ()), *lost]))
    return Fitted(model.model_copy(update={"datasets": datasets}) if unapplied else model, unapplied)


def _is_there(dataset: Dataset, tables: Mapping[str, TableInfo]) -> bool:
    """Every stored column that the dataset names is in the warehouse."""
    stored = {name for name in field_names(dataset) if (own := dataset.fields.get(name)) is None or own.expr is None}
    return dataset.table is None or (dataset.table in tables and stored <= tables[dataset.table].columns.keys())


@dataclass(slots=True)
class FittedCompiler:
    """Compiles for the warehouse that serves now."""

    tables: Callable[[], Mapping[str, TableInfo]]
    _last: tuple[SemanticModel, Mapping[str, TableInfo], Fitted] | None = None

    def __call__(self, query: SemanticQuery, model: SemanticModel, context: CompileContext) -> CompiledQuery:
        fitted = self._fitted(model)
        compiled = compile_query(query, fitted.model, context)
        lost = tuple(dict.fromkeys(name for table in compiled.tables for name in fitted.unapplied.get(table, ())))
        return replace(compiled, unapplied=lost) if lost else compiled

    def _fitted(self, model: SemanticModel) -> Fitted:
        tables = self.tables()
        last = self._last
        if last is None or last[0] is not model or last[1] is not tables:
            last = self._last = (model, tables, fit(model, tables))
        return last[2]
