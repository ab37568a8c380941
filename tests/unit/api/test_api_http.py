import asyncio
import json
import logging
import time
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from app.api.application import create_api
from app.api.keys import KeyStore, Scope
from app.flows.answer import Answer
from app.settings import Settings
from tests.fixtures.fake_flows import FakeFlows

QUESTION = {"question": "上个月抖音和天猫的会员复购率各是多少"}


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def assert_problem(response: httpx.Response, status: int, code: str) -> dict[str, object]:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["code"] == code
    assert set(body) == {"type", "title", "status", "code", "detail", "hint", "request_id", "findings"}
    assert body["request_id"] == response.headers["x-request-id"]
    assert body["detail"]
    return body


async def test_an_answer_is_the_flows_answer(client: httpx.AsyncClient, secret: str) -> None:
    response = await client.post("/v1/ask", json=QUESTION, headers=bearer(secret))
    assert response.status_code == 200
    answer = Answer.model_validate(response.json())
    assert answer.status == "answered"
    assert response.headers["x-request-id"] == answer.trace.request_id


async def test_the_asker_comes_from_the_key(client: httpx.AsyncClient, keys: KeyStore, flows: FakeFlows) -> None:
    key, secret = keys.create("x", brand_ids=["b1", "b2"], department="电商部")
    await client.post("/v1/ask", json={**QUESTION, "language": "en"}, headers=bearer(secret))
    question, actor, language, previous = flows.answer_question.asked[0]
    assert (question, language, previous) == (QUESTION["question"], "en", None)
    assert actor == key.actor


@pytest.mark.parametrize("extra", ["brand_ids", "department", "actor", "roles", "trust"])
async def test_a_body_that_says_who_is_asking_is_refused(client: httpx.AsyncClient, secret: str, extra: str) -> None:
    response = await client.post("/v1/ask", json={**QUESTION, extra: "x"}, headers=bearer(secret))
    assert_problem(response, 422, "invalid_input")
    assert extra in response.json()["detail"]


async def test_a_follow_up_carries_the_previous_query(client: httpx.AsyncClient, secret: str, flows: FakeFlows) -> None:
    first = (await client.post("/v1/ask", json=QUESTION, headers=bearer(secret))).json()
    response = await client.post(
        "/v1/ask", json={"question": "那天猫呢", "previous": first["query"]}, headers=bearer(secret)
    )
    assert response.status_code == 200
    previous = flows.answer_question.asked[1][3]
    assert previous is not None
    assert previous.model_dump(mode="json") == first["query"]


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/metrics", "/v1/metrics/gmv_paid", "/v1/dimensions"])
@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer"}, {"Authorization": "Bearer qm_wrong"}, {"Authorization": "Basic eDp5"}],
)
async def test_nothing_is_served_without_a_valid_key(
    client: httpx.AsyncClient, path: str, headers: dict[str, str]
) -> None:
    method = "POST" if path == "/v1/ask" else "GET"
    response = await client.request(method, path, headers=headers, json=QUESTION if method == "POST" else None)
    assert_problem(response, 401, "unauthenticated")
    assert response.headers["www-authenticate"] == "Bearer"


async def test_a_revoked_key_is_refused(client: httpx.AsyncClient, keys: KeyStore) -> None:
    key, secret = keys.create("x")
    assert (await client.get("/v1/metrics", headers=bearer(secret))).status_code == 200
    keys.revoke(key.id)
    assert_problem(await client.get("/v1/metrics", headers=bearer(secret)), 401, "unauthenticated")


@pytest.mark.parametrize(
    ("scope", "ask_status", "read_status"), [(Scope.ASK, 200, 403), (Scope.READ, 403, 200), (Scope.ADMIN, 200, 200)]
)
async def test_a_scope_opens_its_own_routes_only(
    client: httpx.AsyncClient, keys: KeyStore, scope: Scope, ask_status: int, read_status: int
) -> None:
    _, secret = keys.create("x", scopes=[scope])
    assert (await client.post("/v1/ask", json=QUESTION, headers=bearer(secret))).status_code == ask_status
    for path in ("/v1/metrics", "/v1/metrics/gmv_paid", "/v1/dimensions"):
        assert (await client.get(path, headers=bearer(secret))).status_code == read_status


