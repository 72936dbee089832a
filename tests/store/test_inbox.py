"""Bodies as received: listed with the rejected ones first, read whole, taken again."""

from datetime import timedelta

import pytest

from bridge.domain.inbox import InboxOutcome, InboxQuery, KeptBody
from bridge.store import Store
from tests.builders import T0, at
from tests.store.given import make_entry

REJECTED, PARTIAL = InboxOutcome.REJECTED, InboxOutcome.PARTIAL


def keep(store: Store, id_: str, outcome: InboxOutcome = InboxOutcome.ACCEPTED) -> None:
    body = f"body {id_}".encode()
    entry = make_entry(id=id_, body=body, outcome=outcome, received_at=at(int(id_)), reason="why")
    if outcome is REJECTED:
        store.keep_rejected(entry)
        return
    with store.intake() as transaction:
        transaction.save(bodies=[entry], alerts=(), incidents=(), timeline=(), heard=[])


@pytest.fixture
def filled(store: Store) -> Store:
    for id_, outcome in [
        ("01", REJECTED), ("02", InboxOutcome.ACCEPTED), ("03", PARTIAL),
        ("04", REJECTED), ("05", InboxOutcome.ACCEPTED),
    ]:  # fmt: skip
        keep(store, id_, outcome)
    return store


def ids(store: Store, **query: object) -> list[str]:
    return [body.id for body in store.inbox(InboxQuery(**query)).bodies]  # type: ignore[arg-type]


def test_the_rejected_come_first_then_the_newest(filled: Store) -> None:
    assert ids(filled) == ["04", "01", "03", "05", "02"]


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_pages_follow_each_other_without_gap_or_repeat(filled: Store, limit: int) -> None:
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = filled.inbox(InboxQuery(limit=limit, cursor=cursor))
        seen += [body.id for body in page.bodies]
        cursor = page.next
    assert seen == ["04", "01", "03", "05", "02"]


def test_a_list_narrows_by_outcome_and_source(filled: Store) -> None:
    assert ids(filled, outcome="rejected") == ["04", "01"]
    assert ids(filled, outcome="accepted", limit=1) == ["05"]
    assert ids(filled, source="other") == []


@pytest.mark.parametrize("cursor", ["nonsense", "odd:01", "rejected:"])
def test_a_cursor_that_no_page_gave_is_refused(filled: Store, cursor: str) -> None:
    with pytest.raises(ValueError, match="cursor is malformed"):
        filled.inbox(InboxQuery(cursor=cursor))


def test_a_list_says_what_there_is_to_say(filled: Store) -> None:
    filled.keep_rejected(
        make_entry(id="09", body=b"body 04", outcome=REJECTED, received_at=at(60), reason="again")
    )
    assert filled.inbox(InboxQuery(limit=1)).bodies[0] == KeptBody(
        id="04",
        source="alertmanager",
        received_at=at(4),
        content_type="application/json",
        size=7,
        outcome=REJECTED,
        reason="again",
        times_seen=2,
        last_seen_at=at(60),
    )


def test_a_body_is_read_whole(filled: Store) -> None:
    entry = filled.inbox_entry("03")
    assert entry is not None
    assert (entry.body, entry.outcome, entry.reason) == (b"body 03", PARTIAL, "why")
    assert filled.inbox_entry("99") is None


def test_bodies_come_in_the_order_they_were_received(filled: Store) -> None:
    since = T0 + timedelta(seconds=2)
    assert [entry.id for entry in filled.bodies_since(since)] == ["02", "03", "04", "05"]
    assert list(filled.bodies_since(since, "other")) == []


def test_a_body_taken_again_changes_what_became_of_it(filled: Store) -> None:
    entry = filled.inbox_entry("04")
    assert entry is not None
    with filled.intake() as transaction:
        accepted = make_entry(id="04", body=entry.body, outcome=InboxOutcome.ACCEPTED, reason="")
        transaction.save(bodies=[accepted], alerts=(), incidents=(), timeline=(), heard=[])
    assert ids(filled) == ["01", "03", "05", "04", "02"]
    keep(filled, "04" * 2, REJECTED)
    assert len(ids(filled)) == 6
