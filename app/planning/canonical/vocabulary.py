"""Names and values of a model as the canonical sentence spells them, in both directions."""

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from app.planning.canonical.literals import is_plain, quoted
from app.planning.canonical.words import FLAGS, QUOTES, Language
from app.planning.normalise import normalise
from app.semantic.labels import Named, days_suffix, exact_metric_label, unique_label, usual_days
from app.semantic.made_metrics import OVER, PER_DAY
from app.semantic.model import Dimension, SemanticModel
from app.semantic.query import Scalar

_DIGITS = re.compile(r"\d{1,4}")
_NUMBER = re.compile(r"-?(?:\d{1,3}(?:,\d{3}){1,6}|\d{1,20})(?:\.\d{1,20})?")
_ANY_DAYS = 7777
_NEVER_BARE = {"其他", "other", "未知", "unknown", "无", "none", *FLAGS["zh"].values(), *FLAGS["en"].values()}
_MAX_KEPT = 64
_KEPT: dict[tuple[int, Language], tuple[SemanticModel, "Vocabulary"]] = {}


def vocabulary(model: SemanticModel, language: Language) -> "Vocabulary":
    """The vocabulary of a model, made once for the few models that one process holds."""
    kept = _KEPT.get((id(model), language))
    if kept is None or kept[0] is not model:
        if len(_KEPT) >= _MAX_KEPT:
            _KEPT.clear()
        kept = _KEPT[(id(model), language)] = (model, Vocabulary(model, language))
    return kept[1]


def plain_number(value: float) -> str:
    """Every digit of a number, without a trailing ".0": conditions are never rounded."""
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return f"{number:,.0f}" if number == number.to_integral_value() else f"{number.normalize():,f}"


def read_number(text: str) -> int | float | None:
    """What `plain_number` wrote."""
    if not _NUMBER.fullmatch(text):
        return None
    digits = text.replace(",", "")
    return float(digits) if "." in digits else int(digits)


def normal(text: str) -> str:
    """The spelling in which names are compared."""
    return " ".join(text.lower().split()) if text.isascii() else normalise(text).text


