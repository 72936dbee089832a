"""The presets: what each makes of its sender's bodies, and how users bring their own."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from marshmallow import ValidationError

from bridge.domain.alert import Alert, Handled, Handling
from bridge.domain.errors import ConfigurationError
from bridge.domain.ports import Source
from bridge.sources import SOURCES
from bridge.sources.auth import HmacAuth
from bridge.sources.generic import find_preset, list_presets
from tests.builders import T0
from tests.sources.senders import NOWHERE, Body, sender

BEGAN = datetime(2026, 1, 5, 11, 58, tzinfo=UTC)

SHOP = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/shop/providers"
BUS = "Microsoft.ServiceBus/namespaces/shop-bus"


def digest(identity: str) -> str:
    """Name what is too long to be stored."""
    return hashlib.sha256(identity.encode()).hexdigest()


#: Body; fingerprint, name, began, and what else is worth knowing of it.
FIRING: dict[str, tuple[str, str, datetime, dict[str, str]]] = {
    "azure-monitor/fired@0": (
        digest(
            "/subscriptions/11111111-2222-3333-4444-555555555555/providers/"
            "Microsoft.AlertsManagement/alerts/0c1d2e3f-0000-4a5b-8c6d-7e8f90a1b2c3"
        ),
        "vm-cpu-high",
        BEGAN,
        {"severity": "high", "instance": "shop-vm-2"},
    ),
    "azure-monitor/metric-activated@0": (
        digest(f"{SHOP}/microsoft.insights/metricAlerts/queue-length {SHOP}/{BUS}"),
        "queue-length",
        BEGAN + timedelta(seconds=10),
        {"severity": "warning", "instance": "shop-bus"},
    ),
    "checkmk/service-problem@0": (
        "prod/web4/Filesystem %2F",
        "Filesystem /",
        BEGAN,
        {"severity": "critical", "instance": "web4", "alertname": "Filesystem /"},
    ),
    "checkmk/host-problem@0": (
        "prod/web4/",
        "Host down",
        BEGAN,
        {"severity": "critical", "instance": "web4", "alertname": "Host down"},
    ),
    "cloudwatch-sns/alarm.txt": (
        "210987654321/EU (Frankfurt)/orders-cpu",
        "orders-cpu",
        BEGAN,
        {"instance": "i-0123456789abcdef0", "namespace": "AWS/EC2"},
    ),
    "cloudwatch-sns/raw-delivery.txt": (
        "210987654321/EU (Frankfurt)/orders-cpu",
        "orders-cpu",
        BEGAN,
        {"metric": "CPUUtilization"},
    ),
    "datadog/triggered@0": (
        "5a1f0c77d2be4c81a1f9be0",
        "Queue depth is high",
        BEGAN,
        {"severity": "high", "instance": "mq2.example.org", "service": "billing"},
    ),
    "datadog/no-data.form": (
        "77aa01",
        "Agent is silent",
        BEGAN,
        {"severity": "high", "instance": "web4"},
    ),
    "elastic/threshold-met@0": (
        "6f1d6d40-52f4-11ee-9d0a-1b2c3d4e5f60/web-4",
        "Too many 5xx",
        BEGAN,
        {"instance": "web-4.example.org"},
    ),
    "gcp-monitoring/open@0": (
        "0.m8x1q2w3e4r5",
        "orders CPU",
        BEGAN,
        {"severity": "high", "instance": "orders-7", "service": "orders"},
    ),
    "gcp-monitoring/open-older@0": ("db-9001", "orders CPU", BEGAN, {"zone": "europe-west3-a"}),
    "icinga/service-problem.form": (
        "web4/disk %2F",
        "disk /",
        BEGAN,
        {"severity": "critical", "instance": "web4"},
    ),
    "icinga/host-problem.form": ("web4/", "Host down", BEGAN, {"severity": "critical"}),
    "new-relic/activated@0": (
        "7be3f1c2-2f3e-4e55-9d7f-0a1b2c3d4e5f",
        "Response time > 2 s for at least 5 minutes on 'checkout'",
        BEGAN,
        {"severity": "critical", "instance": "checkout", "policy": "Shop"},
    ),
    "new-relic/incident-open@0": (
        "88012",
        "Disk is filling",
        BEGAN,
        {"severity": "warning", "instance": "db3"},
    ),
    "pingdom/down@0": (
        "550011",
        "Shop checkout",
        BEGAN,
        {"severity": "high", "instance": "shop.example.org"},
    ),
    "prtg/down.form": (
        "2044",
        "Ping",
        T0,
        {"severity": "critical", "instance": "192.0.2.3", "group": "Network"},
    ),
    "sentry/event-alert@0": (
        "issue/5511223344",
        "TimeoutError: checkout did not answer",
        BEGAN,
        {"severity": "high", "issue": "5511223344"},
    ),
    "sentry/metric-critical@0": (
        "metric/4",
        "Too many errors",
        datetime(2026, 1, 5, 11, 55, tzinfo=UTC),
        {"severity": "critical", "environment": "production"},
    ),
    "splunk/alert@0": (
        "search/Failed logins on bastions",
        "Failed logins on bastions",
        datetime(2026, 1, 5, 11, 57, 55, tzinfo=UTC),
        {"app": "search"},
    ),
    "uptime-kuma/down@0": (
        "7",
        "shop front page",
        BEGAN,
        {"instance": "https://shop.example.org/", "env": "prod"},
    ),
    "uptime-kuma/down.multipart": (
        "9",
        "jump host",
        datetime(2026, 1, 5, 11, 40, tzinfo=UTC),
        {"instance": "jump.example.org"},
    ),
    "zabbix/problem@0": (
        "4211",
        "/var: Disk space is critically low (used > 90%)",
        BEGAN,
        {"severity": "critical", "instance": "db3.example.org", "service": "billing"},
    ),
}

#: Bodies that say neither firing nor resolved, and those that are no alert at all.
IGNORED = {
    "cloudwatch-sns/insufficient-data.txt",
    "gcp-monitoring/test-button@0",
    "sentry/issue-created@0",
    "uptime-kuma/pending@0",
}
#: Bodies that say who looks after an alert, and of which one that fires.
HANDLED = {
    "checkmk/acknowledgement@0": ("checkmk/service-problem@0", Handling.ACKNOWLEDGED),
    "checkmk/downtime-start@0": ("checkmk/service-problem@0", Handling.MUTED),
    "icinga/acknowledgement.form": ("icinga/service-problem.form", Handling.ACKNOWLEDGED),
    "icinga/downtime-end.form": ("icinga/service-problem.form", Handling.UNHANDLED),
    "icinga/downtime-start.form": ("icinga/service-problem.form", Handling.MUTED),
    "new-relic/acknowledged@0": ("new-relic/activated@0", Handling.ACKNOWLEDGED),
    "prtg/acknowledged.form": ("prtg/down.form", Handling.ACKNOWLEDGED),
    "zabbix/acknowledged@0": ("zabbix/problem@0", Handling.ACKNOWLEDGED),
    "zabbix/suppressed@0": ("zabbix/problem@0", Handling.MUTED),
    "zabbix/unacknowledged@0": ("zabbix/problem@0", Handling.UNHANDLED),
    "zabbix/unsuppressed@0": ("zabbix/problem@0", Handling.UNHANDLED),
}
REJECTED = {
    "splunk/without-a-name@0",
    "uptime-kuma/test-button@0",
    "zabbix/test-button@0",
}


def bodies() -> dict[str, tuple[str, Body]]:
    presets = [preset.name for preset in list_presets(NOWHERE)]
    return {f"{name}/{body.name}": (name, body) for name in presets for body in sender(name).bodies}


BODIES = bodies()


def alert_of(key: str) -> Alert:
    name, body = BODIES[key]
    (alert,) = sender(name).parse(body).alerts
    return alert


@pytest.mark.parametrize("key", FIRING)
def test_a_body_that_fires_says_what_where_and_since_when(key: str) -> None:
    fingerprint, name, began, labels = FIRING[key]
    alert = alert_of(key)
    assert alert.is_firing
    assert (alert.name, alert.starts_at.replace(microsecond=0)) == (name, began)
    assert alert.labels.items() >= labels.items()
    assert alert.fingerprint == fingerprint
    assert alert.annotations


def test_every_body_is_spoken_of_here_or_resolves() -> None:
    rest = set(BODIES) - set(FIRING) - set(HANDLED) - IGNORED - REJECTED
    assert {key for key in rest if alert_of(key).is_firing} == set()


@pytest.mark.parametrize("key", sorted(IGNORED))
def test_a_body_that_only_comments_is_ignored(key: str) -> None:
    name, body = BODIES[key]
    parsed = sender(name).parse(body)
    assert (parsed.alerts, parsed.rejected, parsed.ignored) == ((), (), 1)


@pytest.mark.parametrize("key", HANDLED)
def test_a_body_that_says_who_looks_after_an_alert_speaks_of_that_alert_alone(key: str) -> None:
    of, handling = HANDLED[key]
    name, body = BODIES[key]
    parsed = sender(name).parse(body)
    assert parsed.handled == (Handled(fingerprint=alert_of(of).fingerprint, handling=handling),)
    assert (parsed.alerts, parsed.rejected, parsed.ignored) == ((), (), 0)


@pytest.mark.parametrize("key", sorted(REJECTED))
def test_a_body_that_names_nothing_is_rejected(key: str) -> None:
    name, body = BODIES[key]
    parsed = sender(name).parse(body)
    assert (parsed.alerts, len(parsed.rejected)) == ((), 1)


@pytest.mark.parametrize(
    ("preset", "said"),
    [
        ("zabbix", {"event_id": "{EVENT.ID}", "event_value": "1"}),
        ("prtg", {"sensorid": "%sensorid", "status": "Down"}),
    ],
)
def test_a_macro_that_was_not_resolved_names_no_alert(preset: str, said: dict[str, str]) -> None:
    parsed = sender(preset).source.parse(orjson.dumps(said), "", T0)
    assert [rejected.error.partition(":")[0] for rejected in parsed.rejected] == [
        "identity is missing"
    ]


def test_a_form_says_what_the_json_of_the_same_sender_says() -> None:
    (alert,) = sender("uptime-kuma").parse(BODIES["uptime-kuma/down.multipart"][1]).alerts
    assert alert.payload["monitor"] == {
        "id": 9, "name": "jump host", "type": "port", "url": "https://",
        "hostname": "jump.example.org", "port": 22, "tags": [],
    }  # fmt: skip


def load(folder: Path = NOWHERE, **section: Any) -> dict[str, Any]:
    kind = SOURCES["generic"]
    loaded: dict[str, Any] = kind.schema(folder=folder).load(
        {"type": "generic", "auth": "none", **section}
    )
    return loaded


def build(folder: Path = NOWHERE, **section: Any) -> Source:
    return SOURCES["generic"].build("mine", load(folder, **section))


def parse_one(source: Source, said: object) -> Alert:
    (alert,) = source.parse(orjson.dumps(said), "application/json", T0).alerts
    return alert


KUMA = {"heartbeat": {"status": 2}, "monitor": {"id": 1, "name": "web", "tags": []}}


def test_a_source_may_differ_from_its_preset_word_by_word() -> None:
    source = build(
        preset="uptime-kuma",
        status={"firing": [2]},
        labels={"team": "monitor.team", "alertname": "monitor.type"},
        map={"title": "msg"},
    )
    said = {**KUMA, "msg": "pending!", "monitor": {"id": 1, "team": "web", "type": "http"}}
    alert = parse_one(source, said)
    assert (alert.is_firing, alert.name, alert.fingerprint) == (True, "pending!", "1")
    assert alert.labels == {
        "team": "web", "alertname": "http", "monitor_id": "1", "monitor_type": "http",
    }  # fmt: skip
    down = {**said, "heartbeat": {"status": 0}}
    assert parse_one(source, down).is_firing


def test_the_senders_clock_may_stand_in_another_zone() -> None:
    said = BODIES["zabbix/problem@0"][1].said
    source = build(preset="zabbix", times={"zone": "Europe/Berlin"})
    assert parse_one(source, said).starts_at == BEGAN - timedelta(hours=1)


OWN = """\
title: Our backup tool
map: {identity: job, status: result, title: job}
status: {firing: failed, resolved: done}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "backup.yaml").write_text(OWN)
    return tmp_path


