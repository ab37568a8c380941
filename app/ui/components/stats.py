"""Large numbers with their changes."""

from collections.abc import Sequence

from app.ui.components.parts import box, text
from app.ui.shaping import Stat


def stat_row(stats: Sequence[Stat]) -> None:
    with box("qm-stats"):
        for stat in stats:
            with box("qm-stat"):
                text(stat.label, tag="small")
                with box("qm-stat-line"):
                    text(stat.text, tag="strong", title=stat.full)
                    for change in stat.changes:
                        with box(f"qm-change qm-{change.tone}", "span"):
                            text(change.text)
                            text(change.label, "qm-quiet")
