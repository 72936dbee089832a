"""What all sources that speak JSON share: its limits, and their cost."""

import time
from collections.abc import Callable
from contextlib import suppress

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.alert import Alert, ParsedBody, RejectedAlert
from bridge.domain.errors import MalformedBody
from bridge.sources import SOURCES
from bridge.sources.limits import Limited
from bridge.sources.reading import MAX_DEPTH, is_deeper, read_json
from tests.builders import T0, FakeSource, make_alert

JSON = "application/json"


def nested(levels: int) -> bytes:
    return b'{"a":[' * (levels // 2) + b"1" + b"]}" * (levels // 2)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (rb"cut \ud83d", "cut \ufffd"),
        (rb"\ud83d\ud83d\ude00!", "\ufffd😀!"),
        (rb"\ude00\ud83d", "\ufffd\ufffd"),
        (rb"C:\\ud83d", r"C:\ud83d"),
        (rb"\\\ud83d\n", "\\\ufffd\n"),
    ],
)
def test_a_text_that_was_cut_inside_a_character_is_read_all_the_same(
    sent: bytes, read: str
) -> None:
    assert read_json(b'["' + sent + b'"]') == [read]


def test_a_body_as_deep_as_allowed_is_read_and_a_deeper_one_is_malformed() -> None:
    assert read_json(nested(MAX_DEPTH))
    with pytest.raises(MalformedBody, match=f"more than {MAX_DEPTH} levels"):
        read_json(nested(MAX_DEPTH + 2))


@pytest.mark.parametrize("levels", [500, 5_000, 500_000])
def test_no_depth_is_a_crash(levels: int) -> None:
    for source in ("alertmanager", "grafana", "pagerduty"):
        with pytest.raises(MalformedBody):
            SOURCES[source].build("x", {}).parse(nested(levels), JSON, T0)


@given(st.recursive(st.none(), lambda inner: st.lists(inner, max_size=3)), st.integers(0, 6))
def test_depth_is_what_it_is_by_definition(value: object, levels: int) -> None:
    def depth(of: object) -> int:
        return 1 + max(map(depth, of), default=0) if isinstance(of, list) else 0

    assert is_deeper(value, levels) == (depth(value) > levels)


def limited(alerts: int, rejected: int, most: int) -> ParsedBody:
    source = FakeSource()
    made: list[Alert] = [make_alert(fingerprint=str(n)) for n in range(alerts)]
    refused = tuple(RejectedAlert(index=n, error="odd") for n in range(rejected))
    source.bodies.append(ParsedBody(alerts=tuple(made), rejected=refused))
    return Limited(source=source, max_alerts=most).parse(b"0", JSON, T0)


def test_as_many_alerts_as_allowed_are_taken() -> None:
    assert len(limited(alerts=3, rejected=2, most=5).alerts) == 3


def test_more_alerts_than_allowed_are_refused_whole_and_rejected_ones_count() -> None:
    with pytest.raises(MalformedBody, match="6 alerts in one body; send at most 5"):
        limited(alerts=3, rejected=3, most=5)


def am_many(size: int) -> bytes:
    item = {"status": "firing", "labels": {"a": "b"}, "fingerprint": ""}
    return orjson.dumps({"alerts": [item] * size})


def am_odd(size: int) -> bytes:
    return orjson.dumps({"alerts": [None] * size})


def am_wide(size: int) -> bytes:
    labels = {f"l{n}": [n] for n in range(size)}
    return orjson.dumps({"alerts": [{"status": "firing", "labels": labels}]})


def legacy_wide(size: int) -> bytes:
    matches = [{"metric": "m", "value": n, "tags": {"a": n}} for n in range(size)]
    return orjson.dumps({"ruleId": 1, "state": "alerting", "evalMatches": matches})


def pd_wide(size: int) -> bytes:
    links = [{"href": "https://x.example", "text": "same"}] * size
    details = {f"d{n}": {"n": n} for n in range(size)}
    payload = {"summary": "s", "source": "h", "severity": "info", "custom_details": details}
    said = {"event_action": "trigger", "dedup_key": "k", "links": links, "payload": payload}
    return orjson.dumps(said)


def brackets(size: int) -> bytes:
    return b"[" * size


def flat_lists(size: int) -> bytes:
    return b"[" + b"[],".join([b""] * size) + b"[]]"


@pytest.mark.parametrize(
    ("source", "body"),
    [
        ("alertmanager", am_many),
        ("alertmanager", am_odd),
        ("alertmanager", am_wide),
        ("alertmanager", flat_lists),
        ("grafana", am_many),
        ("grafana", am_wide),
        ("grafana", legacy_wide),
        ("pagerduty", pd_wide),
        ("pagerduty", brackets),
    ],
)
def test_eight_times_the_body_costs_about_eight_times_as_much(
    source: str, body: Callable[[int], bytes]
) -> None:
    parser = SOURCES[source].build("x", {})

    def cost(size: int) -> float:
        said = body(size)
        times = []
        for _ in range(3):
            started = time.process_time()
            with suppress(MalformedBody):
                parser.parse(said, JSON, T0)
            times.append(time.process_time() - started)
        return min(times)

    # Quadratic would be 64; a floor keeps the clock's grain out of it.
    assert cost(16_000) < 24 * max(cost(2_000), 0.001)
