"""The stand-in PagerDuty: what becomes of events, and which it refuses in the vendor's form."""

from collections.abc import Mapping
from typing import Any

import pytest
import requests

from bridge.sandbox import Sandbox

KEY = "sandbox-key-of-32-characters-000"
PAYLOAD: Mapping[str, Any] = {
    "summary": "web-1 is down",
    "source": "web-1",
    "severity": "critical",
    "custom_details": {"description": "No ping for 5m"},
}


def event(action: str = "trigger", **more: object) -> dict[str, Any]:
    said = {"routing_key": KEY, "event_action": action, "dedup_key": "tok-1"}
    return {**said, **({"payload": PAYLOAD} if action == "trigger" else {}), **more}


def send(desk: Sandbox, http: requests.Session, said: object) -> requests.Response:
    return http.post(f"{desk.url}/v2/enqueue", json=said, timeout=5)


def test_events_of_one_key_are_one_alert(pagerduty: Sandbox, http: requests.Session) -> None:
    for severity in ("critical", "info"):
        answer = send(pagerduty, http, event(payload={**PAYLOAD, "severity": severity}))
        assert answer.status_code == 202
        assert answer.json()["status"] == "success"
        assert answer.json()["dedup_key"] == "tok-1"
    [alert] = pagerduty.tickets
    # Only its log grows.
    assert (alert.priority, alert.notes) == ("critical", ("info: web-1 is down",))


def test_an_alert_is_acknowledged_and_resolved_and_then_comes_anew(
    pagerduty: Sandbox, http: requests.Session
) -> None:
    statuses = []
    for action in ("trigger", "acknowledge", "resolve", "trigger"):
        send(pagerduty, http, event(action))
        statuses.append(pagerduty.tickets[0].status)
    assert statuses == ["triggered", "acknowledged", "resolved", "resolved"]
    assert [alert.is_open for alert in pagerduty.tickets] == [False, True]


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_what_concerns_no_alert_is_dropped_with_the_same_answer(
    pagerduty: Sandbox, http: requests.Session, action: str
) -> None:
    answer = send(pagerduty, http, event(action))
    assert (answer.status_code, answer.json()["status"]) == (202, "success")
    assert pagerduty.tickets == ()
    assert pagerduty.refusals == ()


def test_a_trigger_without_a_key_is_given_one(pagerduty: Sandbox, http: requests.Session) -> None:
    keys = {send(pagerduty, http, event(dedup_key=None)).json()["dedup_key"] for _ in range(2)}
    assert len(keys) == 2
    assert len(pagerduty.tickets) == 2


def payload(**more: object) -> dict[str, Any]:
    return event(payload={**PAYLOAD, **more})


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([], "Event object is not an object"),
        (event(routing_key="short"), "Length of 'routing_key' is incorrect"),
        (event(routing_key=None), "Length of 'routing_key' is incorrect"),
        (event(routing_key="x" * 32), "Invalid routing key"),
        (event("snooze"), "'event_action' is missing or invalid"),
        (event("resolve", dedup_key=None), "'dedup_key' is missing or blank"),
        (event(dedup_key="k" * 256), "'dedup_key' is not a string of at most 255"),
        (event(links=[{"text": "no href"}]), "'links' is not a list of objects with 'href'"),
        (event(payload=None), "'payload' is missing or blank"),
        (payload(summary=""), "'payload.summary' is missing or blank"),
        (payload(summary="s" * 1025), "'payload.summary' is longer than 1024"),
        (payload(source=None), "'payload.source' is missing or blank"),
        (payload(severity="high"), "'payload.severity' is none of"),
        (payload(group=5), "'payload.group' is not a string"),
        (payload(custom_details="x"), "'payload.custom_details' is not an object"),
        (payload(timestamp="noon"), "'payload.timestamp' is not ISO 8601"),
        (payload(custom_details={"x": "x" * 520_000}), "exceeds size limit of 512 KB"),
    ],
)
def test_an_event_that_breaks_a_rule_is_refused_in_the_vendors_form(
    pagerduty: Sandbox, http: requests.Session, said: object, words: str
) -> None:
    answer = send(pagerduty, http, said)
    assert answer.status_code == 400
    assert answer.json()["status"] == "invalid event"
    assert any(words in error for error in answer.json()["errors"])
    assert pagerduty.tickets == ()
    assert len(pagerduty.refusals) == 1


def test_what_is_no_json_and_what_leads_nowhere_is_refused(
    pagerduty: Sandbox, http: requests.Session
) -> None:
    broken = http.post(f"{pagerduty.url}/v2/enqueue", data=b"{", timeout=5)
    assert (broken.status_code, broken.json()["errors"]) == (400, ["JSON is invalid"])
    assert http.get(f"{pagerduty.url}/v2/enqueue", timeout=5).status_code == 405
    assert len(pagerduty.refusals) == 2
