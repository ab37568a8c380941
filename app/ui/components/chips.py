"""What was understood, as chips."""

from collections.abc import Sequence

from app.ui.components.parts import box, text
from app.ui.shaping import Chip


def chip_row(chips: Sequence[Chip]) -> None:
    with box("qm-chips"):
        for chip in chips:
            with box("qm-chip", "span"):
                text(chip.label, tag="em")
                text(chip.text)
