"""The webhook of Grafana's dashboard alerts, version 8 and older: one body, one rule.

https://grafana.com/docs/grafana/v7.5/alerting/notifications/#webhook
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError

from bridge.domain.alert import Alert, AlertStatus, ParsedBody, RejectedAlert
from bridge.domain.json import JsonObject
from bridge.sources.fingerprint import bounded
from bridge.sources.reading import as_object, as_text, fault, text, texts, web_links
from bridge.yamlfile import CheckedField

#: The rule that the Test button of these versions makes up.
TEST_RULE = "Test notification"

#: None: not yet an alert. A paused rule is never said to be ok again, so pausing clears it.
_STATES: Mapping[str, AlertStatus | None] = {
    "alerting": AlertStatus.FIRING,
    "no_data": AlertStatus.FIRING,
    "ok": AlertStatus.RESOLVED,
    "paused": AlertStatus.RESOLVED,
    "pending": None,
}

_LISTED = 20  #: series named in the ticket; the others are on the dashboard


class _State(CheckedField[str]):
    def read(self, value: object) -> str:
        if not isinstance(value, str) or value not in _STATES:
            raise ValidationError(f"is none of {', '.join(_STATES)}")
        return value


class _RuleId(CheckedField[str]):
    def read(self, value: object) -> str:
        if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
            raise ValidationError("is neither a number nor text")
        return str(value)


class _RuleSchema(Schema):
    """What a body cannot do without."""

    class Meta:
        unknown = EXCLUDE

    state = _State(required=True, error_messages={"required": "is missing", "null": "is null"})
    rule_id = _RuleId(
        data_key="ruleId",
        required=True,
        error_messages={"required": "is missing", "null": "is null"},
    )


_RULE = _RuleSchema()


def is_legacy(body: object) -> bool:
    """Say whether a body is of this kind."""
    return isinstance(body, dict) and "ruleId" in body and "alerts" not in body


def parse(source: str, body: object, received_at: datetime) -> ParsedBody:
    """Read the rule that the body is about."""
    said = as_object(body)
    try:
        rule: Mapping[str, Any] = _RULE.load(said)
    except ValidationError as exc:
        return ParsedBody(alerts=(), rejected=(RejectedAlert(index=0, error=fault(exc)),))
    status = _STATES[rule["state"]]
    if status is None:
        return ParsedBody(alerts=())
    return ParsedBody(alerts=(_alert(source, said, rule["rule_id"], status, received_at),))


def _alert(
    source: str, said: JsonObject, rule_id: str, status: AlertStatus, received_at: datetime
) -> Alert:
    name = text(said, "ruleName") or text(said, "title") or "alert"
    return Alert(
        source=source,
        # Series have no identity here, and clear all at once: the rule is the alert.
        fingerprint=bounded(f"org-{as_text(said.get('orgId'))}-rule-{rule_id}"),
        status=status,
        name=name,
        # By default rules are named after their panels, so the name alone is often shared.
        labels={**texts(said.get("tags")), "alertname": name, "rule_id": rule_id},
        annotations=_annotations(said),
        starts_at=received_at,
        ends_at=None if status is AlertStatus.FIRING else received_at,
        values={metric: value for metric, value, _ in _matches(said)},
        links=web_links({"dashboard": text(said, "ruleUrl"), "image": text(said, "imageUrl")}),
        payload=said,
    )


def _annotations(said: JsonObject) -> dict[str, str]:
    series = [f"{metric}: {value:g} {tags}".rstrip() for metric, value, tags in _matches(said)]
    told = [text(said, "message"), "\n".join(series[:_LISTED])]
    found = {
        "message": "\n\n".join(part for part in told if part),
        "grafana_state": text(said, "state"),
    }
    return {name: said for name, said in found.items() if said}


def _matches(said: JsonObject) -> list[tuple[str, float, str]]:
    """Give metric, value and tags of the series that matched; there are none when all is well."""
    items = said.get("evalMatches")
    found = []
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict) and isinstance(value := item.get("value"), int | float):
            tags = ", ".join(f'{k}="{v}"' for k, v in texts(item.get("tags")).items())
            found.append((text(item, "metric") or "value", float(value), tags and f"{{{tags}}}"))
    return found
