"""In which sense an answer reads the words of the house, and what settled it: said, defined and noted."""

from collections.abc import Iterator, Sequence

from app.flows.answer import Definition, Language, UsedSense
from app.planning.plan import ChosenSense, SettledBy

_BECAUSE: dict[SettledBy, tuple[str, str]] = {
    "asked": ("你指定的", "as you said"),
    "remembered": ("你之前的选择", "your earlier choice"),
    "department": ("部门约定", "the convention of your department"),
    "brand": ("品牌约定", "the convention of the brand"),
}


def used_senses(senses: Sequence[ChosenSense], language: Language) -> tuple[UsedSense, ...]:
    """The words that have more than one sense, each with the one it was read in; one sense needs no telling."""
    return tuple(
        UsedSense(
            term=one.term, sense=one.sense, by=one.by, label=one.word.label.in_(language),
            who=one.meaning.who.in_(language), meaning=one.meaning.meaning.in_(language),
        )
        for one in senses
        if len(one.word.senses) > 1
    )  # fmt: skip


def sense_definitions(senses: Sequence[ChosenSense], language: Language) -> tuple[Definition, ...]:
    """Every word of the house in the question, in the sense it was read."""
    return tuple(
        Definition(id=one.term, name=one.word.label.in_(language), text=_meant(one, language), owner=one.word.owner,
                   version=one.word.version)
        for one in senses
    )  # fmt: skip


def sense_notes(senses: Sequence[ChosenSense], language: Language) -> Iterator[str]:
    """“GMV”按财务口径(部门约定)… for every word that could have meant something else."""
    for used in used_senses(senses, language):
        because = _BECAUSE.get(used.by)
        if because is None:
            continue  # open: the flow says that the other readings agree
        if language == "zh":
            who = used.who if used.who.endswith("口径") else f"{used.who}口径"
            yield f"「{used.label}」按{who}({because[0]}):{used.meaning.rstrip('。')}。"
        else:
            yield f'"{used.label}" in the sense of {used.who} ({because[1]}): {used.meaning.rstrip(".")}.'


def _meant(one: ChosenSense, language: Language) -> str:
    if len(one.word.senses) < 2:
        return one.word.text.in_(language)
    colon = ":" if language == "zh" else ": "
    return f"{one.meaning.who.in_(language)}{colon}{one.meaning.meaning.in_(language)}"
