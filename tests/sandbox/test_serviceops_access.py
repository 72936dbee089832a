"""Who may call ServiceOps: tokens, which expire, and the key."""

from typing import Any

import pytest
import requests

from bridge.sandbox import Sandbox
from tests.sandbox.calls import KEY, gen1_incident

CLIENT = ("api", "sandbox-secret")
FORM = {"username": "bridge", "password": "sandbox-password", "grant_type": "password"}


def ask_token(desk: Sandbox, http: requests.Session, **changes: Any) -> requests.Response:
    parts = {name: (None, value) for name, value in FORM.items()}
    how = {"auth": CLIENT, "files": parts, "timeout": 5, **changes}
    return http.post(desk.url + "/api/oauth/token", **how)


def bearer(desk: Sandbox, http: requests.Session) -> dict[str, str]:
    return {"Authorization": f"Bearer {ask_token(desk, http).json()['access_token']}"}


def create(desk: Sandbox, http: requests.Session, headers: dict[str, str]) -> requests.Response:
    url = desk.url + "/api/v1/incident"
    return http.post(url, json=gen1_incident(), headers=headers, timeout=5)


def test_a_token_is_good_for_two_hours(serviceops: Sandbox, http: requests.Session) -> None:
    answer = ask_token(serviceops, http)
    assert answer.status_code == 200
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("bearer", 7199)
    assert create(serviceops, http, bearer(serviceops, http)).status_code == 200


def test_an_expired_token_is_refused_but_breaks_no_rule(
    serviceops: Sandbox, http: requests.Session
) -> None:
    headers = bearer(serviceops, http)
    http.post(serviceops.url + "/_sandbox/tokens/expire", timeout=5)
    assert create(serviceops, http, headers).status_code == 401
    assert create(serviceops, http, bearer(serviceops, http)).status_code == 200
    assert serviceops.refusals == ()


@pytest.mark.parametrize("value", ["sandbox-key", "sandbox%2Dkey"])
def test_a_key_may_be_url_encoded(serviceops: Sandbox, http: requests.Session, value: str) -> None:
    assert create(serviceops, http, {"Authorization": f"Apikey {value}"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Apikey wrong"},
        {"Authorization": "sandbox-key"},
        {"Authorization": "Bearer sandbox-key"},
        {"Authorization": "Basic YXBpOnNhbmRib3gtc2VjcmV0"},
    ],
)
def test_nobody_known_is_refused(
    serviceops: Sandbox, http: requests.Session, headers: dict[str, str]
) -> None:
    assert create(serviceops, http, headers).status_code == 401
    assert serviceops.tickets == ()
    assert "Authorization" in serviceops.refusals[0]
    assert "sandbox-key" not in serviceops.refusals[0]


@pytest.mark.parametrize(
    ("changes", "status", "named"),
    [
        ({"auth": None}, 401, "Authorization"),
        ({"auth": ("api", "guess")}, 401, "Authorization"),
        ({"files": None, "data": FORM}, 400, "Content-Type"),
        ({"files": {"username": (None, "bridge")}}, 400, "grant_type"),
        ({"files": {**FORM, "grant_type": (None, "refresh_token")}}, 400, "grant_type"),
        ({"files": {"grant_type": (None, "password")}}, 400, "username"),
    ],
)
def test_a_token_is_given_for_the_documented_form_only(
    serviceops: Sandbox,
    http: requests.Session,
    changes: dict[str, Any],
    status: int,
    named: str,
) -> None:
    answer = ask_token(serviceops, http, **changes)
    assert answer.status_code == status
    assert named in answer.json()["userMessage"]
    assert len(serviceops.refusals) == 1


def test_the_pages_ask_nobody_for_a_key(serviceops: Sandbox, http: requests.Session) -> None:
    create(serviceops, http, KEY)
    assert http.get(serviceops.url + "/", timeout=5).status_code == 200
    assert http.get(serviceops.url + "/tickets/INC-1", timeout=5).status_code == 200
