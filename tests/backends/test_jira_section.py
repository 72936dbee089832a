"""The `jira` entry of `backends:`."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from marshmallow import ValidationError

from bridge.backends.transitions import stages_of
from bridge.domain.stage import Stage
from tests.backends.jira_world import CLOUD_AUTH, SERVER_AUTH, section

URL = "https://jira.example.com"
USER = {"username": "bridge", "password": "p"}


def test_the_least_is_an_address_a_way_in_and_a_project() -> None:
    loaded = section(URL)
    assert (loaded["flavor"], loaded["issue_type"]) == ("cloud", "Incident")
    assert (loaded["max_subject"], loaded["max_description"]) == (255, 32_767)
    assert loaded["defaults"]["resolution"] == "Done"
    assert loaded["look_every"] == timedelta(minutes=15)
    assert stages_of(loaded["transitions"]) == frozenset()


@pytest.mark.parametrize(
    ("flavor", "auth"), [("cloud", CLOUD_AUTH), ("datacenter", SERVER_AUTH), ("datacenter", USER)]
)
def test_each_way_in_is_taken(flavor: str, auth: Mapping[str, str]) -> None:
    assert section(URL, flavor=flavor, auth=auth)["auth"] == auth


@pytest.mark.parametrize(
    ("flavor", "auth"),
    [
        ("cloud", {}),
        ("cloud", SERVER_AUTH),
        ("cloud", USER),
        ("cloud", {"email": "a@example.com"}),
        ("cloud", {**CLOUD_AUTH, "api_token": ""}),
        ("cloud", {**CLOUD_AUTH, **SERVER_AUTH}),
        ("datacenter", CLOUD_AUTH),
        ("datacenter", {"username": "u"}),
        ("datacenter", {**SERVER_AUTH, **USER}),
    ],
)
def test_another_way_in_is_refused(flavor: str, auth: Mapping[str, str]) -> None:
    with pytest.raises(ValidationError, match=f"is no way into flavor {flavor}; write "):
        section(URL, flavor=flavor, auth=auth)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"flavor": "server"}, "write cloud or datacenter"),
        ({"project": "ops"}, "is no project's key"),
        ({"project": 'OPS" OR 1'}, "is no project's key"),
        ({"issue_type": ""}, "Shorter than"),
        ({"labels": ["two words"]}, "write it without spaces"),
        ({"fields": {"impact": "Impact"}}, "write it like customfield_10004"),
        ({"fields": {"impcat": "customfield_1"}}, "did you mean 'impact'"),
        ({"fields": ["impact"]}, "is not a mapping"),
        ({"custom_fields": {"CI": ""}}, "is not a mapping of names"),
        ({"transitions": {"resolve": [""]}}, "holds no name"),
        ({"transitions": {"close_after": "soon"}}, "write it like 90s"),
        ({"transitions": {"pending": "x"}}, "unknown key"),
        ({"statuses": {"closed": ""}}, "Shorter than"),
        ({"max_subject": 256}, "choose 40 to 255"),
        ({"max_description": 32_768}, "choose 200 to 32767"),
    ],
)
def test_nonsense_is_refused_with_the_remedy(said: Mapping[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        section(URL, **said)


def test_stages_have_the_statuses_that_are_named() -> None:
    loaded = section(URL, transitions={"escalated": "Escalated", "muted": "On Hold"})
    assert stages_of(loaded["transitions"]) == {Stage.OPEN, Stage.ESCALATED, Stage.MUTED}
