"""Prometheus Alertmanager's webhook, version 4.

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config; a body of another
version, or of none, is read all the same when its shape fits, and unknown keys are welcome.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields
from marshmallow.types import ErrorMessages

from bridge.domain.alert import (
    Alert,
    AlertStatus,
    Handled,
    Handling,
    ParsedBody,
    RejectedAlert,
)
from bridge.domain.errors import MalformedBody
from bridge.domain.json import JsonObject
from bridge.sources.alertmanager_api import ApiSection, build_api
from bridge.sources.fingerprint import LONGEST_FINGERPRINT, fingerprint_of
from bridge.sources.reading import as_object, fault, moment, read_json, text, texts, web_links
from bridge.sources.section import Asked, SourceSection, SourceType
from bridge.yamlfile import CheckedField

#: What the envelope says of every alert in it; rules find it in each one's payload.
_SHARED = ("receiver", "groupKey", "externalURL", "notification_reason")

#: Alertmanager sends the receiver through Go's regexp.QuoteMeta: `web.hook` comes as `web\.hook`.
_QUOTED = re.compile(r"\\([\\.+*?()|\[\]{}^$])")

#: What the bridge's own sweep says in place of a status.
_SWEPT = ("muted", "unhandled")

_STATUSES: Mapping[str, AlertStatus] = {status.value: status for status in AlertStatus}

_ABSENT: ErrorMessages = {"required": "is missing", "null": "is null"}


class _Status(CheckedField[AlertStatus]):
    def read(self, value: object) -> AlertStatus:
        try:
            return AlertStatus(value)  # type: ignore[arg-type]  # that is what is being asked
        except ValueError as exc:
            raise ValidationError("is neither firing nor resolved") from exc


class _Labels(CheckedField[dict[str, str]]):
    """Checked by hand, as every alert has them: a Dict of String fields takes 50 times as long."""

    def read(self, value: object) -> dict[str, str]:
        labels = texts(value)
        if not labels:
            raise ValidationError("are not an object with at least one label")
        return labels


class _Items(CheckedField[list[object]]):
    def read(self, value: object) -> list[object]:
        if not isinstance(value, list):
            raise ValidationError("is not a list")
        return value


class _AlertSchema(Schema):
    """What an alert cannot do without; the rest is read as far as it makes sense."""

    class Meta:
        unknown = EXCLUDE

    status = _Status(required=True, error_messages=_ABSENT)
    labels = _Labels(required=True, error_messages=_ABSENT)


class _BodySchema(Schema):
    """What a body cannot do without."""

    class Meta:
        unknown = EXCLUDE

    alerts = _Items(required=True, error_messages=_ABSENT)


_ALERT = _AlertSchema()
_BODY = _BodySchema()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertmanagerSource:
    """One Alertmanager, or a pair that sends the same alerts under one name."""

    name: str

    def parse(self, body: bytes, _content_type: str, received_at: datetime) -> ParsedBody:
        """Read a body alert by alert: the envelope's status speaks only of the alerts it lists."""
        envelope = read_envelope(read_json(body), "an Alertmanager webhook body")
        handled, items = _handled(envelope.items)
        if handled:
            envelope = replace(envelope, items=items)
        parsed = envelope.parsed(lambda item: read_alert(self.name, item, envelope, received_at))
        return replace(parsed, handled=handled) if handled else parsed


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What a body of Alertmanager or Grafana says once for all of its alerts."""

    items: list[object]
    group: Mapping[str, str]
    external_url: str
    truncated: int
    shared: JsonObject  #: shown with each alert's payload

    def parsed(self, read: Callable[[object], Alert]) -> ParsedBody:
        """Read each item; one that is no alert is rejected alone, the later of two counts."""
        alerts: dict[str, Alert] = {}
        rejected: list[RejectedAlert] = []
        for index, item in enumerate(self.items):
            try:
                alert = read(item)
            except ValidationError as exc:
                rejected.append(RejectedAlert(index=index, error=fault(exc)))
            else:
                alerts[alert.fingerprint] = alert
        return ParsedBody(
            alerts=tuple(alerts.values()), rejected=tuple(rejected), truncated=self.truncated
        )


def read_envelope(body: object, kind: str) -> Envelope:
    """Read what stands around the alerts; raise MalformedBody when there is no list of them."""
    try:
        said = as_object(body)
        items = _items(said)
    except ValidationError as exc:
        raise MalformedBody(f"not {kind}: {fault(exc)}") from exc
    shared = {key: said[key] for key in _SHARED if key in said}
    if "receiver" in shared:
        shared["receiver"] = _QUOTED.sub(r"\1", text(said, "receiver"))
    return Envelope(
        items=items,
        group=texts(said.get("groupLabels")),
        external_url=text(said, "externalURL"),
        truncated=_count(said.get("truncatedAlerts")),
        shared=shared,
    )


def read_alert(source: str, item: object, envelope: Envelope, received_at: datetime) -> Alert:
    """Read one item; raise ValidationError when it is no alert."""
    said = as_object(item)
    status, labels = _needed(said)
    annotations = texts(said.get("annotations"))
    is_firing = status is AlertStatus.FIRING
    return Alert(
        source=source,
        fingerprint=_fingerprint(said, labels),
        status=status,
        name=labels.get("alertname") or "alert",
        labels=labels,
        annotations=annotations,
        starts_at=moment(said.get("startsAt")) or received_at,
        ends_at=None if is_firing else moment(said.get("endsAt")) or received_at,
        group=envelope.group,
        links=_links(text(said, "generatorURL"), envelope.external_url, annotations),
        payload={**envelope.shared, **said},
    )


def _items(said: JsonObject) -> list[object]:
    """Give what a body cannot do without; the schema is asked only for what is wrong."""
    items = said.get("alerts")
    if isinstance(items, list):
        return items
    loaded: list[object] = _BODY.load(said)["alerts"]
    return loaded


def _needed(said: JsonObject) -> tuple[AlertStatus, dict[str, str]]:
    """Give what an alert cannot do without; the schema, twice as dear as all the rest, says why."""
    word, labels = said.get("status"), texts(said.get("labels"))
    status = _STATUSES.get(word) if isinstance(word, str) else None
    if status is not None and labels:
        return status, labels
    needed: Mapping[str, Any] = _ALERT.load(said)
    return needed["status"], needed["labels"]


def _handled(items: list[object]) -> tuple[tuple[Handled, ...], list[object]]:
    """Take out what the bridge's own sweep says of silences; no Alertmanager sends that."""
    if not any(isinstance(item, dict) and item.get("status") in _SWEPT for item in items):
        return (), items
    alerts: list[object] = []
    handled: dict[str, Handled] = {}
    for item in items:
        match item:
            case {"status": ("muted" | "unhandled") as word, "fingerprint": str(fingerprint)}:
                handled[fingerprint] = Handled(fingerprint=fingerprint, handling=Handling(word))
            case _:
                alerts.append(item)
    return tuple(handled.values()), alerts


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _fingerprint(said: JsonObject, labels: Mapping[str, str]) -> str:
    given = text(said, "fingerprint")
    return given if 0 < len(given) <= LONGEST_FINGERPRINT else fingerprint_of(labels)


def _links(generator: str, external: str, annotations: Mapping[str, str]) -> dict[str, str]:
    return web_links(
        {
            "generator": generator,
            "alertmanager": external,
            "runbook": annotations.get("runbook_url", ""),
            "dashboard": annotations.get("dashboard_url", ""),
        }
    )


def _build(name: str, _section: Mapping[str, Any]) -> AlertmanagerSource:
    return AlertmanagerSource(name=name)


class AlertmanagerSection(SourceSection):
    """A source of type `alertmanager`."""

    api = fields.Nested(ApiSection, load_default=None, allow_none=True)


def _ask(section: Mapping[str, Any]) -> Asked | None:
    api = section["api"]
    if api is None:
        return None
    return Asked(
        active=build_api(api).active,
        every=api["every"],
        grace=api["grace"],
        receiver=api["receiver"],
    )


TYPE = SourceType(name="alertmanager", schema=AlertmanagerSection, build=_build, ask=_ask)
