"""Points in time."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.sources.times import parse_rfc3339


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23T00:02:01Z", datetime(2026, 11, 23, 0, 2, 1, tzinfo=UTC)),
        ("2026-11-23t00:02:01z", datetime(2026, 11, 23, 0, 2, 1, tzinfo=UTC)),
        ("2026-11-23T00:02:01.5Z", datetime(2026, 11, 23, 0, 2, 1, 500000, tzinfo=UTC)),
        ("2026-11-23T00:02:01,5Z", datetime(2026, 11, 23, 0, 2, 1, 500000, tzinfo=UTC)),
        ("2026-11-23T00:02:01.587354611Z", datetime(2026, 11, 23, 0, 2, 1, 587354, tzinfo=UTC)),
        ("2026-11-23T00:02:01-04:00", datetime(2026, 11, 23, 4, 2, 1, tzinfo=UTC)),
        ("2026-11-23T00:02:01+05:30", datetime(2026, 11, 22, 18, 32, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+01:00", None),
        ("9999-12-31T23:59:59-01:00", None),
        ("2026-11-23T00:02:01", None),
        ("2026-11-23", None),
        ("2026-13-23T00:02:01Z", None),
        ("", None),
        ("\x00", None),
    ],
)
def test_a_point_in_time_is_read_in_any_precision_and_offset(
    text: str, moment: datetime | None
) -> None:
    assert parse_rfc3339(text) == moment


@given(st.text())
def test_no_text_breaks_the_reading_of_times(text: str) -> None:
    moment = parse_rfc3339(text)
    assert moment is None or moment.tzinfo is UTC


@given(st.datetimes(min_value=datetime(2, 1, 2), max_value=datetime(9999, 12, 30)))  # noqa: DTZ001
def test_what_is_written_in_utc_is_read_back(naive: datetime) -> None:
    moment = naive.replace(tzinfo=UTC)
    assert parse_rfc3339(moment.isoformat()) == moment
