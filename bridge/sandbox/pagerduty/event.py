"""Events: what the document wants of them, and what is refused.

https://developer.pagerduty.com/docs/send-alert-event
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bridge.domain.json import JsonValue
from bridge.sandbox.refusal import Refused

KEY: Final = "sandbox-key-of-32-characters-000"
_ACTIONS: Final = ("trigger", "acknowledge", "resolve")
_SEVERITIES: Final = ("critical", "error", "warning", "info")
_LONGEST_KEY: Final = 255
_LONGEST_SUMMARY: Final = 1024


class Invalid(Refused):
    """An event with these mistakes."""

    def __init__(self, errors: Sequence[str]) -> None:
        self.errors = list(errors)
        super().__init__("; ".join(errors))


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A good event."""

    action: str
    dedup_key: str
    summary: str = ""
    source: str = ""
    severity: str = ""
    group: str = ""
    kind: str = ""
    details: Mapping[str, JsonValue] = field(default_factory=dict)
    links: Sequence[str] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Give the note among the details, if there is one."""
        note = self.details.get("note")
        return (note,) if isinstance(note, str) and note else ()


def read(said: object) -> Event:
    """Read an event; raise Invalid with every mistake in it."""
    if not isinstance(said, dict):
        raise Invalid(["Event object is not an object"])
    errors = [*_envelope_errors(said)]
    payload = said.get("payload")
    if said.get("event_action") == "trigger":
        errors += _payload_errors(payload)
    if errors:
        raise Invalid(errors)
    told = payload if isinstance(payload, dict) else {}
    return Event(
        action=said["event_action"],
        dedup_key=said.get("dedup_key") or uuid.uuid4().hex,
        summary=told.get("summary", ""),
        source=told.get("source", ""),
        severity=told.get("severity", ""),
        group=told.get("group", ""),
        kind=told.get("class", ""),
        details=told.get("custom_details", {}),
        links=[link["href"] for link in said.get("links", [])],
    )


def _envelope_errors(said: Mapping[str, object]) -> list[str]:
    errors = []
    key = said.get("routing_key")
    if not isinstance(key, str) or len(key) != len(KEY):
        errors.append("Length of 'routing_key' is incorrect (should be 32 characters)")
    elif key != KEY:
        errors.append("Invalid routing key")
    if said.get("event_action") not in _ACTIONS:
        errors.append("'event_action' is missing or invalid")
    dedup = said.get("dedup_key")
    if dedup is None and said.get("event_action") != "trigger":
        errors.append("'dedup_key' is missing or blank")
    if dedup is not None and not _is_text(dedup, _LONGEST_KEY):
        errors.append("'dedup_key' is not a string of at most 255 characters")
    links = said.get("links", [])
    if not isinstance(links, list) or not all(_is_link(link) for link in links):
        errors.append("'links' is not a list of objects with 'href'")
    return errors


def _payload_errors(payload: object) -> list[str]:
    if not isinstance(payload, dict):
        return ["'payload' is missing or blank"]
    errors = [
        f"'payload.{name}' is missing or blank"
        for name in ("summary", "source", "severity")
        if not isinstance(payload.get(name), str) or not payload[name]
    ]
    if len(str(payload.get("summary"))) > _LONGEST_SUMMARY:
        errors.append("'payload.summary' is longer than 1024 characters")
    if payload.get("severity") not in _SEVERITIES:
        errors.append(f"'payload.severity' is none of {', '.join(_SEVERITIES)}")
    errors += [
        f"'payload.{name}' is not a string"
        for name in ("component", "group", "class")
        if not isinstance(payload.get(name, ""), str)
    ]
    if not isinstance(payload.get("custom_details", {}), dict):
        errors.append("'payload.custom_details' is not an object")
    return errors + _time_errors(payload.get("timestamp"))


def _time_errors(said: object) -> list[str]:
    if said is None:
        return []
    try:
        datetime.fromisoformat(str(said))
    except ValueError:
        return ["'payload.timestamp' is not ISO 8601"]
    return []


def _is_link(link: object) -> bool:
    return isinstance(link, dict) and isinstance(link.get("href"), str)


def _is_text(value: object, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest
