"""A table of an answer: right-aligned tabular numbers, every digit on hover. Drawn by the browser from plain texts."""

from nicegui.element import Element

from app.flows.answer import Answer
from app.ui.shaping import cell_of, heading
from app.ui.words import say

_FIRST_ROWS = 10


class DataTable(Element, component="data_table.js"):
    def __init__(self, answer: Answer) -> None:
        super().__init__()
        hidden = len(answer.rows) - _FIRST_ROWS
        self.props["heads"] = [
            {"t": heading(answer, column), "c": "qm-text" if column.kind == "dimension" else "qm-number"}
            for column in answer.columns
        ]
        self.props["rows"] = [
            [
                {"t": cell.text, "f": cell.full if cell.full != cell.text else "", "c": f"qm-{cell.tone}"}
                for cell in (cell_of(answer, row, column) for column in answer.columns)
            ]
            for row in answer.rows
        ]
        self.props["first"] = _FIRST_ROWS
        self.props["more"] = say("show_rows", answer.language, n=hidden) if hidden > 0 else ""
        self.props["note"] = say("truncated", answer.language, n=len(answer.rows)) if answer.truncated else ""
