"""What a project says that it takes: the fields of its create screen, and the account's rights."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from bridge.backends.desk import Offer
from bridge.backends.jira.answers import rows_of
from bridge.backends.jira.api import Api
from bridge.backends.vocabulary import Vocabulary
from bridge.domain.errors import DeskLockedOut, TicketRefused
from bridge.domain.json import JsonObject
from bridge.domain.stage import Stage

#: Each right, and what lacks it.
_RIGHTS: Final = {
    "BROWSE_PROJECTS": "see its issues",
    "CREATE_ISSUES": "file issues",
    "EDIT_ISSUES": "keep them current",
    "TRANSITION_ISSUES": "resolve them",
    "ADD_COMMENTS": "note on them",
    "CREATE_ATTACHMENTS": "attach files",
}
#: Fields that the bridge writes to every issue.
_NEEDED: Final = ("summary", "description", "labels")
_PAGE: Final = 100
_MOST_PAGES: Final = 20


def problems_of(api: Api, section: Mapping[str, Any]) -> Sequence[str]:
    """Say what stands in the way of filing, in the order in which it is to be mended."""
    api.ask("check", "/myself")
    return [
        *_wrong_flavor(api),
        *(
            _missing_rights(api, section)
            or _wrong_type(api, section)
            or _wrong_statuses(api, section)
        ),
    ]


def offer_of(api: Api, section: Mapping[str, Any], vocabulary: Vocabulary) -> Offer:
    """Ask for the create screen; what this account may not read is left out."""
    try:
        screen = _screen(api, section)
    except (DeskLockedOut, TicketRefused):
        return Offer()  # `check` has logged in: it is the screen that is not for us
    ids = {"priority": "priority", "category": "components", **section["fields"]}
    words = {
        name: vocabulary.leading_to(name, values)
        for name, id_ in ids.items()
        if (values := _allowed(screen.get(id_, {})))
    }
    own = [id_ for id_ in screen if id_.startswith("customfield_")]
    names = {str(screen[id_].get("name") or id_) for id_ in own}
    aliases = {said for said, at in section["custom_fields"].items() if at in {*own, *names}}
    return Offer(words=words, custom_fields={*own, *names, *aliases} or None)


def _wrong_flavor(api: Api) -> Iterator[str]:
    deployment = api.ask("check", "/serverInfo").object().get("deploymentType")
    if (deployment == "Cloud") != (api.flavor.deployment == "Cloud"):
        flavor = "cloud" if deployment == "Cloud" else "datacenter"
        yield f"this Jira says that it is {deployment}; write `flavor: {flavor}`"


def _missing_rights(api: Api, section: Mapping[str, Any]) -> Sequence[str]:
    project = section["project"]
    query = {"projectKey": project, "permissions": ",".join(_RIGHTS)}
    try:
        said = api.ask("check", "/mypermissions", query).object().get("permissions")
    except (DeskLockedOut, TicketRefused) as error:
        return [f"project {project} is not shown to this account ({error}); correct `project:`"]
    rights = said if isinstance(said, Mapping) else {}
    return [
        f"in project {project} this account may not {what}; give it the permission {right}"
        for right, what in _RIGHTS.items()
        if isinstance(about := rights.get(right), Mapping)
        and about.get("havePermission") is False
        and (right != "CREATE_ATTACHMENTS" or section["attach"])
    ]


def _wrong_type(api: Api, section: Mapping[str, Any]) -> Sequence[str]:
    project, wanted = section["project"], section["issue_type"]
    types = [str(row.get("name")) for row in _types(api, project)]
    if wanted.casefold() not in {name.casefold() for name in types}:
        has = ", ".join(types) or "none that this account may file"
        return [f"project {project} has no issue type {wanted!r}; write one of {has}"]
    screen = _screen(api, section)
    lacking = [id_ for id_ in _NEEDED if id_ not in screen]
    demanded = [
        f"{about.get('name')} ({id_})"
        for id_, about in screen.items()
        if about.get("required") is True
        and about.get("hasDefaultValue") is not True
        and not _is_written(id_, section)
    ]
    problems = [
        f"the create screen of {wanted} lacks {id_}, which the bridge writes; add it there"
        for id_ in lacking
    ]
    return problems + [
        f"{wanted} cannot be filed without {field}; make it optional, or let every rule set it"
        for field in demanded
    ]


def _wrong_statuses(api: Api, section: Mapping[str, Any]) -> Sequence[str]:
    """Hold what is configured as a status against those that the issue type has."""
    said, wanted = section["transitions"], section["issue_type"]
    stages = (said[stage.value] for stage in Stage)
    named = [said["clear_to"], *stages, section["statuses"]["reopened"]]
    if not any(named):
        return []
    rows = rows_of(api.ask("check", f"/project/{section['project']}/statuses"))
    has = [
        str(status.get("name"))
        for row in rows
        if str(row.get("name")).casefold() == wanted.casefold()
        and isinstance(statuses := row.get("statuses"), list)
        for status in statuses
        if isinstance(status, Mapping)
    ]
    known = {name.casefold() for name in has}
    return [
        f"{wanted} has no status {name!r}; write one of {', '.join(has)}"
        for name in dict.fromkeys(named)
        if name and name.casefold() not in known
    ]


def _is_written(id_: str, section: Mapping[str, Any]) -> bool:
    """Say whether every issue has this field from the bridge."""
    defaults = {"components": "category", "assignee": "engineer", "reporter": "requester"}
    named = {id_: name for name, id_ in section["fields"].items()}
    key = defaults.get(id_, named.get(id_, id_))
    is_rules = key in section["required"] or any(
        f"CustomFields.{name}" in section["required"] for name in (id_, *_called(id_, section))
    )
    # Jira itself says who reports what nobody else does.
    always = {"project", "issuetype", "reporter", *_NEEDED}
    return id_ in always or bool(section["defaults"].get(key)) or is_rules


def _called(id_: str, section: Mapping[str, Any]) -> Collection[str]:
    return [name for name, at in section["custom_fields"].items() if at == id_]


def _types(api: Api, project: str) -> Iterator[JsonObject]:
    """Give the issue types that may be filed."""
    yield from _pages(api, f"/issue/createmeta/{project}/issuetypes", "issueTypes")


def _screen(api: Api, section: Mapping[str, Any]) -> Mapping[str, JsonObject]:
    """Give the fields of the configured type's create screen by id."""
    project, wanted = section["project"], section["issue_type"].casefold()
    for row in _types(api, project):
        if str(row.get("name")).casefold() == wanted:
            path = f"/issue/createmeta/{project}/issuetypes/{row.get('id')}"
            rows = _pages(api, path, "fields")
            return {str(field.get("fieldId") or field.get("key")): field for field in rows}
    return {}


def _pages(api: Api, path: str, rows_in: str) -> Iterator[JsonObject]:
    """Give the rows of every page; Data Center calls them values."""
    start = 0
    for _ in range(_MOST_PAGES):
        query = {"startAt": str(start), "maxResults": str(_PAGE)}
        reply = api.ask("look-up of the create screen", path, query)
        said = reply.object()
        rows = said.get(rows_in, said.get("values"))
        if not isinstance(rows, list):
            reply.doubt(f"was answered without {rows_in}")
        yield from (row for row in rows if isinstance(row, Mapping))
        start += len(rows)
        total = said.get("total")
        if not rows or not isinstance(total, int) or start >= total:
            return


def _allowed(about: JsonObject) -> Collection[str]:
    values = about.get("allowedValues")
    rows = values if isinstance(values, list) else []
    names = (row.get("name") or row.get("value") for row in rows if isinstance(row, Mapping))
    return {str(name) for name in names if name}
