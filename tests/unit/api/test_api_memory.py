"""What is remembered, over HTTP: whose it is comes from the key, and what is another's does not exist."""

import json
import logging

import httpx
import pytest

from app.api.keys import KeyStore, Scope
from tests.fixtures.fake_flows import FakeFlows

PLAN = {"metrics": ["gmv_paid"], "dimensions": ["channel"], "start": "2026-09-01", "end": "2026-09-30"}
REMEMBERED = {"term": "gmv", "sense": "paid"}


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def ann(keys: KeyStore) -> dict[str, str]:
    return bearer(keys.create("ann", brand_ids=["B1"], department="会员部")[1])


@pytest.fixture
def bob(keys: KeyStore) -> dict[str, str]:
    return bearer(keys.create("bob", brand_ids=["B1"])[1])


@pytest.fixture
def other_brand(keys: KeyStore) -> dict[str, str]:
    return bearer(keys.create("eve", brand_ids=["B2"])[1])


@pytest.fixture
def admin(keys: KeyStore) -> dict[str, str]:
    return bearer(keys.create("root", scopes=[Scope.ADMIN])[1])


def code(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


async def ask(client: httpx.AsyncClient, who: dict[str, str], question: str = "复购率", **body: str) -> dict:
    response = await client.post("/v1/ask", json={"question": question, **body}, headers=who)
    assert response.status_code == 200
    return response.json()


# choices -------------------------------------------------------------------------------------------------------------
async def test_a_choice_is_kept_shown_and_taken_back_for_its_owner_alone(
    client: httpx.AsyncClient, ann: dict[str, str], bob: dict[str, str]
) -> None:
    kept = await client.put("/v1/choices", json=REMEMBERED, headers=ann)
    assert kept.status_code == 200
    assert (kept.json()["label"], kept.json()["meaning"], kept.json()["is_known"]) == ("GMV", "支付即计", True)
    english = await client.get("/v1/choices?language=en", headers=ann)
    assert [choice["meaning"] for choice in english.json()["choices"]] == ["As paid"]
    assert (await client.get("/v1/choices", headers=bob)).json() == {"choices": []}
    assert code(await client.delete("/v1/choices/gmv", headers=bob)) == (404, "not_found")
    assert (await client.delete("/v1/choices/gmv", headers=ann)).status_code == 204
    assert (await client.get("/v1/choices", headers=ann)).json() == {"choices": []}
    assert code(await client.delete("/v1/choices/gmv", headers=ann)) == (404, "not_found")


@pytest.mark.parametrize(
    ("body", "expected"),
    [({"term": "nope", "sense": "paid"}, "unknown_name"), ({"term": "gmv", "sense": "nope"}, "unknown_name"),
     ({"term": "gmv", "sense": "booked"}, "invalid_input"), ({"term": "gmv"}, "invalid_input"),
     ({**REMEMBERED, "actor": "bob"}, "invalid_input"), ({**REMEMBERED, "department": "财务"}, "invalid_input")],
)  # fmt: skip
async def test_only_a_sense_that_can_be_used_is_kept_and_only_for_the_key(
    client: httpx.AsyncClient, ann: dict[str, str], body: dict[str, str], expected: str
) -> None:
    assert code(await client.put("/v1/choices", json=body, headers=ann)) == (422, expected)
    assert (await client.get("/v1/choices", headers=ann)).json() == {"choices": []}


# verified ------------------------------------------------------------------------------------------------------------
async def test_a_pair_is_approved_shown_and_withdrawn(
    client: httpx.AsyncClient, ann: dict[str, str], bob: dict[str, str], keys: KeyStore, flows: FakeFlows
) -> None:
    added = await client.post("/v1/verified", json={"question": "9月GMV", "query": PLAN}, headers=ann)
    assert added.status_code == 201
    pair = added.json()
    approver = next(key.id for key in keys.all() if key.name == "ann")
    assert (pair["approved_by"], pair["is_stale"]) == (approver, False)
    assert (await client.get("/v1/verified", headers=bob)).json()["verified"] == [pair]
    assert code(await client.post("/v1/verified", json={"question": "9月GMV", "query": PLAN}, headers=bob))[0] == 409
    flows.model.version = "m2"
    assert (await client.get(f"/v1/verified/{pair['id']}", headers=bob)).json()["is_stale"]
    assert (await client.delete(f"/v1/verified/{pair['id']}", headers=bob)).status_code == 204
    assert (await client.get("/v1/verified", headers=bob)).json() == {"verified": []}
    assert (await client.get(f"/v1/verified/{pair['id']}", headers=ann)).json()["withdrawn_at"]
    assert code(await client.delete(f"/v1/verified/{pair['id']}", headers=bob)) == (404, "not_found")


async def test_a_pair_of_other_brands_does_not_exist(
    client: httpx.AsyncClient, ann: dict[str, str], other_brand: dict[str, str], admin: dict[str, str]
) -> None:
    body = {"question": "9月GMV", "query": PLAN}
    pair = (await client.post("/v1/verified", json=body, headers=ann)).json()
    assert (await client.get("/v1/verified", headers=other_brand)).json() == {"verified": []}
    for method in ("GET", "DELETE"):
        response = await client.request(method, f"/v1/verified/{pair['id']}", headers=other_brand)
        assert code(response) == (404, "not_found")
    shared = (await client.post("/v1/verified", json=body, headers=admin)).json()
    assert [one["id"] for one in (await client.get("/v1/verified", headers=other_brand)).json()["verified"]] == [
        shared["id"]
    ]
    assert code(await client.delete(f"/v1/verified/{shared['id']}", headers=other_brand)) == (403, "not_permitted")


@pytest.mark.parametrize(
    ("body", "expected"),
    [({"question": "x", "query": {**PLAN, "metrics": ["nope"]}}, "unknown_name"),
     ({"question": "  ", "query": PLAN}, "invalid_input"),
     ({"question": "x", "query": {**PLAN, "sql": "DROP"}}, "invalid_input"),
     ({"question": "x", "query": PLAN, "approved_by": "boss"}, "invalid_input")],
)  # fmt: skip
async def test_a_plan_that_can_not_be_computed_is_not_approved(
    client: httpx.AsyncClient, ann: dict[str, str], body: dict[str, object], expected: str
) -> None:
    assert code(await client.post("/v1/verified", json=body, headers=ann)) == (422, expected)
    assert (await client.get("/v1/verified", headers=ann)).json() == {"verified": []}


# feedback and proposals ----------------------------------------------------------------------------------------------
async def propose(client: httpx.AsyncClient, who: dict[str, str], **correction: object) -> dict:
    answer = await ask(client, who)
    body = {"request_id": answer["trace"]["request_id"], "verdict": "down", "correction": correction}
    given = await client.post("/v1/feedback", json=body, headers=who)
    assert given.status_code == 201
    return (await client.get(f"/v1/proposals/{given.json()['proposal_id']}", headers=who)).json()


async def test_a_correction_becomes_a_verified_question_when_another_accepts_it(
    client: httpx.AsyncClient, ann: dict[str, str], bob: dict[str, str]
) -> None:
    proposal = await propose(client, ann, text="按支付", query=PLAN)
    assert (proposal["state"], proposal["title"], proposal["payload"]["text"]) == ("open", "复购率", "按支付")
    assert proposal["payload"]["answered"]["metrics"] == ["repurchase_buyers", "repurchase_rate"]
    address, seen = f"/v1/proposals/{proposal['id']}", {"content_hash": proposal["content_hash"]}
    assert code(await client.post(f"{address}/accept", json=seen, headers=ann)) == (403, "not_permitted")
    assert code(await client.post(f"{address}/accept", json={"content_hash": "0" * 64}, headers=bob))[0] == 409
    accepted = await client.post(f"{address}/accept", json={**seen, "reason": "对"}, headers=bob)
    assert accepted.status_code == 200
    assert (accepted.json()["state"], accepted.json()["reason"]) == ("accepted", "对")
    pairs = (await client.get("/v1/verified", headers=ann)).json()["verified"]
    assert [(pair["question"], pair["proposal_id"], pair["approved_by"]) for pair in pairs] == [
        ("复购率", proposal["id"], accepted.json()["decided_by"])
    ]
    assert code(await client.post(f"{address}/reject", json=seen, headers=bob)) == (409, "conflict")
    assert (await client.get("/v1/proposals?state=open", headers=bob)).json() == {"proposals": []}


async def test_a_correction_in_words_needs_the_plan_that_they_mean(
    client: httpx.AsyncClient, ann: dict[str, str], bob: dict[str, str]
) -> None:
    proposal = await propose(client, ann, text="按支付")
    address, seen = f"/v1/proposals/{proposal['id']}", {"content_hash": proposal["content_hash"]}
    assert code(await client.post(f"{address}/accept", json=seen, headers=bob)) == (422, "invalid_input")
    wrong = {**seen, "query": {**PLAN, "metrics": ["nope"]}}
    assert code(await client.post(f"{address}/accept", json=wrong, headers=bob)) == (422, "unknown_name")
    assert (await client.get(address, headers=bob)).json()["state"] == "open"
    assert (await client.post(f"{address}/accept", json={**seen, "query": PLAN}, headers=bob)).status_code == 200
    assert len((await client.get("/v1/verified", headers=bob)).json()["verified"]) == 1


async def test_a_rejected_proposal_changes_nothing(
    client: httpx.AsyncClient, ann: dict[str, str], bob: dict[str, str], other_brand: dict[str, str]
) -> None:
    proposal = await propose(client, ann, query=PLAN)
    address, seen = f"/v1/proposals/{proposal['id']}", {"content_hash": proposal["content_hash"]}
    for stranger in (await client.get(address, headers=other_brand),
                     await client.post(f"{address}/reject", json=seen, headers=other_brand)):  # fmt: skip
        assert code(stranger) == (404, "not_found")
    assert (await client.post(f"{address}/reject", json=seen, headers=bob)).json()["state"] == "rejected"
    assert (await client.get("/v1/verified", headers=bob)).json() == {"verified": []}


async def test_the_same_correction_twice_is_one_proposal(client: httpx.AsyncClient, ann: dict[str, str]) -> None:
    first, second = await propose(client, ann, query=PLAN), await propose(client, ann, query=PLAN)
    assert first["id"] == second["id"]
    assert len((await client.get("/v1/feedback", headers=ann)).json()["feedback"]) == 2


@pytest.mark.parametrize(
    "change",
    [{"verdict": "up", "correction": {"text": "x"}}, {"correction": {}}, {"correction": {"text": " "}},
     {"verdict": "maybe"}, {"correction": {"query": {**PLAN, "metrics": ["nope"]}}}, {"actor": "bob"}],
)  # fmt: skip
async def test_feedback_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, ann: dict[str, str], change: dict[str, object]
) -> None:
    answer = await ask(client, ann)
    body = {"request_id": answer["trace"]["request_id"], "verdict": "down", **change}
    assert (await client.post("/v1/feedback", json=body, headers=ann)).status_code == 422
    assert (await client.get("/v1/feedback", headers=ann)).json() == {"feedback": []}


