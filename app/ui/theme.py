"""Design tokens, read from the style sheet that the browser reads too, and the address of each static file."""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

Theme = Literal["light", "dark"]
STATIC = Path(__file__).parent / "static"
_SERIES = tuple(f"chart-{number}" for number in range(1, 7))


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours that a chart needs as values, because a canvas can't read style sheets."""

    series: tuple[str, ...]
    rest: str
    ink: str
    quiet: str
    line: str
    surface: str
    sunken: str


@cache
def palette(theme: Theme) -> Palette:
    """The tokens of `theme`; the dark block overrides only what differs."""
    light, _, dark = (STATIC / "tokens.css").read_text(encoding="utf-8").partition("[data-theme=")
    tokens = _tokens(light) | (_tokens(dark) if theme == "dark" else {})
    return Palette(
        series=tuple(tokens[name] for name in _SERIES) if theme == "light" else _DARK_SERIES,
        rest=tokens["chart-rest"],
        ink=tokens["ink"],
        quiet=tokens["ink-2"],
        line=tokens["line"],
        surface=tokens["surface"],
        sunken=tokens["sunken"],
    )


# The same six hues, lighter: the light ones fall below 3:1 on the dark surface.
_DARK_SERIES = ("#86a6dc", "#e0664c", "#62b58b", "#d9a548", "#a794cc", "#8ab6c2")


@cache
def asset(name: str) -> str:
    """Address of a static file, with a mark of its content so that browsers may keep it."""
    mark = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={mark}"


def _tokens(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", css))
