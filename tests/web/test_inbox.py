"""The API to the webhook bodies as received."""

import pytest

from bridge.domain.errors import MalformedBody
from bridge.domain.inbox import InboxOutcome
from bridge.sources.auth import BearerAuth
from bridge.web.auth import console_guard_for
from tests.store.given import make_entry
from tests.web.fakes import Web


@pytest.fixture
def web() -> Web:
    web = Web()
    web.inbox.entries = {
        "b1": make_entry(
            id="b1", source="am", body=b"{\xff", outcome=InboxOutcome.REJECTED, reason="not JSON"
        ),
        "b2": make_entry(id="b2", source="gone", body=b"{}"),
    }
    return web


def test_bodies_are_listed_with_what_became_of_them(web: Web) -> None:
    said = web.client().get("/api/v1/inbox").get_json()
    assert said["next"] is None
    assert said["bodies"][0] == {
        "id": "b1",
        "source": "am",
        "received_at": "2026-01-05T12:00:00Z",
        "content_type": "application/json",
        "size": 2,
        "outcome": "rejected",
        "reason": "not JSON",
        "times_seen": 1,
        "last_seen_at": "2026-01-05T12:00:00Z",
    }


def test_a_list_narrows(web: Web) -> None:
    said = web.client().get("/api/v1/inbox?outcome=accepted&limit=1").get_json()
    assert [body["id"] for body in said["bodies"]] == ["b2"]


def test_a_body_is_shown_as_text(web: Web) -> None:
    said = web.client().get("/api/v1/inbox/b1").get_json()
    assert (said["body"], said["reason"]) == ("{\ufffd", "not JSON")


def test_a_body_is_taken_again(web: Web) -> None:
    answer = web.client().post("/api/v1/inbox/b1/replay")
    assert answer.status_code == 202
    said = answer.get_json()
    assert (said["receipt"], said["accepted"], said["stale"]) == ("b1", 1, 2)
    assert web.inbox.replayed == [("am", "b1")]


def test_a_body_that_is_still_unusable_says_why(web: Web) -> None:
    web.inbox.error = MalformedBody("not JSON; send JSON")
    answer = web.client().post("/api/v1/inbox/b1/replay")
    assert (answer.status_code, answer.get_json()["detail"]) == (400, "not JSON; send JSON")


@pytest.mark.parametrize(
    ("method", "path", "status", "detail"),
    [
        ("GET", "b9", 404, "no such body"),
        ("POST", "b9/replay", 404, "no such body"),
        ("POST", "b2/replay", 409, "no source gone is configured any more; add it to sources:"),
        ("GET", "?outcome=odd", 400, "outcome: Must be one of"),
        ("GET", "?cursor=odd", 400, "cursor: is not the `next` of a page"),
    ],
)
def test_what_cannot_be_done_is_said(
    web: Web, method: str, path: str, status: int, detail: str
) -> None:
    slash = "" if path.startswith("?") else "/"
    answer = web.client().open(f"/api/v1/inbox{slash}{path}", method=method)
    assert answer.status_code == status
    assert detail in answer.get_json()["detail"]


def test_the_inbox_asks_for_the_same_proof_as_the_console(web: Web) -> None:
    guard = console_guard_for(BearerAuth(secrets=("token",)), web.clock)
    assert web.client(console_guard=guard).get("/api/v1/inbox").status_code == 401
