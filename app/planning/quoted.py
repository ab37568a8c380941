"""Values said literally: 商品="净颜 120g", series = "O'Light", 渠道≠"抖音".

What stands between the quotes behind a dimension's name is one value of that dimension, whatever words, signs or
numbers it is made of; nothing in it is read as a part of the question.
"""

import re
from collections.abc import Iterator

from app.planning.lattice import Token
from app.planning.lexicon import Candidate, Lexicon, surface

_LITERAL = re.compile(r'"((?:\\.|[^\\"])+)"')
_SAID_OF = re.compile(r"(?:\s*(?:=|≠|!=|<>|:|等于|不等于|不含|不是|是|为|\bis not|\bis|\bnot in|\bin))\s*$")
_LISTED = re.compile(r"\s*(?:、|,|和|或|与|and|or)?\s*")
_LONGEST_NAME = 40


def quoted_values(text: str, lexicon: Lexicon) -> Iterator[Token]:
    """A token for each quoted value and one for the name before it, in normalised text."""
    name: Token | None = None
    last = -1
    for literal in _LITERAL.finditer(text):
        continues = name is not None and _LISTED.fullmatch(text[last : literal.start()])
        if not continues:
            name = _name_before(text[: literal.start()], lexicon)
            if name is not None:
                yield name
        last = literal.end()
        if name is not None:
            yield _value(literal, name, lexicon)


def _name_before(text: str, lexicon: Lexicon) -> Token | None:
    """The dimension's name at the end of `text`, before the word that ties the value to it."""
    tie = _SAID_OF.search(text)
    if tie is None:
        return None
    end = tie.start()
    for start in range(max(0, end - _LONGEST_NAME), end):
        dimensions = tuple(c for c in lexicon.entries.get(text[start:end], ()) if c.kind == "dimension")
        if dimensions and (start == 0 or not (text[start].isascii() and text[start - 1].isalnum())):
            return Token(start, end, text[start:end], dimensions)
    return None


def _value(literal: re.Match[str], name: Token, lexicon: Lexicon) -> Token:
    """The stored values that are spelled so; the text itself where none is, so that it is refused by its name."""
    spelled = re.sub(r"\\(.)", r"\1", literal[1])
    known = lexicon.entries.get(surface(spelled), ())
    named = {c.target for c in name.candidates}
    held = tuple(c for c in known if c.kind == "value" and c.target in named)
    found = held or tuple(Candidate("value", c.target, spelled) for c in name.candidates)
    return Token(literal.start(), literal.end(), literal[0], found)
