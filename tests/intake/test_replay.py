"""A kept body taken again: what was lost is found, and what is known stays as it is."""

from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from bridge.domain.alert import AlertStatus, Handling, ParsedBody, RejectedAlert
from bridge.domain.errors import MalformedBody
from bridge.domain.inbox import InboxEntry, InboxOutcome
from tests.builders import FakeSource, at, make_alert
from tests.world import World


@dataclass
class FlawedSource(FakeSource):
    """A source that a new release, or a new configuration, mends."""

    is_mended: bool = False
    rejects: list[int] = field(default_factory=list)

    def parse(self, body: bytes, content_type: str, received_at: datetime) -> ParsedBody:
        parsed = super().parse(body, content_type, received_at)
        if self.is_mended:
            return parsed
        if not self.rejects:
            message = "no such format"
            raise MalformedBody(message)
        return ParsedBody(
            alerts=tuple(a for i, a in enumerate(parsed.alerts) if i not in self.rejects),
            rejected=tuple(RejectedAlert(index=i, error="no status") for i in self.rejects),
        )


def rejected_world(*, rejects: list[int]) -> tuple[World, FlawedSource]:
    source = FlawedSource(rejects=rejects)
    return World(source=source), source


def only_entry(world: World) -> InboxEntry:
    [entry] = world.store.inbox.values()
    return entry


def test_a_rejected_body_opens_its_incident_once_its_source_is_mended() -> None:
    world, source = rejected_world(rejects=[])
    with pytest.raises(MalformedBody):
        world.receive(make_alert())
    source.is_mended = True
    world.clock.advance(3600)
    receipt = world.intake.replay(source, only_entry(world))
    assert (receipt.accepted, receipt.stale) == (1, 0)
    assert only_entry(world).outcome is InboxOutcome.ACCEPTED
    world.work()
    assert len(world.desk.records) == 1


def test_a_body_that_is_still_unusable_stays_rejected() -> None:
    world, source = rejected_world(rejects=[])
    with pytest.raises(MalformedBody):
        world.receive(make_alert())
    with pytest.raises(MalformedBody):
        world.intake.replay(source, only_entry(world))
    assert only_entry(world).outcome is InboxOutcome.REJECTED


def test_taken_again_twice_changes_nothing_more() -> None:
    world, source = rejected_world(rejects=[])
    with pytest.raises(MalformedBody):
        world.receive(make_alert())
    source.is_mended = True
    world.clock.advance(60)
    world.intake.replay(source, only_entry(world))
    world.work()
    before = replace(world.store)
    incidents = dict(before.incidents)
    assert world.intake.replay(source, only_entry(world)).stale == 1
    world.work()
    assert world.store.incidents == incidents
    assert len(world.desk.records) == 1


def test_an_old_firing_does_not_bring_back_what_has_cleared_since() -> None:
    world = World()
    world.fire()
    entry = only_entry(world)
    world.clock.advance(60)
    world.resolve()
    world.work()
    assert world.intake.replay(world.source, entry).stale == 1
    world.work()
    assert world.desk.open_tickets() == []


def test_an_old_clear_does_not_resolve_what_fires_since() -> None:
    world = World()
    world.fire()
    world.clock.advance(60)
    world.resolve()
    entry = max(world.store.inbox.values(), key=lambda kept: kept.received_at)
    world.clock.advance(300)
    world.receive(make_alert(starts_at=at(300)))
    world.intake.replay(world.source, entry)
    world.work_until(200)
    assert len(world.desk.open_tickets()) == 1


def test_of_a_body_of_which_some_was_rejected_only_that_is_new() -> None:
    world, source = rejected_world(rejects=[1])
    first, second = make_alert(), make_alert(labels={"instance": "db2"})
    world.receive(first, second)
    entry = only_entry(world)
    assert entry.outcome is InboxOutcome.PARTIAL
    assert entry.reason == "1 of 2 items; item 1: no status"
    source.is_mended = True
    world.clock.advance(60)
    receipt = world.intake.replay(source, entry)
    assert (receipt.accepted, receipt.stale) == (1, 1)
    assert only_entry(world).outcome is InboxOutcome.ACCEPTED
    assert len(world.store.incidents) == 2


def test_a_replayed_clear_ends_what_a_replayed_firing_began() -> None:
    world, source = rejected_world(rejects=[])
    for alert in (make_alert(), make_alert(status=AlertStatus.RESOLVED, ends_at=at(60))):
        with pytest.raises(MalformedBody):
            world.receive(alert)
        world.clock.advance(60)
    source.is_mended = True
    for entry in sorted(world.store.inbox.values(), key=lambda kept: kept.received_at):
        world.intake.replay(source, entry)
    world.work()
    assert world.desk.records == {}


def test_an_older_word_of_who_has_an_alert_does_not_undo_a_newer_one() -> None:
    world = World()
    world.fire()
    for handling in (Handling.MUTED, Handling.UNHANDLED):
        world.clock.advance(1)
        world.handle(handling)
    muted = list(world.store.inbox.values())[1]
    receipt = world.intake.replay(world.source, muted)
    assert receipt.accepted == 0
    assert world.incident().desired.handling is Handling.UNHANDLED
