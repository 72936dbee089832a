"""What a `summit` entry of `backends:` accepts, and what it says of the rest."""

from collections.abc import Mapping
from contextlib import closing
from datetime import timedelta

import pytest
from marshmallow import ValidationError
from structlog.testing import capture_logs

from bridge.backends.summit import TYPE
from bridge.domain.stage import Stage
from tests.backends.summit_world import DEFAULTS, section

URL = "https://summit.example.com/API"


def fault(**said: object) -> str:
    """Give everything that is wrong with a section."""
    with pytest.raises(ValidationError) as caught:
        section(URL, **said)
    return str(caught.value.messages)


def test_the_least_there_must_be_is_enough() -> None:
    said = section(URL)
    assert said["path"] == "/REST/Summit_RESTWCF.svc/RESTService/CommonWS_JsonObjCall"
    assert said["auth"] == {"api_key": "sandbox-key"}
    assert (said["org_id"], said["container"]) == (1, "object")
    assert (said["defaults"]["source"], said["defaults"]["medium"]) == ("Monitoring", "Web")
    assert said["transitions"] == {
        "resolve": ("In-Progress", "Resolved"),
        "clear_to": "Resolved",
        "close_after": None,
        "cancel_within": None,
        "open": "New",
        "escalated": "",
        "acknowledged": "",
        "muted": "",
    }
    assert (said["find"], said["read"], said["reopen"], said["attach"]) == (True,) * 4
    assert said["updater"] == "Executive"


def test_a_user_may_stand_for_the_key() -> None:
    auth = {"username": "bridge", "password": "secret"}
    assert section(URL, auth=auth)["auth"] == auth


def test_statuses_may_be_spelled_freely() -> None:
    said = section(URL, transitions={"resolve": ["assigned", "In Progress", "RESOLVED"]})
    assert said["transitions"]["resolve"] == ("Assigned", "In-Progress", "Resolved")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"auth": {}}, "write api_key, or username and password"),
        ({"auth": {"username": "bridge"}}, "write api_key, or username and password"),
        ({"auth": {"api_key": ""}}, "is empty; write the key"),
        ({"auth": {"api_key": "k", "username": "u"}}, "keep one of them"),
        ({"auth": {"token": "k"}}, "unknown key 'token'"),
        ({"path": "REST/x.svc"}, "is no path; write it like /REST/"),
        ({"container": "xml"}, "write object or string"),
        ({"transitions": {"resolve": ["In-Progress"]}}, "write [In-Progress, Resolved]"),
        ({"transitions": {"resolve": ["Done"]}}, "choose from Assigned, In-Progress"),
        ({"transitions": {"resolve": "Resolved"}}, "write [In-Progress, Resolved]"),
        ({"transitions": {"clear_to": "New"}}, "write Resolved, Closed, Cancelled"),
        ({"transitions": {"clear": "New"}}, "did you mean 'clear_to'?"),
        ({"token_field": "Token"}, "needs custom_field_group"),
        ({"token_field": "T", "custom_field_groups": {"U": "G"}}, "needs custom_field_group"),
        ({"custom_field_groups": ["Site"]}, "write {Event ID: Monitor Tool}"),
        ({"custom_field_groups": {"Site": ""}}, "write {Event ID: Monitor Tool}"),
        ({"updater": "Analyst"}, "write Executive or Caller"),
        ({"transitions": {"open": "Pending"}}, "write New, Assigned or In-Progress"),
        ({"transitions": {"open": "Open"}}, "write New, Assigned or In-Progress"),
        ({"transitions": {"muted": "New"}}, "write Assigned, In-Progress or Pending"),
        ({"transitions": {"escalated": "Resolved"}}, "write Assigned, In-Progress or Pending"),
        ({"transitions": {"acknowledged": 7}}, "Not a valid string"),
        ({"defaults": {**DEFAULTS, "secondary_engineer": "Ann"}}, "write it like noc@example.com"),
        ({"max_subject": 10}, "choose 40 to 5000"),
    ],
)
def test_a_mistake_is_named_with_its_remedy(said: Mapping[str, object], words: str) -> None:
    assert words in fault(**said)


@pytest.mark.parametrize(
    "moves",
    [
        {"muted": "pending"},
        {"escalated": "Pending"},
        {"acknowledged": "PENDING"},
        {"resolve": ["Pending", "Resolved"]},
    ],
)
def test_what_makes_tickets_pending_demands_a_reason(moves: Mapping[str, object]) -> None:
    assert "makes no ticket Pending without it; add it" in fault(transitions=moves)
    defaults = {**DEFAULTS, "pending_reason": "Waiting for the alert"}
    assert section(URL, transitions=moves, defaults=defaults)["defaults"]["pending_reason"]


def test_stages_are_what_the_desk_has_a_status_for() -> None:
    said = {"acknowledged": "in progress", "escalated": "ASSIGNED", "cancel_within": "10m"}
    loaded = section(URL, transitions=said)
    assert loaded["transitions"]["acknowledged"] == "In-Progress"
    with closing(TYPE.build("summit", loaded, "eu")) as desk:
        assert desk.can.stages == {Stage.OPEN, Stage.ACKNOWLEDGED, Stage.ESCALATED}
        assert desk.can.cancel_within == timedelta(minutes=10)
    with closing(
        TYPE.build("summit", section(URL, transitions={"open": "Assigned"}), "eu")
    ) as desk:
        assert desk.can.stages == frozenset()


@pytest.mark.parametrize("key", ["engineer", "closure_code", "resolution_code"])
def test_what_resolving_demands_is_demanded(key: str) -> None:
    defaults = {name: value for name, value in DEFAULTS.items() if name != key}
    assert "Summit resolves no ticket without it; add it" in fault(defaults=defaults)


@pytest.mark.parametrize("key", ["instance", "caller", "workgroup"])
def test_what_filing_demands_is_demanded(key: str) -> None:
    defaults = {name: value for name, value in DEFAULTS.items() if name != key}
    assert key in fault(defaults=defaults)


@pytest.mark.parametrize("key", ["caller", "engineer"])
def test_addresses_are_addresses(key: str) -> None:
    assert "write it like noc@example.com" in fault(defaults={**DEFAULTS, key: "NOC"})


def test_closing_later_is_something_the_desk_can_do() -> None:
    desk = TYPE.build("summit", section(URL, transitions={"close_after": "3d"}), "eu")
    desk.close()
    assert desk.can.close_after == timedelta(days=3)


def test_a_desk_without_it_is_built_in_silence() -> None:
    with capture_logs() as logs:
        desk = TYPE.build("summit", section(URL, find=False, on_unknown="create"), "eu")
    desk.close()
    assert logs == []
    assert desk.name == "summit"
    assert (desk.can.find, desk.can.read, desk.can.create_when_unknown) == (False, True, True)
