"""Events of PagerDuty's API, as they are stored: named, and without their routing key."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.alert import Alert, AlertStatus, Handled, Handling, ParsedBody
from bridge.domain.errors import MalformedBody
from bridge.rules.keys import DEFAULT_KEY
from bridge.sources import SOURCES
from bridge.sources.pagerduty import InvalidEvent
from tests.builders import T0, at
from tests.sources.payloads import payload, without
from tests.sources.values import json_values

JSON = "application/json"
NOW = datetime(2026, 10, 6, tzinfo=UTC)
PD = SOURCES["pagerduty"].build("pd", {})


def parse(event: object) -> ParsedBody:
    return PD.parse(orjson.dumps(event), JSON, NOW)


def trigger(changes: dict[str, Any] | None = None, **of_event: Any) -> dict[str, Any]:
    event = payload("pagerduty", "firing")
    return {**event, "payload": {**event["payload"], **(changes or {})}, **of_event}


def only(event: object) -> Alert:
    (alert,) = parse(event).alerts
    return alert


def errors(event: object) -> tuple[str, ...]:
    with pytest.raises(InvalidEvent) as refused:
        parse(event)
    return refused.value.errors


def test_a_trigger_is_an_alert_named_by_its_summary() -> None:
    alert = only(trigger())
    assert (alert.name, alert.status) == ("Backup of db7 failed twice", AlertStatus.FIRING)
    assert alert.labels == {
        "source": "db7.example.com",
        "severity": "error",
        "component": "pg_dump",
        "group": "backup",
        "class": "job failed",
        "dedup_key": "backup/db7",
    }
    assert alert.starts_at.isoformat() == "2026-10-05T05:42:58.315000+00:00"
    assert alert.annotations == {
        "summary": "Backup of db7 failed twice",
        "description": 'exit code: 3\nlast good: 2026-10-03\nvolumes: ["data","wal"]',
        "exit code": "3",
        "last good": "2026-10-03",
        "volumes": '["data","wal"]',
    }
    assert alert.links == {
        "client": "https://backup.example.com/runs/991",
        "Runbook": "https://wiki.example.com/backup",
        "link": "https://backup.example.com/log/991",
        "Duration": "https://backup.example.com/graph.png",
    }


def test_a_resolve_joins_its_trigger_by_the_dedup_key() -> None:
    resolved = only(payload("pagerduty", "resolved"))
    assert (resolved.fingerprint, resolved.status) == ("backup/db7", AlertStatus.RESOLVED)
    assert only(trigger()).fingerprint == "backup/db7"
    assert resolved.ends_at == NOW


def test_an_alert_never_began_later_than_it_was_heard_of() -> None:
    assert only(trigger({"timestamp": "2027-01-01T00:00:00Z"})).starts_at == NOW


def test_a_resolve_ends_its_alert_now_whatever_the_senders_clock_says() -> None:
    early = {"timestamp": "2020-01-01T00:00:00Z"}
    resolved = only({**payload("pagerduty", "resolved"), "payload": early})
    assert (resolved.starts_at, resolved.ends_at) == (NOW, NOW)


def test_an_acknowledgement_says_of_an_alert_that_somebody_has_it() -> None:
    has_it = Handled(fingerprint="backup/db7", handling=Handling.ACKNOWLEDGED)
    assert parse(payload("pagerduty", "acknowledged")) == ParsedBody(alerts=(), handled=(has_it,))


def test_a_key_too_long_for_a_fingerprint_still_joins() -> None:
    keys = [prefix + "k" * 254 for prefix in "ab"]
    prints = {only(trigger(dedup_key=key)).fingerprint for key in keys}
    assert len(prints) == 2
    assert {len(each) for each in prints} == {64}
    resolve = {"event_action": "resolve", "dedup_key": keys[0]}
    assert only(resolve).fingerprint in prints


def test_two_dedup_keys_are_two_faults_however_alike_they_are() -> None:
    keys = {DEFAULT_KEY.of(only(trigger(dedup_key=key)), {}) for key in ("a", "b")}
    assert len(keys) == 2


@pytest.mark.parametrize("absent", [{}, {"dedup_key": ""}, {"dedup_key": None}])
def test_a_trigger_without_a_key_is_an_alert_of_its_own(absent: dict[str, Any]) -> None:
    event = {**without(trigger(), "dedup_key"), **absent}
    body = orjson.dumps(event)
    first, again, later = (PD.parse(body, JSON, t).alerts[0] for t in (T0, T0, at(1)))
    assert first == again
    assert first.fingerprint != later.fingerprint


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({}, ("'event_action' is missing or blank", "'dedup_key' is missing or blank")),
        (trigger(event_action="open"), ("'event_action' must be one of trigger, ack",)),
        (trigger(event_action=["trigger"]), ("'event_action' must be one of",)),
        ({"event_action": "resolve"}, ("'dedup_key' is missing or blank",)),
        ({"event_action": "acknowledge", "dedup_key": 5}, ("'dedup_key' is not text",)),
        (trigger(dedup_key=["a"]), ("'dedup_key' is not text",)),
        (trigger(dedup_key="k" * 256), ("'dedup_key' is longer than 255 characters",)),
        (
            trigger(payload=None),
            (
                "'payload.summary' is missing or blank",
                "'payload.source' is missing or blank",
                "'payload.severity' is missing or blank",
            ),
        ),
        (trigger({"summary": " "}), ("'payload.summary' is missing or blank",)),
        (trigger({"summary": "s" * 1025}), ("'payload.summary' is longer than 1024",)),
        (trigger({"severity": "fatal"}), ("'payload.severity' must be one of critical, error",)),
        ([], ("the body is not a JSON object",)),
    ],
)
def test_what_is_no_event_is_said_error_by_error(event: object, said: tuple[str, ...]) -> None:
    found = errors(event)
    assert len(found) == len(said)
    assert all(one.startswith(start) for one, start in zip(found, said, strict=True))


@pytest.mark.parametrize("length", [("summary", 1024), ("dedup_key", 255)])
def test_what_is_just_within_its_limit_is_taken(length: tuple[str, int]) -> None:
    name, most = length
    event = trigger({name: "x" * most}) if name == "summary" else trigger(dedup_key="x" * most)
    assert only(event).status is AlertStatus.FIRING


def test_details_may_be_plain_text() -> None:
    alert = only(trigger({"custom_details": "all disks gone"}))
    assert alert.annotations["description"] == "all disks gone"


def test_details_with_a_description_keep_it() -> None:
    alert = only(trigger({"custom_details": {"description": "see log", "code": 3}}))
    assert alert.annotations["description"] == "see log"


def test_links_of_one_name_are_numbered_and_only_the_web_is_linked() -> None:
    links = [
        {"href": "https://a.example.com", "text": "Log"},
        {"href": "https://b.example.com", "text": "Log"},
        {"href": "javascript:alert(1)", "text": "Click"},
        {"text": "nowhere"},
        "odd",
    ]
    alert = only(trigger(links=links, images=None, client_url=None))
    assert alert.links == {"Log": "https://a.example.com", "Log 2": "https://b.example.com"}


KEYS = sorted({*trigger(), *trigger()["payload"], "href", "text", "src"})


@given(st.dictionaries(st.sampled_from(KEYS), json_values(KEYS)))
def test_any_json_is_an_event_or_invalid(event: dict[str, object]) -> None:
    try:
        parsed = parse(event)
    except InvalidEvent:
        return
    assert all(0 < len(alert.fingerprint) <= 64 for alert in parsed.alerts)


@given(json_values(KEYS), st.sampled_from(["payload", "links", "images", "client_url"]))
def test_an_odd_part_of_a_good_event_is_never_a_crash(value: object, key: str) -> None:
    try:
        parse({**trigger(), key: value})
    except InvalidEvent:
        return


@given(st.binary(max_size=200))
def test_any_bytes_are_an_event_or_malformed(body: bytes) -> None:
    try:
        PD.parse(body, JSON, T0)
    except MalformedBody:
        return


@given(st.sets(st.sampled_from(KEYS)))
def test_any_optional_keys_may_be_missing(missing: set[str]) -> None:
    missing -= {"event_action", "payload", "summary", "source", "severity"}
    event = without(trigger(), *missing)
    bare = only({**event, "payload": without(event["payload"], *missing)})
    assert bare.name == "Backup of db7 failed twice"
