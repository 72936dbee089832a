"""How an item of a body becomes an alert."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bridge.domain.alert import Alert, AlertStatus, Handled, Handling
from bridge.domain.json import JsonObject, JsonValue
from bridge.sources.fingerprint import bounded
from bridge.sources.generic.pairs import pairs_in
from bridge.sources.generic.query import Query
from bridge.sources.generic.times import Times
from bridge.sources.generic.words import HANDLINGS, IGNORE, REJECT, Words
from bridge.sources.reading import as_text, web_links

Queries = Mapping[str, Query]

_QUOTED = 60  #: characters of a sender's value in a reason


class Rejected(Exception):
    """The item is no alert; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertMap:
    """Where everything stands in one sender's bodies, and what its words mean."""

    json_in: Sequence[Sequence[str]]  #: paths of texts that hold JSON
    items: Query | None  #: None: the body is one alert
    identity: Sequence[Query]
    status: Query | None  #: None: the sender never says that an alert ended
    statuses: Words
    title: Query | None
    severity: Query | None
    severities: Words
    starts_at: Query | None
    ends_at: Query | None
    labels: Queries
    annotations: Queries
    links: Queries
    values: Queries
    group: Queries  #: of the whole body, not of an item
    times: Times

    def group_of(self, body: JsonValue) -> Mapping[str, str]:
        """Read what the body says once for all of its items."""
        return _texts(self.group, body)

    def read(
        self, source: str, item: JsonValue, group: Mapping[str, str], received_at: datetime
    ) -> Alert | Handled | None:
        """Read an item; None when it changes nothing. Raise Rejected when it is no alert."""
        if not isinstance(item, dict):
            raise Rejected("not a JSON object")
        identity = self._identity(item)
        status = self._status(item)
        if status is None:
            return None
        if isinstance(status, Handling):
            return Handled(fingerprint=fingerprint(identity), handling=status)
        labels = self._labels(item, identity)
        title = _text(self.title, item)
        is_firing = status is AlertStatus.FIRING
        told_at = self._time(self.starts_at, item) or received_at
        return Alert(
            source=source,
            fingerprint=fingerprint(identity),
            status=status,
            name=title or labels.get("alertname") or "alert",
            labels=labels,
            annotations=_texts(self.annotations, item),
            # A beginning ahead of our clock would make its end, told without it, an earlier one's.
            starts_at=min(told_at, received_at),
            ends_at=None if is_firing else self._time(self.ends_at, item) or received_at,
            values=_numbers(self.values, item),
            group=group,
            links=web_links(_texts(self.links, item)),
            payload=item,
        )

    def _identity(self, item: JsonObject) -> Sequence[str]:
        """Read every part; an empty one is a part, one that is not there is a mistake."""
        found = [(query, query.find(item)) for query in self.identity]
        missing = [query.text for query, value in found if value is None]
        if missing:
            raise Rejected(f"identity is missing: nothing at {', '.join(missing)}")
        parts = [as_text(value).strip() for _, value in found]
        if not any(parts):
            raise Rejected(f"identity is empty: {', '.join(query.text for query, _ in found)}")
        return parts

    def _status(self, item: JsonObject) -> AlertStatus | Handling | None:
        if self.status is None:
            return AlertStatus.FIRING
        said = self.status.find(item)
        if said is None:
            raise Rejected(f"status is missing: nothing at {self.status.text}")
        meaning = self.statuses.of(said)
        if meaning == REJECT:
            raise Rejected(f"unknown status {_quoted(said)}; list it under `status:`")
        if meaning == IGNORE:
            return None
        return Handling(meaning) if meaning in HANDLINGS else AlertStatus(meaning)

    def _labels(self, item: JsonObject, identity: Sequence[str]) -> dict[str, str]:
        """Read the labels; without any, the identity tells alerts apart."""
        labels = _texts(self.labels, item) or {
            _label_name(query.text): part
            for query, part in zip(self.identity, identity, strict=True)
        }
        severity = self._severity(item)
        return {**labels, "severity": severity} if severity else labels

    def _severity(self, item: JsonObject) -> str:
        said = self.severity.find(item) if self.severity is not None else None
        if said is None:
            return ""
        meaning = self.severities.of(said)
        if meaning == REJECT:
            raise Rejected(f"unknown severity {_quoted(said)}; list it under `severity:`")
        return meaning

    def _time(self, query: Query | None, item: JsonObject) -> datetime | None:
        return self.times.read(query.find(item)) if query is not None else None


def fingerprint(identity: Sequence[str]) -> str:
    """Name an alert by its identity, or by a digest of one too long to be stored."""
    quoted = [part.replace("%", "%25").replace("/", "%2F") for part in identity]
    name = identity[0] if len(identity) == 1 else "/".join(quoted)
    return bounded(name)


def _label_name(path: str) -> str:
    return re.sub(r"\W+", "_", path, flags=re.ASCII).strip("_") or "identity"


def _text(query: Query | None, item: JsonValue) -> str:
    found = query.find(item) if query is not None else None
    return as_text(found).strip() if found is not None else ""


def _texts(queries: Queries, item: JsonValue) -> dict[str, str]:
    told = ((name, value) for name, value in _found(queries, item) if value is not None)
    return {name: text for name, value in told if (text := as_text(value).strip())}


def _numbers(queries: Queries, item: JsonValue) -> dict[str, float]:
    told = ((name, _number(value)) for name, value in _found(queries, item))
    return {name: number for name, number in told if number is not None}


def _number(value: JsonValue) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _found(queries: Queries, item: JsonValue) -> Iterator[tuple[str, JsonValue]]:
    """Give each name and what stands there; `prefix*` gives every pair of an object or list."""
    for name, query in queries.items():
        found = query.find(item)
        if name.endswith("*"):
            yield from ((name[:-1] + inner, value) for inner, value in pairs_in(found) if inner)
        else:
            yield name, found


def _quoted(value: JsonValue) -> str:
    text = as_text(value)
    return repr(text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…")
