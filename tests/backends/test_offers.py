"""What a desk says that it has, for rules to be held against."""

from collections.abc import Iterator

import pytest

from bridge.backends import BACKENDS, Offer
from bridge.backends.summit.adapter import Summit
from bridge.backends.vocabulary import Vocabulary
from tests.backends.raw_server import answer, raw_server
from tests.backends.serviceops_world import World, desk_at, running_world


@pytest.fixture
def world() -> Iterator[World]:
    with running_world() as made:
        yield made
        assert list(made.sandbox.refusals) == []


@pytest.mark.parametrize("dialect", ["incident", "request"])
def test_serviceops_says_its_custom_fields_and_its_priorities(world: World, dialect: str) -> None:
    offer = world.desk(dialect=dialect, values={"priority": {"page": "Urgent"}}).offered()
    assert offer.custom_fields is not None
    assert {"Event ID", "Score"} <= set(offer.custom_fields)
    # The desk's own words, and all that are translated into them.
    assert {"Low", "Urgent", "page", "critical", "medium"} <= set(offer.words["priority"])
    assert "worst" not in offer.words["priority"]


def test_the_older_serviceops_has_no_other_levels_than_its_api_names(world: World) -> None:
    words = world.desk(dialect="incident").offered().words
    assert {"URGENT", "critical", "low"} <= set(words["urgency"])
    assert {"ONBUSINESS", "high"} <= set(words["impact"])
    assert "hugh" not in words["urgency"]
    assert "urgency" not in world.desk(dialect="request").offered().words


def test_a_serviceops_that_does_not_show_them_says_nothing() -> None:
    refusing = [answer(404, {"message": "no such path"})] * 2
    with raw_server(*refusing) as server, desk_at(server.url, dialect="request") as desk:
        assert desk.offered() == Offer()


def test_summit_cannot_say() -> None:
    section = (
        BACKENDS["summit"]
        .schema()
        .load(
            {
                "type": "summit",
                "url": "http://127.0.0.1:9",
                "auth": {"api_key": "k"},
                "defaults": {
                    "instance": "IT",
                    "caller": "a@example.com",
                    "workgroup": "NOC",
                    "engineer": "a@example.com",
                    "closure_code": "x",
                    "resolution_code": "x",
                },
            }
        )
    )
    desk = Summit("summit", section)
    assert desk.offered() == Offer()
    desk.close()


def test_a_vocabulary_knows_the_words_on_both_sides() -> None:
    words = Vocabulary(
        said={"priority": {"page": "P1"}}, usual={"priority": {"low": "P4"}, "impact": {"a": "b"}}
    )
    assert words.known() == {
        "priority": {"page", "P1", "low", "P4"},
        "impact": {"a", "b"},
    }
    assert words.leading_to("priority", ["p1"]) == {"p1", "page"}
    assert words.leading_to("sla", ["Gold"]) == {"Gold"}
