"""The incident container of IM_LogOrUpdateIncident; nothing here sends anything.

https://help.symphonysummitai.com/summit-platform/docs/create-or-update-an-incident: the updater
is always Executive, to whom Description is the symptom and Information the description.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from typing import Final

from bridge.backends.sendable import merged, one_line, sendable_object
from bridge.backends.summit import status as at
from bridge.backends.summit.ci import CI, CI_ATTRIBUTES, ci_of, linked_ci
from bridge.backends.summit.demands import Demands
from bridge.backends.summit.texts import (
    addresses,
    as_text,
    is_address,
    mark,
    paragraphs,
)
from bridge.backends.summit.ticket import Details
from bridge.backends.vocabulary import Vocabulary
from bridge.domain.json import JsonObject, JsonValue
from bridge.domain.spec import ATTRIBUTES, IncidentSpec, public_name

#: The words of the vendor's own examples.
USUAL: Final = {
    "priority": {"critical": "P1", "high": "P2", "medium": "P3", "low": "P4"},
    "impact": {"critical": "High", "high": "High", "medium": "Medium", "low": "Low"},
    "urgency": {"critical": "High", "high": "High", "medium": "Medium", "low": "Low"},
}
#: Optional keys of Ticket, by the attribute of the spec.
_KEYS: Final = {
    "priority": ("Priority_Name",),
    "impact": ("Impact_Name",),
    "urgency": ("Urgency_Name",),
    "category": ("Category_Name", "OpenCategory_Name"),
    "classification": ("Classification_Name",),
    "sla": ("SLA_Name",),
    "location": ("CallerLocationName",),
}
#: Summit has no place for these; people still want to read them.
_IN_DESCRIPTION: Final = {"description", "links", "tags"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes containers for one configured desk."""

    name: str  #: the backend's, under which `raw` holds what goes into the container as it is
    vocabulary: Vocabulary
    defaults: Mapping[str, str]
    custom_field_group: str
    token_field: str
    max_subject: int
    demands: Demands

    def create(self, spec: IncidentSpec, token: str, note: str) -> JsonObject:
        """Write the container that files a ticket."""
        spec = self._worded(spec)
        ticket: dict[str, JsonValue] = {
            "Status": at.NEW,
            "Description": self._subject(spec),
            "Assigned_WorkGroup_Name": self._workgroup(spec),
            "Caller_EmailID": self._caller(spec),
            **self._optional(spec, _KEYS),
            **_people(spec, ("cc", "engineer")),
        }
        texts = {"Information": self._description(spec), "InternalLog": note}
        body = self._container(ticket, texts, ci_of(spec), self._custom_fields(spec))
        return self._marked(merged(body, spec.raw.get(self.name, {})), token)

    def update(
        self,
        spec: IncidentSpec,
        changed: Collection[str],
        now: Details,
        filed: Mapping[str, str],
        note: str,
    ) -> JsonObject:
        """Write the container that changes the named fields of a ticket and leaves its status.

        `filed` is the handle of the ticket. What Summit makes mandatory is repeated as it is.
        """
        names = {ATTRIBUTES[name] for name in changed}
        spec = self._worded(spec)
        ticket = {
            **self._demanded(spec, now, now.status),
            **self._optional(spec, names.intersection(_KEYS)),
            **_people(spec, names),
            **self._renamed(spec, names),
        }
        texts = self._texts(spec, now, now.status, note)
        if names & _IN_DESCRIPTION or ("custom_fields" in names and not self.custom_field_group):
            texts["Information"] = self._description(spec)
        linked = linked_ci(spec, now, filed)
        ci = (ci_of(spec) or linked) if names & CI_ATTRIBUTES else linked
        customs = self._custom_fields(spec) if "custom_fields" in names else []
        body = self._container(ticket, texts, ci, customs)
        if "raw" in names:
            # Whatever `raw` files a ticket as, an update is no step and meets this ticket alone.
            kept = {"Ticket": {"Ticket_No": now.number, "Status": now.status}}
            body = merged(merged(body, spec.raw.get(self.name, {})), kept)
        return sendable_object(body)

    def step(
        self, spec: IncidentSpec, now: Details, filed: Mapping[str, str], status: str, note: str
    ) -> JsonObject:
        """Write the container that sets a status and adds a note; both may be as they are."""
        spec = self._worded(spec)
        ticket = self._demanded(spec, now, status)
        texts = self._texts(spec, now, status, note)
        return sendable_object(
            self._container(ticket, texts, linked_ci(spec, now, filed), customs=[])
        )

    def _container(
        self,
        ticket: Mapping[str, JsonValue],
        texts: Mapping[str, str],
        ci: Mapping[str, str],
        customs: list[JsonObject],
    ) -> dict[str, JsonValue]:
        constant: dict[str, JsonValue] = {
            "IsFromWebService": True,
            "PageName": "TicketDetail",
            "Sup_Function": self.defaults["instance"],
            "Medium": self.defaults["medium"],
            "Source": self.defaults["source"],
        }
        return {
            "Updater": "Executive",
            **dict.fromkeys(CI, ""),
            **ci,
            "Ticket": {**constant, **ticket},
            "TicketInformation": {"UserLog": "", **texts},
            "CustomFields": customs,
        }

    def _demanded(self, spec: IncidentSpec, now: Details, status: str) -> dict[str, JsonValue]:
        """Give the keys of Ticket that an update cannot do without, as the ticket has them."""
        said = {"Medium": now.medium, "Source": now.source}
        return {
            "Ticket_No": now.number,
            "Status": status,
            "Description": now.subject or self._subject(spec),
            "Caller_EmailID": now.caller if is_address(now.caller) else self._caller(spec),
            "Assigned_WorkGroup_Name": now.workgroup or self._workgroup(spec),
            **{key: text for key, text in said.items() if text},
            **self.demands.of_ticket(now, status),
        }

    def _texts(self, spec: IncidentSpec, now: Details, status: str, note: str) -> dict[str, str]:
        return {
            "Information": now.description or self._description(spec),
            "InternalLog": note,
            **self.demands.of_information(now, status, spec.solution or note),
        }

    def _worded(self, spec: IncidentSpec) -> IncidentSpec:
        """Give the spec in the desk's words."""
        texts: Mapping[str, object] = {f.name: getattr(spec, f.name) for f in fields(spec)}
        worded = {
            name: self.vocabulary.say(public_name(name), text.strip())
            for name, text in texts.items()
            if isinstance(text, str) and text
        }
        return replace(spec, **worded)  # type: ignore[arg-type]  # text fields all

    def _optional(self, spec: IncidentSpec, names: Collection[str]) -> dict[str, JsonValue]:
        said = {name: getattr(spec, name) or self.defaults.get(name, "") for name in names}
        return {key: text for name, text in said.items() if text for key in _KEYS[name]}

    def _renamed(self, spec: IncidentSpec, names: Collection[str]) -> dict[str, JsonValue]:
        """Give those of the mandatory keys that an update changes."""
        said: dict[str, JsonValue] = {}
        if "subject" in names:
            said["Description"] = self._subject(spec)
        if "workgroup" in names:
            said["Assigned_WorkGroup_Name"] = self._workgroup(spec)
        if "requester" in names:
            said["Caller_EmailID"] = self._caller(spec)
        return said

    def _caller(self, spec: IncidentSpec) -> str:
        return spec.requester if is_address(spec.requester) else self.defaults["caller"]

    def _workgroup(self, spec: IncidentSpec) -> str:
        return spec.workgroup or self.defaults["workgroup"]

    def _subject(self, spec: IncidentSpec) -> str:
        return one_line(spec.subject or spec.description, self.max_subject) or "(no subject)"

    def _description(self, spec: IncidentSpec) -> str:
        """Give the description, and below it what Summit has no key for."""
        homeless = {"tags": ", ".join(spec.tags), "CI": "" if ci_of(spec) else spec.ci_value}
        customs = {} if self.custom_field_group else spec.custom_fields
        said = {
            **homeless,
            **{name: as_text(custom.value) for name, custom in customs.items()},
            **spec.links,
        }
        lines = "\n".join(f"{name}: {text}" for name, text in said.items() if text)
        return paragraphs(spec.description.strip(), lines) or self._subject(spec)

    def _custom_fields(self, spec: IncidentSpec) -> list[JsonObject]:
        if not self.custom_field_group:
            return []
        return [
            self._custom_field(name, as_text(custom.value))
            for name, custom in spec.custom_fields.items()
        ]

    def _custom_field(self, name: str, value: str) -> JsonObject:
        return {"GroupName": self.custom_field_group, "Name": name, "Value": value}

    def _marked(self, body: Mapping[str, JsonValue], token: str) -> JsonObject:
        """Put the token on a new ticket, last, so that nothing in `raw` can take it off."""
        clean = sendable_object(body)
        texts = clean.get("TicketInformation")
        texts = dict(texts) if isinstance(texts, Mapping) else {}
        texts["InternalLog"] = paragraphs(as_text(texts.get("InternalLog")).strip(), mark(token))
        clean["TicketInformation"] = texts
        if self.token_field:
            customs = clean.get("CustomFields")
            others = customs if isinstance(customs, list) else []
            clean["CustomFields"] = [*others, self._custom_field(self.token_field, token)]
        return clean


def _people(spec: IncidentSpec, names: Collection[str]) -> dict[str, JsonValue]:
    said = {}
    if "cc" in names:
        said["Mail_CC_EmailID"] = addresses(spec.cc)
    if "engineer" in names and is_address(spec.engineer):
        said["Assigned_Engineer_Email"] = spec.engineer
    return {key: text for key, text in said.items() if text}
