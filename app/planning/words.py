"""The closed-class words of the question language, loaded from `words.yaml` (grammar, not knowledge)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import yaml


@dataclass(frozen=True, slots=True)
class Words:
    """Operator → surface forms, intent → surface forms, and the fillers that carry no condition."""

    operators: Mapping[str, tuple[str, ...]]
    intents: Mapping[str, tuple[str, ...]]
    fillers: frozenset[str]
    same: tuple[tuple[str, str], ...] = ()
    """(word, another for it) inside the names of the model."""


@lru_cache(maxsize=1)
def load_words() -> Words:
    """The packaged word lists."""
    text = resources.files("app.planning").joinpath("words.yaml").read_text(encoding="utf-8")
    raw = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader, in C
    fillers = frozenset(str(word).lower() for words in raw["filler"].values() for word in words)
    return Words(operators=_lowered(raw["operators"]), intents=_lowered(raw["intents"]), fillers=fillers,
                 same=tuple((str(a), str(b)) for a, b in raw["same"]))  # fmt: skip


def _lowered(groups: Mapping[str, list[object]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(str(word).lower() for word in words) for name, words in groups.items()}
