"""A sender that went quiet: what it has no more is cleared, what it never told of is taken in."""

from dataclasses import dataclass, field
from datetime import timedelta

import orjson
import pytest

from bridge.domain.alert import ActiveAlert
from bridge.domain.errors import SenderUnavailable
from bridge.domain.incident import Phase
from bridge.sources import SOURCES
from bridge.sweep import Sweep
from tests.world import World

GRACE = timedelta(minutes=10)


@dataclass
class Swept:
    """A bridge, and what its sender counts as active."""

    active: dict[str, ActiveAlert] = field(default_factory=dict)
    is_away: bool = False

    def __post_init__(self) -> None:
        self.source = SOURCES["alertmanager"].build("alertmanager", {})
        self.world = World()
        self.sweep = Sweep(
            source=self.source,
            active=self.ask,
            known=lambda: list(self.world.store.alerts.values()),
            receive=self.world.intake.receive,
            note=self.world.store.timeline.extend,
            now=self.world.clock,
            grace=GRACE,
            receiver="bridge",
        )

    def ask(self) -> dict[str, ActiveAlert]:
        if self.is_away:
            message = "no answer"
            raise SenderUnavailable(message)
        return self.active

    def activate(self, fingerprint: str, **changes: object) -> None:
        starts_at = self.world.clock()
        labels = {"alertname": "DiskFull", "instance": fingerprint}
        said: dict[str, object] = {
            "fingerprint": fingerprint,
            "starts_at": starts_at,
            "receivers": frozenset({"bridge"}),
            "is_suppressed": False,
            "item": {
                "status": "firing",
                "labels": labels,
                "startsAt": starts_at.isoformat(),
                "fingerprint": fingerprint,
            },
        }
        self.active[fingerprint] = ActiveAlert(**{**said, **changes})  # type: ignore[arg-type]

    def tell(self, fingerprint: str) -> None:
        """Let the sender tell of an active alert in the usual way."""
        items = [self.active[fingerprint].item]
        body = orjson.dumps({"version": "4", "alerts": items})
        self.sweep.receive(self.source, body, "application/json")
        self.world.work()

    def passes(self, number: int = 1) -> None:
        for _ in range(number):
            self.sweep.run()
            self.world.work_until(300)


@pytest.fixture
def swept() -> Swept:
    return Swept()


def open_tickets(swept: Swept) -> list[str]:
    return swept.world.desk.open_tickets()


def test_an_alert_that_its_sender_has_no_more_is_resolved_and_says_why(swept: Swept) -> None:
    swept.activate("db1")
    swept.tell("db1")
    del swept.active["db1"]
    swept.world.clock.advance(601)
    swept.passes(2)
    assert swept.world.incident().phase is Phase.RESOLVED
    [swept_entry] = [e for e in swept.world.store.timeline if e.what == "swept"]
    assert swept_entry.because.startswith("alertmanager no longer has an alert")


def test_what_the_sender_still_has_stays_open_also_when_silenced(swept: Swept) -> None:
    swept.activate("db1")
    swept.tell("db1")
    swept.activate("db1", is_suppressed=True)
    swept.world.clock.advance(86_400)
    swept.passes(3)
    assert open_tickets(swept) == ["INC-1"]


def test_a_sender_that_just_forgot_everything_ends_nothing(swept: Swept) -> None:
    swept.activate("db1")
    swept.tell("db1")
    kept, swept.active = swept.active, {}
    swept.world.clock.advance(601)
    swept.passes()
    swept.active = kept
    swept.passes()
    swept.active = {}
    swept.passes()
    assert open_tickets(swept) == ["INC-1"]


def test_a_sender_that_does_not_answer_ends_nothing(swept: Swept) -> None:
    swept.activate("db1")
    swept.tell("db1")
    swept.world.clock.advance(601)
    swept.is_away = True
    for _ in range(2):
        with pytest.raises(SenderUnavailable):
            swept.sweep.run()
    assert open_tickets(swept) == ["INC-1"]


def test_an_alert_that_nobody_told_of_is_taken_in(swept: Swept) -> None:
    swept.activate("db1")
    swept.world.clock.advance(601)
    swept.passes()
    assert open_tickets(swept) == []
    swept.passes()
    assert open_tickets(swept) == ["INC-1"]
    swept.passes(3)
    assert len(swept.world.desk.records) == 1
    assert len(swept.world.store.inbox) == 1


@pytest.mark.parametrize("changes", [{"receivers": frozenset({"pager"})}, {"is_suppressed": True}])
def test_what_is_not_meant_for_the_bridge_is_left_alone(
    swept: Swept, changes: dict[str, object]
) -> None:
    swept.activate("db1", **changes)
    swept.world.clock.advance(601)
    swept.passes(3)
    assert swept.world.desk.records == {}


def test_what_may_still_be_told_in_the_usual_way_is_waited_for(swept: Swept) -> None:
    swept.world.clock.advance(601)
    swept.activate("db1", starts_at=swept.world.clock() - timedelta(seconds=5))
    swept.sweep.run()
    swept.sweep.run()
    swept.world.work()
    assert swept.world.desk.records == {}


def test_what_a_rule_drops_is_no_finding_again_and_again(swept: Swept) -> None:
    swept.world.rules.drop = "DiskFull"
    swept.activate("db1")
    swept.world.clock.advance(601)
    swept.passes(5)
    assert len(swept.world.store.inbox) == 1


def test_what_a_person_ended_here_stays_ended(swept: Swept) -> None:
    swept.activate("db1")
    swept.tell("db1")
    swept.world.store.change(
        lambda transaction: transaction.clear_members(
            swept.world.incident().id, swept.world.clock()
        )
    )
    swept.world.clock.advance(601)
    swept.passes(3)
    assert len(swept.world.store.inbox) == 1


def test_of_several_bodies_each_is_small_enough(swept: Swept) -> None:
    for number in range(450):
        swept.activate(f"db{number}")
    swept.world.clock.advance(601)
    swept.sweep.run()
    swept.sweep.run()
    assert len(swept.world.store.inbox) == 3
    assert len(swept.world.store.alerts) == 450


def handling(swept: Swept) -> str:
    return swept.world.incident().desired.handling.value


def test_a_silence_mutes_what_fires_until_it_ends_and_says_why(swept: Swept) -> None:
    swept.activate("db1")
    swept.tell("db1")
    swept.activate("db1", is_suppressed=True, is_silenced=True)
    swept.passes()
    assert handling(swept) == "muted"
    swept.passes(3)
    assert len(swept.world.store.inbox) == 2
    swept.activate("db1")
    swept.passes()
    assert handling(swept) == "unhandled"
    told = [e.because for e in swept.world.store.timeline if e.what == "swept"]
    assert told == [
        "alertmanager has a silence for an alert",
        "alertmanager has no silence for an alert any more",
    ]
    assert open_tickets(swept) == ["INC-1"]


def test_an_inhibited_alert_is_not_muted(swept: Swept) -> None:
    swept.activate("db1")
    swept.tell("db1")
    swept.activate("db1", is_suppressed=True)
    swept.passes(2)
    assert handling(swept) == "unhandled"


def test_a_silence_for_what_never_fired_here_is_no_finding(swept: Swept) -> None:
    swept.activate("db1", is_suppressed=True, is_silenced=True)
    swept.world.clock.advance(601)
    swept.passes(2)
    assert not swept.world.store.inbox
