"""One question after the other, warm: planning, compiling, everything but the engine, and the whole answer."""

from pathlib import Path
from time import perf_counter

from app.core.actor import LOCAL_OPERATOR
from app.planning.plan import Reading
from app.semantic.compiler import compile as compile_query
from app.semantic.request import CompileContext
from app.settings import Settings
from app.wiring import Application, build
from evals.bench.measure import heading, questions, report, uncached


def plan(warehouse: Path, data_dir: Path, rounds: int = 10) -> None:
    """The rule planner and the compiler alone."""
    heading("planning and compiling", warehouse)
    app = build(Settings(data_dir=data_dir), warehouse=warehouse)
    try:
        app.warm_up(LOCAL_OPERATOR)
        planner, snapshot = app.planner.planner_for(LOCAL_OPERATOR), app.engine.snapshot()
        context = CompileContext(app.engine.dialect, snapshot.data_as_of, snapshot.first_day)
        planning, compiling = [], []
        for _ in range(rounds):
            for question in questions():
                started = perf_counter()
                planned = planner.plan(question.ask)
                planning.append((perf_counter() - started) * 1000)
                compiling += [_compile_ms(app, reading, context) for reading in planned.readings]
        report("plan", planning, "p95 <= 20")
        report("compile", compiling, "median <= 15")
    finally:
        app.close()


def _compile_ms(app: Application, reading: Reading, context: CompileContext) -> float:
    started = perf_counter()
    compile_query(reading.query, app.model, context)
    return (perf_counter() - started) * 1000


def ask(warehouse: Path, data_dir: Path, rounds: int = 5) -> None:
    """Whole answers, nothing remembered; the first round warms up and does not count."""
    heading("answers, warm, nothing remembered", warehouse)
    app = build(Settings(data_dir=data_dir), warehouse=warehouse)
    try:
        app.warm_up(LOCAL_OPERATOR)
        whole, own, engine = [], [], []
        for turn in range(rounds + 1):
            for question in questions():
                flow = uncached(app)
                started = perf_counter()
                answer = flow.ask(question.ask, LOCAL_OPERATOR)
                ms = (perf_counter() - started) * 1000
                if answer.status != "answered":
                    print(f"{answer.status}: {question.ask}")
                if turn:
                    stages = {stage.name: stage.ms for stage in answer.trace.stages}
                    # The stage `check` is a query of its own, most of it the engine's time.
                    theirs = stages.get("execute", 0.0) + stages.get("check", 0.0)
                    whole.append(ms)
                    engine.append(theirs)
                    own.append(ms - theirs)
        report("the whole answer", whole, "p95 <= 300 on the demo")
        report("  of it the engine (with the check of totals)", engine)
        report("  of it everything else", own, "p95 <= 60")
    finally:
        app.close()
