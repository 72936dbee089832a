"""Prometheus Alertmanager's webhook, version 4.

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config; a body of another
version, or of none, is read all the same when its shape fits, and unknown keys are welcome.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from marshmallow import EXCLUDE, Schema, ValidationError
from marshmallow.types import ErrorMessages

from bridge.domain.alert import Alert, AlertStatus, ParsedBody, RejectedAlert
from bridge.domain.errors import MalformedBody
from bridge.domain.json import JsonObject
from bridge.sources.fingerprint import fingerprint_of
from bridge.sources.section import SourceSection, SourceType
from bridge.sources.times import parse_rfc3339
from bridge.yamlfile import CheckedField

#: What the envelope says of every alert in it; rules find it in each one's payload.
_SHARED = ("receiver", "groupKey", "externalURL", "notification_reason")

#: Alertmanager sends the receiver through Go's regexp.QuoteMeta: `web.hook` comes as `web\.hook`.
_QUOTED = re.compile(r"\\([\\.+*?()|\[\]{}^$])")

#: Alertmanager's own are 16 characters; what is longer than this is no fingerprint.
LONGEST_FINGERPRINT = 64

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
        labels = _texts(value)
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

    def parse(self, body: bytes, received_at: datetime) -> ParsedBody:
        """Read a body alert by alert: the envelope's status speaks only of the alerts it lists."""
        envelope = _read_envelope(body)
        alerts: dict[str, Alert] = {}
        rejected: list[RejectedAlert] = []
        for index, item in enumerate(envelope.items):
            try:
                alert = self._alert(item, envelope, received_at)
            except ValidationError as exc:
                rejected.append(RejectedAlert(index=index, error=_fault(exc)))
            else:
                alerts[alert.fingerprint] = alert
        return ParsedBody(
            alerts=tuple(alerts.values()), rejected=tuple(rejected), truncated=envelope.truncated
        )

    def _alert(self, item: object, envelope: "_Envelope", received_at: datetime) -> Alert:
        said = _object(item)
        needed: Mapping[str, Any] = _ALERT.load(said)
        labels: dict[str, str] = needed["labels"]
        annotations = _texts(said.get("annotations"))
        is_firing = needed["status"] is AlertStatus.FIRING
        return Alert(
            source=self.name,
            fingerprint=_fingerprint(said, labels),
            status=needed["status"],
            name=labels.get("alertname") or "alert",
            labels=labels,
            annotations=annotations,
            starts_at=_moment(said.get("startsAt")) or received_at,
            ends_at=None if is_firing else _moment(said.get("endsAt")) or received_at,
            group=envelope.group,
            links=_links(_text(said, "generatorURL"), envelope.external_url, annotations),
            payload={**envelope.shared, **said},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Envelope:
    """What a body says once for all of its alerts."""

    items: list[object]
    group: Mapping[str, str]
    external_url: str
    truncated: int
    shared: JsonObject  #: shown with each alert's payload


def _read_envelope(body: bytes) -> _Envelope:
    try:
        said = _object(orjson.loads(body.removeprefix(BOM_UTF8)))
        items: list[object] = _BODY.load(said)["alerts"]
    except orjson.JSONDecodeError as exc:
        raise MalformedBody(f"not JSON: {exc.msg} at character {exc.pos}") from exc
    except ValidationError as exc:
        raise MalformedBody(f"not an Alertmanager webhook body: {_fault(exc)}") from exc
    shared = {key: said[key] for key in _SHARED if key in said}
    if "receiver" in shared:
        shared["receiver"] = _QUOTED.sub(r"\1", _text(said, "receiver"))
    return _Envelope(
        items=items,
        group=_texts(said.get("groupLabels")),
        external_url=_text(said, "externalURL"),
        truncated=_count(said.get("truncatedAlerts")),
        shared=shared,
    )


def _object(value: object) -> JsonObject:
    if not isinstance(value, dict):
        raise ValidationError("not a JSON object")
    return value


def _texts(value: object) -> dict[str, str]:
    """Read labels or annotations: any value becomes text, none is no label."""
    if not isinstance(value, dict):
        return {}
    return {
        name: inner if isinstance(inner, str) else _as_text(inner)
        for name, inner in value.items()
        if inner is not None
    }


def _as_text(value: object) -> str:
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        return "(nested too deeply to show)"


def _text(said: JsonObject, key: str) -> str:
    value = said.get(key)
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _moment(value: object) -> datetime | None:
    return parse_rfc3339(value) if isinstance(value, str) else None


def _fingerprint(said: JsonObject, labels: Mapping[str, str]) -> str:
    given = _text(said, "fingerprint")
    return given if 0 < len(given) <= LONGEST_FINGERPRINT else fingerprint_of(labels)


def _links(generator: str, external: str, annotations: Mapping[str, str]) -> dict[str, str]:
    links = {
        "generator": generator,
        "alertmanager": external,
        "runbook": annotations.get("runbook_url", ""),
        "dashboard": annotations.get("dashboard_url", ""),
    }
    return {name: url for name, url in links.items() if url.startswith(("http://", "https://"))}


def _fault(error: ValidationError) -> str:
    if isinstance(error.messages, list):
        return ", ".join(error.messages)
    return ", ".join(f"{key} {said}" for key, told in error.messages.items() for said in told)


def _build(name: str, _section: Mapping[str, Any]) -> AlertmanagerSource:
    return AlertmanagerSource(name=name)


TYPE = SourceType(name="alertmanager", schema=SourceSection, build=_build)
