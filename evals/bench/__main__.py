"""Print speed and size: `python -m evals.bench [plan|ask|cold|scale|concurrency|search] --warehouse FILE`.

Nothing here passes or fails: the numbers belong to the machine and the moment, and are kept in evals/README.md.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from evals.bench.ask import ask, plan
from evals.bench.faces import cold, concurrency
from evals.bench.scale import scale
from evals.bench.search import search

BENCHMARKS: dict[str, Callable[[Path, Path], None]] = {
    "plan": plan,
    "ask": ask,
    "cold": cold,
    "scale": scale,
    "concurrency": concurrency,
    "search": search,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evals.bench", description=__doc__)
    parser.add_argument("which", nargs="*", choices=[[], *BENCHMARKS], help="default: all of them")
    parser.add_argument("--warehouse", type=Path, required=True, help="a DuckDB file that follows the contract")
    arguments = parser.parse_args()
    for name in arguments.which or BENCHMARKS:
        with tempfile.TemporaryDirectory(prefix="qianmian-bench-") as folder:
            BENCHMARKS[name](arguments.warehouse, Path(folder))


if __name__ == "__main__":
    main()
