"""Grafana's bodies: unified alerting and the one before, with what stands in for their alerts."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.alert import Alert, AlertStatus, ParsedBody
from bridge.domain.errors import MalformedBody
from bridge.rules.keys import DEFAULT_KEY
from bridge.sources import SOURCES
from bridge.sources.fingerprint import fingerprint_of
from tests.builders import T0
from tests.sources.payloads import payload, without
from tests.sources.values import json_values

JSON = "application/json"
KIND = SOURCES["grafana"]


def parse(body: object, **section: Any) -> ParsedBody:
    source = KIND.build("graf", KIND.schema().load({"type": "grafana", "auth": "none", **section}))
    return source.parse(orjson.dumps(body), JSON, T0)


def only(body: object) -> Alert:
    parsed = parse(body)
    assert parsed.rejected == ()
    (alert,) = parsed.alerts
    return alert


def one_of(body: dict[str, Any], **changes: Any) -> Alert:
    """Read the first alert of a body alone, with keys of it changed."""
    return only({**body, "alerts": [{**body["alerts"][0], **changes}]})


def key_of(alert: Alert) -> str:
    return DEFAULT_KEY.of(alert, {})


def test_an_alert_is_read_with_its_values_and_the_fingerprint_it_came_with() -> None:
    eu, us = parse(payload("grafana", "firing")).alerts
    assert (eu.fingerprint, us.fingerprint) == ("5c1e0b6f2d9a7310", "81f3aa09c4d2be57")
    assert (eu.name, eu.status) == ("QueueDepth", AlertStatus.FIRING)
    assert eu.values == {"A": 10452.5, "C": 1.0}
    assert eu.labels["region"] == "eu"
    assert eu.starts_at.isoformat() == "2026-10-05T07:30:10+00:00"
    assert eu.payload["ruleUID"] == "qdepth"


def test_links_lead_to_rule_dashboard_panel_silence_image_and_runbook() -> None:
    eu, us = parse(payload("grafana", "firing")).alerts
    assert eu.links == {
        "generator": "https://grafana.example.com/alerting/grafana/qdepth/view?orgId=1",
        "runbook": "https://wiki.example.com/queues",
        "grafana": "https://grafana.example.com/",
        "dashboard": "https://grafana.example.com/d/queues?orgId=1",
        "panel": "https://grafana.example.com/d/queues?orgId=1&viewPanel=4",
        "silence": "https://grafana.example.com/alerting/silence/new?alertmanager=grafana"
        "&matcher=__alert_rule_uid__%3Dqdepth&orgId=1",
        "image": "https://grafana.example.com/render/qdepth-eu.png",
    }
    assert "image" not in us.links


def test_a_dashboard_that_grafana_does_not_name_is_taken_from_the_annotation() -> None:
    annotations = {"dashboard_url": "https://boards.example.com/7"}
    alert = one_of(payload("grafana", "firing"), dashboardURL="", annotations=annotations)
    assert alert.links["dashboard"] == "https://boards.example.com/7"


def test_a_resolve_is_of_the_same_alerts() -> None:
    firing, resolved = (parse(payload("grafana", name)) for name in ("firing", "resolved"))
    assert [a.status for a in resolved.alerts] == [AlertStatus.RESOLVED] * 2
    assert [a.fingerprint for a in resolved.alerts] == [a.fingerprint for a in firing.alerts]
    assert [key_of(a) for a in resolved.alerts] == [key_of(a) for a in firing.alerts]


@pytest.mark.parametrize("values", [None, {}, "B=22", [1]])
def test_values_may_be_anything_but_values(values: object) -> None:
    assert one_of(payload("grafana", "firing"), values=values).values == {}


def test_only_numbers_are_values() -> None:
    values = {"A": 1, "B": None, "C": "high", "D": True, "E": 0.5}
    assert one_of(payload("grafana", "firing"), values=values).values == {"A": 1.0, "E": 0.5}


def test_what_grafana_keeps_for_itself_is_neither_label_nor_annotation() -> None:
    said = payload("grafana", "firing")["alerts"][0]
    alert = one_of(
        payload("grafana", "firing"),
        labels={**said["labels"], "__alert_rule_uid__": "qdepth", "__half": "stays"},
        annotations={**said["annotations"], "__value_string__": "[ var='A' ]"},
    )
    assert alert.labels == {**said["labels"], "__half": "stays"}
    assert alert.annotations == said["annotations"]


def test_a_fingerprint_left_out_is_computed_with_what_grafana_keeps_for_itself() -> None:
    labels = {"alertname": "QueueDepth", "__alert_rule_uid__": "qdepth"}
    alert = one_of(payload("grafana", "firing"), labels=labels, fingerprint="")
    assert alert.fingerprint == fingerprint_of(labels)


@pytest.mark.parametrize(
    ("name", "state", "says"),
    [
        ("no_data_firing", "NoData", "returned no data.\n\nMore than 10000 messages wait"),
        (
            "error_firing",
            "Error",
            "could not evaluate this rule.\n\nfailed to execute query A: connection refused\n\n",
        ),
    ],
)
def test_a_stand_in_is_given_back_to_its_rule_and_says_why(
    name: str, state: str, says: str
) -> None:
    alert = only(payload("grafana", name))
    rule = {"alertname": "QueueDepth", "grafana_folder": "Messaging", "severity": "warning"}
    assert (alert.name, alert.labels) == ("QueueDepth", rule)
    assert alert.annotations["grafana_state"] == state
    assert alert.annotations["datasource_uid"] == "P1809F7CD0C75ACF3"
    assert says in alert.annotations["description"]


def test_a_stand_in_and_the_rules_own_alert_are_one_fault_of_two_alerts() -> None:
    labels = {"alertname": "QueueDepth", "grafana_folder": "Messaging", "severity": "critical"}
    own = one_of(payload("grafana", "firing"), labels=labels)
    stand_in = only(payload("grafana", "no_data_firing"))
    assert key_of(own) == key_of(stand_in)
    assert own.fingerprint != stand_in.fingerprint


def test_no_data_and_error_of_one_rule_are_one_fault() -> None:
    no_data, error = (only(payload("grafana", n)) for n in ("no_data_firing", "error_firing"))
    assert key_of(no_data) == key_of(error)


def test_a_stand_in_ends_as_the_alert_that_it_began_as() -> None:
    began, ended = (
        only(payload("grafana", name)) for name in ("no_data_firing", "no_data_resolved")
    )
    assert (ended.fingerprint, key_of(ended)) == (began.fingerprint, key_of(began))
    assert ended.status is AlertStatus.RESOLVED


def test_a_stand_in_without_a_rule_keeps_its_name() -> None:
    said = payload("grafana", "no_data_firing")
    labels = without(said["alerts"][0]["labels"], "rulename")
    assert one_of(said, labels=labels).name == "DatasourceNoData"


@pytest.mark.parametrize("name", ["test_button", "legacy_test_button"])
def test_the_test_button_is_taken_and_files_nothing_unless_asked_to(name: str) -> None:
    assert parse(payload("grafana", name)) == ParsedBody(alerts=())
    assert len(parse(payload("grafana", name), test_alerts="file").alerts) == 1


def test_an_alert_that_is_only_called_like_the_test_is_filed() -> None:
    labels = {"alertname": "TestAlert", "instance": "web1:9100"}
    assert one_of(payload("grafana", "test_button"), labels=labels).name == "TestAlert"


def test_a_legacy_rule_is_one_alert_with_the_series_that_matched() -> None:
    alert = only(payload("grafana", "legacy_firing"))
    assert (alert.name, alert.status) == ("Disk usage alert", AlertStatus.FIRING)
    assert alert.labels == {
        "alertname": "Disk usage alert",
        "rule_id": "77",
        "severity": "critical",
    }
    assert alert.annotations["message"] == (
        'Disks fill up\n\nused: 97.5 {host="db4", mount="/var"}\n'
        'used: 98.25 {host="db5", mount="/var"}'
    )
    assert alert.values == {"used": 98.25}
    assert alert.links == {
        "dashboard": "https://grafana.example.com/d/disk/disks?tab=alert&viewPanel=3&orgId=1",
        "image": "https://grafana.example.com/render/disk.png",
    }


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("alerting", AlertStatus.FIRING),
        ("no_data", AlertStatus.FIRING),
        ("ok", AlertStatus.RESOLVED),
        ("paused", AlertStatus.RESOLVED),
    ],
)
def test_every_legacy_state_is_of_the_same_alert(state: str, status: AlertStatus) -> None:
    alert = only({**payload("grafana", "legacy_resolved"), "state": state})
    assert (alert.fingerprint, alert.status) == ("org-1-rule-77", status)
    assert key_of(alert) == key_of(only(payload("grafana", "legacy_firing")))


def test_a_legacy_rule_that_is_not_yet_an_alert_is_none() -> None:
    pending = {**payload("grafana", "legacy_firing"), "state": "pending"}
    assert parse(pending) == ParsedBody(alerts=())


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"state": "unheard"}, "state is none of alerting, no_data, ok, paused, pending"),
        ({"state": None}, "state is null"),
        ({"state": ["ok"]}, "state is none of"),
        ({"ruleId": None}, "ruleId is null"),
        ({"ruleId": True}, "ruleId is neither a number nor text"),
    ],
)
def test_an_odd_legacy_rule_is_rejected_with_the_reason(
    changes: dict[str, Any], error: str
) -> None:
    parsed = parse({**payload("grafana", "legacy_firing"), **changes})
    (rejected,) = parsed.rejected
    assert rejected.index == 0
    assert rejected.error.startswith(error)


def test_legacy_rules_of_two_organisations_or_one_name_are_two_faults() -> None:
    said = payload("grafana", "legacy_firing")
    alerts = [only(said), only({**said, "ruleId": 78}), only({**said, "orgId": 2})]
    assert len({alert.fingerprint for alert in alerts}) == 3
    assert key_of(alerts[0]) != key_of(alerts[1])


@pytest.mark.parametrize("body", [[], "text", {}, {"title": "x"}, {"alerts": {}}])
def test_another_body_is_refused_in_words(body: object) -> None:
    with pytest.raises(MalformedBody, match="not a Grafana webhook body"):
        parse(body)


KEYS = sorted(
    {*payload("grafana", "firing"), *payload("grafana", "firing")["alerts"][0]}
    | {*payload("grafana", "legacy_firing")}
)


@given(st.dictionaries(st.sampled_from(KEYS), json_values(KEYS)))
def test_any_json_is_read_or_malformed(body: dict[str, object]) -> None:
    try:
        parsed = parse(body)
    except MalformedBody:
        return
    for alert in parsed.alerts:
        assert 0 < len(alert.fingerprint) <= 64
        assert all(url.startswith("http") for url in alert.links.values())


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_malformed(body: bytes) -> None:
    try:
        KIND.build("graf", {}).parse(body, JSON, T0)
    except MalformedBody:
        return


@given(st.data(), st.sampled_from(["firing", "no_data_firing", "legacy_firing"]))
def test_any_optional_keys_may_be_missing(data: st.DataObject, name: str) -> None:
    body = payload("grafana", name)
    needed = {"alerts", "state", "ruleId", "status", "labels"}
    missing = data.draw(st.sets(st.sampled_from(KEYS))) - needed
    items = [without(item, *missing) for item in body.get("alerts", [])]
    bare = without(body, *missing) | ({"alerts": items} if items else {})
    assert parse(bare).rejected == ()
