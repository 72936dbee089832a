"""The columns that the bridge writes, made of a spec; nothing here sends anything."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from typing import Final

from bridge.backends.sendable import UNSENDABLE, merged, one_line, sendable_object
from bridge.backends.servicenow.priority import impact_and_urgency
from bridge.backends.servicenow.references import FindId, references_in
from bridge.backends.vocabulary import Vocabulary
from bridge.domain.json import JsonObject, JsonValue
from bridge.domain.policy import OnClear
from bridge.domain.spec import ATTRIBUTES, IncidentSpec, public_name
from bridge.domain.stage import Stage

_LEVELS: Final = {"critical": "1", "high": "1", "medium": "2", "low": "3"}
#: Values of the base system's choices; priority is only a wish that impact and urgency fulfil.
USUAL: Final = {
    "priority": {"critical": "1", "high": "2", "medium": "3", "moderate": "3", "low": "4"},
    "impact": _LEVELS,
    "urgency": _LEVELS,
    "CI_Key": {
        "": "name", "host name": "name", "hostname": "name", "ip address": "ip_address",
        "serial number": "serial_number",
    },
}  # fmt: skip
_PLAIN: Final = {"category": "category", "classification": "subcategory"}
#: Said in the description, for want of a column.
_IN_DESCRIPTION: Final = ("description", "links", "tags", "sla")
_CI: Final = frozenset({"ci_key", "ci_value", "ci_id"})
_COLUMN: Final = re.compile(r"[ux]_[a-z0-9_]+")
#: Between these, a journal's text is shown as HTML.
_CODE_TAG: Final = re.compile(r"\[(/?code)\]", re.IGNORECASE)
_LONGEST_CLOSE_NOTES: Final = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes bodies for one configured instance."""

    name: str  #: the backend's, under which `raw` holds what goes into the body as it is
    bridge: str  #: what tickets say of who filed them
    vocabulary: Vocabulary
    defaults: Mapping[str, str]
    states: Mapping[str, str]
    stages: Mapping[str, str]  #: the state of each stage; empty for one that has none
    max_subject: int
    max_description: int

    def create(self, spec: IncidentSpec, token: str, note: str, find_id: FindId) -> JsonObject:
        """Write the body that files a ticket."""
        worded = self._worded(self.completed(spec))
        body = self._fields(worded, set(ATTRIBUTES.values()), find_id)
        body |= {
            **self._state(self.stages["open"] or self.states["open"]),
            "contact_type": self.defaults["contact_type"],
            "correlation_display": self.bridge,
            "work_notes": journal(note),
        }
        filled = {column: value for column, value in body.items() if value != ""}
        return {**self._finished(filled, spec), "correlation_id": token}

    def update(
        self, spec: IncidentSpec, changed: Collection[str], note: str, find_id: FindId
    ) -> JsonObject:
        """Write the body that changes the named fields and adds a note."""
        names = {ATTRIBUTES[name] for name in changed}
        body = self._fields(self._worded(self.completed(spec)), names, find_id)
        body = self._finished(body, spec if "raw" in names else IncidentSpec())
        return {**body, **({"work_notes": journal(note)} if note else {})}

    def note(self, text: str) -> JsonObject:
        """Write the body that adds a note."""
        return {"work_notes": journal(text)} if text else {}

    def rest(self, spec: IncidentSpec, how: OnClear, note: str) -> JsonObject:
        """Write the body that resolves, closes or cancels a ticket."""
        notes = spec.solution or note or self.defaults["close_notes"]
        state = {OnClear.CLOSE: "closed", OnClear.CANCEL: "cancelled"}.get(how, "resolved")
        return {
            "state": self.states[state],
            "close_code": self.defaults["close_code"],
            "close_notes": cut(UNSENDABLE.sub("", notes), _LONGEST_CLOSE_NOTES),
            **self.note(note),
        }

    def reopening(self, note: str) -> JsonObject:
        """Write the body that opens a ticket again."""
        return {"state": self.states["reopened"], **self.note(note)}

    def moving(self, stage: Stage, note: str) -> JsonObject:
        """Write the body that gives a ticket the state of a stage."""
        return {**self._state(self.state_of(stage)), **self.note(note)}

    def state_of(self, stage: Stage) -> str:
        """Give the state of a stage.

        What was in another state and comes back is In Progress, where the product itself takes an
        incident that was On Hold; not every instance lets one be New again.
        """
        return self.stages[stage.value] or self.states["reopened"]

    def _state(self, state: str) -> dict[str, JsonValue]:
        """Write a state; On Hold wants its reason in the same call, and no other keeps one."""
        reason = self.defaults["hold_reason"]
        if not reason:
            return {"state": state}
        return {"state": state, "hold_reason": reason if state == self.states["on_hold"] else ""}

    def _finished(self, body: JsonObject, spec: IncidentSpec) -> dict[str, JsonValue]:
        """Put `raw` over it and make it sendable; a priority is calculated, never set."""
        clean = sendable_object(merged(body, spec.raw.get(self.name, {})))
        return {column: value for column, value in clean.items() if column != "priority"}

    def completed(self, spec: IncidentSpec) -> IncidentSpec:
        """Give the spec with this desk's own values where the rules say nothing."""
        defaults = {"requester": "caller", "workgroup": "workgroup", "category": "category"}
        missing = {
            name: self.defaults[key] for name, key in defaults.items() if not getattr(spec, name)
        }
        return replace(spec, **missing)  # type: ignore[arg-type]  # text fields all

    def _worded(self, spec: IncidentSpec) -> IncidentSpec:
        """Give the spec in the desk's words."""
        texts = {f.name: getattr(spec, f.name) for f in fields(spec)}
        worded = {
            name: self.vocabulary.say(public_name(name), text)
            for name, text in texts.items()
            if isinstance(text, str) and (text or name == "ci_key")
        }
        return replace(spec, **worded)  # type: ignore[arg-type]  # text fields all

    def _fields(
        self, spec: IncidentSpec, names: Collection[str], find_id: FindId
    ) -> dict[str, JsonValue]:
        ids = {name: find_id(said[1]) for name, said in references_in(spec).items()}
        unknown = [name for name, sys_id in ids.items() if sys_id is None]
        wanted = {"ci_value" if name in _CI else name for name in names}
        body: dict[str, JsonValue] = {
            column: ids.get(name) or ""
            for name, (column, _) in references_in(spec).items()
            if name in wanted and name not in unknown
        }
        body |= {
            column: text
            for name, column in _PLAIN.items()
            if name in wanted and (text := getattr(spec, name))
        }
        body |= _levels(spec, wanted)
        if "subject" in wanted:
            body["short_description"] = one_line(spec.subject, self.max_subject)
        if wanted & {*_IN_DESCRIPTION, *unknown}:
            body["description"] = self._description(spec, unknown)
        if "cc" in wanted:
            body["watch_list"] = ",".join(spec.cc)
        if "custom_fields" in wanted:
            body |= {column_of(n): plain(custom.value) for n, custom in spec.custom_fields.items()}
        return body

    def _description(self, spec: IncidentSpec, unknown: Collection[str]) -> str:
        said = {"SLA": spec.sla, "Tags": ", ".join(spec.tags), **spec.links}
        lines = [f"{name}: {text}" for name, text in said.items() if text]
        named = references_in(spec)
        lines += [
            f"{named[name][0]} is unknown to this desk: {named[name][1].text}" for name in unknown
        ]
        tail = UNSENDABLE.sub("", "\n".join(lines))
        room = self.max_description - len(tail) - 2
        text = cut(UNSENDABLE.sub("", spec.description), max(room, 1))
        return cut("\n\n".join(part for part in (text, tail) if part), self.max_description)


