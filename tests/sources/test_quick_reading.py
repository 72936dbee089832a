"""What is right passes by the schemas: each body is read as it is when nothing may pass them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.domain.alert import ParsedBody
from bridge.domain.errors import MalformedBody
from bridge.sources import SOURCES, alertmanager, reading
from bridge.sources.reading import MAX_DEPTH
from tests.builders import T0

HALVES = rb"\ud83d", rb"\ude00", rb"\ud83d\ude00", rb"\\ud83d", rb"\u0041", rb"\n", b"{[", b""

words = st.sampled_from(["firing", "resolved", "muted", "unhandled", "FIRING", "", "a", "~MARK~"])
moments = st.sampled_from(
    [
        "2026-01-05T12:00:00Z",
        "2026-01-05t12:00:00.123456789z",
        "2026-01-05T12:00:00+02:00",
        "2026-01-05T12:00:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "http://x.example",
    ]
)
scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | words
odd = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2),
    max_leaves=4,
)
texts = st.dictionaries(st.sampled_from(["alertname", "a", "runbook_url"]), words, max_size=3)
alerts = st.fixed_dictionaries(
    {"status": words | odd, "labels": texts | odd},
    optional={
        "annotations": texts | odd,
        "startsAt": moments | odd,
        "endsAt": moments | odd,
        "fingerprint": words | odd | st.just("x" * 65),
        "generatorURL": moments | odd,
    },
)
bodies = st.fixed_dictionaries(
    {"alerts": st.lists(alerts | odd, max_size=4) | odd},
    optional={"groupLabels": texts | odd, "receiver": words | odd, "truncatedAlerts": scalars},
)


class _Everything:
    def __contains__(self, _: object) -> bool:
        return True


def _always_made_whole(body: bytes) -> bytes:
    return reading._LONE_HALF.sub(lambda found: rb"\ufffd" if found[1] else found[0], body)


@contextmanager
def everything_checked() -> Iterator[None]:
    """Let nothing pass quickly."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alertmanager, "_STATUSES", {})
        patch.setattr(alertmanager, "_SWEPT", _Everything())
        patch.setattr(alertmanager, "_items", lambda said: alertmanager._BODY.load(said)["alerts"])
        patch.setattr(reading, "_may_be_deep", lambda _: True)
        patch.setattr(reading, "_made_whole", _always_made_whole)
        yield


def read(source: str, body: bytes) -> ParsedBody | str:
    try:
        return SOURCES[source].build("am", {}).parse(body, "application/json", T0)
    except MalformedBody as exc:
        return str(exc)


def nested(value: Any, levels: int) -> Any:
    for _ in range(levels):
        value = [value]
    return value


def assert_read_alike(source: str, body: bytes) -> None:
    quickly = read(source, body)
    with everything_checked():
        assert read(source, body) == quickly


@pytest.mark.parametrize("source", ["alertmanager", "grafana"])
@settings(max_examples=150, deadline=None)
@given(said=bodies | odd, half=st.sampled_from(HALVES), levels=st.integers(0, 3) | st.just(62))
def test_a_body_is_read_alike_whether_or_not_what_is_right_passes_quickly(
    source: str, said: Any, half: bytes, levels: int
) -> None:
    if isinstance(said, dict):
        said = {**said, "extra": nested({}, levels)}
    assert_read_alike(source, orjson.dumps(said).replace(b"~MARK~", half))


@pytest.mark.parametrize("levels", [MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH + 1])
def test_the_deepest_body_is_read_alike(levels: int) -> None:
    assert_read_alike("alertmanager", orjson.dumps(nested([], levels)))


@pytest.mark.parametrize("word", ["muted", "unhandled"])
def test_what_a_sweep_says_is_read_alike(word: str) -> None:
    said = orjson.dumps({"alerts": [{"status": word, "fingerprint": "f"}]})
    assert_read_alike("alertmanager", said)


def test_what_is_right_asks_no_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alertmanager, "_ALERT", None)
    monkeypatch.setattr(alertmanager, "_BODY", None)
    item = {"status": "firing", "labels": {"alertname": "DiskFull"}}
    parsed = read("alertmanager", orjson.dumps({"alerts": [item]}))
    assert isinstance(parsed, ParsedBody)
    assert [alert.name for alert in parsed.alerts] == ["DiskFull"]
