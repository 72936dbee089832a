"""PagerDuty's Events API v2, as hundreds of tools speak it.

https://developer.pagerduty.com/docs/events-api-v2/trigger-events/
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bridge.domain.alert import Alert, AlertStatus, Handled, Handling, ParsedBody
from bridge.domain.errors import MalformedBody
from bridge.domain.json import JsonObject
from bridge.sources.auth import AuthField
from bridge.sources.fingerprint import bounded
from bridge.sources.reading import as_text, moment, read_json, text, texts, web_links
from bridge.sources.section import MISSING_AUTH, SourceSection, SourceType

LONGEST_DEDUP_KEY = 255
LONGEST_SUMMARY = 1024
MAX_EVENT = 512 * 1024  #: bytes

_SEVERITIES = ("critical", "error", "warning", "info")
_LABELS = ("source", "component", "group", "class", "severity")
_MAX_LINKS = 20
_LINK_NAME = 60  #: characters


class Action(StrEnum):
    """What an event says of its alert."""

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


class InvalidEvent(MalformedBody):
    """The body is no event; `errors` say why in PagerDuty's manner."""

    def __init__(self, errors: tuple[str, ...]) -> None:
        self.errors = errors
        super().__init__(", ".join(errors))


@dataclass(frozen=True, slots=True, kw_only=True)
class PagerDutySource:
    """One integration: what is sent with one routing key."""

    name: str

    def parse(self, body: bytes, _content_type: str, received_at: datetime) -> ParsedBody:
        """Read one event; an acknowledgement says of an alert only that somebody has it."""
        event = read_event(body)
        errors = tuple(_errors(event))
        if errors:
            raise InvalidEvent(errors)
        if event["event_action"] == Action.ACKNOWLEDGE:
            fingerprint = bounded(text(event, "dedup_key"))
            acknowledged = Handled(fingerprint=fingerprint, handling=Handling.ACKNOWLEDGED)
            return ParsedBody(alerts=(), handled=(acknowledged,))
        if needs_dedup_key(event):
            unnamed = received_at.isoformat().encode() + body
            event = {**event, "dedup_key": hashlib.sha256(unnamed).hexdigest()}
        return ParsedBody(alerts=(self._alert(event, received_at),))

    def _alert(self, event: JsonObject, received_at: datetime) -> Alert:
        dedup_key = text(event, "dedup_key")
        is_firing = event["event_action"] == Action.TRIGGER
        payload = _payload(event)
        # Clocks differ, and a resolve ends its alert whenever that says it began.
        told_at = (is_firing and moment(payload.get("timestamp"))) or received_at
        summary = text(payload, "summary").strip()
        return Alert(
            source=self.name,
            fingerprint=bounded(dedup_key),
            status=AlertStatus.FIRING if is_firing else AlertStatus.RESOLVED,
            name=summary or "alert",
            labels={**_labels(payload), "dedup_key": dedup_key},
            annotations=_annotations(summary, payload.get("custom_details")),
            starts_at=min(told_at, received_at),
            ends_at=None if is_firing else received_at,
            links=_links(event),
            payload=event,
        )


def read_event(body: bytes) -> JsonObject:
    """Read a body as far as it is an object; raise InvalidEvent when it is none."""
    try:
        said = read_json(body)
    except MalformedBody as exc:
        raise InvalidEvent((str(exc),)) from exc
    if not isinstance(said, dict):
        raise InvalidEvent(("the body is not a JSON object",))
    return said


def needs_dedup_key(event: JsonObject) -> bool:
    """Say whether the event is good, and its sender leaves it to the receiver to name the alert."""
    is_unnamed = event.get("dedup_key") in (None, "")
    return is_unnamed and event.get("event_action") == Action.TRIGGER and not _errors(event)


def _errors(event: JsonObject) -> list[str]:
    action = event.get("event_action")
    errors = []
    if action in (None, ""):
        errors.append("'event_action' is missing or blank")
    elif action not in tuple(Action):
        errors.append("'event_action' must be one of trigger, acknowledge or resolve")
    errors += _dedup_key_errors(event.get("dedup_key"), is_needed=action != Action.TRIGGER)
    return [*errors, *(_payload_errors(_payload(event)) if action == Action.TRIGGER else ())]


def _dedup_key_errors(dedup_key: object, *, is_needed: bool) -> list[str]:
    if dedup_key in (None, ""):
        return ["'dedup_key' is missing or blank"] if is_needed else []
    if not isinstance(dedup_key, str):
        return ["'dedup_key' is not text"]
    if len(dedup_key) > LONGEST_DEDUP_KEY:
        return [f"'dedup_key' is longer than {LONGEST_DEDUP_KEY} characters"]
    return []


def _payload_errors(payload: JsonObject) -> list[str]:
    errors = [
        f"'payload.{name}' is missing or blank"
        for name in ("summary", "source", "severity")
        if not text(payload, name).strip()
    ]
    if len(text(payload, "summary")) > LONGEST_SUMMARY:
        errors.append(f"'payload.summary' is longer than {LONGEST_SUMMARY} characters")
    severity = text(payload, "severity").strip()
    if severity and severity not in _SEVERITIES:
        errors.append(f"'payload.severity' must be one of {', '.join(_SEVERITIES)}")
    return errors


def _payload(event: JsonObject) -> JsonObject:
    payload = event.get("payload")
    return payload if isinstance(payload, dict) else {}


def _labels(payload: JsonObject) -> dict[str, str]:
    said = ((name, as_text(payload.get(name)).strip()) for name in _LABELS if payload.get(name))
    return {name: value for name, value in said if value}


def _annotations(summary: str, details: object) -> dict[str, str]:
    """Give the details by name, and all of them as a description unless there is one."""
    told = texts(details) if isinstance(details, dict) else {}
    lines = "\n".join(f"{name}: {value}" for name, value in told.items())
    plain = as_text(details) if details and not isinstance(details, dict) else ""
    said = {"summary": summary, "description": lines or plain, **told}
    return {name: value for name, value in said.items() if value}


def _links(event: JsonObject) -> dict[str, str]:
    found = {"client": text(event, "client_url")}
    for kind, address, label in (("links", "href", "text"), ("images", "src", "alt")):
        listed = event.get(kind)
        for item in (listed if isinstance(listed, list) else [])[:_MAX_LINKS]:
            if isinstance(item, dict):
                name = " ".join(text(item, label).split())[:_LINK_NAME]
                _add(found, name or kind.removesuffix("s"), text(item, address))
    return web_links(found)


def _add(links: dict[str, str], name: str, url: str) -> None:
    """Add a link, numbered when its name is taken."""
    number = 2
    free = name
    while free in links:
        free, number = f"{name} {number}", number + 1
    links[free] = url


class PagerDutySection(SourceSection):
    """A source of type `pagerduty`: the routing key says who sends, and to which source."""

    auth = AuthField(("routing_key",), required=True, error_messages=MISSING_AUTH)


def _build(name: str, _section: Mapping[str, Any]) -> PagerDutySource:
    return PagerDutySource(name=name)


TYPE = SourceType(name="pagerduty", schema=PagerDutySection, build=_build)
