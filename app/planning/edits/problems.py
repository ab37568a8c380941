"""Why a fragment changes nothing that is there, in the words of its asker."""

from app.planning.draft import ValueGroup


class UnresolvedError(Exception):
    """A reference that the last answer does not settle; says why in both languages."""

    def __init__(self, zh: str, en: str, *, lacks_rows: bool = False) -> None:
        super().__init__(en)
        self.zh, self.en, self.lacks_rows = zh, en, lacks_rows


class NothingToDropError(Exception):
    """A value is to go that the plan before does not hold."""

    def __init__(self, group: ValueGroup) -> None:
        super().__init__("nothing to drop")
        self.words = tuple(token.text for token in group.tokens)