@pytest.mark.parametrize("name", ["backup", "presets/backup.yaml"])
def test_a_user_adds_a_preset_by_a_file_beside_the_configuration(folder: Path, name: str) -> None:
    alert = parse_one(build(folder, preset=name), {"job": "nightly", "result": "failed"})
    assert (alert.fingerprint, alert.is_firing) == ("nightly", True)


def test_the_users_presets_are_listed_and_stand_in_for_ours(folder: Path) -> None:
    (folder / "presets" / "zabbix.yaml").write_text(OWN)
    titles = {preset.name: preset.title for preset in list_presets(folder)}
    assert titles["backup"] == titles["zabbix"] == "Our backup tool"
    assert titles["prtg"] == "PRTG"
    found = find_preset("zabbix", folder)
    assert found is not None
    assert found.title == "Our backup tool"


def test_an_unknown_preset_is_refused_and_the_known_ones_are_named(folder: Path) -> None:
    for name in ("zabix", "../presets/backup", "presets/none.yaml", "", "a/b"):
        with pytest.raises(ValidationError, match=r"choose one of azure-monitor, backup, checkmk"):
            load(folder, preset=name)


def test_a_mistake_in_a_preset_is_said_with_its_place_in_that_file(folder: Path) -> None:
    file = folder / "presets" / "backup.yaml"
    file.write_text(OWN.replace("map:", "mapp:") + "labels: {a: 'b['}\n")
    with pytest.raises(ConfigurationError) as refused:
        load(folder, preset="backup")
    told = [str(problem) for problem in refused.value.problems]
    assert [line.partition(": ")[0] for line in told] == [f"{file}:2:1", f"{file}:4:10"]
    assert "did you mean 'map'?" in told[0]


def test_a_preset_without_a_title_is_refused(folder: Path) -> None:
    (folder / "presets" / "backup.yaml").write_text("map: {identity: job}\n")
    with pytest.raises(ConfigurationError, match="title is missing"):
        load(folder, preset="backup")


def header_of(**section: Any) -> str:
    auth = load(**section)["auth"]
    assert isinstance(auth, HmacAuth)
    return auth.header


def test_the_signature_is_looked_for_where_the_presets_sender_puts_it() -> None:
    assert header_of(preset="sentry", auth={"hmac": "k"}) == "Sentry-Hook-Signature"
    assert header_of(preset="sentry", auth={"hmac": "k", "header": "X-Mine"}) == "X-Mine"
    assert header_of(preset="zabbix", auth={"hmac": "k"}) == "X-Grafana-Alerting-Signature"


def test_a_preset_that_has_a_signature_forces_nobody_to_use_it() -> None:
    assert load(preset="sentry", auth={"bearer": "t"})["auth"].secrets == ("t",)


def test_only_senders_that_never_say_so_are_said_not_to_resolve() -> None:
    silent = {preset.name for preset in list_presets(NOWHERE) if not preset.says_resolved}
    assert silent == {"splunk"}
