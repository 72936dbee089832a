"""Editing what makes the key: whatever fires stays with its ticket, and clears it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from bridge.domain.alert import Alert, AlertStatus
from bridge.domain.overflow import is_overflow
from bridge.domain.policy import Policy
from bridge.domain.receipt import Receipt
from bridge.domain.ticket import TicketState
from tests.builders import make_alert
from tests.stateful.machine import Life
from tests.world import World


@pytest.fixture
def world() -> World:
    return World()


def edit(world: World, *key_labels: str) -> None:
    """Load rules that make the key of other labels."""
    world.rules.version = f"{int(world.rules.version) + 1}"
    world.rules.key_labels = key_labels


def say(world: World, *alerts: Alert) -> Receipt:
    receipt = world.receive(*alerts)
    world.work()
    return receipt


def of_disk(disk: str, summary: str = "", status: AlertStatus = AlertStatus.FIRING) -> Alert:
    annotations = {"summary": summary}
    return make_alert(labels={"disk": disk}, annotations=annotations, status=status)


def resolved(disk: str) -> Alert:
    return of_disk(disk, status=AlertStatus.RESOLVED)


def tickets(world: World) -> list[TicketState]:
    return [record.ticket.state for record in world.desk.records.values()]


def test_a_firing_alert_keeps_its_ticket_under_another_key(world: World) -> None:
    say(world, of_disk("sda"))
    edit(world, "alertname", "instance", "disk")
    receipt = say(world, of_disk("sda"))
    assert [touched.key for touched in receipt.incidents] == ["DiskFull,db1:9100,sda"]
    assert tickets(world) == [TicketState.OPEN]
    say(world, resolved("sda"))
    assert tickets(world) == [TicketState.RESOLVED]


def test_the_timeline_says_that_the_key_was_edited(world: World) -> None:
    say(world, of_disk("sda"))
    edit(world, "disk")
    say(world, of_disk("sda"))
    [entry] = [entry for entry in world.store.timeline if entry.what == "rekeyed"]
    assert entry.detail == {"from": "DiskFull,db1:9100", "to": "sda"}


def test_an_alert_that_clears_without_a_repeat_clears_under_its_old_key(world: World) -> None:
    say(world, of_disk("sda"))
    edit(world, "disk")
    say(world, resolved("sda"))
    assert tickets(world) == [TicketState.RESOLVED]


def test_a_new_sibling_joins_under_the_new_key(world: World) -> None:
    say(world, of_disk("sda"))
    edit(world, "instance")
    say(world, of_disk("sda"))
    say(world, of_disk("sdb"))
    assert tickets(world) == [TicketState.OPEN]


def test_a_new_sibling_joins_in_the_very_body_that_brings_the_new_key(world: World) -> None:
    say(world, of_disk("sda"))
    edit(world, "instance")
    say(world, of_disk("sda"), of_disk("sdb"))
    assert tickets(world) == [TicketState.OPEN]


def test_a_key_that_a_new_sibling_took_first_is_left_to_it(world: World) -> None:
    say(world, of_disk("sda"))
    edit(world, "instance")
    say(world, of_disk("sdb"), of_disk("sda"))
    assert tickets(world) == [TicketState.OPEN, TicketState.OPEN]
    say(world, resolved("sda"), resolved("sdb"))
    assert tickets(world) == [TicketState.RESOLVED, TicketState.RESOLVED]


def test_members_that_are_no_longer_the_same_fault_share_their_ticket_to_its_end(
    world: World,
) -> None:
    say(world, of_disk("sda"), of_disk("sdb"))
    edit(world, "disk")
    for summary in ("", "91% full", "92% full"):
        say(world, of_disk("sda", summary), of_disk("sdb", summary))
    assert [incident.key for incident in world.store.incidents.values()] == ["sda"]
    say(world, resolved("sda"))
    assert tickets(world) == [TicketState.OPEN]
    say(world, resolved("sdb"))
    assert tickets(world) == [TicketState.RESOLVED]


def test_faults_that_become_one_keep_their_tickets_to_their_ends(world: World) -> None:
    edit(world, "disk")
    say(world, of_disk("sda"))
    say(world, of_disk("sdb"))
    edit(world, "instance")
    for summary in ("", "91% full", "92% full"):
        say(world, of_disk("sda", summary), of_disk("sdb", summary))
    assert tickets(world) == [TicketState.OPEN, TicketState.OPEN]
    say(world, resolved("sda"), resolved("sdb"))
    assert tickets(world) == [TicketState.RESOLVED, TicketState.RESOLVED]


def test_an_edit_that_arrives_with_another_text_of_the_alert_is_an_edit(world: World) -> None:
    say(world, of_disk("sda", "90% full"))
    edit(world, "disk")
    say(world, of_disk("sda", "91% full"))
    assert tickets(world) == [TicketState.OPEN]


def test_a_second_edit_is_followed_too(world: World) -> None:
    say(world, of_disk("sda"))
    for labels in (["disk"], ["instance", "disk"]):
        edit(world, *labels)
        say(world, of_disk("sda"))
    assert [incident.key for incident in world.store.incidents.values()] == ["db1:9100,sda"]
    assert tickets(world) == [TicketState.OPEN]


def test_an_alert_that_asks_for_another_key_under_the_same_rules_moves(world: World) -> None:
    edit(world, "severity")
    warning, critical = (
        make_alert(fingerprint="f1", labels={"severity": severity})
        for severity in ("warning", "critical")
    )
    say(world, warning)
    say(world, critical)
    assert tickets(world) == [TicketState.RESOLVED, TicketState.OPEN]


def test_a_refire_after_the_edit_takes_up_the_same_ticket(world: World) -> None:
    world.rules.policy = Policy(reopen_within=timedelta(hours=1), settle=timedelta(0))
    say(world, of_disk("sda"))
    edit(world, "disk")
    say(world, of_disk("sda"))
    say(world, resolved("sda"))
    world.clock.advance(60)
    say(world, replace(of_disk("sda"), starts_at=world.clock()))
    assert tickets(world) == [TicketState.OPEN]


def test_a_key_with_a_past_goes_on_counting_its_episodes(world: World) -> None:
    world.rules.policy = Policy(settle=timedelta(0))
    edit(world, "disk")
    say(world, of_disk("sda"))
    say(world, resolved("sda"))
    edit(world, "instance", "disk")
    world.clock.advance(60)
    say(world, replace(of_disk("sda"), starts_at=world.clock()))
    edit(world, "disk")
    say(world, replace(of_disk("sda"), starts_at=world.clock()))
    places = [(i.key, i.episode, i.ended_at is None) for i in world.store.incidents.values()]
    assert places == [("sda", 1, False), ("sda", 2, True)]
    assert tickets(world) == [TicketState.RESOLVED, TicketState.OPEN]


def test_what_an_older_release_stored_stays_with_its_ticket(world: World) -> None:
    say(world, of_disk("sda"))
    for place, known in world.store.alerts.items():
        world.store.alerts[place] = replace(known, digest="d" * 32)
    world.rules.key_labels = ("disk",)
    say(world, of_disk("sda"))
    assert tickets(world) == [TicketState.OPEN]


class EditedLife(Life):
    """A life whose rules are edited now and then; keys then say nothing about what to expect."""

    @rule(labels=st.sampled_from([("instance",), ("alertname",), ("instance", "severity")]))
    def rules_are_edited(self, labels: tuple[str, ...]) -> None:
        edit(self.world, *labels)

    def check(self) -> None:
        store, desk = self.world.store, self.world.desk
        firing = [a for a in store.alerts.values() if a.status is AlertStatus.FIRING]
        assert len(firing) == len(self.firing)
        live = [i for i in store.incidents.values() if i.ended_at is None and i.desired.is_open]
        fired = {alert.incident_id for alert in firing}
        assert {i.id for i in live if not is_overflow(i)} == fired
        wanted = [i.token for i in live if i.overflow_id is None]
        open_tokens = [desk.records[number].token for number in desk.open_tickets()]
        assert sorted(open_tokens) == sorted(wanted)


def test_no_edit_leaves_a_ticket_without_an_alert_or_an_alert_without_a_ticket() -> None:
    run_state_machine_as_test(
        EditedLife,
        settings=settings(
            max_examples=80,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
