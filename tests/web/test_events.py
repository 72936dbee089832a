"""Events API v2 as PagerDuty's senders know it: parsed and stored for real."""

import gzip
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from itertools import count
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from bridge.domain.alert import AlertStatus
from bridge.domain.errors import StoreUnavailable
from bridge.domain.inbox import InboxOutcome
from bridge.sources import SOURCES
from bridge.sources.auth import Auth, NoAuth, RoutingKeyAuth
from bridge.sources.pagerduty import MAX_EVENT
from bridge.web import GuardedSource, guard_for
from bridge.web.failures import TOLERATED
from tests.builders import FakeRules
from tests.sources.payloads import payload, without
from tests.web.fakes import Web
from tests.world import World

KEY, OLD_KEY, OTHER_KEY = "0123456789abcdef0123456789abcdef", "o" * 32, "f" * 32
INVALID = {"status": "invalid event", "message": "Event object is invalid"}

_numbers = count(1)


@dataclass
class PagerDuty:
    """A bridge with two integrations, or a third without a key."""

    world: World = field(default_factory=lambda: World(rules=FakeRules(key_labels=("dedup_key",))))
    web: Web = field(default_factory=Web)
    backup: str = field(default_factory=lambda: f"backup-{next(_numbers)}")
    is_open: bool = False
    allow: str = "127.0.0.0/8"

    def client(self) -> FlaskClient:
        intake = self.world.intake
        way = replace(self.web.way(), receive=intake.receive, keep=intake.keep)
        events = [
            self._guarded(self.backup, RoutingKeyAuth(secrets=(KEY, OLD_KEY))),
            self._guarded("network", RoutingKeyAuth(secrets=(OTHER_KEY,))),
            *([self._guarded("anyone", NoAuth())] if self.is_open else []),
        ]
        return self.web.client(events=events, way=way)

    def send(self, event: object, path: str = "/v2/enqueue") -> TestResponse:
        return self.client().post(path, data=orjson.dumps(event))

    def _guarded(self, name: str, auth: Auth) -> GuardedSource:
        return GuardedSource(
            source=SOURCES["pagerduty"].build(name, {}),
            guard=guard_for(auth, self.web.clock),
            allow=(ip_network(self.allow),),
        )

    def statuses(self) -> dict[tuple[str, str], AlertStatus]:
        return {key: alert.status for key, alert in self.world.store.alerts.items()}

    def rejected(self) -> list[str]:
        entries = self.world.store.inbox.values()
        return [e.reason for e in entries if e.outcome is InboxOutcome.REJECTED]

    def kept(self) -> str:
        """Give everything that is stored of what was received."""
        return " ".join(entry.body.decode() for entry in self.world.store.inbox.values())


@pytest.fixture
def pagerduty() -> PagerDuty:
    return PagerDuty()


def event(name: str = "firing", **changes: Any) -> dict[str, Any]:
    return {**payload("pagerduty", name), **changes}


def test_a_trigger_is_answered_as_by_pagerduty_and_opens_an_incident(pagerduty: PagerDuty) -> None:
    answer = pagerduty.send(event())
    assert (answer.status_code, answer.content_type) == (202, "application/json")
    assert answer.get_json() == {
        "status": "success",
        "message": "Event processed",
        "dedup_key": "backup/db7",
    }
    (incident,) = pagerduty.world.store.incidents.values()
    assert incident.desired.spec.subject == "Backup of db7 failed twice"


def test_a_resolve_clears_what_its_key_triggered(pagerduty: PagerDuty) -> None:
    for name in ("firing", "resolved"):
        assert pagerduty.send(event(name)).status_code == 202
    assert pagerduty.statuses() == {(pagerduty.backup, "backup/db7"): AlertStatus.RESOLVED}


def test_acknowledging_or_resolving_nothing_is_a_success_as_at_pagerduty(
    pagerduty: PagerDuty,
) -> None:
    for name in ("acknowledged", "resolved"):
        answer = pagerduty.send(event(name))
        assert (answer.status_code, answer.get_json()["dedup_key"]) == (202, "backup/db7")
    assert pagerduty.world.store.incidents == {}


def test_a_key_is_made_for_a_trigger_without_one_and_clears_it(pagerduty: PagerDuty) -> None:
    bare = without(event(), "dedup_key")
    made = [pagerduty.send(bare).get_json()["dedup_key"] for _ in range(2)]
    assert len(set(made)) == 2
    pagerduty.send(event("resolved", dedup_key=made[0]))
    assert pagerduty.statuses() == {
        (pagerduty.backup, made[0]): AlertStatus.RESOLVED,
        (pagerduty.backup, made[1]): AlertStatus.FIRING,
    }


def test_the_routing_key_says_which_source_it_is(pagerduty: PagerDuty) -> None:
    for key in (KEY, OLD_KEY, OTHER_KEY):
        assert pagerduty.send(event(routing_key=key)).status_code == 202
    assert set(pagerduty.statuses()) == {
        (pagerduty.backup, "backup/db7"),
        ("network", "backup/db7"),
    }


@pytest.mark.parametrize("key", ["wrong", "", None, 5, [KEY], KEY[:-1], KEY + "0", "é" * 32])
def test_a_wrong_routing_key_is_a_bad_request_as_at_pagerduty_and_nothing_is_kept(
    pagerduty: PagerDuty, key: object
) -> None:
    answer = pagerduty.send(event(routing_key=key))
    assert answer.status_code == 400
    assert answer.get_json() == {**INVALID, "errors": ["Invalid routing key"]}
    assert pagerduty.world.store.inbox == {}


