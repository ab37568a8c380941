"""Outside literals only visible characters and ordinary blanks; no dollar or escape quoting, no parameters."""

import unicodedata
from collections.abc import Iterator, Sequence

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from app.guard.findings import Finding
from app.guard.scope import GuardScope
from app.guard.statement import Statement

_RULE = "plain_text"
_INSTEAD = "Type the statement again with ordinary spaces and visible characters."
_ODD_STRINGS = frozenset(
    {
        TokenType.BIT_STRING,
        TokenType.BYTE_STRING,
        TokenType.HEREDOC_STRING,
        TokenType.HEX_STRING,
        TokenType.NATIONAL_STRING,
        TokenType.RAW_STRING,
        TokenType.UNICODE_STRING,
        TokenType.PARAMETER,
        TokenType.PLACEHOLDER,
    }
)


def is_plain(text: str, *, blanks: str = " ") -> bool:
    """Whether every character is visible or one of `blanks`.

    Parsers disagree on what a zero-width or exotic blank is (whitespace to one, part of a name to the other), so none
    is let through.
    """
    return all(char in blanks or not unicodedata.category(char).startswith(("C", "Z")) for char in text)


def plain_text(text: str, tokens: Sequence[Token]) -> Iterator[Finding]:
    """Check the incoming text between and inside its tokens, string literals left out."""
    position = 0
    for token in tokens:
        if token.token_type in _ODD_STRINGS:
            yield Finding(_RULE, "special quoting or a parameter is used", "Write '…' literals and plain values.")
            return
        if token.token_type is TokenType.STRING:
            if not _is_plain_gap(text[position : token.start]):
                break
            position = token.end + 1
    else:
        if _is_plain_gap(text[position:]):
            return
    yield Finding(_RULE, "the text holds control, invisible or unusual blank characters", _INSTEAD)


def _is_plain_gap(text: str) -> bool:
    return is_plain(text, blanks=" \t\r\n")


def plain_names(statement: Statement, _scope: GuardScope) -> Iterator[Finding]:
    """Names and literals of the tree itself: what will run is made of them."""
    for node in statement.nodes(exp.Identifier, exp.Literal, exp.Var):
        if isinstance(node, exp.Literal):
            if "\x00" in node.name:
                yield Finding(_RULE, "a literal holds a NUL character", _INSTEAD)
        elif isinstance(node, exp.Var):
            if not node.name.replace("_", "").isalnum():
                yield Finding(_RULE, "a keyword argument is not a plain word", _INSTEAD)
        elif not is_plain(node.name) or not node.name:
            yield Finding(_RULE, "a name holds control, invisible or unusual blank characters", _INSTEAD)
