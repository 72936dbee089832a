"""How a sender's bodies are described in YAML, in a source and in a preset alike."""

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marshmallow import ValidationError, fields

from bridge.expressions import QueriesField, Query, QueryField
from bridge.sources.generic.alert_map import AlertMap
from bridge.sources.generic.times import Times
from bridge.sources.generic.words import FIRING, KEEP, REJECT, RESOLVED, STATUSES, Words, WordsField
from bridge.yamlfile import CheckedField, Section

Described = Mapping[str, Any]  #: what a description says, loaded

_PLAIN_PATH = re.compile(r"([^.\[\]]+(\[\])?\.)*[^.\[\]]+")
_DEFAULT_STATUSES: Mapping[str | None, str] = {FIRING: FIRING, RESOLVED: RESOLVED, None: REJECT}


class ItemsField(CheckedField[Query]):
    """The path of the alerts in a body."""

    def read(self, value: object) -> Query:
        """Compile it without its last `[]`, by which JMESPath would leave out what is null."""
        listed = isinstance(value, str) and value.endswith("[]")
        return QueryField().read((str(value)[:-2] or "@") if listed else value)


class IdentityField(CheckedField[tuple[Query, ...]]):
    """One path, or several that name an alert only together."""

    def read(self, value: object) -> tuple[Query, ...]:
        """Compile them."""
        listed = value if isinstance(value, list) else [value]
        if not listed:
            raise ValidationError("is empty; name what tells one alert from another")
        return tuple(QueryField().read(path) for path in listed)


class JsonInField(CheckedField[tuple[tuple[str, ...], ...]]):
    """Paths of texts that hold JSON."""

    def read(self, value: object) -> tuple[tuple[str, ...], ...]:
        """Take them apart."""
        return tuple(_steps(path) for path in (value if isinstance(value, list) else [value]))


def _steps(path: object) -> tuple[str, ...]:
    if not isinstance(path, str) or not _PLAIN_PATH.fullmatch(path):
        raise ValidationError(f"{path!r} is no plain path; write a.b or list[].b")
    return tuple(path.split("."))


class ZoneField(CheckedField[ZoneInfo]):
    """A time zone by its name."""

    def read(self, value: object) -> ZoneInfo:
        """Look it up."""
        try:
            return ZoneInfo(str(value))
        except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
            raise ValidationError(f"{value!r} is no time zone; write it as Europe/Berlin") from exc


class MapSection(Section):
    """`map:`, what every alert is made of."""

    identity = IdentityField()
    status = QueryField()
    title = QueryField()
    severity = QueryField()
    starts_at = QueryField()
    ends_at = QueryField()


class TimesSection(Section):
    """`times:`, for times that need an explanation."""

    zone = ZoneField()
    formats = fields.List(fields.String())


class Description(Section):
    """What a source may say for itself, and a preset for many."""

    items = ItemsField()
    json_in = JsonInField()
    map = fields.Nested(MapSection)
    status = WordsField(STATUSES)
    severity = WordsField()
    labels = QueriesField()
    annotations = QueriesField()
    links = QueriesField()
    values = QueriesField()
    group = QueriesField()
    times = fields.Nested(TimesSection)


def merged(base: Described, over: Described) -> Described:
    """Lay one description over another: names and words are added, and win."""
    both = {**base, **over}
    for key in base.keys() & over.keys():
        if isinstance(base[key], Mapping) and isinstance(over[key], Mapping):
            both[key] = {**base[key], **over[key]}
    return both


def build_map(described: Described) -> AlertMap:
    """Make the map of a description; raise ValidationError when it names no identity."""
    told: Mapping[str, Any] = described.get("map", {})
    if "identity" not in told:
        raise ValidationError(
            {"map": {"identity": ["is missing; name the path, or the list of paths, that tells "
            "one alert from another and stays the same when it ends"]}}
        )  # fmt: skip
    statuses = {None: REJECT, **described["status"]} if "status" in described else _DEFAULT_STATUSES
    return AlertMap(
        json_in=described.get("json_in", ()),
        items=described.get("items"),
        identity=told["identity"],
        status=told.get("status"),
        statuses=Words(meanings=statuses),
        title=told.get("title"),
        severity=told.get("severity"),
        severities=Words(meanings={None: KEEP, **described.get("severity", {})}),
        starts_at=told.get("starts_at"),
        ends_at=told.get("ends_at"),
        labels=described.get("labels", {}),
        annotations=described.get("annotations", {}),
        links=described.get("links", {}),
        values=described.get("values", {}),
        group=described.get("group", {}),
        times=Times(**described.get("times", {})),
    )
