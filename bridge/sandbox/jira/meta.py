"""What this Jira says of itself: who calls, what the project takes, which fields and people."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from flask import Blueprint, Response, request

from bridge.sandbox.jira.access import BLIND, READER
from bridge.sandbox.jira.dialect import Dialect
from bridge.sandbox.jira.refusals import BadRequest, NotFound
from bridge.sandbox.jira.words import (
    COMPONENTS,
    CUSTOM,
    ISSUE_TYPES,
    PEOPLE,
    PRIORITIES,
    PROJECT,
    PROJECT_ID,
    STATUSES,
    FieldDef,
    Person,
)
from bridge.sandbox.jira.workflow import status
from bridge.sandbox.routes import json_answer

_RIGHTS: Final = (
    "BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "TRANSITION_ISSUES", "ADD_COMMENTS",
    "CREATE_ATTACHMENTS",
)  # fmt: skip
_SYSTEM: Final[Mapping[str, str]] = {
    "summary": "Summary",
    "description": "Description",
    "issuetype": "Issue Type",
    "project": "Project",
    "priority": "Priority",
    "components": "Components",
    "labels": "Labels",
    "assignee": "Assignee",
    "reporter": "Reporter",
}
_REQUIRED: Final = ("summary", "issuetype", "project", "reporter")


class Meta:
    """One API's answers about itself."""

    def __init__(self, dialect: Dialect, user: Callable[[], Person]) -> None:
        self._dialect = dialect
        self._user = user

    def add(self, blueprint: Blueprint) -> None:
        """Add the routes."""
        root, name = self._dialect.root, f"v{self._dialect.version}"
        types = f"{root}/issue/createmeta/<project>/issuetypes"
        views: Mapping[str, Callable[..., Response]] = {
            f"{root}/serverInfo": self._server,
            f"{root}/myself": self._myself,
            f"{root}/mypermissions": self._permissions,
            f"{root}/project/<project>": self._project,
            f"{root}/project/<project>/statuses": self._statuses,
            f"{root}/field": self._fields,
            f"{root}/priority": self._priorities,
            f"{root}/user/search": self._people,
            types: self._types,
            f"{types}/<type_>": self._screen,
        }
        for path, view in views.items():
            blueprint.add_url_rule(path, f"{name}{view.__name__}", view, methods=["GET"])

    def _server(self) -> Response:
        return json_answer({"deploymentType": self._dialect.deployment, "version": "10.3.0"})

    def _myself(self) -> Response:
        return json_answer(self._dialect.show_person(self._user().shown))

    def _permissions(self) -> Response:
        asked = [right for right in request.args.get("permissions", "").split(",") if right]
        if self._dialect.is_cloud and not asked:
            raise BadRequest("The 'permissions' query parameter is required.")
        self._check_project(request.args.get("projectKey", PROJECT))
        lacks = self._user().name == READER
        rights = {
            right: {"key": right, "havePermission": right == "BROWSE_PROJECTS" or not lacks}
            for right in asked or _RIGHTS
        }
        unknown = sorted(rights.keys() - set(_RIGHTS))
        if unknown:
            raise BadRequest(f"Unrecognized permission(s): {', '.join(unknown)}")
        return json_answer({"permissions": rights})

    def _project(self, project: str) -> Response:
        self._check_project(project)
        return json_answer({"id": PROJECT_ID, "key": PROJECT, "name": "Operations"})

    def _statuses(self, project: str) -> Response:
        self._check_project(project)
        statuses = [status(name) for name in STATUSES]
        types = ISSUE_TYPES.items()
        return json_answer([{"id": id_, "name": name, "statuses": statuses} for id_, name in types])

    def _fields(self) -> Response:
        system = [{"id": id_, "name": name, "custom": False} for id_, name in _SYSTEM.items()]
        own = [
            {"id": id_, "name": about.name, "custom": True, "schema": _schema(about)}
            for id_, about in CUSTOM.items()
        ]
        return json_answer([*system, *own])

    def _priorities(self) -> Response:
        return json_answer([{"name": name} for name in PRIORITIES])

    def _people(self) -> Response:
        text = request.args.get(self._dialect.user_query)
        if text is None:
            raise BadRequest(f"The {self._dialect.user_query} query parameter was not provided")
        wanted = text.casefold()
        found = [
            self._dialect.show_person(person.shown)
            for person in PEOPLE
            if person.email.startswith(wanted) or person.shown.casefold().startswith(wanted)
        ]
        return json_answer(found)

    def _types(self, project: str) -> Response:
        self._check_project(project)
        rows = [{"id": id_, "name": name} for id_, name in ISSUE_TYPES.items()]
        may_file = self._user().name != READER
        return self._page("issueTypes", rows if may_file else [])

    def _screen(self, project: str, type_: str) -> Response:
        self._check_project(project)
        if type_ not in ISSUE_TYPES:
            raise NotFound("The issue type is not found")
        system = [
            {"fieldId": id_, "name": name, "required": id_ in _REQUIRED, **_allowed(id_)}
            for id_, name in _SYSTEM.items()
        ]
        own = [
            {"fieldId": id_, "name": about.name, "required": False, "schema": _schema(about),
             **_values("value", about.options)}
            for id_, about in CUSTOM.items()
            if about.is_on_screen
        ]  # fmt: skip
        return self._page("fields", [*system, *own])

    def _page(self, rows_in: str, rows: Sequence[object]) -> Response:
        start = request.args.get("startAt", 0, type=int)
        size = min(request.args.get("maxResults", 50, type=int), 10)
        shown = rows[start : start + size]
        page = {"startAt": start, "maxResults": size, "total": len(rows)}
        return json_answer({**page, self._dialect.rows or rows_in: shown})

    def _check_project(self, project: str) -> None:
        if project not in (PROJECT, PROJECT_ID) or self._user().name == BLIND:
            raise NotFound(f"No project could be found with key '{project}'.")


def _schema(about: FieldDef) -> Mapping[str, object]:
    items = {"items": about.items} if about.items else {}
    kinds = "com.atlassian.jira.plugin.system.customfieldtypes"
    return {"type": about.type, **items, "custom": f"{kinds}:{about.kind}"}


def _allowed(id_: str) -> Mapping[str, object]:
    return _values("name", {"priority": PRIORITIES, "components": COMPONENTS}.get(id_, ()))


def _values(key: str, names: Sequence[str]) -> Mapping[str, object]:
    return {"allowedValues": [{key: name} for name in names]} if names else {}
