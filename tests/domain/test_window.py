"""Maintenance windows: on a zone's wall clock, over midnight, and through changes of clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.policy import Policy
from bridge.domain.window import Window, muted_until

PARIS = "Europe/Paris"
SATURDAY = 5
NIGHT = Window(zone=PARIS, start=22 * 60, end=30 * 60)  # 22:00 to 06:00
#: In 2026, Paris puts its clocks from 02:00 to 03:00 on March 29th, and back on October 25th.
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "now", "end"),
    [
        (NIGHT, "01-05 20:59", None),
        (NIGHT, "01-05 21:00", "01-06 05:00"),
        (NIGHT, "01-06 04:59", "01-06 05:00"),
        (NIGHT, "01-06 05:00", None),
        # The same wall clock in summer is an hour earlier elsewhere.
        (NIGHT, "07-05 20:00", "07-06 04:00"),
        (NIGHT, "07-05 19:59", None),
        (Window(zone="UTC"), "01-05 00:00", "01-06 00:00"),
    ],
)
def test_a_window_lasts_from_its_start_until_just_before_its_end(
    window: Window, now: str, end: str | None
) -> None:
    assert window.ends_at(utc(now)) == (utc(end) if end else None)


@pytest.mark.parametrize(
    ("now", "is_muted"),
    [
        ("01-10 20:00", False),  # Saturday, before it begins
        ("01-10 22:00", True),
        ("01-11 04:00", True),  # Sunday morning belongs to Saturday's night
        ("01-11 22:00", False),  # Sunday's night is not meant
        ("01-10 04:00", False),  # nor Friday's
    ],
)
def test_a_window_over_midnight_belongs_to_the_day_it_began_on(now: str, *, is_muted: bool) -> None:
    window = Window(zone=PARIS, start=22 * 60, end=30 * 60, weekdays=(SATURDAY,))
    assert (window.ends_at(utc(now)) is not None) is is_muted


def test_a_window_of_dates_begins_on_the_first_and_the_last_of_them() -> None:
    window = Window(zone="UTC", start=60, end=120, first=date(2026, 1, 5), last=date(2026, 1, 6))
    hits = [day for day in range(1, 10) if window.ends_at(utc(f"01-{day:02} 01:30"))]
    assert hits == [5, 6]


def night(start: int, end: int, day: date) -> Window:
    return Window(zone=PARIS, start=start, end=end, first=day, last=day)


@pytest.mark.parametrize(
    ("window", "begins", "ends"),
    [
        # An hour shorter: 01:00 CET to 04:00 CEST.
        (night(60, 240, SPRING), "03-29 00:00", "03-29 02:00"),
        # 02:30 is skipped: it is taken by the clock of before, as 03:30 CEST.
        (night(60, 150, SPRING), "03-29 00:00", "03-29 01:30"),
        (night(150, 240, SPRING), "03-29 01:30", "03-29 02:00"),
        # An hour longer: 01:00 CEST to 04:00 CET.
        (night(60, 240, AUTUMN), "10-24 23:00", "10-25 03:00"),
        # 02:30 comes twice: the window ends the second time, and begins the first.
        (night(60, 150, AUTUMN), "10-24 23:00", "10-25 01:30"),
        (night(150, 240, AUTUMN), "10-25 00:30", "10-25 03:00"),
        # A whole day of 23 and one of 25 hours.
        (night(0, 1440, SPRING), "03-28 23:00", "03-29 22:00"),
        (night(0, 1440, AUTUMN), "10-24 22:00", "10-25 23:00"),
    ],
)
def test_a_window_goes_through_a_change_of_clocks_in_one_piece(
    window: Window, begins: str, ends: str
) -> None:
    begin, end, second = utc(begins), utc(ends), timedelta(seconds=1)
    assert [window.ends_at(at) for at in (begin - second, end)] == [None, None]
    assert [window.ends_at(at) for at in (begin, end - second)] == [end, end]


@given(
    days=st.floats(0, 17_000),
    zone=st.sampled_from(sorted(available_timezones() - {"localtime"})),
    start=st.integers(0, 1439),
    length=st.integers(1, 1440),
    weekdays=st.lists(st.integers(0, 6), max_size=7).map(tuple),
)
def test_a_muted_moment_has_an_end_that_is_not_far_and_not_past(
    days: float, zone: str, start: int, length: int, weekdays: tuple[int, ...]
) -> None:
    now = datetime(1990, 1, 1, tzinfo=UTC) + timedelta(days=days)
    window = Window(zone=zone, start=start, end=start + length, weekdays=weekdays)
    end = window.ends_at(now)
    if end is not None:
        # No place has ever skipped or repeated more than a day.
        assert now < end <= now + timedelta(minutes=length, days=1)
    elif not weekdays:
        shown = now.astimezone(ZoneInfo(zone))
        minute = shown.hour * 60 + shown.minute
        day_before = (now - timedelta(days=1)).astimezone(ZoneInfo(zone))
        is_clock_changed = day_before.utcoffset() != shown.utcoffset()
        assert is_clock_changed or not start <= minute < start + length


def test_the_last_window_to_end_counts() -> None:
    short, long = (Window(zone="UTC", start=0, end=end) for end in (60, 120))
    assert muted_until((short, long), utc("01-05 00:30")) == utc("01-05 02:00")
    assert muted_until((short, long), utc("01-05 02:00")) is None
    assert muted_until((), utc("01-05 00:30")) is None


@pytest.mark.parametrize(
    "window",
    [Window(zone="UTC"), NIGHT, Window(zone=PARIS, weekdays=(0, 6), first=SPRING, last=AUTUMN)],
)
def test_a_policy_with_windows_comes_back_from_the_store_as_it_went(window: Window) -> None:
    policy = Policy(mute=(window, NIGHT))
    assert Policy.from_json(policy.as_json()) == policy
