"""Which fragments of the description go into a body, and what comes of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bridge.backends.rest.body import Part, is_empty
from bridge.backends.rest.fields import FIELDS
from bridge.backends.rest.request import object_in
from bridge.backends.sendable import merged
from bridge.domain.json import JsonObject, JsonValue
from bridge.domain.spec import ATTRIBUTES, IncidentSpec
from bridge.domain.ticket import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragments:
    """The fragments of one description, by the field of a rule."""

    backend: str  #: under which `raw` holds what goes into the body as it is
    parts: Mapping[str, Part]
    mapped: Collection[str]  #: names that some template uses

    def filled(self, spec: IncidentSpec) -> list[str]:
        """Name the fields that a rule has given a value."""
        return [
            name for name, attribute in ATTRIBUTES.items() if not is_empty(_value(spec, attribute))
        ]

    def touched(self, changed: Sequence[str], ticket: Ticket) -> set[str]:
        """Name what to write: the changed fields, and what is said of them in other places.

        Such a place in which a person has written since is left.
        """
        unmapped = (
            {"unmapped"} if any(n in FIELDS and n not in self.mapped for n in changed) else set()
        )
        news = {*changed, *unmapped}
        follow = {name for name, part in self.parts.items() if news & part.names}
        return {*changed, *(follow - ticket.theirs)}

    def body(
        self, spec: IncidentSpec, scope: Mapping[str, object], names: Collection[str]
    ) -> JsonObject:
        """Give the fragments of these fields and, if it is among them, `raw`."""
        said: JsonObject = {}
        for name, part in self.parts.items():
            if name in names:
                said = merged(said, object_in(part, scope))
        raw = spec.raw.get(self.backend, {}) if "raw" in names else {}
        return merged(said, raw)


def _value(spec: IncidentSpec, attribute: str) -> JsonValue:
    value: JsonValue = getattr(spec, attribute)
    return value
