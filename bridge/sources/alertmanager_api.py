"""Asks an Alertmanager, or each of a pair, which alerts are active.

https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml, `getAlerts`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import orjson
import requests
from marshmallow import ValidationError, fields, validate, validates_schema

from bridge.domain.alert import ActiveAlert
from bridge.domain.errors import SenderUnavailable
from bridge.domain.json import JsonObject
from bridge.sources.reading import as_object, moment, text, texts
from bridge.sources.times import NEVER
from bridge.yamlfile import Section, Span, Url

_SECONDS = 15.0
_MOST_BYTES = 100_000_000
#: Silenced and inhibited alerts are active too: that nobody is told does not end them.
_ALL = {"active": "true", "silenced": "true", "inhibited": "true", "unprocessed": "true"}


class ApiSection(Section):
    """`api:` of an Alertmanager source."""

    urls = fields.List(
        Url(), required=True, validate=validate.Length(min=1, error="is empty; name one address")
    )
    bearer = fields.String(load_default="")
    username = fields.String(load_default="")
    password = fields.String(load_default="")
    receiver = fields.String(load_default="")  # whose missing alerts are taken in
    every = Span(load_default=timedelta(minutes=5))
    grace = Span(load_default=timedelta(minutes=10))

    @validates_schema(skip_on_field_errors=True)
    def refuse_two_logins(self, data: Mapping[str, Any], **_kwargs: object) -> None:
        """Refuse a token beside a user, and a user without a password."""
        if data["bearer"] and data["username"]:
            raise ValidationError({"bearer": ["stands beside a username; keep one of them"]})
        if bool(data["username"]) != bool(data["password"]):
            raise ValidationError({"username": ["is not complete; write username and password"]})
        if data["every"] < timedelta(seconds=1):
            raise ValidationError({"every": ["is too short; choose at least 1s"]})


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertmanagerApi:
    """Every Alertmanager that sends under one source's name."""

    urls: Sequence[str]
    headers: Mapping[str, str] = field(repr=False)
    login: tuple[str, str] | None = field(repr=False)

    def active(self) -> Mapping[str, ActiveAlert]:
        """Give what any of them counts as active, by fingerprint; all of them have to answer.

        Raise SenderUnavailable otherwise: one that is silent may know more than the others.
        """
        found: dict[str, ActiveAlert] = {}
        for url in self.urls:
            for item in self._ask(url):
                alert = _active(item)
                if alert is not None:
                    found[alert.fingerprint] = _merged(found.get(alert.fingerprint), alert)
        return found

    def _ask(self, url: str) -> Sequence[object]:
        try:
            with requests.Session() as session:
                answer = session.get(
                    f"{url}/api/v2/alerts",
                    params=_ALL,
                    headers=dict(self.headers),
                    auth=self.login,
                    timeout=_SECONDS,
                    allow_redirects=False,
                )
                is_list = answer.status_code == HTTPStatus.OK
                said = orjson.loads(answer.content[:_MOST_BYTES]) if is_list else None
        except (requests.RequestException, ValueError) as exc:
            message = f"{url} did not say which alerts are active ({type(exc).__name__})"
            raise SenderUnavailable(message) from exc
        if not isinstance(said, list):
            raise SenderUnavailable(f"{url} answered {answer.status_code} without a list of alerts")
        return said


def build_api(section: Mapping[str, Any]) -> AlertmanagerApi:
    """Make the client of a loaded `api:` section."""
    bearer, username = section["bearer"], section["username"]
    return AlertmanagerApi(
        urls=section["urls"],
        headers={"Authorization": f"Bearer {bearer}"} if bearer else {},
        login=(username, section["password"]) if username else None,
    )


def _active(item: object) -> ActiveAlert | None:
    try:
        said = as_object(item)
    except ValidationError:
        return None
    fingerprint, starts_at = text(said, "fingerprint"), moment(said.get("startsAt"))
    if not fingerprint or starts_at is None:
        return None
    status = said.get("status")
    state = status.get("state") if isinstance(status, dict) else ""
    silences = status.get("silencedBy") if isinstance(status, dict) else None
    receivers = said.get("receivers")
    names = receivers if isinstance(receivers, list) else []
    return ActiveAlert(
        fingerprint=fingerprint,
        starts_at=starts_at,
        receivers=frozenset(text(named, "name") for named in names if isinstance(named, dict)),
        is_suppressed=state == "suppressed",
        is_silenced=bool(silences),
        item=_as_in_a_webhook(said),
    )


def _as_in_a_webhook(said: JsonObject) -> JsonObject:
    return {
        "status": "firing",
        "labels": texts(said.get("labels")),
        "annotations": texts(said.get("annotations")),
        "startsAt": text(said, "startsAt"),
        "endsAt": NEVER,
        "generatorURL": text(said, "generatorURL"),
        "fingerprint": text(said, "fingerprint"),
    }


def _merged(one: ActiveAlert | None, other: ActiveAlert) -> ActiveAlert:
    """Take the earlier start, and as told of what any of a pair tells somebody of."""
    if one is None:
        return other
    first = min(one, other, key=lambda alert: alert.starts_at)
    return ActiveAlert(
        fingerprint=first.fingerprint,
        starts_at=first.starts_at,
        receivers=one.receivers | other.receivers,
        is_suppressed=one.is_suppressed and other.is_suppressed,
        is_silenced=one.is_silenced and other.is_silenced,
        item=first.item,
    )
