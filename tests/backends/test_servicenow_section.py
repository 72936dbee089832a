"""The `servicenow` entry of `backends:`."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from marshmallow import ValidationError

from tests.backends.servicenow_world import USER, section

URL = "https://snow.example.com"


def test_the_least_is_an_address_and_a_way_in() -> None:
    loaded = section(URL)
    assert loaded["table"] == "incident"
    assert loaded["states"] == {
        "open": "1",
        "reopened": "2",
        "on_hold": "3",
        "resolved": "6",
        "closed": "7",
        "cancelled": "8",
    }
    assert loaded["defaults"]["close_code"] == "Solution provided"
    assert loaded["look_every"] == timedelta(minutes=15)


@pytest.mark.parametrize(
    "auth",
    [
        USER,
        {"api_key": "k"},
        {"client_id": "c", "client_secret": "s"},
        {"client_id": "c", "client_secret": "s", **USER},
    ],
)
def test_each_way_in_is_taken(auth: Mapping[str, str]) -> None:
    assert section(URL, auth=auth)["auth"] == auth


@pytest.mark.parametrize(
    "auth",
    [
        {},
        {"username": "u"},
        {"api_key": "k", **USER},
        {"client_id": "c", **USER},
        {"client_id": "c", "client_secret": "s", "username": "u"},
        {"username": "u", "password": ""},
    ],
)
def test_half_a_way_in_is_refused(auth: Mapping[str, str]) -> None:
    with pytest.raises(ValidationError, match="is not one way in; write username and password"):
        section(URL, auth=auth)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"table": "incident; drop"}, "is no table"),
        ({"table": ""}, "is no table"),
        ({"states": {"open": True}}, "is no value of a choice"),
        ({"states": {"open": ""}}, "is no value of a choice"),
        ({"states": {"pending": 3}}, "unknown key"),
        ({"max_subject": 10}, "out of range"),
        ({"max_description": 10}, "out of range"),
        ({"transitions": {"close_after": "soon"}}, "write it like 90s"),
        ({"transitions": {"open": True}}, "is no value of a choice"),
        ({"transitions": {"muted": 6}}, "6 is a state of rest"),
        ({"transitions": {"acknowledged": "8"}}, "8 is a state of rest"),
        ({"transitions": {"muted": 3}}, "give `defaults.hold_reason`"),
        ({"transitions": {"muted": 9}, "states": {"on_hold": 9}}, "9 is On Hold"),
        ({"defaults": {"close_code": ""}}, "Shorter than"),
    ],
)
def test_nonsense_is_refused_with_the_remedy(said: Mapping[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        section(URL, **said)


def test_an_instance_may_have_another_state_on_hold() -> None:
    loaded = section(URL, states={"on_hold": 4}, transitions={"muted": 3})
    assert (loaded["transitions"]["muted"], loaded["states"]["on_hold"]) == ("3", "4")
