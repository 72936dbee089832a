"""Calls to the stand-in Jira that its rules allow, to be spoilt by a test."""

from collections.abc import Mapping
from typing import Any

import requests

from bridge.sandbox import Sandbox

CLOUD = "/rest/api/3"
SERVER = "/rest/api/2"
#: What lets the user who may do everything in.
AUTH: Mapping[str, tuple[str, str]] = {
    CLOUD: ("bridge@example.com", "sandbox-api-token"),
    SERVER: ("bridge", "sandbox-password"),
}
NEW: Mapping[str, Any] = {
    "project": {"key": "OPS"},
    "issuetype": {"name": "Incident"},
    "summary": "web-1 is down",
    "priority": {"name": "High"},
    "components": [{"name": "Network"}],
    "labels": ["tok-1"],
    "customfield_10004": {"value": "Minor / Localized"},
    "customfield_10011": 7,
}


def text(root: str, words: str) -> Any:
    """Write a text as an API takes it."""
    if root == SERVER:
        return words
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": words}]}
    return {"type": "doc", "version": 1, "content": [paragraph]}


def call(
    desk: Sandbox, http: requests.Session, root: str, method: str, path: str, **how: Any
) -> requests.Response:
    """Make a call as the user who may do everything."""
    return http.request(method, desk.url + root + path, **{"auth": AUTH[root], "timeout": 5, **how})


def file(desk: Sandbox, http: requests.Session, root: str = CLOUD, **more: object) -> str:
    """File an issue; give its key."""
    said = {**NEW, "description": text(root, "No ping for 5m"), **more}
    answer = call(desk, http, root, "POST", "/issue", json={"fields": said})
    assert answer.status_code == 201, answer.text
    key: str = answer.json()["key"]
    return key


def shown(desk: Sandbox, http: requests.Session, root: str, key: str) -> Mapping[str, Any]:
    """Give the fields of an issue."""
    answer = call(desk, http, root, "GET", f"/issue/{key}")
    assert answer.status_code == 200, answer.text
    fields: Mapping[str, Any] = answer.json()["fields"]
    return fields


def move(
    desk: Sandbox, http: requests.Session, root: str, key: str, id_: str, **more: object
) -> Any:
    """Take a transition."""
    said = {"transition": {"id": id_}, **more}
    return call(desk, http, root, "POST", f"/issue/{key}/transitions", json=said)


def searched(desk: Sandbox, http: requests.Session, root: str, **said: object) -> Any:
    """Search as an API is searched."""
    path = "/search/jql" if root == CLOUD else "/search"
    asked = {"jql": 'labels = "tok-1" ORDER BY created ASC', "fields": ["labels"], **said}
    return call(desk, http, root, "POST", path, json=asked)
