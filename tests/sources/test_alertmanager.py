"""Alertmanager's bodies: as recorded, incomplete, odd and hostile."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.alert import Alert, AlertStatus, ParsedBody
from bridge.domain.errors import MalformedBody
from bridge.sources import SOURCES
from bridge.sources.fingerprint import fingerprint_of
from bridge.sources.reading import MAX_DEPTH
from tests.builders import T0
from tests.sources.bodies import an_alert, body, recorded

JSON = "application/json"
AM = SOURCES["alertmanager"].build("am-eu", {})
RECORDED = [pytest.param(said, id=name) for name, said in recorded()]


def parse(*alerts: object, **envelope: Any) -> ParsedBody:
    return AM.parse(orjson.dumps({"alerts": alerts, **envelope}), JSON, T0)


def only(*alerts: object, **envelope: Any) -> Alert:
    parsed = parse(*alerts, **envelope)
    assert parsed.rejected == ()
    (alert,) = parsed.alerts
    return alert


def without(alert: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in alert.items() if key not in keys}


@pytest.mark.parametrize("said", RECORDED)
def test_every_recorded_body_is_read_whole(said: dict[str, Any]) -> None:
    parsed = AM.parse(orjson.dumps(said), JSON, T0)
    assert parsed.rejected == ()
    assert parsed.truncated == said["truncatedAlerts"]
    assert [(a.fingerprint, a.status, a.labels, a.annotations, a.group) for a in parsed.alerts] == [
        (a["fingerprint"], a["status"], a["labels"], a["annotations"], said["groupLabels"])
        for a in said["alerts"]
    ]
    assert {a.source for a in parsed.alerts} == {"am-eu"}


@pytest.mark.parametrize("said", RECORDED)
def test_a_fingerprint_left_out_is_computed_as_alertmanager_does(said: dict[str, Any]) -> None:
    bare = {**said, "alerts": [without(alert, "fingerprint") for alert in said["alerts"]]}
    parsed = AM.parse(orjson.dumps(bare), JSON, T0)
    assert [a.fingerprint for a in parsed.alerts] == [a["fingerprint"] for a in said["alerts"]]


def test_a_group_that_fires_and_clears_in_part_is_told_alert_by_alert() -> None:
    said = body("captured_02_subset_resolved_plus_updated_annotation")
    assert said["status"] == "firing"
    parsed = AM.parse(orjson.dumps(said), JSON, T0)
    assert [a.status for a in parsed.alerts].count(AlertStatus.RESOLVED) == 1


def test_alerts_left_out_are_counted() -> None:
    parsed = AM.parse(orjson.dumps(body("captured_max_alerts_truncated")), JSON, T0)
    assert (len(parsed.alerts), parsed.truncated) == (2, 3)


def test_text_arrives_as_it_was_sent() -> None:
    parsed = AM.parse(orjson.dumps(body("captured_unicode_huge_annotation")), JSON, T0)
    (alert,) = parsed.alerts
    assert alert.labels["instance"] == "hôst-日本"
    assert alert.annotations["bidi"].startswith("\u202e")
    assert len(alert.annotations["description"]) == 20_000
    odd = only(an_alert(annotations={"summary": "a\x00b\x1b[31m"}))
    assert odd.annotations["summary"] == "a\x00b\x1b[31m"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"alerts", "not JSON"),
        (b'{"alerts": [NaN]}', "not JSON"),
        (b'{"alerts": "\xff"}', "not JSON"),
        (b"[" * 5000, "not JSON"),
        (b"null", "not a JSON object"),
        (b"[]", "not a JSON object"),
        (b"{}", "alerts is missing"),
        (b'{"alerts": null}', "alerts is null"),
        (b'{"alerts": {"0": {}}}', "alerts is not a list"),
    ],
)
def test_what_is_no_body_is_refused_with_the_reason(content: bytes, says: str) -> None:
    with pytest.raises(MalformedBody, match=says) as refused:
        AM.parse(content, JSON, T0)
    assert len(str(refused.value)) < 150


def test_a_body_without_alerts_says_nothing() -> None:
    assert parse() == ParsedBody(alerts=())


def test_a_byte_order_mark_is_skipped() -> None:
    assert AM.parse(b'\xef\xbb\xbf{"alerts": []}', JSON, T0) == ParsedBody(alerts=())


@pytest.mark.parametrize(
    ("item", "error"),
    [
        ("DiskFull", "not a JSON object"),
        (None, "not a JSON object"),
        (an_alert(status="on fire"), "status is neither firing nor resolved"),
        (an_alert(status="FIRING"), "status is neither firing nor resolved"),
        (an_alert(status={"is": ["firing"]}), "status is neither firing nor resolved"),
        (an_alert(status=None), "status is null"),
        (without(an_alert(), "status"), "status is missing"),
        (without(an_alert(), "labels"), "labels is missing"),
        (an_alert(labels=None), "labels is null"),
        (an_alert(labels={}), "labels are not an object with at least one label"),
        (an_alert(labels={"a": None}), "labels are not an object with at least one label"),
        (an_alert(labels=["a"]), "labels are not an object with at least one label"),
        ({}, "status is missing, labels is missing"),
    ],
)
def test_a_bad_item_is_rejected_by_index_and_the_rest_is_taken(item: object, error: str) -> None:
    parsed = parse(an_alert(fingerprint="a"), item, an_alert(fingerprint="b"))
    assert [alert.fingerprint for alert in parsed.alerts] == ["a", "b"]
    assert [(rejected.index, rejected.error) for rejected in parsed.rejected] == [(1, error)]


def test_the_later_of_two_items_about_one_alert_counts() -> None:
    resolved = an_alert(status="resolved", endsAt="2026-01-05T12:05:00Z")
    parsed = parse(an_alert(), resolved)
    assert [alert.status for alert in parsed.alerts] == [AlertStatus.RESOLVED]


def test_label_values_that_are_no_text_become_text() -> None:
    labels = {"port": 9100, "up": False, "ratio": 0.5, "gone": None, "odd": {"a": [1]}}
    assert only(an_alert(labels=labels)).labels == {
        "port": "9100",
        "up": "false",
        "ratio": "0.5",
        "odd": '{"a":[1]}',
    }


def test_a_label_may_be_nested_but_not_beyond_reason() -> None:
    assert only(an_alert(labels={"a": [[["x"]]]})).labels == {"a": '[[["x"]]]'}
    deep = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    raw = f'{{"alerts":[{{"status":"firing","labels":{{"a":{deep}}}}}]}}'
    with pytest.raises(MalformedBody, match="nested more than"):
        AM.parse(raw.encode(), JSON, T0)


def test_an_alert_that_says_only_what_it_must_is_taken() -> None:
    alert = only({"status": "firing", "labels": {"job": "node"}})
    assert alert == Alert(
        source="am-eu",
        fingerprint=fingerprint_of({"job": "node"}),
        status=AlertStatus.FIRING,
        name="alert",
        labels={"job": "node"},
        annotations={},
        starts_at=T0,
        payload={"status": "firing", "labels": {"job": "node"}},
    )


@pytest.mark.parametrize("value", [None, 5, [], "x", {"a": None}, True])
def test_nothing_else_that_is_odd_loses_the_alert(value: object) -> None:
    odd = {"status": "firing", "labels": {"a": "b"}}
    keys = ("annotations", "startsAt", "endsAt", "generatorURL", "fingerprint", "values")
    envelope_keys = ("receiver", "groupLabels", "externalURL", "truncatedAlerts", "groupKey")
    alert = only(odd | dict.fromkeys(keys, value), **dict.fromkeys(envelope_keys, value))
    assert alert.labels == {"a": "b"}
    assert alert.starts_at == T0


def test_a_start_that_cannot_be_read_is_when_it_was_received() -> None:
    for text in ("", "soon", "2026-01-05", "2026-01-05T12:00:00", "0001-01-01T00:00:00Z"):
        assert only(an_alert(startsAt=text)).starts_at == T0


def test_a_firing_alert_has_no_end_whatever_it_says() -> None:
    assert only(an_alert(endsAt="2026-01-05T13:00:00Z")).ends_at is None


def test_a_resolved_alert_ended_when_it_says_or_when_that_was_received() -> None:
    said = only(an_alert(status="resolved", endsAt="2026-01-05T11:00:00-04:00"))
    assert said.ends_at == datetime(2026, 1, 5, 15, tzinfo=UTC)
    assert only(an_alert(status="resolved")).ends_at == T0


def test_the_receiver_loses_the_backslashes_that_alertmanager_adds() -> None:
    for sent, meant in (("web\\.hook", "web.hook"), ("a\\+b\\\\c", "a+b\\c"), ("x\\y", "x\\y")):
        assert only(an_alert(), receiver=sent).payload["receiver"] == meant


def test_the_payload_is_the_alert_and_what_the_envelope_says_of_it() -> None:
    alert = only(
        an_alert(extra={"deep": [1]}),
        receiver="ops",
        groupKey="{}:{}",
        externalURL="http://am.example",
        notification_reason="new alerts added",
        commonLabels={"not": "repeated"},
    )
    assert alert.payload == {
        **an_alert(extra={"deep": [1]}),
        "receiver": "ops",
        "groupKey": "{}:{}",
        "externalURL": "http://am.example",
        "notification_reason": "new alerts added",
    }


def test_links_are_those_that_lead_to_the_web() -> None:
    annotations = {"runbook_url": "https://runbooks.example/disk", "dashboard_url": "grafana"}
    alert = only(an_alert(annotations=annotations), externalURL="http://am.example")
    assert alert.links == {
        "generator": "http://prom.example/graph",
        "alertmanager": "http://am.example",
        "runbook": "https://runbooks.example/disk",
    }
    hostile = only(an_alert(generatorURL="javascript:alert(1)", annotations={}))
    assert hostile.links == {}


def test_a_fingerprint_too_long_to_be_one_is_computed_instead() -> None:
    alert = only(an_alert(fingerprint="f" * 10_000))
    assert alert.fingerprint == fingerprint_of(alert.labels)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=20)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from([*an_alert(), "alerts"]) | st.text(max_size=5), inner),
    max_leaves=20,
)  # fmt: skip


@given(json_values)
def test_any_json_is_a_body_or_is_malformed(value: object) -> None:
    try:
        parsed = AM.parse(orjson.dumps(value), JSON, T0)
    except MalformedBody:
        return
    assert isinstance(parsed, ParsedBody)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_body_or_are_malformed(content: bytes) -> None:
    try:
        AM.parse(content, JSON, T0)
    except MalformedBody:
        return


@given(st.dictionaries(st.sampled_from([*an_alert()]), json_values))
def test_any_alert_is_taken_or_rejected_and_never_both(item: dict[str, object]) -> None:
    parsed = parse(item)
    assert len(parsed.alerts) + len(parsed.rejected) == 1
    for alert in parsed.alerts:
        assert alert.labels
        assert 0 < len(alert.fingerprint) <= 64
        assert alert.starts_at.utcoffset() == timedelta(0)
        assert (alert.ends_at is None) == alert.is_firing


@given(st.sets(st.sampled_from([*an_alert()])), st.sets(st.sampled_from(["receiver", "groupKey"])))
def test_any_keys_may_be_missing(missing: set[str], envelope_missing: set[str]) -> None:
    envelope = without({"receiver": "ops", "groupKey": "k"}, *envelope_missing)
    parsed = parse(without(an_alert(), *missing), **envelope)
    assert len(parsed.rejected) == (1 if missing & {"status", "labels"} else 0)
