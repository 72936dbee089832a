"""The fields of an issue: how a body is read into the record, and how the record is shown."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from bridge.domain.json import JsonValue
from bridge.sandbox.jira import workflow
from bridge.sandbox.jira.dialect import Dialect
from bridge.sandbox.jira.refusals import BadRequest
from bridge.sandbox.jira.words import (
    COMPONENTS,
    CUSTOM,
    ISSUE_TYPES,
    LONGEST_LABEL,
    LONGEST_SUBJECT,
    LONGEST_TEXT,
    PRIORITIES,
    PROJECT,
    PROJECT_ID,
    FieldDef,
)
from bridge.sandbox.ticket import SandboxTicket

IMPACT: Final = "customfield_10004"
URGENCY: Final = "customfield_10005"
#: Custom fields that the record has a field of its own for.
_OWN: Final = {IMPACT: "impact", URGENCY: "urgency"}
_TOO_LONG: Final = (
    f"The entered text is too long. It exceeds the allowed limit of {LONGEST_TEXT:,} characters."
)


def read(said: Mapping[str, object], dialect: Dialect, *, is_new: bool) -> Mapping[str, object]:
    """Read the fields of a body into the record's; BadRequest that names every wrong one."""
    errors: dict[str, str] = {}
    changes: dict[str, object] = {}
    customs: dict[str, object] = {}
    for id_, value in said.items():
        try:
            if id_ in CUSTOM and id_ not in _OWN:
                _check_screen(id_)
                customs[id_] = _custom(CUSTOM[id_], value, dialect)
            else:
                changes |= _field(id_, value, dialect, is_new=is_new)
        except BadRequest as refused:
            errors[id_] = refused.message
    if is_new:
        errors = {**_missing(said), **errors}
    if errors:
        raise BadRequest(errors=errors)
    return {**changes, "custom_fields": customs} if customs else changes


def changed_labels(ticket: SandboxTicket, said: object) -> tuple[str, ...]:
    """Apply the operations of `update.labels`."""
    labels = list(ticket.tags)
    for operation in said if isinstance(said, list) else [said]:
        match operation:
            case {"add": label, **rest} if not rest:
                labels += [word for word in _labels([label]) if word not in labels]
            case {"remove": str() as label, **rest} if not rest:
                labels = [word for word in labels if word != label]
            case {"set": words, **rest} if not rest:
                labels = list(_labels(words))
            case _:
                raise BadRequest(errors={"labels": "Unsupported operation"})
    return tuple(labels)


def check_text(text: str) -> str:
    """Refuse a text that is too long."""
    if len(text) > LONGEST_TEXT:
        raise BadRequest(_TOO_LONG)
    return text


def show(ticket: SandboxTicket, dialect: Dialect) -> Mapping[str, object]:
    """Give every field as Jira shows it."""
    components = [{"name": name} for name in ticket.category.split(", ") if name]
    customs = {id_: _shown(CUSTOM[id_], v, dialect) for id_, v in ticket.custom_fields.items()}
    return {
        "summary": ticket.subject,
        "description": dialect.show_text(ticket.description) if ticket.description else None,
        "status": workflow.status(ticket.status),
        "resolution": {"name": ticket.reason} if ticket.reason else None,
        "priority": {"name": ticket.priority},
        "components": components,
        "labels": list(ticket.tags),
        "assignee": dialect.show_person(ticket.assignee),
        "reporter": dialect.show_person(ticket.requester),
        "created": _time(ticket.created_at),
        "updated": _time(ticket.updated_at),
        "project": {"id": PROJECT_ID, "key": PROJECT},
        "issuetype": {"name": ISSUE_TYPES["10001"]},
        IMPACT: {"value": ticket.impact} if ticket.impact else None,
        URGENCY: {"value": ticket.urgency} if ticket.urgency else None,
        **customs,
    }


def off_screen(id_: str) -> BadRequest:
    """Say that a field is not there to be set."""
    return BadRequest(
        f"Field '{id_}' cannot be set. It is not on the appropriate screen, or unknown."
    )


def _missing(said: Mapping[str, object]) -> Mapping[str, str]:
    wanted = {
        "project": "Specify a valid project ID or key",
        "issuetype": "Specify an issue type",
        "summary": "You must specify a summary of the issue.",
    }
    return {id_: message for id_, message in wanted.items() if id_ not in said}


