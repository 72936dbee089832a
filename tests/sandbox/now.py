"""Calls to the stand-in ServiceNow that its rules allow, to be spoilt by a test."""

from collections.abc import Mapping
from typing import Any

import requests

from bridge.sandbox import Sandbox
from bridge.sandbox.servicenow.tables import sys_id_of

USER = ("bridge", "sandbox-password")
PATH = "/api/now/table/incident"
NEW: Mapping[str, Any] = {
    "short_description": "web-1 is down",
    "description": "No ping for 5m",
    "impact": "2",
    "urgency": "1",
    "category": "network",
    "caller_id": sys_id_of("sys_user", "Monitoring"),
    "assignment_group": sys_id_of("sys_user_group", "NOC"),
    "correlation_id": "tok-1",
    "watch_list": "a@example.com,b@example.com",
    "work_notes": "Filed by the bridge",
    "u_score": 7,
}


def call(
    desk: Sandbox, http: requests.Session, method: str, path: str = PATH, **how: Any
) -> requests.Response:
    """Make a call as the user who may do everything."""
    return http.request(method, desk.url + path, **{"auth": USER, "timeout": 5, **how})


def file(desk: Sandbox, http: requests.Session, **more: object) -> Mapping[str, Any]:
    """File an incident; give its record."""
    answer = call(desk, http, "POST", json={**NEW, **more})
    assert answer.status_code == 201, answer.text
    record: Mapping[str, Any] = answer.json()["result"]
    return record


def change(desk: Sandbox, http: requests.Session, sys_id: str, **said: object) -> requests.Response:
    """Change an incident."""
    return call(desk, http, "PATCH", f"{PATH}/{sys_id}", json=said)


def numbers(desk: Sandbox, http: requests.Session, query: str, **args: str) -> list[str]:
    """Search incidents; give the numbers of those that are shown."""
    params = {"sysparm_query": query, "sysparm_fields": "number", **args}
    answer = call(desk, http, "GET", params=params)
    assert answer.status_code == 200, answer.text
    return [record["number"] for record in answer.json()["result"]]
