"""Points in time as senders without a module of their own write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.sources.generic.times import Times

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
PARTS = NOON.replace(microsecond=587_000)
BERLIN = Times(zone=ZoneInfo("Europe/Berlin"), formats=("%d.%m.%Y %H:%M:%S",))


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (1767614400, NOON),
        (1767614400.587, PARTS),
        ("1767614400", NOON),
        (" 1767614400.587 ", PARTS),
        (1767614400587, PARTS),
        ("1767614400587", PARTS),
        (1767614400587000, PARTS),
        (1767614400587000000, PARTS),
        ("2026-01-05T12:00:00Z", NOON),
        ("2026-01-05t12:00:00z", NOON),
        ("2026-01-05T12:00:00.587123456Z", PARTS.replace(microsecond=587_123)),
        ("2026-01-05T13:00:00+01:00", NOON),
        ("2026-01-05T17:30:00.000+0530", NOON),
        ("2026-01-05 12:00:00 UTC", NOON),
        ("2026-01-05 12:00:00.587", PARTS),
        ("20260105T120000Z", NOON),
        ("Mon, 05 Jan 2026 12:00:00 GMT", NOON),
        ("Mon, 05 Jan 2026 13:00:00 +0100", NOON),
    ],
)
def test_a_point_in_time_is_read_in_every_format_that_senders_use(
    value: float | str, moment: datetime
) -> None:
    read = Times().read(value)
    assert read is not None
    assert abs((read - moment).total_seconds()) < 1e-5
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        None, True, [], {}, "", "soon", "2026-01-05", 0, -5, 1, 86400, "0", "12:00:00", 10**30,
        1e300, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-05:00", "2026-13-05T12:00:00Z",
        "1" * 70, "{EVENT.DATE} {EVENT.TIME}",
    ],
)  # fmt: skip
def test_what_is_no_point_in_time_is_none(value: object) -> None:
    assert Times().read(value) is None  # type: ignore[arg-type]  # odd on purpose


def test_a_time_without_a_zone_is_in_the_senders() -> None:
    assert BERLIN.read("2026-01-05 13:00:00") == NOON
    assert BERLIN.read("05.01.2026 13:00:00") == NOON
    assert BERLIN.read("2026-01-05 13:00:00+03:00") == datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert BERLIN.read(1767614400) == NOON


@given(st.text(max_size=80) | st.integers() | st.floats())
def test_nothing_breaks_the_reading_of_times(value: str | float) -> None:
    for times in (Times(), BERLIN):
        moment = times.read(value)
        assert moment is None or moment.tzinfo is UTC
