"""The program as its users meet it: the cold command line, and a real server under sixteen askers at once."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from socket import create_server

from evals.bench.measure import PeakMemory, heading, questions, report

_ASKERS = 16
_READY_SECONDS = 120.0
_COMMAND = "from app.cli import main; main()"


def cold(warehouse: Path, data_dir: Path, rounds: int = 5) -> None:
    """`qianmian ask` in a fresh process, with and without the vocabulary kept on disk."""
    heading("a fresh process for one question", warehouse)
    for name, keep in (("without the kept vocabulary", False), ("with the kept vocabulary", True)):
        taken = []
        for _ in range(rounds):
            if not keep:
                shutil.rmtree(data_dir / "cache", ignore_errors=True)
            started = time.perf_counter()
            command = [sys.executable, "-c", _COMMAND, "ask", questions()[4].ask, "--warehouse", str(warehouse)]
            subprocess.run(command, check=True, env=_environment(data_dir), stdout=subprocess.DEVNULL)
            taken.append((time.perf_counter() - started) * 1000)
        report(f"qianmian ask, {name}", taken, "<= 2500")


def concurrency(warehouse: Path, data_dir: Path, seconds: float = 30.0) -> None:
    """Sixteen askers on the HTTP API, each going through the list; /healthz is asked all the while."""
    heading(f"{_ASKERS} askers over HTTP for {seconds:g} s", warehouse)
    with create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    home = Path(tempfile.mkdtemp(dir=data_dir, prefix="serve-"))
    environment = _environment(home) | {"QIANMIAN_RATE_LIMIT_PER_MINUTE": "1000000"}
    command = [sys.executable, "-c", _COMMAND, "serve", "--warehouse", str(warehouse), "--port", str(port)]
    log = (home / "server.log").open("w", encoding="utf-8")
    server = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        key = _wait_for_key(home / "server.log")
        base = f"http://127.0.0.1:{port}"
        _ask(base, key, questions()[0].ask)
        with PeakMemory(server.pid) as memory:
            _load(base, key, seconds)
        print(f"peak resident memory, service and workers together: {memory.peak_mb:.0f} MB (<= 2048)")
    finally:
        server.terminate()
        server.wait(20)
        log.close()
        shutil.rmtree(home, ignore_errors=True)


def _load(base: str, key: str, seconds: float) -> None:
    stop = time.monotonic() + seconds
    answers: list[float] = []
    errors: list[str] = []
    health: list[float] = []

    def asker(number: int) -> None:
        turn = number
        while time.monotonic() < stop:
            question = questions_list[turn % len(questions_list)]
            turn += 1
            started = time.perf_counter()
            problem = _ask(base, key, question)
            answers.append((time.perf_counter() - started) * 1000)
            if problem:
                errors.append(f"{problem}: {question}")

    def watcher() -> None:
        while time.monotonic() < stop:
            started = time.perf_counter()
            with urllib.request.urlopen(f"{base}/healthz", timeout=10) as reply:
                reply.read()
            health.append((time.perf_counter() - started) * 1000)
            time.sleep(0.05)

    questions_list = [question.ask for question in questions()]
    watch = threading.Thread(target=watcher)
    watch.start()
    with ThreadPoolExecutor(_ASKERS) as pool:
        list(pool.map(asker, range(_ASKERS)))
    watch.join()
    report(f"{len(answers)} answers", answers)
    report(f"{len(health)} times /healthz meanwhile", health, "<= 200")
    print(f"errors: {len(errors)} (0 asked)" + "".join(f"\n  {text}" for text in errors[:5]))


def _ask(base: str, key: str, question: str) -> str:
    """What went wrong; empty when it was answered."""
    body = json.dumps({"question": question}).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{base}/v1/ask", data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=300) as reply:
            status = json.load(reply)["status"]
            return "" if status == "answered" else str(status)
    except (urllib.error.URLError, OSError) as error:
        return str(error)


def _wait_for_key(log: Path) -> str:
    stop = time.monotonic() + _READY_SECONDS
    while time.monotonic() < stop:
        for line in log.read_text(encoding="utf-8").splitlines():
            if line.startswith("API key"):
                return line.rpartition(" ")[2]
        time.sleep(0.1)
    raise TimeoutError(f"the server did not start: {log.read_text(encoding='utf-8')[-500:]}")


def _environment(data_dir: Path) -> dict[str, str]:
    return {**os.environ, "QIANMIAN_DATA_DIR": str(data_dir)}  # noqa: TID251 - a child needs the path and the rest
