"""Grafana's webhook contact point: unified alerting, and the one of Grafana 8 and older.

https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from marshmallow import fields, validate

from bridge.domain.alert import Alert, ParsedBody
from bridge.domain.json import JsonObject
from bridge.sources import grafana_legacy
from bridge.sources.alertmanager import Envelope, read_alert, read_envelope
from bridge.sources.reading import as_object, read_json, text, web_links
from bridge.sources.section import SourceSection, SourceType

#: What an alert is called while its rule cannot be evaluated; its own name is in `rulename`.
#: https://grafana.com/docs/grafana/latest/alerting/fundamentals/alert-rule-evaluation/nodata-and-error-states/
_STAND_INS: Mapping[str, str] = {
    "DatasourceNoData": "Grafana's query for this rule returned no data.",
    "DatasourceError": "Grafana could not evaluate this rule.",
}

#: Labels that only a stand-in has; without them it is the same fault as its rule's own alert.
_STAND_IN_LABELS = ("rulename", "datasource_uid", "ref_id")

#: What the contact point's Test button sends; nothing ever resolves it.
_TEST_LABELS = {"alertname": "TestAlert", "instance": "Grafana"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GrafanaSource:
    """One Grafana, or a pair that sends the same alerts under one name."""

    name: str
    files_tests: bool  #: whether what the Test button sends becomes a ticket

    def parse(self, body: bytes, _content_type: str, received_at: datetime) -> ParsedBody:
        """Read a body of either kind; what the Test button sends is taken and not filed."""
        said = read_json(body)
        if grafana_legacy.is_legacy(said):
            parsed = grafana_legacy.parse(self.name, said, received_at)
        else:
            envelope = read_envelope(said, "a Grafana webhook body")
            parsed = envelope.parsed(lambda item: self._alert(item, envelope, received_at))
        if self.files_tests:
            return parsed
        return replace(parsed, alerts=tuple(a for a in parsed.alerts if not _is_test(a)))

    def _alert(self, item: object, envelope: Envelope, received_at: datetime) -> Alert:
        alert, said = read_alert(self.name, item, envelope, received_at), as_object(item)
        public = replace(
            alert,
            labels=_public(alert.labels),
            annotations=_public(alert.annotations),
            values=_numbers(said.get("values")),
            links=_links(alert, said, envelope.external_url),
        )
        return _stitched(public)


def _stitched(alert: Alert) -> Alert:
    """Give a stand-in back to its rule: the fault is the rule's, only the reason is another."""
    stand_in = alert.labels.get("alertname", "")
    if stand_in not in _STAND_INS:
        return alert
    rule = alert.labels.get("rulename") or stand_in
    labels = {k: v for k, v in alert.labels.items() if k not in _STAND_IN_LABELS}
    told = {k: alert.labels[k] for k in _STAND_IN_LABELS if k in alert.labels}
    said = (_STAND_INS[stand_in], alert.annotations.get("Error"), _description(alert))
    return replace(
        alert,
        name=rule,
        labels={**labels, "alertname": rule},
        annotations={
            **told,
            **alert.annotations,
            "grafana_state": stand_in.removeprefix("Datasource"),
            "description": "\n\n".join(part for part in said if part),
        },
    )


def _description(alert: Alert) -> str:
    return alert.annotations.get("description") or alert.annotations.get("summary", "")


def _is_test(alert: Alert) -> bool:
    is_legacy_test = alert.name == grafana_legacy.TEST_RULE and "rule_id" in alert.labels
    return is_legacy_test or _TEST_LABELS.items() <= alert.labels.items()


def _public(texts: Mapping[str, str]) -> Mapping[str, str]:
    """Leave out what Grafana keeps for itself, as `__alert_rule_uid__`.

    Current versions do so before sending; older ones sent some.
    """
    return {k: v for k, v in texts.items() if not (k.startswith("__") and k.endswith("__"))}


def _numbers(values: object) -> Mapping[str, float]:
    """Read the values of the rule's expressions; they are null while there is no data."""
    if not isinstance(values, dict):
        return {}
    return {
        name: float(value)
        for name, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def _links(alert: Alert, said: JsonObject, external_url: str) -> Mapping[str, str]:
    shared = {name: url for name, url in alert.links.items() if name != "alertmanager"}
    return shared | web_links(
        {
            "grafana": external_url,
            "dashboard": text(said, "dashboardURL"),
            "panel": text(said, "panelURL"),
            "silence": text(said, "silenceURL"),
            "image": text(said, "imageURL"),
        }
    )


class GrafanaSection(SourceSection):
    """A source of type `grafana`."""

    test_alerts = fields.String(
        load_default="ignore",
        validate=validate.OneOf(
            ["ignore", "file"], error="is neither ignore nor file; choose one of them"
        ),
    )


def _build(name: str, section: Mapping[str, Any]) -> GrafanaSource:
    return GrafanaSource(name=name, files_tests=section.get("test_alerts") == "file")


TYPE = SourceType(name="grafana", schema=GrafanaSection, build=_build)
