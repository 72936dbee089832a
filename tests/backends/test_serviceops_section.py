"""The `serviceops` entry of bridge.yaml."""

from collections.abc import Mapping
from typing import Any

import pytest
from marshmallow import ValidationError

from bridge.backends.serviceops import TYPE

LEAST: Mapping[str, object] = {
    "type": "serviceops",
    "url": "https://desk.example.com",
    "auth": {"api_key": "k"},
    "defaults": {"requester": "noc@example.com"},
}
GRANT = {"client_id": "c", "client_secret": "s", "username": "u", "password": "p"}


def load(**said: object) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = TYPE.schema().load({**LEAST, **said})
    return loaded


def test_the_least_has_the_documented_defaults() -> None:
    section = load()
    assert section["dialect"] == "incident"
    assert section["defaults"] == {
        "requester": "noc@example.com",
        "requester_name": "",
        "category": "Incident",
        "location": "",
    }
    assert section["statuses"] == {
        "open": "Open",
        "resolved": "Resolved",
        "closed": "Closed",
        "cancelled": "",
    }
    assert section["transitions"] == {
        "open": "",
        "escalated": "",
        "acknowledged": "",
        "muted": "",
        "cancel_within": None,
        "close_after": None,
        "clear_to": "",
    }
    assert (section["description"], section["max_description"]) == ("", 32_000)
    assert section["attach"] is True
    assert (section["max_subject"], section["find"], section["ticket_url"]) == (250, True, None)


def test_either_a_key_or_a_whole_login_is_taken() -> None:
    assert load(auth=GRANT)["auth"] == GRANT
    assert load()["auth"] == {"api_key": "k"}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"dialect": "incidents"}, "write incident or request"),
        ({"auth": {}}, "lacks client_id, client_secret, username, password"),
        ({"auth": {"client_id": "c", "username": "u"}}, "lacks client_secret, password"),
        ({"auth": {**GRANT, "api_key": "k"}}, "keep either api_key or the others"),
        ({"auth": {"apikey": "k"}}, "did you mean 'api_key'?"),
        ({"defaults": {}}, "Missing data for required field."),
        ({"defaults": {"requester": "noc"}}, "write it like noc@example.com"),
        ({"defaults": {"requester": "a@example.com, b@example.com"}}, "is no address"),
        ({"statuses": {"done": "Fixed"}}, "unknown key 'done'"),
        ({"max_subject": 10}, "choose 80 to 5000"),
        ({"max_description": 10}, "choose 200 to 1000000"),
        ({"description": "markdown"}, "write text or html"),
        ({"transitions": {"clear_to": "Done"}}, "'Done' is no end; choose from Resolved, Closed"),
        ({"transitions": {"muted": "closed"}}, "'closed' is where tickets end"),
        ({"transitions": {"mute": "Pending"}}, "did you mean 'muted'?"),
        ({"transitions": {"close_after": "later"}}, "later"),
        ({"ticket_url": "https://desk.example.com/"}, "https://desk.example.com/ticket/{id}"),
        ({"value_members": {"int": "longValue"}}, "choose from string, integer"),
    ],
)
def test_a_mistake_is_named_with_its_remedy(said: Mapping[str, object], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        load(**said)
    assert words in str(caught.value)


def test_no_password_stands_in_an_error() -> None:
    with pytest.raises(ValidationError) as caught:
        load(auth={"client_secret": "s3cr3t", "password": "p4ssw0rd"})
    assert "s3cr3t" not in str(caught.value)
    assert "p4ssw0rd" not in str(caught.value)


def test_a_status_that_is_named_cancelled_is_an_end_too() -> None:
    section = load(statuses={"cancelled": "Withdrawn"}, transitions={"clear_to": "withdrawn"})
    assert section["transitions"]["clear_to"] == "withdrawn"
    with pytest.raises(ValidationError, match="choose from Resolved, Closed, Withdrawn"):
        load(statuses={"cancelled": "Withdrawn"}, transitions={"clear_to": "Cancelled"})
