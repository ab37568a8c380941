"""The README is executed: its examples on a small demo brand, its two commands and its numbers under `-m slow`."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from signal import SIGINT, SIGTERM

import duckdb
import pytest

from tests.e2e.test_web import CHROMIUM, FLAGS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
QUESTION = "上个月各渠道的销售额,环比怎么样"


@dataclass(frozen=True)
class Example:
    """A block of commands and the output that the README shows below it."""

    script: str
    shown: tuple[str, ...]

    @property
    def is_refused(self) -> bool:
        return bool(self.shown) and self.shown[0].startswith("[")


def examples() -> list[Example]:
    found = re.findall(r"^```sh\n(.*?)^```\n(?:```text\n(.*?)^```\n)?", README, re.MULTILINE | re.DOTALL)
    return [Example(script, tuple(line for line in shown.splitlines() if line)) for script, shown in found]


EXAMPLES = examples()
SETUPS = [e.script for e in EXAMPLES if "-m venv" in e.script]
ON_THE_DEMO = [e for e in EXAMPLES if re.match(r"qianmian (ask|doctor)|echo", e.script)]
[IMPORT] = [e for e in EXAMPLES if e.script.startswith("qianmian import")]
[HTTP] = [e for e in EXAMPLES if "curl" in e.script]
SERVE = SETUPS[0].rsplit("&& .venv/bin/", 1)[1].strip()


@dataclass(frozen=True)
class Shell:
    """A shell in which `qianmian` is this checkout, and what it keeps is in a folder of its own."""

    folder: Path

    def command(self, script: str, **variables: object) -> list[str]:
        program = f'PYTHONPATH={ROOT} {sys.executable} -c "from app.cli import main; main()" "$@"'
        exports = "".join(f"export {name}={value}\n" for name, value in variables.items())
        # Settings of whoever runs the tests must not leak in; under pytest the page framework has a mode of its own.
        clean = f"unset PYTEST_CURRENT_TEST ${{!QIANMIAN_@}}\nexport QIANMIAN_DATA_DIR={self.folder}/var\n"
        return ["bash", "-ec", f"{clean}{exports}qianmian() {{ {program}; }}\n{script}"]

    def run(self, script: str, *, expect: int = 0, **variables: object) -> str:
        done = subprocess.run(
            self.command(script, **variables), cwd=self.folder, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == expect, f"{script}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    shell = Shell(tmp_path_factory.mktemp("demo"))
    shell.run("qianmian demo --scale 0.05")
    return shell


@dataclass(frozen=True)
class Served:
    port: int
    key: str
    link: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=30) as response:
            return response.read().decode()

    def ask(self, question: str) -> dict[str, object]:
        request = urllib.request.Request(
            f"{self.url}/v1/ask",
            json.dumps({"question": question}).encode(),
            {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_announcement(server: "subprocess.Popen[bytes]", log: Path, *, seconds: float) -> str:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        text = log.read_text()
        if "Open http" in text:
            return text
        assert server.poll() is None, text
        time.sleep(0.2)
    raise AssertionError(f"the server did not start: {log.read_text()}")


@pytest.fixture(scope="module")
def served(demo: Shell) -> Iterator[Served]:
    port, log = free_port(), demo.folder / "serve.log"
    command = demo.command(f"{SERVE} & trap 'kill $!; wait $!' TERM; wait $!", QIANMIAN_PORT=port)
    with log.open("w") as out:
        server = subprocess.Popen(command, stdout=out, stderr=out, cwd=demo.folder)
    try:
        text = wait_for_announcement(server, log, seconds=90)
        key, link = re.search(r"qm_\S+", text), re.search(r"Open (\S+)", text)
        assert key
        assert link
        yield Served(port, key.group(), link.group(1))
    finally:
        server.send_signal(SIGTERM)
        server.wait(timeout=30)
    assert "Traceback" not in log.read_text()


@pytest.mark.parametrize("example", ON_THE_DEMO, ids=lambda e: e.script.splitlines()[0])
def test_an_example_runs_and_is_understood_as_shown(demo: Shell, example: Example) -> None:
    output = demo.run(example.script, expect=1 if example.is_refused else 0)
    # The first line shown is how the question was understood: it does not depend on the size of the demo. Nor does the
    # code of a refusal, while the words it offers do.
    first = [line.partition("“")[0] if example.is_refused else line for line in example.shown[:1]]
    assert [line for line in first if line not in output] == []


def test_the_batch_example_answers_every_line(demo: Shell) -> None:
    [batch] = [e for e in ON_THE_DEMO if "--file" in e.script]
    demo.run(batch.script)
    asked = [json.loads(line)["id"] for line in (demo.folder / "questions.jsonl").read_text().splitlines()]
    answers = [json.loads(line) for line in (demo.folder / "answers.jsonl").read_text().splitlines()]
    assert [line["id"] for line in answers] == asked
    assert {line["answer"]["status"] for line in answers} == {"answered"}


def test_the_import_example_publishes_a_snapshot_that_answers(tmp_path: Path) -> None:
    shell, file = Shell(tmp_path), re.search(r"\S+\.parquet", IMPORT.script)
    assert file
    duckdb.execute(
        "COPY (SELECT (489434 + i // 2)::VARCHAR AS Invoice, '85048' AS StockCode, 'LIGHTS' AS Description,"
        " 2 + i % 5 AS Quantity, TIMESTAMP '2010-01-01' + INTERVAL (i) DAY AS InvoiceDate, 2.5 AS Price,"
        " 13000.0 + i // 2 % 9 AS \"Customer ID\", 'France' AS Country FROM range(300) t(i))"
        f" TO '{tmp_path / file.group()}'"
    )
    output = shell.run(IMPORT.script)
    assert "300 rows read" in output
    assert "2010-10" in output


def test_the_http_example_answers_with_json(served: Served, demo: Shell) -> None:
    if subprocess.run(["bash", "-c", "command -v curl"], capture_output=True).returncode:
        pytest.skip("curl is not installed")
    script = HTTP.script.replace("127.0.0.1:8000", f"127.0.0.1:{served.port}").replace("qm_…", served.key)
    health, answer, metrics = demo.run(script.replace("\ncurl", "\necho; curl")).strip().splitlines()
    assert json.loads(health) == {"status": "ok"}
    assert json.loads(answer)["status"] == "answered"
    assert len(json.loads(metrics)["metrics"]) >= 70


def test_what_the_readme_names_over_http_exists(served: Served) -> None:
    described = json.loads(served.get("/openapi.json"))["paths"]
    named = set(re.findall(r"/(?:v1/\w+|healthz|readyz)", README))
    assert named
    assert named <= described.keys()


def test_the_printed_link_opens_the_page(served: Served) -> None:
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with opener.open(served.link, timeout=30) as page:
        assert page.status == 200
        assert "sign-in" not in page.url
        assert "千面" in page.read().decode()


@pytest.mark.browser
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no browser: {CHROMIUM} is not installed")
def test_the_page_shows_the_answer_that_the_api_gives(served: Served) -> None:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    expected = served.ask(QUESTION)
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = browser.new_page(locale="zh-CN")
        page.goto(f"{served.url}/sign-in")
        page.fill("#key", served.key)
        page.click("button")
        page.wait_for_selector(".qm-empty")
        page.fill(".qm-ask textarea", QUESTION)
        page.keyboard.press("Enter")
        page.wait_for_selector("article.qm-card")
        shown = page.locator("article.qm-card").inner_text()
        browser.close()
    assert expected["headline"]
    assert expected["headline"] in shown


def test_the_two_commands_are_single_lines_over_files_that_exist() -> None:
    assert len(SETUPS) == 2
    for command in SETUPS:
        assert command.count("\n") == 1
        locks = re.findall(r"-r (\S+)", command)
        assert locks
        assert all((ROOT / name).is_file() for name in locks)
    assert SETUPS[1].strip().endswith("-m pytest")


def test_ci_runs_the_readme_s_test_command() -> None:
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [part.strip() for part in SETUPS[1].split("&&") if part.strip() not in ci] == []


def test_every_local_link_leads_somewhere() -> None:
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", README) if not target.startswith("http")]
    missing = [target for target in targets if not (ROOT / target.split("#")[0]).exists()]
    assert missing == []


def test_it_fits_in_two_screens() -> None:
    assert len(README.splitlines()) <= 130
    assert (ROOT / "app" / "ui" / "static" / "readme-answer.png").stat().st_size < 400_000


@pytest.fixture
def on_request(request: pytest.FixtureRequest) -> None:
    if "slow" not in request.config.getoption("markexpr"):
        pytest.skip("takes minutes: runs with -m slow")


@pytest.mark.slow
@pytest.mark.usefixtures("on_request")
def test_every_number_shown_is_the_default_demo_s(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.run("qianmian demo")
    for example in ON_THE_DEMO:
        output = shell.run(example.script, expect=1 if example.is_refused else 0)
        assert [line for line in example.shown if line not in output] == []


@pytest.mark.slow
@pytest.mark.usefixtures("on_request")
def test_the_serve_command_works_in_a_fresh_clone(tmp_path: Path) -> None:
    subprocess.run(["git", "clone", "-q", str(ROOT), str(tmp_path / "clone")], check=True)
    port, log = free_port(), tmp_path / "log"
    script = f"unset PYTEST_CURRENT_TEST ${{!QIANMIAN_@}}; export QIANMIAN_PORT={port}; {SETUPS[0].strip()}"
    with log.open("w") as out:
        # A session of its own, so that an interrupt reaches whatever the line has started by then.
        server = subprocess.Popen(
            ["bash", "-c", script], stdout=out, stderr=out, cwd=tmp_path / "clone", start_new_session=True
        )
    try:
        wait_for_announcement(server, log, seconds=600)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as response:
            assert response.status == 200
    finally:
        os.killpg(server.pid, SIGINT)
        server.wait(timeout=30)