def _field(id_: str, value: object, dialect: Dialect, *, is_new: bool) -> Mapping[str, object]:
    if id_ in ("project", "issuetype") and is_new:
        _check_place(id_, value)
        return {}
    if id_ in _OWN:
        return {_OWN[id_]: _one_of(value, "value", CUSTOM[id_].options, "Option value")}
    match id_:
        case "description":
            return {"description": check_text(dialect.read_text(value))}
        case "assignee" | "reporter":
            name = "assignee" if id_ == "assignee" else "requester"
            return {name: _person(id_, value, dialect)}
        case _ if id_ in _PLAIN:
            name, read_plain = _PLAIN[id_]
            return {name: read_plain(value)}
        case _:
            raise off_screen(id_)


def _check_screen(id_: str) -> None:
    if not CUSTOM[id_].is_on_screen:
        raise off_screen(id_)


def _check_place(id_: str, value: object) -> None:
    about = value if isinstance(value, Mapping) else {}
    if id_ == "project":
        if about.get("key") != PROJECT and about.get("id") != PROJECT_ID:
            raise BadRequest("valid project is required")
    elif about.get("name") not in ISSUE_TYPES.values() and about.get("id") not in ISSUE_TYPES:
        raise BadRequest("Specify a valid issue type")


def _summary(value: object) -> str:
    if not isinstance(value, str):
        raise BadRequest("Operation value must be a string")
    if not value.strip():
        raise BadRequest("You must specify a summary of the issue.")
    if re.search(r"[\r\n]", value):
        raise BadRequest("The summary is invalid because it contains newline characters.")
    if len(value) > LONGEST_SUBJECT:
        raise BadRequest(f"Summary must be less than {LONGEST_SUBJECT} characters.")
    return value


def _one_of(value: object, key: str, known: Sequence[str], what: str) -> str:
    said = value.get(key) if isinstance(value, Mapping) else None
    if said not in known:
        raise BadRequest(f"{what} '{said}' is not valid")
    return str(said)


def _priority(value: object) -> str:
    return _one_of(value, "name", PRIORITIES, "Priority name")


def _components(value: object) -> str:
    if not isinstance(value, list):
        raise BadRequest("data was not an array")
    return ", ".join(_one_of(row, "name", COMPONENTS, "Component name") for row in value)


def _labels(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise BadRequest("Operation value must be an array of strings")
    for word in value:
        if re.search(r"\s", word):
            raise BadRequest(f"The label '{word}' contains spaces which is invalid.")
        if not word or len(word) > LONGEST_LABEL:
            raise BadRequest(f"The label '{word[:20]}' exceeds the allowed length.")
    return tuple(dict.fromkeys(value))


#: The record's name of a field that reads the same in both APIs, and how.
_PLAIN: Final[Mapping[str, tuple[str, Callable[[object], object]]]] = {
    "summary": ("subject", _summary),
    "priority": ("priority", _priority),
    "components": ("category", _components),
    "labels": ("tags", _labels),
}


def _person(id_: str, value: object, dialect: Dialect) -> str:
    if value is None and id_ == "assignee":
        return ""
    person = dialect.person(value)
    if person is None:
        said = value.get(dialect.user_key) if isinstance(value, Mapping) else value
        raise BadRequest(
            f"User '{said}' cannot be assigned issues."
            if id_ == "assignee"
            else "The reporter specified is not a user."
        )
    return person.shown


def _custom(about: FieldDef, value: object, dialect: Dialect) -> JsonValue:
    if about.type == "array":
        if not isinstance(value, list):
            raise BadRequest("data was not an array")
        return [_custom_one(about, about.items, part, dialect) for part in value]
    return _custom_one(about, about.type, value, dialect)


def _custom_one(about: FieldDef, type_: str, value: object, dialect: Dialect) -> JsonValue:
    match type_:
        case "number":
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise BadRequest("Operation value must be a number")
            return value
        case "option":
            return {"value": _one_of(value, "value", about.options, "Option value")}
        case "user":
            return _person("assignee", value, dialect)
        case _ if about.kind == "textarea":
            return check_text(dialect.read_text(value))
        case _ if about.kind == "labels":
            return _labels([value])[0]
        case _:
            return _short(value)


def _short(value: object) -> str:
    if not isinstance(value, str):
        raise BadRequest("Operation value must be a string")
    if len(value) > LONGEST_LABEL or "\n" in value:
        raise BadRequest("The entered text is too long or has more than one line.")
    return value


def _shown(about: FieldDef, value: JsonValue, dialect: Dialect) -> object:
    shows: Mapping[str, Callable[[str], object]] = {
        "textarea": dialect.show_text,
        "userpicker": dialect.show_person,
    }
    show_one = shows.get(about.kind)
    return show_one(str(value)) if show_one is not None else value


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}+0000"
