"""The report as one self-contained HTML page: no script, style or picture from elsewhere."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from evals.report import NAMES, Report

_STYLE = """
:root { color-scheme: light dark; font: 14px/1.5 system-ui, "Noto Sans SC", sans-serif; }
body { max-width: 1200px; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 0 0 1.5rem; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { border-bottom: 1px solid #8884; padding: .25rem .7rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
small { opacity: .65; } details { border-left: 4px solid #8886; padding: .2rem .8rem; margin: .4rem 0; }
details.wrong { border-color: #c33; } details.failed { border-color: #a3a; } summary { cursor: pointer; }
pre { white-space: pre-wrap; background: #8881; padding: .6rem; overflow-wrap: anywhere; } code { font-size: 12px; }
b.stage { font-weight: 600; border: 1px solid #8886; border-radius: 4px; padding: 0 .4rem; margin: 0 .3rem; }
"""


def page(report: Report) -> str:
    """The whole page."""
    meta = " · ".join(f"{name} {value}" for name, value in report["meta"].items())
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Qianmian evals</title>",
        f"<style>{_STYLE}</style></head><body><h1>Qianmian evals</h1><p>{escape(meta)}</p>",
        _rates("By set", {**report["totals"], **report["by_suite"]}), _rates("By category", report["by_category"]),
        _small("Questions with an answer, by form", report["by_form"]), _small("Time expressions", report["time"]),
        _small("Calibration: accuracy of stated tables by what the answer says of itself", report["calibration"]),
        _confidence(report), _facts(report), _cases(report["failing"]), _phrases(report["time_failing"]),
        "</body></html>",
    ]  # fmt: skip
    return "\n".join(parts)


def _table(caption: str, head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><caption>{escape(caption)}</caption><tr>{top}</tr>{body}</table>"


def _rates(caption: str, groups: Mapping[str, Any]) -> str:
    rows = (
        [escape(name), str(found["cases"]), *(_rate(found[key]) for key in NAMES)] for name, found in groups.items()
    )
    return _table(caption, ["", "cases", *NAMES.values()], rows)


def _small(caption: str, rates: Mapping[str, Any]) -> str:
    return _table(
        caption, ["", "right", "95 %"], ([escape(n), f"{f['hits']}/{f['total']}", _rate(f)] for n, f in rates.items())
    )


def _confidence(report: Report) -> str:
    error = report["calibration_error"]
    off = "—" if error is None else f"{error * 100:.1f} pp"
    return _table(
        f"Confidence: what was said, what was right (expected calibration error {off})",
        ["", "said", "right", "95 %"],
        (
            [escape(name), f"{found['said'] * 100:.1f} %", f"{found['hits']}/{found['total']}", _rate(found)]
            for name, found in report["confidence"].items()
        ),
    )


def _rate(found: Mapping[str, Any]) -> str:
    if found["value"] is None:
        return "—"
    return f"{found['value'] * 100:.1f} % <small>{found['low'] * 100:.1f}–{found['high'] * 100:.1f}</small>"


def _facts(report: Report) -> str:
    drop, latency, cost = report["paraphrase_drop"], report["latency_ms"], report["cost"]
    facts = [
        f"paraphrase drop {drop * 100:.1f} pp" if drop is not None else "",
        f"model calls {cost['calls']}, cost {cost['amount']:.4f}",
    ]
    if latency["asked"]:
        facts.append(
            f"latency p50 {latency['p50']:.0f} ms, p95 {latency['p95']:.0f} ms over {latency['asked']} questions"
        )
    return f"<p>{escape(' · '.join(filter(None, facts)))}</p>"


def _cases(cases: Iterable[Mapping[str, Any]]) -> str:
    texts = [_case(case) for case in cases]
    return f"<h2>Failing cases ({len(texts)})</h2>" + "".join(texts)


def _case(case: Mapping[str, Any]) -> str:
    turns = "".join(f"<div>earlier: {escape(turn)}</div>" for turn in case["turns"])
    asker = f" <small>{escape(case['department'])}</small>" if case["department"] else ""
    head = (
        f"{escape(case['id'])}<b class='stage'>{case['stage']}</b>{case['outcome']} · {escape(case['question'])}{asker}"
    )
    facts = (
        f"expected {case['expected']} · on {case['warehouse']} · right on {', '.join(case['right_on']) or 'none'} · "
        f"{case['form']} · {case['suite']} {case['set']}"
    )
    lines = "".join(
        f"<div>{escape(line)}</div>" for line in (f"read as {case['read_as']}", *case["detail"], case["why"]) if line
    )
    gold = "".join(f"<pre><code>{escape(sql)}</code></pre>" for sql in case["gold"])
    sql = f"<pre><code>{escape(case['sql'])}</code></pre>" if case["sql"] else ""
    return (
        f"<details class='{case['outcome']}'><summary>{head}</summary>{turns}"
        f"<div><small>{escape(facts)}</small></div>{lines}<div>gold</div>{gold}<div>ours</div>{sql}</details>"
    )


def _phrases(phrases: Iterable[Mapping[str, Any]]) -> str:
    rows = [[escape(str(p[key])) for key in ("phrase", "as_of", "found", "expected", "file")] for p in phrases]
    return _table(
        f"Time expressions read wrongly ({len(rows)})", ["phrase", "today", "found", "expected", "file"], rows
    )
