"""What people may do to an incident by the API."""

from base64 import b64encode

import pytest

from bridge.domain.incident import DesiredState, Incident
from bridge.sources.auth import BearerAuth
from bridge.web.auth import console_guard_for
from tests.builders import T0, make_incident
from tests.web.fakes import Web


@pytest.fixture
def web() -> Web:
    web = Web()
    incident = make_incident(observed={"parked_reason": "no such category", "parked_at": T0})
    web.store.incidents["01"] = incident
    web.reader.add(incident)
    return web


def stored(web: Web) -> Incident:
    return web.store.incidents["01"]


def test_a_retry_unparks_the_incident_with_the_edits_given(web: Web) -> None:
    answer = web.client().post("/api/v1/incidents/01/retry", json={"set": {"priority": "high"}})
    assert answer.status_code == 202
    assert answer.get_json()["id"] == "01"
    assert not stored(web).is_parked
    assert stored(web).desired.spec.priority == "high"


def test_an_operation_needs_no_body(web: Web) -> None:
    assert web.client().post("/api/v1/incidents/01/retry").status_code == 202
    assert not stored(web).is_parked


@pytest.mark.parametrize("name", ["resolve", "cancel"])
def test_resolve_and_cancel_clear_the_incident(web: Web, name: str) -> None:
    assert web.client().post(f"/api/v1/incidents/01/{name}").status_code == 202
    assert stored(web).desired.state is DesiredState.CLEAR


def test_a_note_is_for_the_ticket_and_says_who_wrote_it(web: Web) -> None:
    basic = b64encode(b"ann:token").decode()
    guard = console_guard_for(BearerAuth(secrets=("token",)), web.clock)
    answer = web.client(console_guard=guard).post(
        "/api/v1/incidents/01/note",
        json={"text": "on it"},
        headers={"Authorization": f"Basic {basic}"},
    )
    assert answer.status_code == 202
    assert web.store.timeline[-1].detail["title"] == "ann, by the API: on it"


@pytest.mark.parametrize(
    ("path", "body", "status", "detail"),
    [
        ("99/retry", {}, 404, "no incident 99; `bridge incidents list` shows the ids"),
        ("01/retry", {"sett": {}}, 400, "sett: Unknown field."),
        ("01/retry", {"set": {"prio": 1}}, 409, "prio is no field to edit; choose one of"),
        ("01/note", {}, 400, "text: Missing data for required field."),
        ("01/note", {"text": ""}, 409, "the note is empty or too long; write 1 to 4000"),
        ("01/resolve", {"text": "x"}, 400, "text: Unknown field."),
        ("01/resolve", [], 400, "_schema: Invalid input type."),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_with_the_remedy(
    web: Web, path: str, body: object, status: int, detail: str
) -> None:
    answer = web.client().post(f"/api/v1/incidents/{path}", json=body)
    assert answer.status_code == status
    assert detail in answer.get_json()["detail"]
    assert stored(web).is_parked


def test_a_body_that_is_no_json_is_refused(web: Web) -> None:
    answer = web.client().post("/api/v1/incidents/01/retry", data="set=1")
    assert (answer.status_code, answer.get_json()["detail"][:20]) == (400, "the body is not JSON")


def test_operations_ask_for_the_same_proof_as_the_console(web: Web) -> None:
    guard = console_guard_for(BearerAuth(secrets=("token",)), web.clock)
    answer = web.client(console_guard=guard).post("/api/v1/incidents/01/retry")
    assert answer.status_code == 401
    assert stored(web).is_parked


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
        {"Origin": "http://elsewhere.example.com"},
        {"Origin": "null"},
    ],
)
def test_no_other_sites_page_can_make_a_browser_change_anything(
    web: Web, headers: dict[str, str]
) -> None:
    answer = web.client().post("/api/v1/incidents/01/retry", headers=headers)
    assert answer.status_code == 403
    assert stored(web).is_parked
    assert web.client().get("/api/v1/incidents", headers=headers).status_code == 200


def test_the_bridges_own_pages_may_change_things(web: Web) -> None:
    headers = {"Origin": "http://localhost"}
    assert web.client().post("/api/v1/incidents/01/retry", headers=headers).status_code == 202
