"""Text and foreign types → the contract's types, as SQL. What does not fit exactly is a failure, not a rounding."""

from app.ingest.expressions import literal

_INTEGERS = frozenset({"INTEGER", "BIGINT"})
_FLOATS = frozenset({"DOUBLE", "FLOAT"})
_MONEY = r"^[-+(]?\s*[¥￥$€£]?\s*[-+]?\d{1,3}(,\d{3})+(\.\d+)?\)?$|^[-+]?\s*[¥￥$€£]\s*[-+]?\d+(\.\d+)?$"
_OFFSET = r"\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s*([zZ]|[-+]\d{2}(:?\d{2})?)$"


def is_text(kind: str) -> bool:
    """Whether an engine type holds text."""
    return kind.upper() == "VARCHAR"


def filled(value: str, kind: str) -> str:
    """SQL that is NULL where `value` says nothing: NULL, blank text, NaN."""
    if is_text(kind):
        return f"NULLIF(trim({value}), '')"
    return f"(CASE WHEN isnan({value}) THEN NULL ELSE {value} END)" if kind.upper() in _FLOATS else value


def converted(value: str, kind: str, target: str, *, formats: tuple[str, ...] = (), timezone: str) -> str:
    """SQL of `value` (of engine type `kind`) as `target`, NULL where it does not fit."""
    given, target = filled(value, kind), target.upper()
    if target == "VARCHAR":
        return _as_text(given, kind)
    if target in {"DATE", "TIMESTAMP"}:
        return _as_time(given, kind, target, formats, timezone)
    if target == "BOOLEAN" and is_text(kind):
        return (
            f"(CASE WHEN lower({given}) IN ('是', 'y', 'yes', 'true', 't', '1') THEN TRUE "
            f"WHEN lower({given}) IN ('否', 'n', 'no', 'false', 'f', '0') THEN FALSE END)"
        )
    number = _without_marks(given) if is_text(kind) else given
    if target in _INTEGERS and kind.upper() not in {"BOOLEAN", "BIGINT", "INTEGER"}:
        # The engine rounds '12.5' to 13: half a piece is an error in the file, not 13 pieces.
        return (
            f"(CASE WHEN TRY_CAST({number} AS DECIMAL(38, 6)) = TRY_CAST({number} AS {target}) "
            f"THEN TRY_CAST({number} AS {target}) END)"
        )
    if target == "DOUBLE":
        return f"(CASE WHEN isfinite(TRY_CAST({number} AS DOUBLE)) THEN TRY_CAST({number} AS DOUBLE) END)"
    return f"TRY_CAST({number} AS {target})"


def failed(value: str, kind: str, typed: str) -> str:
    """SQL: there was a value, and it did not fit."""
    return f"({filled(value, kind)} IS NOT NULL AND {typed} IS NULL)"


def _as_text(given: str, kind: str) -> str:
    if kind.upper() in _FLOATS:
        # Tools that know no NULL integer write the id 13085 as 13085.0.
        return (
            f"(CASE WHEN {given} = trunc({given}) AND abs({given}) < 1e15 "
            f"THEN CAST(CAST({given} AS BIGINT) AS VARCHAR) "
            f"ELSE CAST({given} AS VARCHAR) END)"
        )
    return given if is_text(kind) else f"CAST({given} AS VARCHAR)"


def _as_time(given: str, kind: str, target: str, formats: tuple[str, ...], timezone: str) -> str:
    zone = literal(timezone)
    if kind.upper() == "TIMESTAMP WITH TIME ZONE":
        return f"CAST({given} AT TIME ZONE {zone} AS {target})"
    if not is_text(kind):
        return f"TRY_CAST({given} AS {target})"
    if formats:
        return f"CAST(try_strptime({given}, [{', '.join(map(literal, formats))}]) AS {target})"
    # Without this branch the engine drops the offset and keeps the wrong wall time.
    instant = f"TRY_CAST({given} AS TIMESTAMPTZ) AT TIME ZONE {zone}"
    return (
        f"(CASE WHEN regexp_matches({given}, {literal(_OFFSET)}) THEN CAST({instant} AS {target}) "
        f"ELSE TRY_CAST({given} AS {target}) END)"
    )


def _without_marks(given: str) -> str:
    """Thousands separators, a currency sign and accountant's parentheses are how people export money."""
    bare = rf"regexp_replace({given}, '[¥￥$€£,\s()]', '', 'g')"
    sign = f"(CASE WHEN {given} LIKE '(%' THEN '-' ELSE '' END)"
    return f"(CASE WHEN regexp_matches({given}, {literal(_MONEY)}) THEN {sign} || {bare} ELSE {given} END)"
