"""bridge.yaml becomes settings, or a list of everything that is wrong with it."""

from datetime import timedelta
from pathlib import Path

import pytest

from bridge.domain.errors import ConfigurationError
from bridge.settings import Settings, load_settings

GOOD = """\
database: sqlite:///bridge.db
rules: rules/
instance: prod-eu
server:
  bind: 0.0.0.0:9090
  workers: 2
  threads: 8
  max_body: 10MB
  console: {auth: {bearer: "${ADMIN}"}}
sources:
  alertmanager: {type: alertmanager, auth: {bearer: ["${AM_TOKEN}", old-token]}}
backends:
  summit:
    type: summit
    url: https://summit.example.com/API
    auth: {api_key: "${SUMMIT_API_KEY}"}
    org_id: 1
    defaults:
      instance: IT
      caller: monitoring@example.com
      workgroup: NOC
      engineer: noc@example.com
      closure_code: Successful
      resolution_code: Success
      source: Monitoring
    values: {priority: {critical: P1, high: P2, medium: P3, low: P4}}
    transitions: {resolve: [In-Progress, Resolved], clear_to: Resolved, close_after: 3d}
    custom_field_group: Monitor Tool
    limits: {concurrency: 4, rate: 20/s, timeout: 15s}
  serviceops:
    type: serviceops
    url: https://serviceops.example.com
    dialect: incident
    auth: {client_id: api, client_secret: "${SO}", username: bridge, password: "${SO}"}
    defaults: {requester: monitoring@example.com, category: Incident}
default_backend: summit
retention: {inbox: 14d, resolved: 180d}
"""
ENVIRONMENT = {
    "ADMIN": "admin-token",
    "AM_TOKEN": "am-token",
    "SUMMIT_API_KEY": "summit-key",
    "SO": "so-secret",
}