def _levels(spec: IncidentSpec, names: Collection[str]) -> dict[str, JsonValue]:
    """Give impact and urgency; a changed priority moves the one that no rule says."""
    impact, urgency = impact_and_urgency(spec)
    said = {"impact": (impact, spec.impact), "urgency": (urgency, spec.urgency)}
    moved = {"priority", "impact", "urgency"} & set(names)
    return {
        name: value
        for name, (value, by_rule) in said.items()
        if value and (name in names or (moved and not by_rule))
    }


def journal(text: str) -> str:
    """Write a text for a journal, which is shown as plain text."""
    return _CODE_TAG.sub(r"(\1)", UNSENDABLE.sub("", text))


def cut(text: str, longest: int) -> str:
    """Cut a text to so many characters."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def column_of(name: str) -> str:
    """Give the column of a custom field: its own name, or the one that a label leads to."""
    if is_own_column(name):
        return name
    return "u_" + re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def is_own_column(name: str) -> bool:
    """Say whether this is the name of a column that an instance was given, not of the product's."""
    return _COLUMN.fullmatch(name) is not None


def plain(value: JsonValue) -> JsonValue:
    """Write a custom field's value; several are separated by commas."""
    if isinstance(value, list | tuple):
        return ",".join(str(plain(item)) for item in value)
    return "" if value is None else value
