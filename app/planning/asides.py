"""Explanations in brackets: 净销售额(支付减退款), 打开率(打开/送达). They repeat a definition, or say something new."""

import re
from collections.abc import Iterable

from app.planning.lattice import Token
from app.planning.lexicon import Candidate
from app.semantic.model import SemanticModel

_BRACKETS = re.compile(r"[(（][^()（）]{1,30}[)）]")
_SIGNS = frozenset("减加除乘以的和与及或按每/÷+-×*= ,，、.")


def asides(text: str, pieces: Iterable[Token], model: SemanticModel) -> list[Token]:
    """A filler over each pair of brackets behind a metric whose definition holds all that they say."""
    found = []
    metrics = [p for p in pieces if p.of("metric") or p.of("term")]
    for match in _BRACKETS.finditer(text):
        names = {c.target for p in metrics if p.end == match.start() for c in p.of("metric")}
        known = "".join(_told(model, name) for name in names)
        said = set(match[0][1:-1]) - _SIGNS
        if known and said and all(char in known for char in said):
            filler = (Candidate("filler", "filler"),)
            found.append(Token(match.start(), match.end(), match[0], filler))
    return found


def _told(model: SemanticModel, name: str) -> str:
    """What a metric's own entry says: its definition and the names of what it is computed from."""
    metric = model.metrics.get(name.partition("@")[0])
    if metric is None:
        return ""
    parts = [model.metrics.get(part) for part in (metric.numerator, metric.denominator) if part]
    texts = [metric.definition, *(m.label for m in parts if m), *(m.definition for m in parts if m)]
    return " ".join(t for text in texts for t in text.all).lower()
