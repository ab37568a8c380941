"""Our answers beside hand-written SQL for the same questions: same threads, same memory, in turns, values compared."""

import multiprocessing
import os
import statistics
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter
from typing import Any

from app.core.actor import LOCAL_OPERATOR
from app.flows.answer import Answer
from app.settings import Settings
from app.wiring import build
from evals.bench.measure import PeakMemory, heading, percentile, questions, report, uncached


def scale(warehouse: Path, data_dir: Path, rounds: int = 3) -> None:
    """Thirty questions, ours and by hand, `rounds` times after one that does not count."""
    heading("ours beside hand-written SQL", warehouse)
    settings = Settings(data_dir=data_dir)
    app = build(settings, warehouse=warehouse)
    hand, process = _start_hand(warehouse, settings)
    ours_all: list[float] = []
    first_all: list[float] = []
    ratios: list[float] = []
    engine_ratios: list[float] = []
    try:
        app.warm_up(LOCAL_OPERATOR)
        with PeakMemory(os.getpid(), frozenset({process.pid or 0})) as memory:
            for question in questions():
                ours, engine, theirs = [], [], []
                for turn in range(rounds + 1):
                    flow = uncached(app)
                    started = perf_counter()
                    answer = flow.ask(question.ask, LOCAL_OPERATOR)
                    ms = (perf_counter() - started) * 1000
                    hand.send(question.sql)
                    rows, hand_ms = hand.recv()
                    if turn:
                        ours.append(ms)
                        theirs.append(hand_ms)
                        engine.append(sum(s.ms for s in answer.trace.stages if s.name == "execute"))
                    else:
                        first_all.append(ms)
                ours_all += ours
                mine, yours = statistics.median(ours), statistics.median(theirs)
                ratios.append(mine / yours)
                engine_ratios.append(statistics.median(engine) / yours)
                verdict = "equal" if agrees(answer, rows) else f"DIFFERENT ({answer.status})"
                print(f"  ours {mine:>8.0f} ms  hand {yours:>8.0f} ms  x{mine / yours:<5.2f} {verdict}  {question.ask}",
                      flush=True)  # fmt: skip
        report("ours, every run", ours_all, "p95 <= 2000 on 10 M orders")
        report("ours, first run of each question", first_all)
        report("ours / hand-written", ratios, "median <= 1.5 on 10 M orders", unit="x")
        report("engine time alone / hand-written", engine_ratios, unit="x")
        print(f"sum of medians: ours / hand-written over {len(ratios)} questions, p95 {percentile(ratios, 0.95):.2f}")
        print(f"peak resident memory, service and workers together: {memory.peak_mb:.0f} MB (<= 2048)")
    finally:
        hand.close()
        process.join(5)
        app.close()


def agrees(answer: Answer, rows: Sequence[Sequence[Any]]) -> bool:
    """Whether our first columns hold what the hand-written columns hold, rows in any order."""
    width = len(rows[0]) if rows else 0
    ours = sorted(_key(row[:width]) for row in answer.rows)
    theirs = sorted(_key(row) for row in rows)
    return len(ours) == len(theirs) and all(_same(a, b) for a, b in zip(ours, theirs, strict=True))


def _key(row: Sequence[Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(_cell(value) for value in row)


def _cell(value: Any) -> tuple[str, Any]:
    if value is None:
        return "0", 0.0
    if isinstance(value, int | float | Decimal):
        return "1", float(value)
    return "2", value.isoformat() if isinstance(value, date) else str(value)


def _same(a: Sequence[tuple[str, Any]], b: Sequence[tuple[str, Any]]) -> bool:
    return all(x == y or (x[0] == y[0] == "1" and abs(x[1] - y[1]) <= 0.006 + 1e-9 * abs(y[1]))
               for x, y in zip(a, b, strict=True))  # fmt: skip


def _start_hand(warehouse: Path, settings: Settings) -> tuple[Connection, multiprocessing.context.SpawnProcess]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    memory_mb = max(128, settings.query_memory_mb // settings.workers)
    process = context.Process(target=_serve_hand, args=(there, str(warehouse), memory_mb), daemon=True)
    process.start()
    there.close()
    return here, process


def _serve_hand(channel: Connection, warehouse: str, memory_mb: int) -> None:
    import duckdb  # noqa: PLC0415 - only the process of the hand-written side loads the engine

    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": min(4, os.cpu_count() or 1),
        "memory_limit": f"{memory_mb}MB",
    }
    with duckdb.connect(config=config) as connection:
        connection.execute(f"ATTACH '{warehouse}' AS hand (READ_ONLY)")
        connection.execute("USE hand")
        connection.execute("SET enable_progress_bar = false")
        while True:
            try:
                sql = channel.recv()
            except EOFError:
                return
            started = perf_counter()
            rows = connection.execute(sql).fetchall()
            channel.send((rows, (perf_counter() - started) * 1000))
