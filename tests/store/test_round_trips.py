"""What goes into a row comes out again, whatever characters an alert brings."""

import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.dialects import sqlite

from bridge.domain.alert import Handling
from bridge.domain.errors import ErrorKind
from bridge.domain.inbox import InboxOutcome
from bridge.domain.incident import DesiredState, LastError, Observed, PreviousTicket
from bridge.domain.json import JsonValue
from bridge.domain.policy import Budget, OnClear, Policy
from bridge.domain.spec import CustomField, CustomFieldType, IncidentSpec
from bridge.domain.stage import Stage
from bridge.domain.ticket import TicketState
from bridge.domain.window import Window
from bridge.store import Store, schema
from bridge.store.types import Instant, json_text, storable
from tests.builders import at, make_incident, make_ticket
from tests.store.given import claim_one, make_due, make_entry, make_known, make_line, save, stored

EXACT = datetime(2026, 1, 5, 12, 0, 0, 123457, tzinfo=UTC)
SPEC = IncidentSpec(
    subject="Überlauf 🔥 на диске",
    description="a\nb\t\\u0000 is only text",
    priority="critical",
    ci_key="Host Name",
    custom_fields={
        "Score": CustomField(value=7, type=CustomFieldType.INTEGER),
        "Share": CustomField(value=0.25, type=CustomFieldType.DOUBLE),
        "Tags": CustomField(value=["a", "ß"], type=CustomFieldType.STRING_LIST),
    },
    cc=("a@example.com", "b@example.com"),
    links={"graph": "https://example.com/?a=1&b=2"},
    attachments={"alert ß.json": '{"a": "\n"}'},
    raw={"desk": {"nested": {"list": [1, None, True]}}},
)
POLICY = Policy(
    hold=timedelta(minutes=2),
    expire_after=timedelta(hours=24),
    on_clear=OnClear.CLOSE,
    budget=Budget(tickets=20, per=timedelta(hours=1), rule="r"),
    expect_every=timedelta(minutes=5),
    respect_people=False,
    mute=(Window(zone="Europe/Paris", start=1320, end=1800, weekdays=(5,)),),
)
INCIDENT = make_incident(
    desired={
        "state": DesiredState.CLEAR,
        "since": EXACT,
        "spec": SPEC,
        "policy": POLICY,
        "generation": 3,
        "fired_at": at(1),
        "late_until": at(2),
        "handling": Handling.ACKNOWLEDGED,
        "handled_at": EXACT,
        "escalated_at": at(9),
    },
    observed={
        "ticket": make_ticket(
            url="https://desk.example.com/1",
            assignee="Zoë",
            taken_over=True,
            created_at=EXACT,
            handle={"service": "7"},
            state=TicketState.RESOLVED,
        ),
        "generation": 2,
        "spec": IncidentSpec(subject="told"),
        "sent_spec": IncidentSpec(subject="sent", cc=("c@example.com",)),
        "told_through": 5_000_000_000,
        "create_sent_at": at(3),
        "lookups": 2,
        "resolved_at": at(4),
        "unsure_since": EXACT,
        "attempts": 3,
        "last_error": LastError(kind=ErrorKind.UNKNOWN, message="no answer", at=EXACT),
        "parked_reason": "waits for a person",
        "stage": Stage.MUTED,
        "moving_since": at(10),
        "moved_to": "In Wartezustand",
        "attached": frozenset({"alert ß.json", "b.txt"}),
    },
    id="01",
    key="disk,größe",
    episode=2,
    rule="db-critical",
    previous=PreviousTicket(number="INC-0", url=None),
    due_at=at(5),
    opened_at=at(6),
    updated_at=at(7),
    ended_at=at(8),
)


def test_an_incident_comes_back_whole(store: Store) -> None:
    save(store, INCIDENT)
    assert stored(store) == INCIDENT


def test_an_incident_of_which_little_is_known_comes_back_whole(store: Store) -> None:
    save(store, make_incident())
    assert stored(store) == make_incident()


def test_what_was_sent_without_an_outcome_on_record_comes_back_whole(store: Store) -> None:
    save(store, make_due())
    held = claim_one(store)
    sent = Observed(ticket=make_ticket(), sent_spec=SPEC, unsure_since=EXACT)
    store.record(held, sent, now=at(1), due_at=at(1))
    assert stored(store).observed == sent
    settled = replace(sent, sent_spec=None, unsure_since=None)
    store.record(claim_one(store, now=at(1)), settled, now=at(2), due_at=None)
    assert stored(store).observed == settled


