"""What a desk says of the calls it has left, and how the bridge keeps to it."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from bridge.backends.desk import Limits
from bridge.backends.http import Call, HttpClient
from bridge.backends.pace import Pace
from bridge.backends.quota import (
    ReadQuota,
    ReadReset,
    iso_8601,
    milliseconds,
    unix_seconds,
    unsaid,
    x_ratelimit,
)
from bridge.backends.sending import Connection
from bridge.domain.errors import DeskUnavailable
from tests.backends.raw_server import Answer, answer, raw_server
from tests.backends.test_pace import Time

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
EPOCH = int(NOW.timestamp())
CALL = Call(operation="read", method="GET", path="/", repeatable=True)
MILLISECONDS = x_ratelimit(milliseconds)


@pytest.mark.parametrize(
    ("read", "text", "seconds"),
    [
        (milliseconds, "1500", 1.5),
        (milliseconds, "0", 0),
        (milliseconds, str(EPOCH * 1000 + 2500), 2.5),
        (milliseconds, str(EPOCH * 1000 - 2500), 0),
        (milliseconds, "", None),
        (milliseconds, "-5", None),
        (milliseconds, "soon", None),
        (milliseconds, "²", None),
        (milliseconds, "9" * 400, None),
        (unix_seconds, str(EPOCH + 30), 30),
        (unix_seconds, str(EPOCH - 30), 0),
        (unix_seconds, "", None),
        (unix_seconds, "9" * 400, None),
        (iso_8601, "2026-03-01T10:01Z", 60),
        (iso_8601, "2026-03-01T12:00:30+02:00", 30),
        (iso_8601, "2026-03-01T10:00:05", 5),
        (iso_8601, "2026-03-01T09:00Z", 0),
        (iso_8601, "", None),
        (iso_8601, str(EPOCH), None),
    ],
)
def test_a_reset_is_read_in_the_form_that_its_desk_gives_it(
    read: ReadReset, text: str, seconds: float | None
) -> None:
    assert read(text, NOW) == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("headers", "is_spent"),
    [
        ({"X-RateLimit-Remaining": "0"}, True),
        ({"X-RateLimit-Remaining": " 0 "}, True),
        ({"X-RateLimit-Remaining": "1"}, False),
        ({"X-RateLimit-Remaining": ""}, False),
        ({}, False),
    ],
)
def test_only_a_zero_says_that_nothing_is_left(headers: Mapping[str, str], is_spent: bool) -> None:  # noqa: FBT001  # a case's expectation
    assert MILLISECONDS(headers, NOW).is_spent is is_spent


def headers(**said: str) -> dict[str, str]:
    return {f"X-RateLimit-{name.capitalize()}": text for name, text in said.items()}


def slept_by_the_second_call(first: Answer, quota: ReadQuota = MILLISECONDS) -> list[float]:
    """Make two calls, the first answered so; give what was slept."""
    time = Time()
    with raw_server(first, answer()) as server:
        connection = Connection(url=server.url, limits=Limits(), quota=quota)
        client = HttpClient("desk", connection, Pace(50, time.clock, time.sleep))
        with suppress(DeskUnavailable):
            client.send(CALL)
        client.send(CALL)
        client.close()
    return time.slept


def test_after_the_last_call_the_next_one_waits_for_the_reset() -> None:
    spent = headers(limit="9", remaining="0", reset="1500")
    assert slept_by_the_second_call(answer(headers=spent)) == [1.5]
    assert slept_by_the_second_call(answer(429, headers=spent)) == [1.5]
    assert slept_by_the_second_call(answer(429, headers=headers(reset="1500"))) == [1.5]


def test_with_calls_left_none_waits() -> None:
    left = headers(limit="9", remaining="1", reset="1500")
    assert slept_by_the_second_call(answer(headers=left)) == []
    assert slept_by_the_second_call(answer(headers=headers(remaining="0"))) == []


def test_nobody_waits_longer_than_a_minute() -> None:
    spent = headers(remaining="0", reset="3600000")
    assert slept_by_the_second_call(answer(headers=spent)) == [60.0]


def test_a_desk_whose_headers_mean_something_else_is_not_waited_for() -> None:
    spent = headers(remaining="0", reset="1500")
    assert slept_by_the_second_call(answer(headers=spent), unsaid) == []


@pytest.mark.parametrize(
    ("said", "pause"),
    [
        (headers(reset="2500"), timedelta(seconds=2.5)),
        ({**headers(reset="2500"), "Retry-After": "7"}, timedelta(seconds=7)),
        ({**headers(reset="2500"), "Retry-After": "0"}, timedelta(0)),
        (headers(reset="90000000000"), timedelta(days=1)),
        (headers(reset="soon"), None),
        ({}, None),
    ],
)
def test_one_call_too_many_is_told_to_come_back_at_the_reset(
    said: Mapping[str, str], pause: timedelta | None
) -> None:
    time = Time()
    with raw_server(answer(429, headers=said)) as server:
        connection = Connection(url=server.url, limits=Limits(), quota=MILLISECONDS)
        client = HttpClient("desk", connection, Pace(50, time.clock, time.sleep))
        with pytest.raises(DeskUnavailable) as caught:
            client.send(CALL)
        client.close()
    assert caught.value.retry_after == pause
