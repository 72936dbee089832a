"""A desk that takes the bridge for an end user, over real HTTP."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bridge.backends.summit.adapter import Summit
from bridge.domain.policy import OnClear
from tests.backends.summit_world import SPEC, TOKEN, World, running_world


@pytest.fixture
def world() -> Iterator[World]:
    """A desk that refused nothing when the test was over."""
    with running_world() as made:
        yield made
        assert list(made.sandbox.refusals) == []


@pytest.fixture(params=["object", "string"])
def desk(request: pytest.FixtureRequest, world: World) -> Summit:
    """An adapter that writes as an end user."""
    return world.desk(updater="Caller", container=request.param)


def test_a_ticket_says_the_same_as_an_analysts(world: World, desk: Summit) -> None:
    desk.create(SPEC, TOKEN, "")
    said = world.ticket()
    assert (said["subject"], said["description"]) == ("Disk full", "92 %")


def test_an_update_changes_the_text_that_it_names(world: World, desk: Summit) -> None:
    ticket = desk.create(SPEC, TOKEN, "")
    spec = replace(SPEC, subject="Disk fuller", description="97 %")
    updated = desk.update(desk.read(ticket), spec, ["subject"], TOKEN, "")
    assert (world.ticket()["subject"], world.ticket()["description"]) == ("Disk fuller", "92 %")
    desk.update(desk.read(updated), spec, ["description"], TOKEN, "")
    assert (world.ticket()["subject"], world.ticket()["description"]) == ("Disk fuller", "97 %")


def test_what_the_bridge_wrote_is_not_taken_for_a_persons_but_a_persons_is(
    world: World, desk: Summit
) -> None:
    ticket = desk.create(SPEC, TOKEN, "")
    ticket = desk.note(ticket, SPEC, "more")
    assert desk.read(ticket).theirs == set()
    world.person(ticket.number, description="Replaced")
    seen = desk.read(ticket)
    assert seen.theirs == {"description"}
    desk.note(seen, SPEC, "more")
    assert (world.ticket()["subject"], world.ticket()["description"]) == ("Disk full", "Replaced")


def test_a_ticket_comes_to_rest_with_both_its_texts(world: World, desk: Summit) -> None:
    ticket = desk.create(SPEC, TOKEN, "")
    assert desk.resolve(ticket, SPEC, OnClear.CLOSE, "all clear").status == "Closed"
    said = world.ticket()
    assert (said["subject"], said["description"]) == ("Disk full", "92 %")
