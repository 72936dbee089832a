"""The request bodies of ServiceOps, made of a spec; nothing here sends anything."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from bridge.backends.sendable import merged, sendable_object
from bridge.backends.serviceops.dialect import Dialect, as_text, typed_value
from bridge.backends.serviceops.texts import as_html, fitted, subject_line
from bridge.backends.vocabulary import Vocabulary
from bridge.domain.json import JsonObject, JsonValue
from bridge.domain.spec import ATTRIBUTES, CustomField, IncidentSpec, public_name

FieldId = Callable[[str], str | None]  #: the id of a custom field by its name, if the desk has it

#: Fields that a dialect may have no key for; people still want to read them.
_SAID_IN_DESCRIPTION = ("classification", "workgroup", "engineer", "sla")
_IN_DESCRIPTION = ("description", "links", "ci_key", "ci_value", "ci_id", *_SAID_IN_DESCRIPTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileName:
    """A file at the desk."""

    reference: str  #: what the desk calls it
    name: str  #: what people call it


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes bodies for one configured desk."""

    name: str  #: the backend's, under which `raw` holds what goes into the body as it is
    dialect: Dialect
    vocabulary: Vocabulary
    defaults: Mapping[str, str]
    max_subject: int
    max_description: int
    describes_in_html: bool
    value_members: Mapping[str, str]

    def create(self, spec: IncidentSpec, token: str, field_id: FieldId) -> JsonObject:
        """Write the body that files a ticket."""
        worded = self._completed(spec)
        names = {**self.dialect.names, **self.dialect.filing_names}
        body: dict[str, JsonValue] = {
            "subject": spec.subject,
            "description": self._description(spec, field_id),
            "tags": [*spec.tags, token],
            **_named(worded, names),
            **self._custom_fields(spec.custom_fields, field_id),
        }
        if not spec.requester and self.defaults["requester_name"]:
            body["requesterName"] = self.defaults["requester_name"]
        return self._finished(body, spec, token)

    def update(
        self,
        spec: IncidentSpec,
        changed: Collection[str],
        token: str,
        field_id: FieldId,
        subject: str,
    ) -> JsonObject:
        """Write the body that changes the named fields; empty when this desk has none of them.

        What `unwritten` tells is not in it. `subject` is the ticket's present one, for desks that
        want it said every time.
        """
        attributes = {ATTRIBUTES[name] for name in changed}
        worded = self._completed(spec)
        names = {a: key for a, key in self.dialect.names.items() if a in attributes}
        body: dict[str, JsonValue] = _named(worded, names)
        if "subject" in attributes:
            body["subject"] = spec.subject
        customs = spec.custom_fields if "custom_fields" in attributes else {}
        if attributes.intersection(_IN_DESCRIPTION) or self._unknown(customs, field_id):
            body["description"] = self._description(spec, field_id)
        if "tags" in attributes:
            body["tags"] = [*spec.tags, token]
        body.update(self._custom_fields(customs, field_id))
        body = self._finished(body, spec if "raw" in attributes else IncidentSpec(), token)
        return self._with_subject(body, subject) if body else body

    def unwritten(self, spec: IncidentSpec, changed: Collection[str]) -> str:
        """Say which of the named fields an update leaves as they are, and why; empty if none."""
        words = [line for name, line in self._unknown_words(spec).items() if name in changed]
        once = [name for name in changed if ATTRIBUTES[name] in self.dialect.filing_names]
        kept = [f"This desk takes {', '.join(once)} only when a ticket is filed"] if once else []
        return "\n".join([*words, *kept])

    def unknown_words(self, spec: IncidentSpec) -> Collection[str]:
        """Say which words the desk does not know, a line each; they are not sent."""
        return self._unknown_words(spec).values()

    def files(self, files: Sequence[FileName], subject: str) -> JsonObject:
        """Write the body that leaves a ticket with these files and no others."""
        names: list[JsonValue] = [
            {"refFileName": file.reference, "realName": file.name}
            if self.dialect.names_files
            else file.reference
            for file in files
        ]
        return self._with_subject({self.dialect.attachments: names}, subject)

    def note(self, text: str, subject: str) -> JsonObject:
        """Write the body that adds a note to a ticket's conversation."""
        return {
            "conversationType": "note",
            "details": as_html(fitted(text, "", self.max_description)),
            "subject": subject,
            "conversationState": "published",
        }

    def status(self, word: str, subject: str) -> JsonObject:
        """Write the body that sets a ticket's status and nothing else."""
        return self._with_subject({self.dialect.status: word}, subject)

    def _finished(
        self, body: dict[str, JsonValue], spec: IncidentSpec, token: str
    ) -> dict[str, JsonValue]:
        """Put `raw` over it, make it sendable, and the token certain."""
        clean = sendable_object(merged(body, spec.raw.get(self.name, {})))
        if "subject" in clean:
            clean["subject"] = subject_line(str(clean["subject"]), token, self.max_subject)
        return clean

    def _with_subject(self, body: Mapping[str, JsonValue], subject: str) -> dict[str, JsonValue]:
        if not self.dialect.repeats_subject or "subject" in body or not subject:
            return dict(body)
        return {"subject": subject, **body}

    def _completed(self, spec: IncidentSpec) -> IncidentSpec:
        """Give the spec in the desk's words, its own defaults where the rules say nothing."""
        texts = {f.name: getattr(spec, f.name) for f in fields(spec)}
        worded = {
            name: self.vocabulary.say(public_name(name), text)
            for name, text in texts.items()
            if isinstance(text, str) and text
        }
        levels = {name: self._enumerated(name, worded.get(name, "")) for name in self.dialect.enums}
        missing = {
            name: self.defaults[name]
            for name in ("requester", "category", "location")
            if not texts[name]
        }
        return replace(spec, **{**worded, **levels, **missing})  # type: ignore[arg-type]  # texts all

    def _enumerated(self, name: str, word: str) -> str:
        """Give the one of the desk's fixed words that this is; empty if it is none."""
        known = {own.casefold(): own for own in self.dialect.enums[name]}
        return known.get(word.casefold(), "")

    def _unknown_words(self, spec: IncidentSpec) -> Mapping[str, str]:
        """Give the lines that say so, by public name."""
        texts = {name: getattr(spec, ATTRIBUTES[name]) for name in self.dialect.enums}
        said = {name: self.vocabulary.say(name, text) for name, text in texts.items() if text}
        return {
            name: f"{name}: {word} is unknown to this desk"
            for name, word in said.items()
            if not self._enumerated(name, word)
        }

    def _description(self, spec: IncidentSpec, field_id: FieldId) -> str:
        known = {**self.dialect.names, **self.dialect.filing_names}
        worded = self._completed(spec)
        ci = " ".join(part for part in (worded.ci_key, worded.ci_value, worded.ci_id) if part)
        said = {"CI": ci, **{a: getattr(worded, a) for a in _SAID_IN_DESCRIPTION if a not in known}}
        lines = [f"{name}: {text}" for name, text in {**said, **spec.links}.items() if text]
        customs = spec.custom_fields
        unknown = [
            f"Custom field {name} is unknown to this desk: {as_text(customs[name].value)}"
            for name in self._unknown(customs, field_id)
        ]
        tail = "\n".join([*lines, *self.unknown_words(spec), *unknown])
        text = fitted(worded.description, tail, self.max_description)
        return as_html(text) if text and self.describes_in_html else text

    def _custom_fields(
        self, customs: Mapping[str, CustomField], field_id: FieldId
    ) -> dict[str, JsonValue]:
        values: dict[str, JsonValue] = {}
        for name, custom in customs.items():
            if not self.dialect.has_field_ids:
                values[name] = custom.value
            elif (key := field_id(name)) is not None:
                values[key] = typed_value(custom, self.value_members)
        return {self.dialect.custom_fields: values} if values else {}

    def _unknown(self, customs: Mapping[str, CustomField], field_id: FieldId) -> Collection[str]:
        """Name the custom fields that the desk has no id for."""
        if not self.dialect.has_field_ids:
            return ()
        return [name for name in customs if field_id(name) is None]


def carries(record: JsonObject, token: str) -> bool:
    """Say whether a ticket that a search gave really is the token's."""
    tags = record.get("tags")
    is_tagged = isinstance(tags, list) and token in tags
    return is_tagged or f"[{token}]" in str(record.get("subject") or "")


def search(key: str, operator: str, text: str) -> JsonObject:
    """Write the body that finds tickets by one of their texts."""
    qualification: JsonObject = {
        "type": "RelationalQualificationRest",
        "leftOperand": {"type": "PropertyOperandRest", "key": key},
        "operator": operator,
        "rightOperand": {
            "type": "ValueOperandRest",
            "value": {"type": "StringValueRest", "value": text},
        },
    }
    return {"qualDetails": {"type": "FlatQualificationRest", "quals": [qualification]}}


def _named(spec: IncidentSpec, names: Mapping[str, str]) -> dict[str, JsonValue]:
    said = {key: getattr(spec, attribute) for attribute, key in names.items()}
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in said.items()
        if value
    }
