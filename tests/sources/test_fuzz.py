"""Every source and preset against bodies nobody would send: it says no, and soon."""

import gc
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.domain.alert import ParsedBody
from bridge.domain.errors import MalformedBody
from tests.builders import T0
from tests.sources.senders import FORM, Sender, senders

SENDERS = [pytest.param(each, id=each.name) for each in senders()]
FEW, MANY = 30, 1_000  #: examples of each sender

MULTIPART = "multipart/form-data; boundary=b"
content_types = st.sampled_from(
    ["application/json", "text/plain", "", FORM, MULTIPART, "multipart/form-data", "a/b; c=\x00"]
)
scalars = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["{", "[1]", '{"a":1}', "a:b,c:d", "1767614400", "0001-01-01T00:00:00Z"])
)  # fmt: skip


def words_of(said: Any) -> set[str]:
    """Collect every key that a sender uses."""
    match said:
        case dict():
            return set(said).union(*(words_of(inner) for inner in said.values()))
        case list():
            return set().union(*(words_of(inner) for inner in said))
        case _:
            return set()


def json_of(sender: Sender) -> st.SearchStrategy[object]:
    """Give any JSON, in the sender's own words and others."""
    told = [body.said for body in sender.bodies if not body.content_type.startswith("multipart/")]
    words = sorted(set().union(*(words_of(said) for said in told)))
    keys = st.sampled_from(words) | st.text(max_size=5)
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6),
        max_leaves=25,
    )


def mutated(sender: Sender, data: st.DataObject) -> object:
    """Give one of the sender's bodies with a few values replaced by others."""
    bodies = [body for body in sender.bodies if not body.content_type.startswith("multipart/")]
    said = data.draw(st.sampled_from(bodies)).said
    for _ in range(data.draw(st.integers(1, 4))):
        _replace_one(said, data)
    return said


def _replace_one(said: Any, data: st.DataObject) -> None:
    place = said
    while isinstance(place, dict | list) and place:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            place[key] = data.draw(scalars | st.lists(scalars, max_size=3) | st.just({"a": {}}))
            return
        place = inner


def assert_taken_or_refused(sender: Sender, content: bytes, content_type: str) -> None:
    try:
        parsed = sender.source.parse(content, content_type, T0)
    except MalformedBody as refused:
        told = str(refused)
    else:
        assert isinstance(parsed, ParsedBody)
        told = "taken"
        for alert in parsed.alerts:
            assert 0 < len(alert.fingerprint) <= 64
            assert alert.labels
            assert (alert.ends_at is None) == alert.is_firing
    assert 0 < len(told) < 700


def fuzz(sender: Sender, data: st.DataObject) -> None:
    content = data.draw(
        st.binary(max_size=300)
        | json_of(sender).map(orjson.dumps)
        | st.builds(lambda: orjson.dumps(mutated(sender, data)))
    )
    assert_taken_or_refused(sender, content, data.draw(content_types))


@pytest.mark.parametrize("sender", SENDERS)
@settings(max_examples=FEW, deadline=None)
@given(data=st.data())
def test_no_body_raises_anything_but_the_sources_own_refusal(
    sender: Sender, data: st.DataObject
) -> None:
    fuzz(sender, data)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("sender", SENDERS)
@settings(max_examples=MANY, deadline=None)
@given(data=st.data())
def test_no_body_of_many_more_raises_anything_but_the_sources_own_refusal(
    sender: Sender, data: st.DataObject
) -> None:
    fuzz(sender, data)


@pytest.mark.parametrize("sender", SENDERS)
@settings(max_examples=FEW, deadline=None)
@given(data=st.data())
def test_no_form_raises_anything_but_the_sources_own_refusal(
    sender: Sender, data: st.DataObject
) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="data"; filename="x"\r\n\r\n{}\r\n'
    pieces = st.sampled_from([part, b"--b--\r\n", b"--b", b"\r\n", b"=", b"&", b"%", b"%zz", b"a"])
    content = data.draw(st.lists(pieces | st.binary(max_size=9), max_size=12)).copy()
    assert_taken_or_refused(
        sender, b"".join(content), data.draw(st.sampled_from([FORM, MULTIPART]))
    )


def repeated(sender: Sender, size: int) -> bytes:
    """Make every list of a body long, and the body wide."""

    def grown(said: Any) -> Any:
        match said:
            case dict():
                return {key: grown(inner) for key, inner in said.items()}
            case list():
                return said * (size // max(1, len(said)))
            case _:
                return said

    said = next(body for body, parsed in sender.parsed() if parsed.alerts).said
    wide = {f"k{number}": [number] for number in range(size)}
    return orjson.dumps({**wide, **grown(said)})


def long_texts(sender: Sender, size: int) -> bytes:
    """Make every text of a body long."""

    def grown(said: Any) -> Any:
        match said:
            case dict():
                return {key: grown(inner) for key, inner in said.items()}
            case list():
                return [grown(item) for item in said]
            case str():
                return "a:b,1." * size
            case _:
                return said

    said = next(body for body, parsed in sender.parsed() if parsed.alerts).said
    return orjson.dumps(grown(said))


def brackets(_sender: Sender, size: int) -> bytes:
    return b'[{"a":' * size


def flat(_sender: Sender, size: int) -> bytes:
    return b"[" + b"{}," * size + b"{}]"


Grow = Callable[[Sender, int], bytes]


@pytest.mark.parametrize("grow", [repeated, long_texts, brackets, flat])
@pytest.mark.parametrize("sender", SENDERS)
def test_a_body_eight_times_as_large_costs_about_eight_times_as_much(
    sender: Sender, grow: Grow
) -> None:
    small, large = grow(sender, 1_000), grow(sender, 8_000)
    # Quadratic would be 64; the floor keeps the clock's grain out of it.
    assert cost(sender, large, "application/json") < 24 * max(
        cost(sender, small, "application/json"), 0.001
    )


@pytest.mark.parametrize(
    ("content_type", "piece", "end"),
    [
        (FORM, b"a=%zz&", b""),
        (FORM, b"%41", b"=1"),
        (MULTIPART, b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n', b"--b--\r\n"),
        (MULTIPART, b"\r\n--", b""),
        (MULTIPART, b"--b\r\nX: y\r\n", b""),
    ],
)
def test_a_form_eight_times_as_large_costs_about_eight_times_as_much(
    content_type: str, piece: bytes, end: bytes
) -> None:
    sender = next(each for each in senders() if each.name == "uptime-kuma")
    start = b"--b\r\nContent-Disposition: form-data; name=data\r\n\r\n"
    opening = start if content_type == MULTIPART else b""
    small, large = (opening + piece * size + end for size in (10_000, 80_000))
    assert cost(sender, large, content_type) < 24 * max(cost(sender, small, content_type), 0.001)


def cost(sender: Sender, content: bytes, content_type: str) -> float:
    times = []
    gc.disable()  # it would look at all that other tests have left
    try:
        for _ in range(3):
            started = time.thread_time()
            with suppress(MalformedBody):
                sender.source.parse(content, content_type, T0)
            times.append(time.thread_time() - started)
    finally:
        gc.enable()
    return min(times)
