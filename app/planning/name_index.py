"""Names found by what they share with a heard word, without looking at every name: 100,000 values are common."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_SEPARATOR = "\n"


@dataclass(slots=True)
class NameIndex:
    """A fixed list of names. Its parts are built at their first use."""

    names: list[str]
    _joined: str | None = None
    _starts: list[int] = field(default_factory=list)
    _places: dict[int, dict[tuple[int, str], list[str]]] = field(default_factory=dict)

    def holding(self, part: str) -> Iterator[str]:
        """Every name that contains `part`, in order."""
        text = self._text()
        at = text.find(part)
        while at >= 0:
            number = bisect_right(self._starts, at) - 1
            yield self.names[number]
            at = text.find(part, self._starts[number] + len(self.names[number]))

    def resembling(self, heard: str) -> Iterable[str]:
        """Names of the same length with at least half of the characters in the same places."""
        places = self._of_length(len(heard))
        shared = Counter(name for place in enumerate(heard) for name in places.get(place, ()))
        return [name for name, count in shared.items() if 2 * count >= len(heard)]

    def _text(self) -> str:
        """All names in one string: one search instead of one for each name."""
        if self._joined is None:
            position = 0
            for name in self.names:
                self._starts.append(position)
                position += len(name) + 1
            self._joined = _SEPARATOR.join(self.names)
        return self._joined

    def _of_length(self, length: int) -> dict[tuple[int, str], list[str]]:
        if length not in self._places:
            places: dict[tuple[int, str], list[str]] = {}
            for name in self.names:
                if len(name) == length:
                    for place in enumerate(name):
                        places.setdefault(place, []).append(name)
            self._places[length] = places
        return self._places[length]
