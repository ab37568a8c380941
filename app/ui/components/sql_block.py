"""SQL with its keywords marked."""

import re

from app.ui.components.parts import box, text

_KEYWORDS = (
    "WITH|AS|SELECT|DISTINCT|FROM|JOIN|LEFT|INNER|CROSS|ON|WHERE|AND|OR|NOT|IN|IS|NULL|GROUP|BY|ORDER|HAVING|LIMIT|"
    "CASE|WHEN|THEN|ELSE|END|UNION|ALL|CAST|DATE|BETWEEN|EXISTS|DESC|ASC|OVER|PARTITION|INTERVAL|COALESCE|NULLIF|"
    "COUNT|SUM|AVG|MIN|MAX|NULLS|LAST|FIRST"
)
# A quoted text or name is one piece, so that a keyword inside it stays unmarked.
_PIECES = re.compile(rf"('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\b(?:{_KEYWORDS})\b)", re.IGNORECASE)


def sql_block(sql: str) -> None:
    with box("qm-sql", "pre"):
        for piece in _PIECES.split(sql):
            if piece:
                is_keyword = _PIECES.fullmatch(piece) and piece[0] not in "'\""
                text(piece, "qm-keyword" if is_keyword else "")
