"""`mute:` as written: times, weekdays and dates, on the clock of a time zone."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import product
from typing import Any

from marshmallow import ValidationError, post_load, validates_schema

from bridge.domain.json import JsonObject, JsonValue
from bridge.domain.window import Window
from bridge.yamlfile import CheckedField, Refer, Section, Zone

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBER = {name: n for n, day in enumerate(_DAYS) for name in (day, day[:3])}

_TIMES = "^([01]?[0-9]|2[0-3]):([0-5][0-9])-([01]?[0-9]|2[0-4]):([0-5][0-9])$"
_DATES = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(\.\.[0-9]{4}-[0-9]{2}-[0-9]{2})?$"
_WEEKDAYS = rf"(?i)^({'|'.join(_NUMBER)})(-({'|'.join(_NUMBER)}))?$"
_ALWAYS: tuple[tuple[int, int], ...] = ((0, 1440),)
_EVER: tuple[tuple[date, date], ...] = ((date.min, date.max),)


class _Several(CheckedField[tuple[Any, ...]]):
    """One text, or a list of them, each of the same pattern."""

    pattern: str

    def read(self, value: object) -> tuple[Any, ...]:
        """Read each."""
        items = value if isinstance(value, list) else [value]
        return tuple(self.read_one(str(item).strip()) for item in items)

    def read_one(self, text: str) -> Any:
        """Read one; raise ValidationError."""
        raise NotImplementedError

    def json_schema(self, refer: Refer) -> JsonObject:  # noqa: ARG002  # nests nothing
        """Describe a text of the pattern, and a list of them."""
        one: JsonObject = {"type": "string", "pattern": self.pattern.removeprefix("(?i)")}
        forms: list[JsonValue] = [one, {"type": "array", "items": one, "minItems": 1}]
        return {"anyOf": forms}


class Times(_Several):
    """Times of day, in minutes; one that ends before it begins ends on the next day."""

    pattern = _TIMES

    def read_one(self, text: str) -> tuple[int, int]:
        """Read 22:00-06:00."""
        match = re.fullmatch(self.pattern, text)
        start, end = _minutes(match) if match else (0, 0)
        if match is None or start == end or end > 1440:
            raise ValidationError(f"{text!r} is no time of day; write it in quotes, as 22:00-06:00")
        return start, end if end > start else end + 1440


class Weekdays(_Several):
    """Days of the week, by number."""

    pattern = _WEEKDAYS

    def read_one(self, text: str) -> tuple[int, ...]:
        """Read sat, saturday or sat-sun."""
        if re.fullmatch(self.pattern, text) is None:
            raise ValidationError(f"{text!r} is no weekday; write it as sat, or sat-sun")
        first, _, last = text.lower().partition("-")
        begin, end = _NUMBER[first], _NUMBER[last or first]
        return tuple((begin + n) % 7 for n in range((end - begin) % 7 + 1))


class Dates(_Several):
    """Dates, each with the last of its stretch."""

    pattern = _DATES

    def read_one(self, text: str) -> tuple[date, date]:
        """Read 2026-12-24 or 2026-12-24..2026-12-26."""
        first, _, last = text.partition("..")
        try:
            begin, end = date.fromisoformat(first), date.fromisoformat(last or first)
        except ValueError:
            begin, end = date.max, date.min
        if begin > end or re.fullmatch(self.pattern, text) is None:
            remedy = "write it as 2026-12-24, or 2026-12-24..2026-12-26"
            raise ValidationError(f"{text!r} is no date; {remedy}")
        return begin, end


class WindowSection(Section):
    """A maintenance window of `mute:`; what it does not narrow is any time, any day."""

    times = Times(metadata={"description": "Times of day, as 22:00-06:00."})
    weekdays = Weekdays(metadata={"description": "Days on which it begins, as sat or mon-fri."})
    dates = Dates(metadata={"description": "Dates on which it begins, as 2026-12-24..2026-12-26."})
    zone = Zone(
        load_default="UTC", metadata={"description": "Whose clock is meant, as Europe/Paris."}
    )

    @validates_schema(skip_on_field_errors=True)
    def refuse_always(self, data: Mapping[str, Any], **_kwargs: object) -> None:
        """Refuse a window without an end."""
        if not any(data.get(name) for name in ("times", "weekdays", "dates")):
            raise ValidationError("mutes for ever; add times:, weekdays: or dates:")

    @post_load
    def _build(self, loaded: Mapping[str, Any], **_kwargs: object) -> tuple[Window, ...]:
        weekdays = {day for days in loaded.get("weekdays", ()) for day in days}
        stretches = product(loaded.get("times", _ALWAYS), loaded.get("dates", _EVER))
        return tuple(
            Window(
                zone=loaded["zone"],
                start=start,
                end=end,
                weekdays=tuple(sorted(weekdays)),
                first=first,
                last=last,
            )
            for (start, end), (first, last) in stretches
        )


class Mute(CheckedField[tuple[Window, ...]]):
    """`mute:`, a maintenance window or a list of them; an empty list ends what was inherited."""

    def read(self, value: object) -> tuple[Window, ...]:
        """Read every window."""
        if not isinstance(value, list):
            return self._read_one(value)
        windows: list[Window] = []
        faults = {}
        for number, item in enumerate(value):
            try:
                windows += self._read_one(item)
            except ValidationError as error:
                faults[number] = error.messages
        if faults:
            raise ValidationError(faults)
        return tuple(windows)

    def json_schema(self, refer: Refer) -> JsonObject:
        """Describe one window, and a list of them."""
        one = refer(WindowSection)
        return {"anyOf": [one, {"type": "array", "items": one}]}

    def _read_one(self, value: object) -> tuple[Window, ...]:
        windows: tuple[Window, ...] = WindowSection().load(value)  # type: ignore[arg-type]  # it checks
        return windows


def _minutes(match: re.Match[str]) -> Sequence[int]:
    hour, minute, last_hour, last_minute = map(int, match.groups())
    return hour * 60 + minute, last_hour * 60 + last_minute
