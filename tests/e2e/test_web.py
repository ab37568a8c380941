"""The whole program in a real browser, over fake flows: what a person sees, and that nothing leaves the origin."""

import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no browser: {CHROMIUM} is not installed"),
]


@dataclass
class Served:
    url: str
    sign_in_link: str
    api_key: str


@dataclass
class Visit:
    """A page and what went wrong on it."""

    page: object
    origin: str
    problems: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    port = _free_port()
    data, log = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("log") / "out"
    # Under pytest the page framework switches to a test mode of its own: this is the program as people run it.
    command = ["env", "-u", "PYTEST_CURRENT_TEST", sys.executable, "-m", "tests.e2e.serve_fake", str(data), str(port)]
    with log.open("w") as out:
        server = subprocess.Popen(command, stdout=out, stderr=out, cwd=ROOT)
    try:
        _wait_until_up(f"http://127.0.0.1:{port}/healthz", server, log)
        text = log.read_text()
        link, key = re.search(r"Open (\S+)", text), re.search(r"(qm_\S+)", text)
        assert link
        assert key
        yield Served(f"http://127.0.0.1:{port}", link.group(1), key.group(1))
        assert "Traceback" not in log.read_text()
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_until_up(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the server did not start: {log.read_text()}")


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def session(browser, served: Served) -> object:
    """A browser context that came in through the printed link."""
    context = browser.new_context(viewport={"width": 1440, "height": 960}, locale="zh-CN")
    page = context.new_page()
    page.goto(served.sign_in_link)
    page.wait_for_selector(".qm-empty")
    page.close()
    return context


@pytest.fixture
def visit(session, served: Served) -> Iterator[Visit]:
    page = session.new_page()
    visit = Visit(page, served.url)
    page.on("console", lambda m: visit.problems.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: visit.problems.append(str(error)))
    page.on("request", lambda request: _note_stray(visit, request.url))
    page.goto(served.url)
    page.wait_for_selector(".qm-ask textarea")
    yield visit
    page.evaluate("document.cookie = 'qianmian_language=; Max-Age=0'; document.cookie = 'qianmian_theme=; Max-Age=0'")
    page.close()
    assert visit.problems == []
    assert visit.strays == []


def _note_stray(visit: Visit, url: str) -> None:
    if not url.startswith((visit.origin, visit.origin.replace("http", "ws"), "data:", "blob:")):
        visit.strays.append(url)


def ask(page, question: str) -> None:
    count = page.locator("article.qm-card").count()
    page.fill(".qm-ask textarea", question)
    page.keyboard.press("Enter")
    page.wait_for_function(f"document.querySelectorAll('article.qm-card').length > {count}")


def test_a_stranger_sees_the_sign_in_page_and_a_key_lets_them_in(browser, served: Served) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(served.url)
    assert page.url.endswith("/sign-in")
    page.fill("#key", "qm_wrong")
    page.click("button")
    assert page.locator("[role=alert]").is_visible()
    page.fill("#key", served.api_key)
    page.click("button")
    page.wait_for_selector(".qm-empty")
    page.click(".qm-sign-out button")
    page.wait_for_url("**/sign-in")
    page.goto(served.url)
    assert page.url.endswith("/sign-in")
    context.close()


def test_the_printed_link_works_once(browser, session, served: Served) -> None:
    context = browser.new_context()
    page = context.new_page()
    assert page.goto(served.sign_in_link).status == 401
    context.close()


def test_a_question_becomes_number_table_sql_and_checks(visit: Visit) -> None:
    page = visit.page
    page.keyboard.press("/")
    page.keyboard.type("上个月抖音和天猫的会员复购率")
    page.keyboard.press("Enter")
    page.wait_for_selector("article.qm-card")
    assert page.locator(".qm-stat strong").all_inner_texts() == ["27.4%", "18.6%"]
    assert "2026年9月复购率" in page.inner_text(".qm-headline")
    assert page.locator("tbody tr").count() == 2
    assert page.locator("tbody tr").first.inner_text().split() == ["天猫", "27.4%", "26.6%", "+0.8", "pp", "3,400"]
    assert "口径已校验" in page.inner_text(".qm-badge")
    assert "repurchase_rate" in page.inner_text(".qm-panel")
    page.click(".qm-tab >> text=SQL")
    page.wait_for_selector(".qm-sql")
    assert "COUNT(DISTINCT o.one_id)" in page.inner_text(".qm-sql")
    page.click(".qm-tab >> text=检查")
    page.wait_for_selector(".qm-ok")
    page.click(".qm-tab >> text=过程")
    page.wait_for_selector("text=req_")


def test_the_panel_follows_the_selected_answer(visit: Visit) -> None:
    page = visit.page
    ask(page, "single 支付金额")
    page.click(".qm-tab >> text=过程")
    ask(page, "ranking 排名")
    page.wait_for_selector(".qm-panel >> text=前 7")
    page.locator("article.qm-card").first.click(position={"x": 5, "y": 5})
    page.wait_for_selector(".qm-panel >> text=环比")
    assert page.locator("article.qm-card.qm-selected").count() == 1


def test_text_from_data_is_never_markup(visit: Visit) -> None:
    page = visit.page
    ask(page, "ranking 排名 <img src=x onerror='window.hacked=1'>")
    page.wait_for_selector(".qm-chart svg")
    assert "<img src=x" in page.inner_text(".qm-table")
    assert "<img src=x" in page.inner_text(".qm-me")
    page.hover(".qm-chart svg")
    page.wait_for_timeout(300)
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("window.hacked") is None


def test_the_csv_is_downloaded(visit: Visit) -> None:
    page = visit.page
    ask(page, "single 支付金额")
    with page.expect_download() as download:
        page.click("text=导出 CSV")
    data = Path(download.value.path()).read_bytes()
    assert "18624310.55" in data.decode("utf-8-sig")


def test_language_and_theme_switch_in_place_and_are_remembered(visit: Visit) -> None:
    page = visit.page
    ask(page, "single 支付金额")
    page.click(".qm-switch >> text=English")
    page.wait_for_selector("text=Data as of 2026-10-31")
    page.click(".qm-switch >> text=Dark")
    page.wait_for_selector("[data-theme=dark] .qm-switch >> text=Light")
    assert page.locator("article.qm-card").count() == 1
    page.reload()
    page.wait_for_selector("[data-theme=dark] .qm-switch >> text=Light")
    assert page.evaluate("document.documentElement.lang") == "en"


def test_a_refusal_offers_questions_that_can_be_clicked(visit: Visit) -> None:
    page = visit.page
    ask(page, "refused 天气")
    assert "没有读懂" in page.inner_text("article.qm-card")
    page.click("article .qm-alternative >> nth=0")
    page.wait_for_function("document.querySelectorAll('article.qm-card').length === 2")


def test_a_clarification_is_answered_by_the_chosen_reading(visit: Visit) -> None:
    page = visit.page
    ask(page, "clarify 唤醒")
    assert page.locator(".qm-option strong").all_inner_texts() == ["1,204 人", "1,663 人"]
    assert page.locator(".qm-option >> nth=1").inner_text().split("\n") == [
        "2", "电商", "支付即计", "1,663 人", "比第一种 +38.1%"
    ]  # fmt: skip
    page.click(".qm-option >> nth=1")
    page.wait_for_selector(".qm-stat strong")
    assert "已记住:GMV = 电商口径" in page.inner_text(".qm-remembered")
    page.click(".qm-remembered button")
    page.wait_for_selector(".qm-remembered >> text=已撤销")


def test_a_reply_in_words_chooses_and_my_definitions_take_it_back(visit: Visit) -> None:
    page = visit.page
    ask(page, "clarify 唤醒")
    ask(page, "按市场口径")
    page.wait_for_selector(".qm-remembered")
    page.click(".qm-place >> text=我的口径")
    page.wait_for_selector("article.qm-entry")
    assert page.inner_text("article.qm-entry").split()[:4] == ["GMV", "=", "市场口径", "拍下即计"]
    page.keyboard.press("Tab")
    page.focus("article.qm-entry button")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=status] >> text=已撤销「GMV」")
    page.wait_for_selector(".qm-nothing")
    page.reload()
    page.wait_for_selector(".qm-nothing")


