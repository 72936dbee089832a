"""Whatever an alert says, it is filed or dropped: deciding never raises."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.domain.alert import Alert, AlertStatus
from bridge.domain.decision import Dropped
from bridge.expressions.limits import MAX_TEXT
from bridge.rules import Rules, load_rules
from bridge.rules.limits import MAX_KEY, MAX_SUBJECT
from tests.rules.contract import BACKENDS, load_contract
from tests.rules.given import alert_of, rules_of

SHIPPED = Path(__file__).parents[2] / "rules"

#: Rules that touch every part of an alert in every way.
CURIOUS = """
tables: {t: {map: {a: b}}}
defaults: {key: {by: [payload.a, payload.a.0, annotations.a, values.a]}}
rules:
  - {id: a, match: ['payload.a=~".*"', 'payload.a.0!="x"', 'values.a!~"1"', 'alert.name=~"(?s).*"']}
  - {id: b, match: any, when: labels.a > 3, drop: too high}
  - {id: c, match: any, when: values.a > 3, set: {backend: '{{ labels.backend }}'}}
  - id: d
    match: any
    key: "{{ labels.a }}{{ annotations.a }}"
    set:
      subject: "{{ t(labels.a) }} {{ alert.starts_at | localtime(labels.a) }}"
      description: "{{ labels | json }} {{ values | json }} {{ group | json }}"
      priority: "{{ labels.a | regex_replace(annotations.a, labels.a) }}"
      impact: "{{ labels.a | truncate_chars(values.a) | slug }} {{ values.a | duration }}"
      urgency: "{% for a in labels.a %}{{ a }}{{ labels.a }}{% endfor %}"
      cc: ["{{ labels.a | host }}", "{{ alert.ends_at | localtime }}"]
      links: {a: "{{ links.a | urlencode }}"}
      raw: {desk: {A: ["{{ labels.a | int }}", "{{ labels.a | float }}"]}}
      CustomFields:
        A: {value: "{{ labels.a }}", type: long}
        B: {value: "{{ labels.a }}", type: double}
        C: {value: "{{ labels.a }}", type: integer_list}
"""


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Rules, frozenset[str]]]:
    """Give rules by name, and the backends that they may choose."""
    desks = frozenset(BACKENDS)
    return {
        "shipped": (load_rules([SHIPPED], backends=desks, default_backend="summit"), desks),
        "contract": (load_contract(tmp_path_factory.mktemp("contract")), desks),
        "curious": (
            rules_of(tmp_path_factory.mktemp("curious"), CURIOUS),
            frozenset({"desk", "other"}),
        ),
        "none": (
            rules_of(tmp_path_factory.mktemp("none"), "rules: []"),
            frozenset({"desk", "other"}),
        ),
    }


NAMES = ("alertname", "severity", "instance", "service", "env", "score", "namespace", "job",
         "pod", "node", "mountpoint", "device", "region", "a", "backend")  # fmt: skip
WORDS = ("Watchdog", "KubePodCrashLooping", "KubeNodeNotReady", "NodeFilesystemX", "critical",
         "page", "pg1", "prod", "db1:9100", "7", "1e400", "desk", "other", "{{ a }}")  # fmt: skip
ANY_TEXT = st.text(st.characters(), max_size=20)
TEXT = st.one_of(
    st.sampled_from(WORDS),
    ANY_TEXT,
    st.builds(lambda text, times: text * times, ANY_TEXT, st.sampled_from([1, 100, 20_000])),
)
TEXTS = st.dictionaries(st.one_of(st.sampled_from(NAMES), ANY_TEXT), TEXT, max_size=8)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(ANY_TEXT, inner)),
    max_leaves=6,
)
TIMES = st.datetimes(timezones=st.just(UTC))
ALERTS = st.builds(
    Alert,
    source=TEXT,
    fingerprint=TEXT,
    status=st.sampled_from(AlertStatus),
    name=TEXT,
    labels=TEXTS,
    annotations=TEXTS,
    starts_at=TIMES,
    ends_at=st.none() | TIMES,
    values=st.dictionaries(st.just("a") | ANY_TEXT, st.floats(), max_size=3),
    group=TEXTS,
    links=TEXTS,
    payload=st.dictionaries(st.just("a") | ANY_TEXT, JSON, max_size=3),
)


def nested(depth: int) -> Any:
    part: Any = "x"
    for _ in range(depth):
        part = [part]
    return part


def check(rules: Rules, backends: frozenset[str], alert: Alert) -> None:
    for decision in (rules.decide(alert), rules.explain(alert)):
        if isinstance(decision, Dropped):
            assert decision.reason
            continue
        spec = decision.spec
        assert 0 < len(spec.subject) <= MAX_SUBJECT
        assert spec.subject.splitlines() == [spec.subject]
        assert 0 < len(decision.key) <= MAX_KEY
        assert decision.key.encode()
        assert spec.priority
        assert decision.backend in backends
        assert len(spec.description) <= MAX_TEXT
        assert all(fault.message and fault.fallback for fault in decision.faults)


@pytest.mark.parametrize("name", ["shipped", "contract", "curious", "none"])
@settings(max_examples=60, deadline=None)
@given(alert=ALERTS)
def test_any_alert_is_filed_or_dropped(
    books: dict[str, tuple[Rules, frozenset[str]]], name: str, alert: Alert
) -> None:
    check(*books[name], alert)


@pytest.mark.parametrize("name", ["shipped", "contract", "curious", "none"])
@pytest.mark.parametrize(
    "alert",
    [
        pytest.param(alert_of(), id="empty"),
        pytest.param(alert_of({"": ""}, name="", source="", fingerprint=""), id="emptier"),
        pytest.param(alert_of({"\ud800": "\x00" * 1000 + "a" * 1000}), id="a name not Unicode"),
        pytest.param(alert_of({"a": "9" * 5000, "score": "9" * 5000}), id="digits"),
        pytest.param(alert_of({str(n): "x" for n in range(3000)}), id="many labels"),
        pytest.param(
            alert_of({"alertname": "a" * 2_000_000, "instance": ":" * 2_000_000}), id="huge"
        ),
        pytest.param(alert_of(payload={"a": nested(500)}), id="a deep payload"),
        pytest.param(alert_of(payload={"a": ["\ud800"]}), id="a payload not Unicode"),
        pytest.param(alert_of(payload={"a": [2**70]}), id="a number beyond 64 bits"),
        pytest.param(alert_of(values={"a": float("nan")}), id="not a number"),
        pytest.param(alert_of(values={"a": float("inf")}), id="infinite"),
        pytest.param(alert_of(starts_at=datetime.max.replace(tzinfo=UTC)), id="the last moment"),
        pytest.param(alert_of(starts_at=datetime.min.replace(tzinfo=UTC)), id="the first moment"),
    ],
)
def test_an_awkward_alert_is_filed_or_dropped(
    books: dict[str, tuple[Rules, frozenset[str]]], name: str, alert: Alert
) -> None:
    check(*books[name], alert)