class Vocabulary:
    """What one language calls everything in a model. Every lookup answers None for what it does not know."""

    def __init__(self, model: SemanticModel, language: Language) -> None:
        self.model, self.language = model, language
        self._metrics = _by_name(model.metrics, language, self._metric_label)
        self._dimensions = _by_name(model.dimensions, language)
        self._segments = _by_name(model.segments, language)
        self._days = dict(self._days_forms())
        self._plain = _by_name(model.metrics, language)
        self._labels = {d.id: _labels(d, language) for d in model.dimensions.values() if d.values}
        self._owners = self._bare_owners()

    # -- reading -------------------------------------------------------------------------------------------------------
    def metric(self, text: str) -> str | None:
        """The metric's name, with the number of days where one is said."""
        key = normal(text)
        if key in self._metrics:
            return self._metrics[key]
        for number in _DIGITS.finditer(key):
            found = self._days.get(f"{key[: number.start()]}#{key[number.end() :]}")
            if found is not None:
                return f"{found}@{int(number[0])}"
        made = (name for name in self._made_names(key) if name in self.model.metrics)
        return next((name for name in made if normal(self._metric_label(name)) == key), None)

    def _made_names(self, key: str) -> Iterable[str]:
        """Metrics that nobody defined and that the spelling may mean: A per day, A over B."""
        for whole in (key.removeprefix("日均"), key.removesuffix(" per day")):
            if whole != key and whole in self._plain:
                yield f"{self._plain[whole]}{PER_DAY}"
        for sign in ("÷", " / "):
            above, _, below = key.partition(sign)
            if above in self._plain and below in self._plain:
                yield f"{self._plain[above]}{OVER}{self._plain[below]}"

    def _metric_label(self, name: str) -> str:
        return exact_metric_label(name, self.model, self.language)

    def dimension(self, text: str) -> str | None:
        return self._dimensions.get(normal(text))

    def segment(self, text: str) -> str | None:
        return self._segments.get(normal(text))

    def values_called(self, dimension: str, text: str, held: Iterable[str]) -> tuple[Scalar, ...]:
        """The stored values that a label stands for: of several, those that this warehouse holds."""
        known = self.model.dimensions[dimension]
        if known.type == "boolean" and not known.values:
            return tuple(flag for flag, label in FLAGS[self.language].items() if label == text)
        codes = self._labels.get(dimension, {}).get(normal(text), ())
        if len(codes) > 1:
            codes = tuple(code for code in codes if code in held) or codes[:1]
        return tuple(_typed(known, code) for code in codes)

    def bare_dimension(self, labels: Iterable[str]) -> str | None:
        """The dimension that labels mean when they stand alone: of those that have all of them, the plainest."""
        owners = [self._owners.get(normal(label), ()) for label in labels]
        shared = [name for name in owners[0] if all(name in others for others in owners)] if owners else []
        return shared[0] if shared else None

    # -- writing -------------------------------------------------------------------------------------------------------
    def value_text(self, dimension: str, value: Scalar) -> str:
        """The label of a coded value, and anything else as it is stored."""
        return self.value_label(dimension, value) or self.raw_text(value)

    def raw_text(self, value: Scalar) -> str:
        """A number with all its digits, free text between quotes."""
        if isinstance(value, bool):
            return FLAGS[self.language][value]
        return quoted(value, QUOTES[self.language]) if isinstance(value, str) else plain_number(value)

    def value_label(self, dimension: str, value: Scalar) -> str | None:
        """The label, if exactly this value is read from it; with the code where an earlier one has the same."""
        known = self.model.dimensions.get(dimension)
        code = str(value).lower() if isinstance(value, bool) else str(value)
        if known is None or code not in known.values or not _same(_typed(known, code), value):
            return None
        label = known.values[code].in_(self.language)
        if not is_plain(label) or _NUMBER.fullmatch(label):
            return None
        labels = self._labels[dimension]
        exact = f"{label} [{code}]"
        if labels[normal(label)][0] == code:
            return label
        return exact if labels[normal(exact)] == (code,) else None

    # -- tables --------------------------------------------------------------------------------------------------------
    def _days_forms(self) -> Iterable[tuple[str, str]]:
        """Spelling with # for the number of days → metric, for metrics that take one."""
        for metric in self.model.metrics.values():
            if usual_days(metric, self.model) is None:
                continue
            label = unique_label(metric, self.model.metrics, self.language)
            for form in (exact_metric_label(f"{metric.id}@{_ANY_DAYS}", self.model, self.language),
                         label + days_suffix(_ANY_DAYS, self.language)):  # fmt: skip
                yield normal(form).replace(str(_ANY_DAYS), "#", 1), metric.id

    def _bare_owners(self) -> dict[str, tuple[str, ...]]:
        plainest = sorted(self.model.dimensions.values(), key=lambda d: (len(d.label.zh), len(d.id), d.id))
        owners: dict[str, tuple[str, ...]] = {}
        for dimension in plainest:
            for label, codes in self._labels.get(dimension.id, {}).items():
                taken = label in self._metrics or label in self._dimensions or label in _NEVER_BARE
                if dimension.kind == "category" and len(label) > 1 and not taken and len(codes) == 1:
                    owners[label] = (*owners.get(label, ()), dimension.id)
        return owners


def _by_name(
    entries: Mapping[str, Named], language: Language, spell: Callable[[str], str] | None = None
) -> dict[str, str]:
    """Label → id; a label with the id behind it is understood as well."""
    found: dict[str, str] = {}
    for entry in entries.values():
        label = unique_label(entry, entries, language)
        for form in (spell(entry.id) if spell else label, f"{entry.label.in_(language)} [{entry.id}]"):
            found.setdefault(normal(form), entry.id)
    return found


def _labels(dimension: Dimension, language: Language) -> dict[str, tuple[str, ...]]:
    """Label → the stored values that have it, in the order declared; `label [value]` → that one."""
    found: dict[str, tuple[str, ...]] = {}
    for code, text in dimension.values.items():
        key = normal(text.in_(language))
        found[key] = (*found.get(key, ()), code)
    for code, text in dimension.values.items():
        found.setdefault(normal(f"{text.in_(language)} [{code}]"), (code,))
    return found


def _typed(dimension: Dimension, code: str) -> Scalar:
    if dimension.type == "boolean":
        return code in ("true", "1", "yes")
    return int(code) if dimension.type == "integer" and code.lstrip("-").isdigit() else code


def _same(one: Scalar, other: Scalar) -> bool:
    return type(one) is type(other) and one == other
