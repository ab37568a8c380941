"""A model whose coded values are written as the warehouse writes them.

The contract fixes table and column names, not values: one brand stores `gold`, another 金卡. Where a stored value
is one of the names of a declared code that the warehouse does not hold, it is that code.
"""

from collections.abc import Mapping, Sequence

from app.semantic.model import Dimension, SemanticModel


def as_stored(model: SemanticModel, values: Mapping[str, Sequence[str]]) -> SemanticModel:
    """`model` with renamed codes; itself where the warehouse uses the declared ones.

    Args:
        model: The semantic model.
        values: Dimension id → the values that the warehouse holds.
    """
    changed = {
        id_: adapted
        for id_, stored in values.items()
        if id_ in model.dimensions and (adapted := _adapted(model.dimensions[id_], stored)) is not None
    }
    return model.model_copy(update={"dimensions": {**model.dimensions, **changed}}) if changed else model


def _adapted(dimension: Dimension, stored: Sequence[str]) -> Dimension | None:
    held = set(stored)
    codes = dict.fromkeys([*dimension.values, *dimension.value_synonyms])
    absent = [code for code in codes if code not in held]
    if not absent:
        return None
    declared = {_plain(name) for code in codes if code in held for name in _names(dimension, code)}
    spelled = {_plain(value): value for value in stored if value not in codes}
    renamed = {
        code: value
        for code in absent
        for value in (_spelling(dimension, code, spelled),)
        if value is not None and _plain(value) not in declared
    }
    if not renamed:
        return None
    return dimension.model_copy(update={
        "values": {renamed.get(code, code): text for code, text in dimension.values.items()},
        "value_synonyms": {renamed.get(code, code): forms for code, forms in dimension.value_synonyms.items()},
        "order": tuple(renamed.get(code, code) for code in dimension.order),
    })  # fmt: skip


def _spelling(dimension: Dimension, code: str, spelled: Mapping[str, str]) -> str | None:
    return next((spelled[_plain(name)] for name in _names(dimension, code) if _plain(name) in spelled), None)


def _names(dimension: Dimension, code: str) -> tuple[str, ...]:
    text = dimension.values.get(code)
    labels = (text.zh, text.en) if text else ()
    return (code, *labels, *dimension.value_synonyms.get(code, ()))


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").split())