def loaded(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "bridge.yaml"
    file.write_text(text)
    return load_settings(file, ENVIRONMENT)


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        loaded(tmp_path, text)
    return [str(p).replace(str(tmp_path), "") for p in caught.value.problems]


def test_the_example_of_the_documentation_loads(tmp_path: Path) -> None:
    settings = loaded(tmp_path, GOOD)
    assert (settings.instance, settings.default_backend) == ("prod-eu", "summit")
    assert (settings.server.host, settings.server.port) == ("0.0.0.0", 9090)
    assert settings.server.max_body == 10_000_000
    assert settings.sources["alertmanager"].auth.secrets == ("am-token", "old-token")
    assert settings.retention.inbox == timedelta(days=14)
    assert set(settings.backends) == {"summit", "serviceops"}
    assert settings.warnings == ()


def test_limits_and_proxies_have_defaults_and_are_read(tmp_path: Path) -> None:
    server = loaded(tmp_path, GOOD).server
    assert (server.queue, server.max_alerts, server.trusted_proxies) == (128, 10_000, ())
    assert server.read_timeout == timedelta(seconds=30)
    said = "threads: 8\n  queue: 0\n  read_timeout: 5s\n  trusted_proxies: [10.0.0.0/8, '::1']"
    server = loaded(tmp_path, GOOD.replace("threads: 8", said)).server
    assert (server.threads, server.queue) == (8, 0)
    assert server.read_timeout == timedelta(seconds=5)
    assert [str(network) for network in server.trusted_proxies] == ["10.0.0.0/8", "::1/128"]


def test_a_source_says_from_where(tmp_path: Path) -> None:
    text = GOOD.replace("{type: alertmanager,", "{type: alertmanager, allow: 192.0.2.0/24,")
    (network,) = loaded(tmp_path, text).sources["alertmanager"].allow
    assert str(network) == "192.0.2.0/24"


def test_paths_are_beside_the_configuration_wherever_the_bridge_is_started(tmp_path: Path) -> None:
    settings = loaded(tmp_path, GOOD)
    assert settings.database == f"sqlite:///{tmp_path}/bridge.db"
    assert settings.rules == tmp_path / "rules"


def test_tickets_are_told_the_time_in_utc_or_in_the_zone_that_is_named(tmp_path: Path) -> None:
    assert loaded(tmp_path, GOOD).timezone.key == "UTC"
    assert loaded(tmp_path, f"timezone: Europe/Paris\n{GOOD}").timezone.key == "Europe/Paris"


def test_an_absolute_database_stays_where_it_is(tmp_path: Path) -> None:
    text = GOOD.replace("sqlite:///bridge.db", "sqlite:////var/lib/bridge.db")
    assert loaded(tmp_path, text).database == "sqlite:////var/lib/bridge.db"


def test_no_secret_is_in_what_settings_print_of_themselves(tmp_path: Path) -> None:
    said = repr(loaded(tmp_path, GOOD))
    assert not [secret for secret in (*ENVIRONMENT.values(), "old-token") if secret in said]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("instance: prod-eu", "instanze: prod-eu", ":3:1: unknown key 'instanze'; did you mean"),
        ("prod-eu", "has spaces", ":3:1: instance: does not fit a token; use up to 32 letters"),
        ("0.0.0.0:9090", "9090", ":5:3: server.bind: 9090 is no address; write HOST:PORT"),
        ("workers: 2", "workers: 0", ":6:3: server.workers: is out of range; choose 1 to 64"),
        ("10MB", "big", ":8:3: server.max_body: 'big' is not a size; write it like"),
        ("instance: prod-eu", "timezone: Europe/Pariss", ":3:1: timezone: no time zone 'Europe/P"),
        ("instance: prod-eu", "timezone: Europe/Pariss", "did you mean 'Europe/Paris'?"),
        ("instance: prod-eu", "timezone: ../x", ":3:1: timezone: no time zone '../x'; write one"),
        ("instance: prod-eu", "timezone: 2", ":3:1: timezone: no time zone '2'; write one like"),
        ("threads: 8", "queue: -1", ":7:3: server.queue: is out of range; choose 0 to 1000"),
        ("threads: 8", "max_alerts: 0", ":7:3: server.max_alerts: is out of range"),
        ("threads: 8", "read_timeout: soon", ":7:3: server.read_timeout: 'soon' is not a span"),
        ("threads: 8", "read_timeout: 0s", ":7:3: server.read_timeout: is out of range; choose"),
        ("threads: 8", "trusted_proxies: 10.1", ":7:3: server.trusted_proxies: 10.1 is no addr"),
        ("threads: 8", "trusted_proxies: []", ":7:3: server.trusted_proxies: is empty; name"),
        ("${ADMIN}", "${NOT_SET}", ":9:28: the environment variable NOT_SET is not set; export"),
        ("type: alertmanager", "type: alertmanger", ":11:18: unknown type 'alertmanger'; did you"),
        ("type: summit", "kind: summit", "summit has no type; choose one of summit, serviceops"),
        ("bearer: [", "bearer: [{}, ", ":11:45: sources.alertmanager.auth.bearer: is not a secret"),
        ("https://summit.example.com/API", "summit.example.com", ":15:5: backends.summit.url"),
        ("org_id: 1", "org_idd: 1", ":17:5: unknown key 'org_idd'; did you mean 'org_id'?"),
        ("caller: monitoring@example.com", "caler: x@example.com", "did you mean 'caller'?"),
        ("{priority: {critical", "{prioritty: {critical", "did you mean 'priority'?"),
        ("rate: 20/s", "rate: fast", "'fast' is not a rate; write it like 20/s or 100/m"),
        ("timeout: 15s", "timeout: 15", "'15' is not a span of time; write it like 90s"),
        ("dialect: incident", "dialect: incidents", ":33:5: backends.serviceops.dialect"),
        ("default_backend: summit", "default_backend: sumit", ":36:1: default_backend: 'sumit'"),
        ("inbox: 14d", "inbox: long", ":37:13: retention.inbox: 'long' is not a span of time"),
    ],
)
def test_each_mistake_is_said_with_its_place_and_what_to_do(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in GOOD
    found = problems(tmp_path, GOOD.replace(old, new, 1))
    assert [problem for problem in found if said in problem], found
    assert all(problem.startswith("/bridge.yaml:") for problem in found)


def test_all_mistakes_are_said_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("instance: prod-eu", "instance: ''").replace("org_id: 1", "org: 1")
    assert len(problems(tmp_path, text.replace("category:", "kategory:"))) == 3


@pytest.mark.parametrize("text", ["", "[]", "just text", "sources: {}\nbackends: {}"])
def test_a_file_that_says_nothing_usable_is_a_problem(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, text)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('auth: {bearer: ["${AM_TOKEN}", old-token]}', "auth: none", "anyone may send"),
        ("org_id: 1", "verify: false", "the certificate of summit is not verified"),
        ("https://summit", "http://summit", "credentials travel to summit in clear"),
        ('  console: {auth: {bearer: "${ADMIN}"}}\n', "", "open to anyone who can reach them"),
    ],
)
def test_what_is_allowed_but_dangerous_is_warned_of(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    [warning] = loaded(tmp_path, GOOD.replace(old, new, 1)).warnings
    assert said in str(warning)


def test_http_to_loopback_is_nothing_to_warn_of(tmp_path: Path) -> None:
    text = GOOD.replace("https://summit.example.com", "http://127.0.0.1:9001")
    assert loaded(tmp_path, text).warnings == ()


def test_one_backend_is_the_default_without_being_named_so(tmp_path: Path) -> None:
    start, end = GOOD.index("  serviceops:"), GOOD.index("default_backend")
    text = (GOOD[:start] + GOOD[end:]).replace("default_backend: summit\n", "")
    assert loaded(tmp_path, text).default_backend == "summit"


def test_a_presets_mistakes_are_reported_with_those_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "presets").mkdir()
    preset = tmp_path / "presets" / "backup.yaml"
    preset.write_text("title: Backups\nmapp: {identity: job}\n")
    backup = "sources:\n  backup: {type: generic, preset: backup, auth: none}\n"
    text = GOOD.replace("sources:\n", backup).replace("org_id:", "org:")
    with pytest.raises(ConfigurationError) as refused:
        loaded(tmp_path, text)
    told = "\n".join(str(problem) for problem in refused.value.problems)
    assert f"{preset}:2:1: unknown key 'mapp'" in told
    assert "unknown key 'org'" in told
