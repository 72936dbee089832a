"""Maintenance windows: times, on the clock of some time zone, at which nothing new is filed."""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from bridge.domain.json import JsonObject, JsonValue

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of some days, each time from `start` to `end` minutes after midnight.

    One whose end lies beyond 1440 goes on into the next day, and belongs to the day it began on.
    """

    zone: str  #: a name of the IANA database
    start: int = 0
    end: int = 1440
    weekdays: tuple[int, ...] = ()  #: Monday is 0; none: any
    first: date = date.min
    last: date = date.max  #: the last day on which it begins

    def ends_at(self, now: datetime) -> datetime | None:
        """Give the end of the stretch that `now` is in; None: it is in none."""
        zone = ZoneInfo(self.zone)
        today = now.astimezone(zone).date()
        for day in (today, today - DAY):
            if self._has(day) and self._begins(day, zone) <= now < (end := self._ends(day, zone)):
                return end
        return None

    def begins_after(self, now: datetime) -> datetime | None:
        """Give the beginning of the next stretch; None: there is none."""
        zone = ZoneInfo(self.zone)
        first = max(now.astimezone(zone).date(), self.first)
        days = (first + ahead * DAY for ahead in range(9))
        begins = (self._begins(day, zone) for day in days if self._has(day))
        return next((at for at in begins if at > now), None)

    def as_json(self) -> dict[str, JsonValue]:
        """Write the window; `from_json` reads it."""
        days = {"first": self.first.isoformat(), "last": self.last.isoformat()}
        return {**asdict(self), "weekdays": list(self.weekdays), **days}

    @classmethod
    def from_json(cls, said: JsonObject) -> Self:
        """Read what `as_json` wrote."""
        days = {name: date.fromisoformat(str(said[name])) for name in ("first", "last")}
        return cls(**{**said, "weekdays": tuple(said["weekdays"]), **days})  # type: ignore[arg-type]  # as_json wrote it

    def _has(self, day: date) -> bool:
        is_weekday = not self.weekdays or day.weekday() in self.weekdays
        return is_weekday and self.first <= day <= self.last

    def _begins(self, day: date, zone: ZoneInfo) -> datetime:
        return _clock(day, self.start, zone)

    def _ends(self, day: date, zone: ZoneInfo) -> datetime:
        """Take the later of two moments where clocks that go back show the end twice."""
        return max(_clock(day, self.end, zone, fold=fold) for fold in (0, 1))


def muted_until(windows: tuple[Window, ...], now: datetime) -> datetime | None:
    """Say until when nothing is filed; None: now it may be."""
    ends = [end for window in windows if (end := window.ends_at(now)) is not None]
    return max(ends, default=None)


def next_mute(windows: tuple[Window, ...], now: datetime) -> datetime | None:
    """Say when the next stretch begins; None: no more does."""
    begins = [at for window in windows if (at := window.begins_after(now)) is not None]
    return min(begins, default=None)


def _clock(day: date, minutes: int, zone: ZoneInfo, *, fold: int = 0) -> datetime:
    """Give the moment at which the zone's clock shows a time.

    A time that clocks skip is taken as though they had not been changed yet.
    """
    days, minutes = divmod(minutes, 1440)
    shown = time(minutes // 60, minutes % 60, tzinfo=zone, fold=fold)
    return datetime.combine(day + days * DAY, shown).astimezone(UTC)