async def test_feedback_on_what_another_asked_or_nobody_is_not_found(
    client: httpx.AsyncClient, ann: dict[str, str], bob: dict[str, str]
) -> None:
    answer = await ask(client, ann)
    for request_id in (answer["trace"]["request_id"], "req_nobody"):
        body = {"request_id": request_id, "verdict": "up"}
        assert code(await client.post("/v1/feedback", json=body, headers=bob)) == (404, "not_found")


# conversations -------------------------------------------------------------------------------------------------------
async def test_a_question_in_a_conversation_follows_the_last_answered_one(
    client: httpx.AsyncClient, ann: dict[str, str], flows: FakeFlows
) -> None:
    first = await ask(client, ann, "trend", conversation_id="c-1")
    await ask(client, ann, "refused 天气", conversation_id="c-1")
    await ask(client, ann, "那天猫呢", conversation_id="c-1")
    await ask(client, ann, "别的", conversation_id="c-2")
    before = [previous for _, _, _, previous in flows.answer_question.asked]
    assert [previous and previous.query.model_dump(mode="json") for previous in before] == [
        None, first["query"], first["query"], None,
    ]  # fmt: skip
    assert [previous and previous.question for previous in before] == [None, "trend", "trend", None]
    assert {frozenset(row) for row in before[1].rows} == {frozenset({"channel"})}