def test_what_is_not_right_is_said_and_sent_to_another_person(visit: Visit) -> None:
    page = visit.page
    ask(page, "single 支付金额")
    page.click("text=不对")
    page.fill(".qm-correction textarea", "应该扣退款 <b>x</b>")
    page.click(".qm-correction button >> nth=0")
    page.wait_for_selector(".qm-bar >> text=已提交")
    assert page.locator(".qm-correction").count() == 0
    ask(page, "trend 趋势")
    page.locator("text=有用").last.click()
    page.wait_for_selector(".qm-bar >> text=谢谢")


def test_suggestions_stand_under_the_newest_answer_and_ask_themselves(visit: Visit) -> None:
    page = visit.page
    ask(page, "single 支付金额")
    page.wait_for_selector(".qm-suggestion")
    page.click(".qm-suggestion >> nth=1")
    page.wait_for_function("document.querySelectorAll('article.qm-card').length === 2")
    assert page.locator(".qm-me").last.inner_text() == "ranking 按渠道拆"
    assert page.locator(".qm-suggestions").count() == 1
    ask(page, "refused")
    assert page.locator(".qm-suggestions").count() == 0


@pytest.mark.parametrize(("language", "label"), [("zh", "成交总额"), ("en", "Gross value")])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_words_of_the_house_are_searched_as_one_types(visit: Visit, width: int, language: str, label: str) -> None:
    page = visit.page
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate(f"qmRemember('qianmian_language', '{language}')")
    page.goto(f"{visit.origin}/terms")
    page.wait_for_selector(f".qm-term >> text={label}")
    assert page.locator(".qm-sense").count() == 3
    page.fill(".qm-search input", "没有的词 <img src=x>")
    page.wait_for_selector(".qm-nothing >> text=<img src=x>")
    page.fill(".qm-search input", "gmv")
    page.wait_for_selector(f".qm-term >> text={label}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_pages_behind_the_door_send_a_stranger_to_sign_in(browser, served: Served) -> None:
    context = browser.new_context()
    page = context.new_page()
    for path in ("/mine", "/terms"):
        page.goto(served.url + path)
        assert page.url.endswith("/sign-in")
    context.close()


def test_failures_show_what_to_do_and_an_id(visit: Visit) -> None:
    page = visit.page
    ask(page, "停")
    assert "doctor" in page.inner_text("article.qm-card")
    assert re.search(r"req_[0-9a-f]{24}", page.inner_text("article.qm-card >> nth=0"))


def test_an_input_methods_enter_does_not_send(visit: Visit) -> None:
    page = visit.page
    page.fill(".qm-ask textarea", "上个月")
    page.evaluate(
        "document.querySelector('.qm-ask textarea').dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))"
    )
    page.wait_for_timeout(300)
    assert page.locator(".qm-me").count() == 0
    assert page.input_value(".qm-ask textarea") == "上个月"


@pytest.mark.parametrize("width", [1440, 1000, 600, 360])
def test_no_width_scrolls_sideways_and_the_evidence_stays_in_reach(visit: Visit, width: int) -> None:
    page = visit.page
    page.set_viewport_size({"width": width, "height": 800})
    ask(page, "ranking 排名")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width < 1100:
        assert not page.locator(".qm-panel").is_visible()
        page.click(".qm-evidence-button")
        page.wait_for_selector(".qm-panel.qm-open")
        page.click(".qm-close")
        page.wait_for_selector(".qm-panel", state="hidden")
    else:
        assert page.locator(".qm-panel").is_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_gallery_shows_every_state(visit: Visit, theme: str, language: str, tmp_path: Path) -> None:
    page = visit.page
    page.goto(f"{visit.origin}/_gallery?language={language}&theme={theme}")
    page.wait_for_selector(".qm-gallery-panel >> nth=3")
    page.wait_for_selector(".qm-chart svg >> nth=2")
    assert page.locator(".qm-card").count() == 12
    assert page.screenshot(path=tmp_path / "gallery.png", full_page=True)


def test_an_unknown_address_is_a_problem_also_behind_the_pages(served: Served) -> None:
    for path, status in (("/v1/nothing", 404), ("/v1/ask", 405), ("/nothing", 404)):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(served.url + path, timeout=5)
        with caught.value as error:
            assert error.code == status
            assert error.headers["content-type"] == "application/problem+json"


def test_a_conversation_goes_on_when_its_address_is_opened_again(visit: Visit) -> None:
    ask(visit.page, "trend")
    ask(visit.page, "ranking")
    visit.page.wait_for_function("location.search.startsWith('?c=web_')")
    visit.page.reload()
    visit.page.wait_for_function("document.querySelectorAll('article.qm-card').length === 2")
    assert visit.page.locator(".qm-me").all_inner_texts() == ["trend", "ranking"]
    ask(visit.page, "grouped")
    assert visit.page.locator(".qm-me").count() == 3