def test_no_routing_key_is_stored_or_repeated_whatever_comes_of_its_event(
    pagerduty: PagerDuty,
) -> None:
    with capture_logs() as logs:
        answers = [
            pagerduty.send(said)
            for said in (event(), event("resolved"), event(event_action="open"), event(payload={}))
        ]
    assert [a.status_code for a in answers] == [202, 202, 400, 400]
    said = pagerduty.kept() + repr(pagerduty.world.store) + str(logs)
    assert KEY not in said + "".join(a.text for a in answers)
    assert pagerduty.kept().count('"routing_key":"***"') == 4


def test_an_authentic_event_that_is_none_is_refused_error_by_error_and_kept_once(
    pagerduty: PagerDuty,
) -> None:
    bad = without(event(payload={"source": "db7", "severity": "fatal"}), "dedup_key")
    answers = [pagerduty.send(bad) for _ in range(2)]
    errors = [
        "'payload.summary' is missing or blank",
        "'payload.severity' must be one of critical, error, warning, info",
    ]
    assert [a.status_code for a in answers] == [400, 400]
    assert answers[0].get_json() == {**INVALID, "errors": errors}
    assert pagerduty.rejected() == [", ".join(errors)]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 2000])
def test_what_is_no_event_at_all_is_a_bad_request(pagerduty: PagerDuty, body: bytes) -> None:
    answer = pagerduty.client().post("/v2/enqueue", data=body)
    assert answer.status_code == 400
    assert len(answer.get_json()["errors"]) == 1


def test_an_event_of_just_the_limit_is_taken_and_one_byte_more_is_413() -> None:
    pagerduty = PagerDuty(web=Web(max_body=10_000_000))
    padding = MAX_EVENT - len(orjson.dumps(event(padding="")))
    assert pagerduty.send(event(padding="x" * padding)).status_code == 202
    answer = pagerduty.send(event(padding="x" * (padding + 1)))
    assert answer.status_code == 413
    assert answer.get_json()["errors"] == ["the event is larger than 524288 bytes"]


def test_an_event_may_come_packed_and_a_bomb_is_413(pagerduty: PagerDuty) -> None:
    def post(body: bytes) -> int:
        packed = gzip.compress(body)
        headers = {"Content-Encoding": "gzip"}
        return pagerduty.client().post("/v2/enqueue", data=packed, headers=headers).status_code

    assert post(orjson.dumps(event())) == 202
    assert post(b" " * (MAX_EVENT + 1)) == 413


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", ""])
def test_what_the_sender_calls_its_event_does_not_matter(pagerduty: PagerDuty, kind: str) -> None:
    headers = {"Content-Type": kind}
    body = orjson.dumps(event())
    answer = pagerduty.client().post("/v2/enqueue", data=body, headers=headers)
    assert answer.status_code == 202


def test_a_source_has_its_webhooks_path_too_and_there_only_its_own_keys(
    pagerduty: PagerDuty,
) -> None:
    path = f"/webhooks/{pagerduty.backup}"
    assert pagerduty.send(event(), path).get_json()["status"] == "success"
    assert pagerduty.send(event(routing_key=OTHER_KEY), path).status_code == 400


def test_a_source_without_a_key_takes_what_no_other_does() -> None:
    pagerduty = PagerDuty(is_open=True)
    for said in (event(), event(routing_key="x"), without(event(), "routing_key")):
        assert pagerduty.send(said).status_code == 202
    assert set(pagerduty.statuses()) == {
        (pagerduty.backup, "backup/db7"),
        ("anyone", "backup/db7"),
    }


def test_the_right_key_from_another_place_is_403() -> None:
    pagerduty = PagerDuty(allow="192.0.2.0/24")
    assert pagerduty.send(event()).status_code == 403
    assert pagerduty.world.store.inbox == {}


def test_who_keeps_trying_keys_is_slowed_and_the_right_one_still_taken(
    pagerduty: PagerDuty,
) -> None:
    client = pagerduty.client()

    def post(key: str) -> int:
        return client.post("/v2/enqueue", data=orjson.dumps(event(routing_key=key))).status_code

    assert [post("wrong") for _ in range(TOLERATED + 1)] == [400] * TOLERATED + [429]
    assert post(KEY) == 202


def test_a_store_that_is_down_is_503(pagerduty: PagerDuty, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise StoreUnavailable("down")

    monkeypatch.setattr(pagerduty.world.store, "intake", fail)
    assert pagerduty.send(event()).status_code == 503


@pytest.mark.parametrize(
    ("said", "outcome"), [(event(), "accepted"), (event(payload={}), "malformed")]
)
def test_events_are_counted_under_their_source(
    pagerduty: PagerDuty, said: dict[str, Any], outcome: str
) -> None:
    pagerduty.send(said)
    labels = {"source": pagerduty.backup, "outcome": outcome}
    assert REGISTRY.get_sample_value("bridge_webhooks_total", labels) == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_any_other_method_is_405(pagerduty: PagerDuty, method: str) -> None:
    assert pagerduty.client().open("/v2/enqueue", method=method).status_code == 405


@given(st.binary(max_size=100))
def test_no_bytes_are_a_crash(body: bytes) -> None:
    assert PagerDuty().client().post("/v2/enqueue", data=body).status_code == 400