def test_times_come_back_exact_and_in_utc(store: Store) -> None:
    save(store, INCIDENT)
    since = stored(store).desired.since
    assert since == EXACT
    assert since.tzinfo is UTC


def test_an_alert_comes_back_whole(store: Store) -> None:
    known = make_known(
        "größe=🔥",
        spec=SPEC,
        policy=POLICY,
        ends_at=at(1),
        resolved_at=at(2),
        rule="db-critical",
        rank=7,
        labels={"größe": "🔥"},
    )
    save(store, alerts=[known])
    assert store.members("01") == [known]


def test_a_timeline_entry_comes_back_whole(store: Store) -> None:
    entry = make_line("changed", subject="größer")
    save(store, timeline=[entry])
    assert store.timeline("01") == [entry]


def test_a_body_is_kept_compressed_and_to_the_byte(store: Store) -> None:
    body = bytes(range(256)) * 100
    with store.intake() as transaction:
        transaction.save(
            bodies=[make_entry(body=body)], alerts=[], incidents=[], timeline=[], heard=[]
        )
    with store._database.read() as connection:
        row = connection.execute(select(schema.inbox)).one()
    assert len(row.body) < len(body)
    assert zlib.decompress(row.body) == body
    assert (row.size, row.outcome) == (len(body), InboxOutcome.ACCEPTED)


@pytest.mark.parametrize("bad", ["\x00", "\ud800"], ids=["NUL", "surrogate"])
def test_a_character_that_no_database_takes_is_replaced_everywhere(store: Store, bad: str) -> None:
    spec = IncidentSpec(subject=f"a{bad}b", raw={"desk": {f"k{bad}": [f"v{bad}"]}})
    save(
        store,
        make_incident(desired={"spec": spec}, key=f"key{bad}"),
        alerts=[make_known(f"f{bad}", labels={f"l{bad}": f"v{bad}"})],
        timeline=[make_line("changed", subject=f"a{bad}")],
    )
    incident = stored(store)
    assert incident.key == "key�"
    assert incident.desired.spec.subject == "a�b"
    assert incident.desired.spec.raw == {"desk": {"k�": ["v�"]}}
    assert store.members("01")[0].labels == {"l�": "v�"}
    assert store.timeline("01")[0].detail == {"subject": "a�"}


def test_what_was_stored_with_a_replaced_character_is_found_by_the_name_it_came_with(
    store: Store,
) -> None:
    incident, known = make_incident(key="key\x00"), make_known("f\x00")
    save(store, incident, alerts=[known])
    with store.intake() as transaction:
        assert set(transaction.alerts("alertmanager", ["f\x00"])) == {"f\x00"}
        assert set(transaction.latest_episodes([("desk", "key\x00")])) == {("desk", "key\x00")}
    save(store, incident, alerts=[known, make_known("f�")])
    assert len(store.members("01")) == 1


def test_a_number_beyond_64_bits_does_not_lose_the_alert(store: Store) -> None:
    fields = {"Id": CustomField(value=2**70, type=CustomFieldType.LONG)}
    save(store, make_incident(desired={"spec": IncidentSpec(custom_fields=fields)}))
    assert stored(store).desired.spec.custom_fields["Id"].value == str(2**70)


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_survives_as_a_number_that_sorts_as_it_does(moment: datetime) -> None:
    instant, dialect = Instant(), sqlite.dialect()
    write = instant.bind_processor(dialect)
    read = instant.result_processor(dialect, None)
    number = write(moment)
    assert read(number) == moment
    later = write(max(moment, EXACT))
    assert (number or 0) <= (later or 0)


@given(st.text(st.characters(exclude_categories=[])))
def test_stored_text_holds_nothing_that_a_database_refuses(text: str) -> None:
    kept = storable(text)
    assert "\x00" not in kept
    assert len(kept) == len(text)
    kept.encode()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=[])),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    )
)
def test_whatever_json_may_hold_is_stored(value: JsonValue) -> None:
    written = json_text(value)
    assert "\x00" not in written
    assert written == storable(written)