async def test_a_conversation_is_listed_shown_and_deleted_by_its_owner_alone(
    client: httpx.AsyncClient, ann: dict[str, str], bob: dict[str, str], flows: FakeFlows
) -> None:
    await ask(client, ann, "trend", conversation_id="c-1")
    await ask(client, ann, "clarify", conversation_id="c-1")
    await ask(client, ann, "无会话")
    listed = (await client.get("/v1/conversations", headers=ann)).json()["conversations"]
    assert [(one["id"], one["title"], one["turns"]) for one in listed] == [("c-1", "trend", 2)]
    turns = (await client.get("/v1/conversations/c-1", headers=ann)).json()["turns"]
    assert [turn["status"] for turn in turns] == ["answered", "needs_clarification"]
    assert turns[0]["rows"][0].keys() == {"channel"}
    assert len(turns[1]["options"]) == 2
    assert "3400" not in json.dumps(turns)
    assert (await client.get("/v1/conversations", headers=bob)).json() == {"conversations": []}
    for method in ("GET", "DELETE"):
        assert code(await client.request(method, "/v1/conversations/c-1", headers=bob)) == (404, "not_found")
    await ask(client, bob, "同名", conversation_id="c-1")
    assert flows.answer_question.asked[-1][3] is None
    assert (await client.delete("/v1/conversations/c-1", headers=ann)).status_code == 204
    assert (await client.get("/v1/conversations", headers=ann)).json() == {"conversations": []}
    assert (await client.get("/v1/conversations/c-1", headers=bob)).status_code == 200


