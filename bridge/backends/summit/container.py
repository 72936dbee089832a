"""The incident container of IM_LogOrUpdateIncident; nothing here sends anything.

https://help.symphonysummitai.com/summit-platform/docs/create-or-update-an-incident
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from typing import Final

from bridge.backends.sendable import merged, one_line, sendable_object
from bridge.backends.summit import status as at
from bridge.backends.summit.ci import CI, CI_ATTRIBUTES, ci_of, linked_ci
from bridge.backends.summit.customs import Customs
from bridge.backends.summit.demands import Demands
from bridge.backends.summit.reasons import reasons_for
from bridge.backends.summit.texts import (
    addresses,
    as_text,
    is_address,
    mark,
    paragraphs,
    spaced,
)
from bridge.backends.summit.ticket import Details
from bridge.backends.summit.updater import PAGES, placed
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
#: Full paths, which the vendor wants with spaces between the nodes.
_PATHS: Final = {"category", "classification"}
#: Summit has no place for these; people still want to read them.
_IN_DESCRIPTION: Final = {"description", "links", "tags"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes containers for one configured desk."""

    name: str  #: the backend's, under which `raw` holds what goes into the container as it is
    updater: str
    vocabulary: Vocabulary
    defaults: Mapping[str, str]
    customs: Customs
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
            **self.demands.of_new(),
        }
        texts = {"Information": self._description(spec), "InternalLog": note}
        customs = self.customs.placed(spec.custom_fields)
        body = self._container(ticket, texts, ci_of(spec), customs)
        return self._marked(merged(body, spec.raw.get(self.name, {})), token)

    def update(
        self,
        spec: IncidentSpec,
        changed: Collection[str],
        now: Details,
        filed: Mapping[str, str],
        note: str,
        status: str = "",
    ) -> JsonObject:
        """Write the container that changes the named fields of a ticket.

        It stays in its status if none is given. `filed` is the handle of the ticket. What Summit
        makes mandatory is repeated as it is.
        """
        names = {ATTRIBUTES[name] for name in changed}
        spec, status = self._worded(spec), status or now.status
        ticket = {
            **self._demanded(spec, now, status, assignee_stays=True),
            **self._optional(spec, names.intersection(_KEYS)),
            **_people(spec, names),
            **self._renamed(spec, names),
        }
        texts = self._texts(spec, now, status, note)
        if names & _IN_DESCRIPTION or ("custom_fields" in names and not self.customs.group):
            texts["Information"] = self._description(spec)
        linked = linked_ci(spec, now, filed)
        ci = (ci_of(spec) or linked) if names & CI_ATTRIBUTES else linked
        customs = self.customs.placed(spec.custom_fields) if "custom_fields" in names else []
        reasons = reasons_for(names, note, self.defaults["change_reason"])
        body = {**self._container(ticket, texts, ci, customs), **reasons}
        if "raw" in names:
            # Whatever `raw` files a ticket as, an update is no step and meets this ticket alone.
            kept = {"Ticket": {"Ticket_No": now.number, "Status": status}}
            body = merged(merged(body, spec.raw.get(self.name, {})), kept)
        return sendable_object(body)

    def step(
        self,
        spec: IncidentSpec,
        now: Details,
        filed: Mapping[str, str],
        status: str,
        note: str,
        *,
        assignee_stays: bool = False,
    ) -> JsonObject:
        """Write the container that sets a status and adds a note; both may be as they are."""
        spec = self._worded(spec)
        ticket = self._demanded(spec, now, status, assignee_stays=assignee_stays)
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
        """Put a container together; Description comes as the symptom, as an analyst's."""
        symptom, description = str(ticket["Description"]), texts["Information"]
        first, second = placed(self.updater, symptom, description)
        constant: dict[str, JsonValue] = {
            "IsFromWebService": True,
            "PageName": PAGES[self.updater],
            "Sup_Function": self.defaults["instance"],
            "Medium": self.defaults["medium"],
            "Source": self.defaults["source"],
        }
        return {
            "Updater": self.updater,
            **dict.fromkeys(CI, ""),
            **ci,
            "Ticket": {**constant, **ticket, "Description": first},
            "TicketInformation": {"UserLog": "", **texts, "Information": second},
            "CustomFields": customs,
        }

    def _demanded(
        self, spec: IncidentSpec, now: Details, status: str, *, assignee_stays: bool
    ) -> dict[str, JsonValue]:
        """Give the keys of Ticket that an update cannot do without, as the ticket has them."""
        said = {"Medium": now.medium, "Source": now.source}
        return {
            "Ticket_No": now.number,
            "Status": status,
            "Description": now.subject or self._subject(spec),
            "Caller_EmailID": now.caller if is_address(now.caller) else self._caller(spec),
            "Assigned_WorkGroup_Name": now.workgroup or self._workgroup(spec),
            **{key: text for key, text in said.items() if text},
            **self.demands.of_ticket(now, status, assignee_stays=assignee_stays),
        }

    def _texts(self, spec: IncidentSpec, now: Details, status: str, note: str) -> dict[str, str]:
        return {
            "Information": now.description or self._description(spec),
            "InternalLog": note,
            **self.demands.of_information(now, status, spec.solution or note),
        }

    def _worded(self, spec: IncidentSpec) -> IncidentSpec:
        """Give the spec in the desk's words."""
        texts = {name: getattr(spec, name) for name in _TEXTS}
        worded = {name: self._word(name, text.strip()) for name, text in texts.items() if text}
        return replace(spec, **worded)  # type: ignore[arg-type]  # text fields all

    def _word(self, attribute: str, text: str) -> str:
        """Give the desk's word; `values:` may say a path whose nodes have slashes of their own."""
        name = public_name(attribute)
        if attribute in _PATHS:
            words = {word.casefold() for word in self.vocabulary.said.get(name, {})}
            if text.casefold() not in words:
                return spaced(text)
        return self.vocabulary.say(name, text)

    def _default(self, name: str) -> str:
        text = self.defaults.get(name, "")
        return self._word(name, text) if name in _PATHS else text

    def _optional(self, spec: IncidentSpec, names: Collection[str]) -> dict[str, JsonValue]:
        said = {name: getattr(spec, name) or self._default(name) for name in names}
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
        said = {**homeless, **self.customs.homeless(spec.custom_fields), **spec.links}
        lines = "\n".join(f"{name}: {text}" for name, text in said.items() if text)
        return paragraphs(spec.description.strip(), lines) or self._subject(spec)

    def _marked(self, body: Mapping[str, JsonValue], token: str) -> JsonObject:
        """Put the token on a new ticket, last, so that nothing in `raw` can take it off.

        Nor can `raw` make an update of another ticket of it.
        """
        clean = sendable_object(body)
        ticket = clean.get("Ticket")
        if isinstance(ticket, Mapping):
            clean["Ticket"] = {key: said for key, said in ticket.items() if key != "Ticket_No"}
        texts = clean.get("TicketInformation")
        texts = dict(texts) if isinstance(texts, Mapping) else {}
        texts["InternalLog"] = paragraphs(as_text(texts.get("InternalLog")).strip(), mark(token))
        clean["TicketInformation"] = texts
        if of_token := self.customs.of_token(token):
            customs = clean.get("CustomFields")
            clean["CustomFields"] = [*(customs if isinstance(customs, list) else []), *of_token]
        return clean


#: The attributes of a spec that are texts.
_TEXTS = tuple(f.name for f in fields(IncidentSpec) if f.type is str)


def _people(spec: IncidentSpec, names: Collection[str]) -> dict[str, JsonValue]:
    said = {}
    if "cc" in names:
        said["Mail_CC_EmailID"] = addresses(spec.cc)
    if "engineer" in names and is_address(spec.engineer):
        said["Assigned_Engineer_Email"] = spec.engineer
    return {key: text for key, text in said.items() if text}
