"""What the templates of a description see."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bridge.backends.rest.fields import FIELDS
from bridge.backends.sendable import UNSENDABLE, one_line, sendable
from bridge.backends.vocabulary import Vocabulary
from bridge.domain.json import JsonValue
from bridge.domain.spec import ATTRIBUTES, IncidentSpec, public_name
from bridge.domain.ticket import Ticket
from bridge.expressions import as_text
from bridge.expressions.cut import cut

_LONGEST_WORD: Final = 1000
_LONGEST_UNMAPPED: Final = 20_000
_TEXTS: Final = ("description", "solution")
_LISTS: Final = ("cc", "tags")
#: Said as lines of text for want of a place of its own, and how it is called there.
_LABELS: Final = {
    "category": "Category",
    "classification": "Classification",
    "CI_ID": "CI ID",
    "requester": "Requester",
    "cc": "Copies to",
    "tags": "Tags",
    "location": "Location",
    "workgroup": "Workgroup",
    "engineer": "Engineer",
    "sla": "SLA",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scopes:
    """Makes what templates see, for one configured desk."""

    backend: str
    instance: str
    settings: Mapping[str, JsonValue]
    key: str
    vocabulary: Vocabulary
    texts: Mapping[str, int]  #: how many characters of each
    mapped: Collection[str]  #: names that some template uses
    clock: Callable[[], datetime]

    def always(self) -> dict[str, object]:
        """Give what every template can name."""
        return {
            "settings": self.settings,
            "key": self.key,
            "instance": self.instance,
            "backend": self.backend,
            "now": self.clock(),
        }

    def of(self, spec: IncidentSpec, **said: object) -> dict[str, object]:
        """Give what a template about an incident can name; `note` is cut like the other texts."""
        note = self._text("note", str(said.pop("note", "")))
        fields = {name: self._field(spec, ATTRIBUTES[name]) for name in (*FIELDS, "solution")}
        fields["CustomFields"] = {
            name: sendable(custom.value) for name, custom in spec.custom_fields.items()
        }
        fields["links"] = sendable(spec.links)
        return {
            **self.always(),
            **fields,
            "unmapped": self._unmapped(fields),
            "note": note,
            **said,
        }

    def _field(self, spec: IncidentSpec, name: str) -> object:
        value: object = getattr(spec, name)
        public = public_name(name)
        if name in _LISTS:
            return [one_line(item, _LONGEST_WORD) for item in getattr(spec, name)]
        if not isinstance(value, str):
            return value
        if name == "subject":
            return one_line(value, self.texts["subject"])
        if name in _TEXTS:
            return self._text("description", value)
        return one_line(self.vocabulary.say(public, value), _LONGEST_WORD) if value else ""

    def _text(self, name: str, text: str) -> str:
        return cut(UNSENDABLE.sub("", text), self.texts[name])

    def _unmapped(self, fields: Mapping[str, object]) -> str:
        """Say in lines what no template of the description has a place for."""
        said = {
            label: _joined(fields[name])
            for name, label in _LABELS.items()
            if name not in self.mapped
        }
        if "CI_Value" not in self.mapped:
            said[str(fields["CI_Key"] or "CI")] = str(fields["CI_Value"])
        for name in ("CustomFields", "links"):
            pairs = fields[name]
            if name not in self.mapped and isinstance(pairs, Mapping):
                said |= {label: _joined(value) for label, value in pairs.items()}
        lines = "\n".join(f"{label}: {text}" for label, text in said.items() if text)
        return cut(lines, _LONGEST_UNMAPPED)


def seen(ticket: Ticket) -> dict[str, object]:
    """Give what templates see of a ticket."""
    return {
        "id": ticket.id,
        "number": ticket.number,
        "status": ticket.status,
        "is_open": ticket.is_open,
    }


def _joined(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(as_text(item) for item in value)
    return as_text(value)  # type: ignore[arg-type]  # texts and what custom fields hold
