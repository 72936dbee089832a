"""The bodies that the bridge writes, made of a spec; nothing here sends anything."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from bridge.backends.jira.fields import CustomField, FindPerson, encoded
from bridge.backends.jira.flavor import LONGEST_TEXT, Flavor, cut
from bridge.backends.jira.records import text_of
from bridge.backends.sendable import UNSENDABLE, merged, one_line, sendable_object
from bridge.backends.vocabulary import Vocabulary
from bridge.domain.json import JsonObject, JsonValue
from bridge.domain.spec import ATTRIBUTES, IncidentSpec, public_name

#: Names of the base product's priorities, and of the service project's two levels.
USUAL: Final = {
    "priority": {"critical": "Highest", "high": "High", "medium": "Medium", "low": "Low"},
    "impact": {
        "critical": "Extensive / Widespread",
        "high": "Significant / Large",
        "medium": "Moderate / Limited",
        "low": "Minor / Localized",
    },
    "urgency": {"critical": "Critical", "high": "High", "medium": "Medium", "low": "Low"},
}
#: Service projects have lists of words for these.
_LEVELS: Final = frozenset({"impact", "urgency"})
#: Told in the description, unless a custom field is configured for them.
_TOLD: Final = (
    "impact", "urgency", "workgroup", "classification", "location", "sla", "cc",
    "ci_key", "ci_value", "ci_id",
)  # fmt: skip
_LABELS: Final = {
    "sla": "SLA", "cc": "Cc", "ci_key": "CI key", "ci_value": "CI", "ci_id": "CI id",
}  # fmt: skip
_DEFAULTS: Final = (
    "priority", "category", "requester", "engineer", "workgroup", "impact", "urgency",
)  # fmt: skip
_LONGEST_LABEL: Final = 255
#: Fields that no ticket is filed or found without.
_NEEDED: Final = frozenset({"project", "issuetype", "summary", "description", "labels"})

Refused = Mapping[str, str]  #: what is said of fields that were not taken, by their ids


@dataclass(frozen=True, slots=True)
class Look:
    """How names become what Jira knows things by."""

    person: FindPerson
    field: Callable[[str], CustomField | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What an issue had from the bridge before an update."""

    labels: Collection[str] = ()
    told: Collection[str] = ()  #: attributes with a line in the description


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one attribute of a spec goes: into fields, or into lines of the description."""

    attribute: str
    fields: Mapping[str, JsonValue]
    lines: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes bodies for one configured project."""

    name: str  #: the backend's, under which `raw` holds what goes into `fields` as it is
    flavor: Flavor
    vocabulary: Vocabulary
    project: str
    issue_type: str
    defaults: Mapping[str, str]
    labels: Sequence[str]
    fields: Mapping[str, str]
    custom_fields: Mapping[str, str]
    internal_notes: bool
    max_subject: int
    max_description: int

    def create(
        self, spec: IncidentSpec, token: str, look: Look, refused: Refused = MappingProxyType({})
    ) -> JsonObject:
        """Write the body that files an issue; fields that were refused are only told of."""
        places = list(self._places(self._completed(spec), look))
        fields: dict[str, JsonValue] = {
            "project": {"key": self.project},
            "issuetype": {"name": self.issue_type},
        }
        for place in places:
            fields |= place.fields
        fields = self._with_raw(fields, spec)
        told = lines_of(fields, refused)
        fields = {id_: value for id_, value in fields.items() if id_ not in refused}
        fields.setdefault("description", self._description(spec, places, told))
        said = fields.get("labels")
        own = (*self.labels_of(spec), *(said if isinstance(said, list | tuple) else ()))
        return {"fields": {**fields, "labels": list(dict.fromkeys((*own, token)))}}

    def update(
        self, spec: IncidentSpec, changed: Collection[str], before: Before, look: Look
    ) -> JsonObject:
        """Write the body that changes the named fields."""
        names = {ATTRIBUTES[name] for name in changed}
        places = list(self._places(self._completed(spec), look))
        fields: dict[str, JsonValue] = {}
        for place in places:
            fields |= place.fields if place.attribute in names else {}
        told = {place.attribute for place in places if place.lines}
        if names & {"description", "links", *told, *before.told}:
            fields["description"] = self._description(spec, places)
        if "raw" in names:
            fields = {id_: v for id_, v in self._with_raw(fields, spec).items() if id_ != "labels"}
        labels = self._label_changes(spec, before.labels) if "tags" in names else []
        body: dict[str, JsonValue] = {"fields": sendable_object(fields)} if fields else {}
        return {**body, "update": {"labels": labels}} if labels else body

    def comment(self, text: str) -> JsonObject:
        """Write a comment; in a service project only the agents see it, if so configured."""
        body: dict[str, JsonValue] = {"body": self.flavor.write(text, LONGEST_TEXT)}
        if self.internal_notes:
            internal: JsonValue = {"key": "sd.public.comment", "value": {"internal": True}}
            body["properties"] = [internal]
        return body

    def told_in_description(self, spec: IncidentSpec, look: Look) -> Sequence[str]:
        """Name the attributes that have a line there, for want of a field."""
        places = self._places(self._completed(spec), look)
        return [place.attribute for place in places if place.lines]

    def labels_of(self, spec: IncidentSpec) -> Sequence[str]:
        """Give the labels of a spec without its token; one cannot contain spaces."""
        return list(dict.fromkeys((*self.labels, *(label_of(tag) for tag in spec.tags if tag))))

    def _label_changes(self, spec: IncidentSpec, had: Collection[str]) -> list[JsonValue]:
        """Add and remove, so that what people put there stays."""
        labels = self.labels_of(spec)
        removed: list[JsonValue] = [{"remove": label} for label in had if label not in labels]
        return [*removed, *({"add": label} for label in labels if label not in had)]

    def _completed(self, spec: IncidentSpec) -> IncidentSpec:
        """Give the spec with this desk's own values where the rules say nothing."""
        missing = {name: self.defaults[name] for name in _DEFAULTS if not getattr(spec, name)}
        return replace(spec, **missing)  # type: ignore[arg-type]  # text fields all

    def _with_raw(self, fields: JsonObject, spec: IncidentSpec) -> dict[str, JsonValue]:
        return sendable_object(merged(fields, spec.raw.get(self.name, {})))

    def _say(self, attribute: str, spec: IncidentSpec) -> str:
        return self.vocabulary.say(public_name(attribute), getattr(spec, attribute))

    def _places(self, spec: IncidentSpec, look: Look) -> Iterator[_Place]:
        """Give where everything goes that a spec says, but for its text, its tags and `raw`."""
        yield _Place("subject", {"summary": one_line(spec.subject, self.max_subject)})
        if spec.priority:
            yield _Place("priority", {"priority": {"name": self._say("priority", spec)}})
        if spec.category:
            component: JsonValue = {"name": self._say("category", spec)}
            yield _Place("category", {"components": [component]})
        for attribute, id_ in (("engineer", "assignee"), ("requester", "reporter")):
            if getattr(spec, attribute):
                yield self._person(attribute, id_, self._say(attribute, spec), look)
        for attribute in _TOLD:
            if getattr(spec, attribute):
                yield self._told(attribute, spec, look)
        yield self._customs(spec, look)

    def _person(self, attribute: str, id_: str, text: str, look: Look) -> _Place:
        found = look.person(text)
        if found is None:
            return _Place(attribute, {}, (f"{id_} is unknown to this desk: {text}",))
        return _Place(attribute, {id_: {self.flavor.user_key: found}})

    def _told(self, attribute: str, spec: IncidentSpec, look: Look) -> _Place:
        said = getattr(spec, attribute)
        text = ", ".join(said) if isinstance(said, tuple) else said
        line = f"{_LABELS.get(attribute, attribute.capitalize())}: {text}"
        id_ = self.fields.get(public_name(attribute))
        if id_ is None:
            return _Place(attribute, {}, (line,))
        # The levels' own field is known without asking, so that most tickets need no look-up.
        is_level = attribute in _LEVELS
        field = CustomField(id=id_, name="", type="option") if is_level else look.field(id_)
        word: JsonValue = said if isinstance(said, tuple) else self._say(attribute, spec)
        value = encoded(field, word, self.flavor, look.person) if field is not None else None
        return (
            _Place(attribute, {id_: value}) if value is not None else _Place(attribute, {}, (line,))
        )

    def _customs(self, spec: IncidentSpec, look: Look) -> _Place:
        fields: dict[str, JsonValue] = {}
        lines: list[str] = []
        for name, custom in spec.custom_fields.items():
            field = look.field(self.custom_fields.get(name, name))
            value = (
                encoded(field, custom.value, self.flavor, look.person)
                if field is not None
                else None
            )
            if field is None or value is None:
                lines.append(f"{name}: {_plain(custom.value)}")
            else:
                fields[field.id] = value
        return _Place("custom_fields", fields, lines)

    def _description(
        self, spec: IncidentSpec, places: Sequence[_Place], more: Sequence[str] = ()
    ) -> JsonValue:
        """Give the text, and below it what Jira has no field for; the text gives way."""
        lines = [*(line for place in places for line in place.lines), *more]
        lines += [f"{name}: {address}" for name, address in spec.links.items() if address]
        tail = UNSENDABLE.sub("", "\n".join(lines))
        room = self.max_description - len(tail) - 2
        text = cut(UNSENDABLE.sub("", spec.description), max(room, 1))
        whole = "\n\n".join(part for part in (text, tail) if part)
        return self.flavor.write(whole, self.max_description)


def can_do_without(sent: JsonObject, refused: Refused) -> bool:
    """Say whether a body that was refused over these fields may be taken without them."""
    fields = sent.get("fields")
    given = fields.keys() if isinstance(fields, Mapping) else ()
    return bool(refused) and refused.keys() <= set(given) - _NEEDED


def lines_of(fields: JsonObject, refused: Refused) -> Sequence[str]:
    """Tell people of fields that the desk does not take."""
    return [
        f"{id_} is not taken by this desk: {text_of(fields[id_])} ({said})"
        for id_, said in refused.items()
        if id_ in fields
    ]


def without(sent: JsonObject, refused: Refused) -> JsonObject:
    """Give a body without fields that were refused, and without fields at all if none is left."""
    fields = sent.get("fields")
    given = fields.items() if isinstance(fields, Mapping) else ()
    kept = {id_: value for id_, value in given if id_ not in refused}
    others = {part: said for part, said in sent.items() if part != "fields"}
    return {**others, "fields": kept} if kept else others


def label_of(text: str) -> str:
    """Write a tag as a label, which has no spaces."""
    return "-".join(UNSENDABLE.sub(" ", text).split())[:_LONGEST_LABEL]


def _plain(value: JsonValue) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
