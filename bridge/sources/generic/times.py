"""Points in time in the formats that senders use."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime

from bridge.domain.json import JsonValue

_NUMBER = re.compile(r"\d{1,20}(\.\d{1,9})?")
_LONGEST = 64  #: characters; what is longer is no point in time
_SHORTEST_ISO = len("2026-01-05T12")

#: Seconds of an epoch have at most 11 digits until the year 5138; each further unit has 3 more.
_SECONDS_BELOW = 1e11
_UNITS = (1, 1e3, 1e6, 1e9)
#: Zero and other small numbers are counters or "none"; no alert is from before 1973.
_EARLIEST = 1e8


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How one sender writes points in time."""

    zone: tzinfo = UTC  #: of times that do not say theirs
    formats: tuple[str, ...] = ()  #: strptime's, tried before the well-known ones

    def read(self, value: JsonValue) -> datetime | None:
        """Read an epoch in seconds to nanoseconds, ISO 8601 or RFC 5322; None if it is none."""
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            return None
        try:
            moment = self._text(value.strip()) if isinstance(value, str) else _epoch(value)
            return moment.astimezone(UTC) if moment is not None and moment.year > 1 else None
        except (ValueError, OverflowError, OSError):
            return None

    def _text(self, text: str) -> datetime | None:
        if len(text) > _LONGEST:
            return None
        for form in self.formats:
            try:
                return self._placed(datetime.strptime(text, form))  # noqa: DTZ007  # placed here
            except ValueError:
                continue
        if _NUMBER.fullmatch(text):
            return _epoch(float(text))
        return self._well_known(text)

    def _well_known(self, text: str) -> datetime | None:
        upper = text.upper()
        for name in (" UTC", " GMT"):
            upper = f"{upper.removesuffix(name)}+00:00" if upper.endswith(name) else upper
        try:
            return self._placed(datetime.fromisoformat(upper)) if _has_hour(upper) else None
        except ValueError:
            return self._placed(parsedate_to_datetime(text))

    def _placed(self, moment: datetime) -> datetime:
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=self.zone)


def _has_hour(text: str) -> bool:
    return len(text) >= _SHORTEST_ISO


def _epoch(number: float) -> datetime | None:
    unit = next((unit for unit in _UNITS if number < _SECONDS_BELOW * unit), None)
    if unit is None or number / unit < _EARLIEST:
        return None
    return datetime.fromtimestamp(number / unit, UTC)
