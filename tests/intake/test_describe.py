"""Two alerts have one digest if, and only if, a decision can find no difference between them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.alert import Alert, AlertStatus
from bridge.intake.describe import digest_of
from tests.builders import T0, at, make_alert

TEXTS = st.sampled_from(["", "a", "é", "\ud800", "a\x00b", '"', "1"])
PAIRS = st.dictionaries(TEXTS, TEXTS, max_size=2)
ALERTS = st.builds(
    Alert,
    source=st.just("alertmanager"),
    fingerprint=st.just("f1"),
    status=st.sampled_from(AlertStatus),
    name=TEXTS,
    labels=PAIRS,
    annotations=PAIRS,
    starts_at=st.sampled_from([T0, at(0.000001)]),
    values=st.dictionaries(TEXTS, st.sampled_from([0.0, 1.5, float("inf")]), max_size=1),
    group=PAIRS,
)


@given(ALERTS, ALERTS)
def test_a_digest_tells_apart_what_a_decision_can_tell_apart(one: Alert, other: Alert) -> None:
    assert (digest_of(one) == digest_of(other)) == (one == other)


def test_the_order_of_labels_makes_no_difference() -> None:
    labels = {"alertname": "DiskFull", "instance": "db1"}
    alert = make_alert(labels=labels)
    turned = dict(reversed(list(alert.labels.items())))
    assert digest_of(replace(alert, labels=turned)) == digest_of(alert)


def test_links_make_no_difference() -> None:
    alert = make_alert()
    assert digest_of(replace(alert, links={"generator": "http://other"})) == digest_of(alert)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_not_nothing(value: float) -> None:
    alert = make_alert()
    others = [float("nan"), float("inf"), float("-inf")]
    same = [
        o
        for o in others
        if digest_of(replace(alert, values={"A": o}))
        == digest_of(replace(alert, values={"A": value}))
    ]
    assert len(same) == 1
