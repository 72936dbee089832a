"""A source whose bodies are read as its description says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bridge.domain.alert import Alert, Handled, ParsedBody, RejectedAlert
from bridge.domain.errors import MalformedBody
from bridge.domain.json import JsonValue
from bridge.sources.generic.alert_map import AlertMap, Rejected
from bridge.sources.generic.body import read_body, unfold
from bridge.sources.generic.topics import Topics


@dataclass(frozen=True, slots=True, kw_only=True)
class GenericSource:
    """One sender of anything."""

    name: str
    map: AlertMap
    topics: Topics | None = None  #: for bodies that come through Amazon SNS

    def parse(self, body: bytes, content_type: str, received_at: datetime) -> ParsedBody:
        """Read a body item by item: what is wrong with one is not the others' fault."""
        said = read_body(body, content_type)
        confirm = self.topics.confirmation(said) if self.topics is not None else None
        if confirm is not None:
            return ParsedBody(alerts=(), confirm=confirm)
        for path in self.map.json_in:
            unfold(said, path)
        group = self.map.group_of(said)
        alerts: dict[str, Alert] = {}
        handled: dict[str, Handled] = {}
        rejected: list[RejectedAlert] = []
        ignored = 0
        for index, item in enumerate(self._items(said)):
            try:
                read = self.map.read(self.name, item, group, received_at)
            except Rejected as exc:
                rejected.append(RejectedAlert(index=index, error=str(exc)))
                continue
            match read:
                case Alert():
                    alerts[read.fingerprint] = read
                case Handled():
                    handled[read.fingerprint] = read
                case None:
                    ignored += 1
        return ParsedBody(
            alerts=tuple(alerts.values()),
            handled=tuple(handled.values()),
            rejected=tuple(rejected),
            ignored=ignored,
        )

    def _items(self, said: JsonValue) -> Sequence[JsonValue]:
        if self.map.items is None:
            if not isinstance(said, dict):
                raise MalformedBody("not a JSON object; a list of alerts needs `items: '[]'`")
            return [said]
        found = self.map.items.find(said)
        if not isinstance(found, dict | list):
            raise MalformedBody(f"nothing at {self.map.items.text}, where `items:` expects alerts")
        return list(_flat(found)) if isinstance(found, list) else [found]


def _flat(found: Sequence[JsonValue]) -> Iterator[JsonValue]:
    """Put lists of lists in one, as JMESPath's `[]` does, and leave nothing out."""
    for item in found:
        if isinstance(item, list):
            yield from item
        else:
            yield item