async def test_the_catalogue_lists_metrics_and_dimensions(client: httpx.AsyncClient, secret: str) -> None:
    metrics = (await client.get("/v1/metrics?language=en", headers=bearer(secret))).json()["metrics"]
    assert metrics[0]["id"] == "gmv_paid"
    assert (await client.get("/v1/metrics/gmv_paid", headers=bearer(secret))).json() == metrics[0] | {
        "label": "支付金额"
    }
    dimensions = (await client.get("/v1/dimensions", headers=bearer(secret))).json()["dimensions"]
    assert dimensions[0]["values"][0] == {"value": "tmall", "label": "天猫"}
    assert_problem(await client.get("/v1/metrics/gmv", headers=bearer(secret)), 404, "not_found")
    assert_problem(await client.get("/v1/metrics?language=fr", headers=bearer(secret)), 422, "invalid_input")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "not_found"),
        ("GET", "/v1/ask", 405, "method_not_allowed"),
        ("DELETE", "/v1/metrics", 405, "method_not_allowed"),
    ],
)
async def test_the_frameworks_own_errors_are_problems_too(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    assert_problem(await client.request(method, path), status, code)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"x"', b"{}",
     b'{"question": 5}', b'{"question": "\\ud800"}', b'{"question": "x", "previous": {}}',
     b"\xff\xfe", b'{"question": "' + b"x" * 30_000 + b'"}'],
)  # fmt: skip
async def test_a_body_that_does_not_fit_is_named_and_never_echoed(
    client: httpx.AsyncClient, secret: str, body: bytes
) -> None:
    headers = {**bearer(secret), "Content-Type": "application/json"}
    response = await client.post("/v1/ask", content=body, headers=headers)
    problem = assert_problem(response, 422, "invalid_input")
    assert problem["findings"]
    assert "xxxxx" not in response.text


async def test_a_bug_says_nothing_of_our_insides(client: httpx.AsyncClient, secret: str) -> None:
    response = await client.post("/v1/ask", json={"question": "坏"}, headers=bearer(secret))
    assert_problem(response, 500, "internal_error")
    assert "secret inside" not in response.text
    assert "ZeroDivision" not in response.text


async def test_an_unavailable_warehouse_is_a_503_with_what_to_do(
    client: httpx.AsyncClient, secret: str, flows: FakeFlows
) -> None:
    response = await client.post("/v1/ask", json={"question": "停"}, headers=bearer(secret))
    assert assert_problem(response, 503, "warehouse_unavailable")["hint"] == "run `qianmian doctor`"
    flows.is_down = True
    assert_problem(await client.get("/readyz"), 503, "warehouse_unavailable")
    assert (await client.get("/healthz")).json() == {"status": "ok"}


async def test_a_failed_answer_is_an_http_error_with_the_same_words(client: httpx.AsyncClient, secret: str) -> None:
    response = await client.post("/v1/ask", json={"question": "failed 超时"}, headers=bearer(secret))
    problem = assert_problem(response, 504, "query_stopped")
    assert problem["detail"] == "查询超过 30 秒,已停止。"
    assert problem["hint"]


async def test_a_refused_question_is_an_answer(client: httpx.AsyncClient, secret: str) -> None:
    response = await client.post("/v1/ask", json={"question": "refused 天气"}, headers=bearer(secret))
    assert response.status_code == 200
    assert response.json()["refusal"]["code"] == "not_understood"


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_over_the_limit_is_refused(
    client: httpx.AsyncClient, secret: str, settings: Settings, chunked: bool
) -> None:
    body = json.dumps({"question": "x" * settings.max_body_bytes}).encode()

    async def chunks():
        for start in range(0, len(body), 4096):
            yield body[start : start + 4096]

    headers = {**bearer(secret), "Content-Type": "application/json"}
    response = await client.post("/v1/ask", content=chunks() if chunked else body, headers=headers)
    assert_problem(response, 413, "too_large")


async def test_a_key_over_its_allowance_waits_and_others_do_not(tmp_path: Path, flows: FakeFlows) -> None:
    api = create_api(Settings(_env_file=None, data_dir=tmp_path, rate_limit_per_minute=3), flows)
    keys = api.state.runtime.keys
    (_, busy), (_, calm) = keys.create("busy"), keys.create("calm")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://test") as client:
        statuses = [(await client.get("/v1/metrics", headers=bearer(busy))).status_code for _ in range(3)]
        assert statuses == [200, 200, 200]
        refused = await client.get("/v1/metrics", headers=bearer(busy))
        assert_problem(refused, 429, "rate_limited")
        assert 1 <= int(refused.headers["retry-after"]) <= 20
        assert (await client.get("/v1/metrics", headers=bearer(calm))).status_code == 200
    api.state.runtime.pool.close()


