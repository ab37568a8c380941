"""How fast knowledge is found: the ranked search over model and glossary, and the rebuild of the vector index."""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

from app.settings import Settings
from app.wiring import knowledge_search
from evals.bench.measure import heading, questions, report


def search(warehouse: Path, data_dir: Path, rounds: int = 5) -> None:
    """Each question of the benchmark, and each name of the glossary with a typo in it, as a search."""
    heading("search of knowledge", warehouse)
    retriever, index = knowledge_search(Settings(data_dir=data_dir))
    asked = [question.ask for question in questions()]
    asked += [f"{entry.forms[0][1:]}怎么算" for entry in retriever.lexical.entries.values() if len(entry.forms[0]) > 2]
    _timed("by names only, first search", [asked[0]], lambda text: retriever.lexical.search(text, limit=10))
    _timed("by names only", asked * rounds, lambda text: retriever.lexical.search(text, limit=10))
    builds, cpu = [], []
    for _ in range(3):
        began, used = perf_counter(), process_time()
        index.rebuild()
        builds.append(perf_counter() - began)
        cpu.append(process_time() - used)
    report(f"rebuild of {len(retriever.lexical.entries)} entries", builds, unit="s")
    report("  processor time of it", cpu, unit="s")
    _timed("by names and meaning, first search", [asked[0]], retriever.search)
    _timed("by names and meaning", asked * rounds, retriever.search, wanted="p95 ≤ 15")


def _timed(name: str, texts: list[str], find: Callable[[str], object], wanted: str = "") -> None:
    taken = []
    for text in texts:
        began = perf_counter()
        find(text)
        taken.append((perf_counter() - began) * 1000)
    report(name, taken, wanted)
