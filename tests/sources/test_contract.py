"""What every sender's bodies do, whatever their shape: nothing here names a sender."""

import itertools
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.domain.alert import Alert, AlertStatus, Handled, ParsedBody
from bridge.domain.errors import MalformedBody
from bridge.domain.incident import Incident
from bridge.domain.receipt import Receipt
from bridge.intake import Intake
from bridge.store.memory import MemoryStore
from tests.builders import T0, FakeRules, Ids, ManualClock
from tests.sources.senders import Body, Sender, senders

SENDERS = [pytest.param(each, id=each.name) for each in senders()]
BODIES = [
    pytest.param(each, body, id=f"{each.name}-{body.name}")
    for each in senders()
    for body in each.bodies
    if not body.content_type.startswith("multipart/")
]

Where = tuple[str | int, ...]


class World:
    """An intake over an in-memory store; every identity is an incident of its own."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.store = MemoryStore()
        self.intake = Intake(
            store=self.store,
            rules=lambda: FakeRules(key_labels=("fingerprint",)),
            notify=lambda: None,
            now=self.clock,
            new_id=Ids(),
            instance="test",
        )

    def receive(self, sender: Sender, body: Body) -> Receipt:
        self.clock.advance(300)
        return self.intake.receive(sender.source, body.content, body.content_type)

    def open(self) -> list[Incident]:
        return [each for each in self.store.incidents.values() if each.desired.is_open]


def firing(parsed: ParsedBody) -> set[str]:
    return {alert.fingerprint for alert in parsed.alerts if alert.is_firing}


def one_that_fires(sender: Sender) -> Body:
    return next(body for body, parsed in sender.parsed() if firing(parsed))


def pairs_that_end(sender: Sender) -> list[tuple[Body, Body]]:
    """Find the bodies that fire, each with one that later ends all that it fires."""
    told = list(sender.parsed())
    pairs = (
        (before, after)
        for (before, fires), (after, ends) in itertools.product(told, told)
        if firing(fires) and all(_ends(alert, ends) for alert in fires.alerts if alert.is_firing)
    )
    return list(pairs)


def _ends(alert: Alert, parsed: ParsedBody) -> bool:
    return any(
        end.fingerprint == alert.fingerprint
        and end.ends_at is not None
        and end.ends_at >= alert.starts_at
        for end in parsed.alerts
    )


@pytest.mark.parametrize("sender", SENDERS)
def test_every_sender_has_bodies_that_fire(sender: Sender) -> None:
    assert any(firing(parsed) for _, parsed in sender.parsed())


@pytest.mark.parametrize("sender", SENDERS)
def test_what_fires_opens_an_incident(sender: Sender) -> None:
    world = World()
    receipt = world.receive(sender, one_that_fires(sender))
    assert receipt.accepted >= 1
    assert world.open()


@pytest.mark.parametrize("sender", SENDERS)
def test_the_same_body_twice_is_still_the_same_incidents(sender: Sender) -> None:
    world, body = World(), one_that_fires(sender)
    world.receive(sender, body)
    opened = [incident.id for incident in world.open()]
    receipt = world.receive(sender, body)
    assert {touched.action for touched in receipt.incidents} <= {"unchanged", "updated"}
    assert [incident.id for incident in world.open()] == opened


@pytest.mark.parametrize("sender", SENDERS)
def test_what_is_resolved_clears_what_it_opened(sender: Sender) -> None:
    pairs = pairs_that_end(sender)
    assert bool(pairs) == sender.says_resolved
    for before, after in pairs:
        world = World()
        world.receive(sender, before)
        assert world.open()
        world.receive(sender, after)
        assert not world.open(), (before.name, after.name)


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize("content", [b"", b"junk", b"[1, 2", b"null", b"7", b'"a"', b"\xff\xfe"])
@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
def test_junk_is_malformed_and_the_reason_is_short(
    sender: Sender, content: bytes, content_type: str
) -> None:
    with pytest.raises(MalformedBody) as refused:
        sender.source.parse(content, content_type, T0)
    assert 0 < len(str(refused.value)) < 200


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize("said", [{}, {"hello": "world"}, {"status": None, "alerts": "none"}])
def test_json_of_another_kind_becomes_no_alert_and_says_why(sender: Sender, said: object) -> None:
    match attempt(sender, said):
        case str(reason):
            assert reason
        case ParsedBody() as parsed:
            assert parsed.alerts == ()
            assert [bool(rejected.error) for rejected in parsed.rejected] == [True]


@pytest.mark.parametrize(("sender", "body"), BODIES)
def test_unknown_keys_change_nothing(sender: Sender, body: Body) -> None:
    said = body.said
    items = [item for value in said.values() if isinstance(value, list) for item in value]
    for place in (said, *(item for item in items if isinstance(item, dict))):
        place["zz_unknown"] = {"deep": [1, None]}
    assert told(attempt(sender, said)) == told(attempt(sender, body.said))


@settings(max_examples=25)
@pytest.mark.parametrize(("sender", "body"), BODIES)
@given(data=st.data())
def test_any_subset_of_keys_may_be_missing_and_no_alert_becomes_another(
    sender: Sender, body: Body, data: st.DataObject
) -> None:
    """Whatever is left, an item is the alert that it was, or it is no alert for a reason."""
    said = body.said
    gone = data.draw(st.sets(st.sampled_from(sorted(keys_in(said), key=str)), max_size=6))
    left = attempt(sender, without(said, gone))
    if isinstance(left, str):
        assert left
        return
    assert all(rejected.error for rejected in left.rejected)
    assert all(alert.labels for alert in left.alerts)
    if is_named_by_the_sender(sender):
        whole = attempt(sender, said)
        # Without the word that somebody has it, an alert that fires is said to fire.
        known = {told.fingerprint: AlertStatus.FIRING for told in handled(whole)} | statuses(whole)
        assert statuses(left).items() <= known.items()


@pytest.mark.parametrize(("sender", "body"), BODIES)
def test_what_may_be_missing_alone_is_optional_and_all_of_it_may_be_missing(
    sender: Sender, body: Body
) -> None:
    said = body.said
    whole = statuses(attempt(sender, said))
    if not whole or not is_named_by_the_sender(sender):
        return
    optional = [
        key for key in keys_in(said) if statuses(attempt(sender, without(said, {key}))) == whole
    ]
    assert optional
    for size in (len(optional) // 2, len(optional)):
        assert statuses(attempt(sender, without(said, set(optional[:size])))) == whole


def is_named_by_the_sender(sender: Sender) -> bool:
    """False for senders whose alerts are named by their labels, or named anew when nameless."""
    return sender.name not in ("alertmanager", "grafana", "pagerduty")


def attempt(sender: Sender, said: object) -> ParsedBody | str:
    """Give what a body says, or why it is none."""
    try:
        return sender.source.parse(orjson.dumps(said), "application/json", T0)
    except MalformedBody as refused:
        return str(refused)


def statuses(said: ParsedBody | str) -> dict[str, AlertStatus]:
    alerts = said.alerts if isinstance(said, ParsedBody) else ()
    return {alert.fingerprint: alert.status for alert in alerts}


def handled(said: ParsedBody | str) -> Sequence[Handled]:
    return said.handled if isinstance(said, ParsedBody) else ()


def told(said: ParsedBody | str) -> object:
    """Give all but the items as they came."""
    if isinstance(said, str):
        return said
    return [replace(alert, payload={}) for alert in said.alerts], said.rejected, said.ignored


def keys_in(said: Any, where: Where = ()) -> Iterator[Where]:
    """Give the place of every key, however deep."""
    match said:
        case dict():
            for key, inner in said.items():
                yield (*where, key)
                yield from keys_in(inner, (*where, key))
        case list():
            for index, inner in enumerate(said):
                yield from keys_in(inner, (*where, index))
        case _:
            pass


def without(said: Any, gone: set[Where]) -> Any:
    """Give a copy without the keys at those places."""
    left = deepcopy(said)
    for where in sorted(gone, key=len, reverse=True):
        place = left
        for step in where[:-1]:
            place = place[step]
        del place[where[-1]]
    return left