@pytest.mark.parametrize("name", ["", "a b", "../x", "x" * 65, "会话"])
async def test_an_odd_conversation_id_is_refused(client: httpx.AsyncClient, ann: dict[str, str], name: str) -> None:
    response = await client.post("/v1/ask", json={"question": "x", "conversation_id": name}, headers=ann)
    assert code(response) == (422, "invalid_input")


# audit, scopes, logs -------------------------------------------------------------------------------------------------
async def test_every_change_is_in_the_audit_without_content(
    client: httpx.AsyncClient, ann: dict[str, str], bob: dict[str, str], admin: dict[str, str]
) -> None:
    await client.put("/v1/choices", json=REMEMBERED, headers=ann)
    await client.delete("/v1/choices/gmv", headers=ann)
    proposal = await propose(client, ann, text="我的手机号 13800000000", query=PLAN)
    seen = {"content_hash": proposal["content_hash"]}
    await client.post(f"/v1/proposals/{proposal['id']}/accept", json=seen, headers=bob)
    pair = (await client.get("/v1/verified", headers=bob)).json()["verified"][0]
    await client.delete(f"/v1/verified/{pair['id']}", headers=bob)
    await ask(client, ann, conversation_id="c")
    await client.delete("/v1/conversations/c", headers=ann)
    entries = (await client.get("/v1/audit", headers=admin)).json()["entries"]
    assert [entry["action"] for entry in entries] == [
        "choice.remembered", "choice.revoked", "proposal.made", "feedback.given", "verified.approved",
        "proposal.accepted", "verified.withdrawn", "conversation.deleted",
    ]  # fmt: skip
    assert "13800000000" not in json.dumps(entries)
    assert "复购率" not in json.dumps(entries, ensure_ascii=False)
    chain = (await client.get("/v1/audit/verify", headers=admin)).json()
    assert (chain["status"], chain["entries"], chain["head"]) == ("intact", 8, entries[-1]["hash"])
    assert [
        entry["number"] for entry in (await client.get("/v1/audit?after=6&limit=1", headers=admin)).json()["entries"]
    ] == [7]


async def test_only_an_admin_reads_the_audit(client: httpx.AsyncClient, ann: dict[str, str]) -> None:
    for address in ("/v1/audit", "/v1/audit/verify"):
        assert code(await client.get(address, headers=ann)) == (403, "not_permitted")


CALLS = [
    ("GET", "/v1/choices", Scope.ASK), ("PUT", "/v1/choices", Scope.ASK), ("DELETE", "/v1/choices/x", Scope.ASK),
    ("GET", "/v1/verified", Scope.READ), ("GET", "/v1/verified/x", Scope.READ), ("POST", "/v1/verified", Scope.ASK),
    ("DELETE", "/v1/verified/x", Scope.ASK), ("POST", "/v1/feedback", Scope.ASK), ("GET", "/v1/feedback", Scope.ASK),
    ("GET", "/v1/proposals", Scope.READ), ("GET", "/v1/proposals/x", Scope.READ),
    ("POST", "/v1/proposals/x/accept", Scope.ASK), ("POST", "/v1/proposals/x/reject", Scope.ASK),
    ("GET", "/v1/conversations", Scope.ASK), ("GET", "/v1/conversations/x", Scope.ASK),
    ("DELETE", "/v1/conversations/x", Scope.ASK), ("GET", "/v1/audit", Scope.READ),
    ("GET", "/v1/audit/verify", Scope.READ),
]  # fmt: skip


@pytest.mark.parametrize(("method", "address", "scope"), CALLS)
async def test_every_call_needs_its_scope(
    client: httpx.AsyncClient, keys: KeyStore, method: str, address: str, scope: Scope
) -> None:
    assert code(await client.request(method, address)) == (401, "unauthenticated")
    lacking = Scope.READ if scope is Scope.ASK else Scope.ASK
    headers = bearer(keys.create("x", scopes=[lacking])[1])
    bodies = {"PUT": REMEMBERED, "POST": {"question": "x", "query": PLAN}}
    if "accept" in address or "reject" in address:
        bodies["POST"] = {"content_hash": "0" * 64}
    if "feedback" in address:
        bodies["POST"] = {"request_id": "x", "verdict": "up"}
    response = await client.request(method, address, headers=headers, json=bodies.get(method))
    assert code(response) == (403, "not_permitted")


async def test_the_log_holds_no_content(
    client: httpx.AsyncClient, ann: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await propose(client, ann, text="秘密更正 13800000000")
        await client.post("/v1/verified", json={"question": "秘密问题", "query": PLAN}, headers=ann)
    text = " ".join(str(record.__dict__) for record in caplog.records if record.name.startswith("app."))
    assert "request.served" in text
    for content in ("秘密", "13800000000", "gmv_paid"):
        assert content not in text