async def test_health_does_not_wait_for_sixteen_askers(
    client: httpx.AsyncClient, secret: str, flows: FakeFlows, settings: Settings
) -> None:
    flows.answer_question.seconds = 0.1
    askers = [
        asyncio.create_task(client.post("/v1/ask", json=QUESTION, headers=bearer(secret), timeout=30))
        for _ in range(16)
    ]
    await asyncio.sleep(0.05)
    started = time.perf_counter()
    assert (await client.get("/healthz")).status_code == 200
    elapsed = time.perf_counter() - started
    assert not all(asker.done() for asker in askers)
    assert elapsed < 0.2
    assert {response.status_code for response in await asyncio.gather(*askers)} == {200}
    assert flows.answer_question.most_at_once == settings.concurrent_questions


async def test_a_full_line_is_busy_not_endless(tmp_path: Path, flows: FakeFlows) -> None:
    flows.answer_question.seconds = 0.1
    settings = Settings(_env_file=None, data_dir=tmp_path, concurrent_questions=1, waiting_questions=1)
    api = create_api(settings, flows)
    _, secret = api.state.runtime.keys.create("x")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://test") as client:
        responses = await asyncio.gather(
            *(client.post("/v1/ask", json=QUESTION, headers=bearer(secret)) for _ in range(4))
        )
        assert sorted(response.status_code for response in responses) == [200, 200, 503, 503]
        busy = next(response for response in responses if response.status_code == 503)
        assert_problem(busy, 503, "busy")
        assert busy.headers["retry-after"]
        assert (await client.post("/v1/ask", json=QUESTION, headers=bearer(secret))).status_code == 200
    api.state.runtime.pool.close()


async def test_every_response_has_an_id_and_says_that_nothing_leaves_the_origin(client: httpx.AsyncClient) -> None:
    first, second = await client.get("/healthz"), await client.get("/healthz")
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert "default-src 'self'" in first.headers["content-security-policy"]


async def test_the_log_has_the_request_and_not_its_content(
    client: httpx.AsyncClient, secret: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        response = await client.post("/v1/ask?token=hush", json=QUESTION, headers=bearer(secret))
    line = next(record for record in caplog.records if record.message == "request.served")
    assert (line.path, line.status, line.method) == ("/v1/ask", 200, "POST")
    assert line.request_id == response.headers["x-request-id"]
    assert line.ms >= 0
    text = " ".join(str(record.__dict__) for record in caplog.records if record.name.startswith("app."))
    for content in (QUESTION["question"], "hush", secret, "3400"):
        assert content not in text


def test_the_api_description_is_valid_and_complete(api: FastAPI, tmp_path: Path, flows: FakeFlows) -> None:
    description = api.openapi()
    assert description["openapi"].startswith("3.")
    assert set(description["paths"]) == {
        "/v1/ask", "/v1/metrics", "/v1/metrics/{metric_id}", "/v1/dimensions", "/healthz", "/readyz",
        "/v1/choices", "/v1/choices/{term}", "/v1/verified", "/v1/verified/{verified_id}", "/v1/feedback",
        "/v1/proposals", "/v1/proposals/{proposal_id}", "/v1/proposals/{proposal_id}/accept",
        "/v1/proposals/{proposal_id}/reject", "/v1/conversations", "/v1/conversations/{conversation_id}",
        "/v1/audit", "/v1/audit/verify",
    }  # fmt: skip
    for path, methods in description["paths"].items():
        for method in methods.values():
            assert method["summary"], path
            assert bool(method.get("security")) == path.startswith("/v1/"), path
    assert description["components"]["schemas"]["AskIn"]["examples"]
    references = json.dumps(description).split('"$ref": "#/components/schemas/')[1:]
    assert {reference.split('"')[0] for reference in references} <= set(description["components"]["schemas"])
    hidden = create_api(Settings(_env_file=None, data_dir=tmp_path / "b", docs=False), flows)
    assert hidden.openapi_url is None
    hidden.state.runtime.pool.close()
