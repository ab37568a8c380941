"""A chart of an answer, drawn by ECharts as SVG so that it is sharp and its labels are text."""

from nicegui import ui

from app.ui.chart_options import ChartSpec
from app.ui.components.parts import box, text


def chart(spec: ChartSpec) -> None:
    with box("qm-chart"):
        ui.echart(spec.options, renderer="svg").style(f"height: {spec.height}px")
        if spec.caption:
            text(spec.caption, "qm-quiet", "p")
