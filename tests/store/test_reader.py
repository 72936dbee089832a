"""What pages, API, metrics and health are given."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.domain.alert import AlertStatus
from bridge.domain.errors import StoreUnavailable
from bridge.domain.incident import DesiredState, Incident
from bridge.domain.reading import IncidentQuery
from bridge.domain.spec import IncidentSpec
from bridge.store import Store, open_store
from tests.builders import T0, Ids, at, make_incident, make_ticket
from tests.store.given import make_due, make_known, make_line, save, stored


def ids(store: Store, **query: object) -> list[str]:
    page = store.incidents(replace(IncidentQuery(), **query))  # type: ignore[arg-type]
    return [listed.incident.id for listed in page.incidents]


def test_incidents_are_listed_newest_first_with_their_alerts_counted(store: Store) -> None:
    save(
        store,
        make_incident(id="01", key="a"),
        make_incident(id="02", key="b"),
        alerts=[
            make_known("f1"),
            make_known("f2"),
            make_known("f3", status=AlertStatus.RESOLVED),
        ],
    )
    page = store.incidents(IncidentQuery())
    counted = [(one.incident.id, one.firing, one.resolved) for one in page.incidents]
    assert counted == [("02", 0, 0), ("01", 2, 1)]
    assert page.next is None
    assert store.incident("01") == page.incidents[1]


def test_an_unknown_incident_is_none(store: Store) -> None:
    assert store.incident("99") is None
    assert (store.members("99"), store.timeline("99")) == ([], [])
    assert store.incidents(IncidentQuery()).incidents == []


def test_pages_are_complete_and_repeat_nothing_while_incidents_are_opened(store: Store) -> None:
    save(store, *(make_incident(id=f"{n:03}", key=str(n)) for n in range(100, 110)))
    seen: list[str] = []
    cursor: str | None = ""
    for opened in range(200, 210):
        page = store.incidents(IncidentQuery(cursor=cursor or "", limit=3))
        seen += [listed.incident.id for listed in page.incidents]
        save(store, make_incident(id=f"{opened:03}", key=str(opened)))
        cursor = page.next
        if cursor is None:
            break
    assert seen == [f"{n:03}" for n in range(109, 99, -1)]


def test_a_full_last_page_has_no_next(store: Store) -> None:
    save(store, *(make_incident(id=f"{n:02}", key=str(n)) for n in range(4)))
    first = store.incidents(IncidentQuery(limit=2))
    last = store.incidents(IncidentQuery(limit=2, cursor=first.next or ""))
    assert (first.next, last.next) == ("02", None)


@pytest.mark.parametrize(
    "cursor", ["next", "01'", "01 ", "01\n", "\x00", "\u0661", "%", "0" * 27], ids=repr
)
def test_a_malformed_cursor_is_an_error_and_not_a_page(store: Store, cursor: str) -> None:
    with pytest.raises(ValueError, match="`next` of a page"):
        store.incidents(IncidentQuery(cursor=cursor))


def test_the_cursor_of_an_incident_that_is_gone_still_leads_on(store: Store) -> None:
    save(store, make_incident(id="01", key="a"), make_incident(id="03", key="b"))
    assert ids(store, cursor="02") == ["01"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"state": "open"}, ["03", "01"]),
        ({"state": "clear"}, ["02"]),
        ({"state": "closed"}, []),
        ({"backend": "other"}, ["03"]),
        ({"key": "b"}, ["02"]),
        ({"rule": "r1"}, ["01"]),
        ({"q": "FULL"}, ["01"]),
        ({"q": "ib-03"}, ["03"]),
        ({"q": "inc-7"}, ["02"]),
        ({"q": "100%"}, ["03"]),
        ({"q": "_"}, []),
        ({"state": "open", "backend": "desk"}, ["01"]),
    ],
    ids=str,
)
def test_a_query_narrows_the_list(store: Store, query: dict[str, str], expected: list[str]) -> None:
    full, cpu = IncidentSpec(subject="Disk is full"), IncidentSpec(subject="CPU at 100%")
    clear = DesiredState.CLEAR
    save(
        store,
        make_incident(id="01", key="a", rule="r1", desired={"spec": full}, token="x"),
        make_incident(
            id="02",
            key="b",
            token="y",
            desired={"state": clear, "spec": IncidentSpec()},
            observed={"ticket": make_ticket(number="INC-7")},
        ),
        make_incident(id="03", key="c", backend="other", desired={"spec": cpu}, token="IB-03"),
    )
    assert ids(store, **query) == expected


def test_members_are_given_firing_first_then_by_their_start(store: Store) -> None:
    save(
        store,
        alerts=[
            make_known("f1", status=AlertStatus.RESOLVED),
            make_known("f2", starts_at=at(2)),
            make_known("f3", starts_at=at(1)),
            make_known("f4", incident_id="02"),
        ],
    )
    assert [member.fingerprint for member in store.members("01")] == ["f3", "f2", "f1"]


def test_the_longest_due_is_told_for_each_desk(store: Store) -> None:
    save(
        store,
        make_due(id="01", key="a", due_at=at(1)),
        make_due(id="02", key="b", due_at=at(2)),
        make_due(id="03", key="c", due_at=at(99), backend="later"),
        make_due(id="04", key="d", due_at=None, backend="idle"),
    )
    assert store.oldest_due_seconds(at(4)) == {"desk": 3.0, "later": 0.0}


def test_the_latest_beat_of_any_worker_is_told(store: Store) -> None:
    assert store.last_beat() is None
    store.beat("w1", at(1))
    store.beat("w2", at(3))
    store.beat("w1", at(2))
    assert store.last_beat() == at(3)


def test_a_worker_long_silent_is_forgotten(store: Store) -> None:
    store.beat("w1", T0 + timedelta(days=9))
    store.beat("w2", T0)
    store.beat("w3", T0 + timedelta(days=2))
    with store._database.read() as connection:
        owners = connection.exec_driver_sql("SELECT owner FROM worker").scalars().all()
    assert set(owners) == {"w1", "w3"}


def test_a_reader_does_not_wait_for_a_writer_and_sees_only_what_is_committed(
    store: Store,
) -> None:
    save(store, make_incident())
    with store.intake() as transaction:
        [incident] = transaction.live_incidents(["01"])
        changed = replace(incident, rule="new")
        from_store = store.incident("01")
        assert from_store is not None
        assert from_store.incident.rule is None
        del changed


def test_reading_cannot_write_on_sqlite(database_kind: str, store: Store) -> None:
    if database_kind != "sqlite":
        pytest.skip("PostgreSQL's rights are its operator's")
    with pytest.raises(StoreUnavailable), store._database.read() as connection:
        connection.exec_driver_sql("DELETE FROM incident")


def test_a_database_that_answers_answers(store: Store) -> None:
    store.ping()


def test_a_database_without_tables_says_what_to_do(empty_database_url: str) -> None:
    store = open_store(empty_database_url)
    store._database.create_if_missing()
    with pytest.raises(StoreUnavailable, match="bridge db upgrade"):
        store.ping()
    store.dispose()


def test_threads_share_a_store(store: Store) -> None:
    save(store, *(make_due(id=f"{n:02}", key=str(n)) for n in range(20)))
    lengths: list[int] = []
    threads = [threading.Thread(target=lambda: lengths.append(len(ids(store)))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert lengths == [20] * 20


_maybe_then = st.none() | st.just(T0)
_facts = st.fixed_dictionaries(
    {
        "backend": st.sampled_from(["desk", "other"]),
        "due_at": st.sampled_from([None, at(-5), T0, at(5)]),
        "desired": st.fixed_dictionaries({"state": st.sampled_from(DesiredState)}),
        "observed": st.fixed_dictionaries(
            {
                "ticket": st.sampled_from([None, make_ticket()]),
                "create_sent_at": _maybe_then,
                "resolved_at": _maybe_then,
                "attempts": st.integers(0, 3),
                "parked_reason": st.sampled_from([None, "", "why"]),
            }
        ),
    }
)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(_facts, min_size=5, max_size=40), st.sampled_from([None, T0]))
def test_phases_are_counted_as_the_domain_tells_them(
    store: Store, facts: list[dict[str, object]], ended_at: datetime | None
) -> None:
    _clear(store)
    new_id = Ids()
    incidents = [_of(fact, new_id(), ended_at=ended_at) for fact in facts]
    save(store, *incidents)
    expected = Counter((i.backend, stored(store, i.id).phase.value) for i in incidents)
    assert store.phase_counts() == expected


def _of(fact: dict[str, object], id_: str, *, ended_at: datetime | None) -> Incident:
    return make_incident(**{**fact, "id": id_, "key": id_, "ended_at": ended_at})  # type: ignore[arg-type]


def _clear(store: Store) -> None:
    with store._database.write() as connection:
        connection.exec_driver_sql("DELETE FROM incident")


def test_lines_of_other_incidents_stay_out_of_a_timeline(store: Store) -> None:
    save(store, timeline=[make_line("opened", "01"), make_line("opened", "02")])
    assert len(store.timeline("01")) == 1


def test_stored_alerts_are_found_by_source_and_fingerprint(store: Store) -> None:
    known = [make_known("f1"), make_known("f2"), make_known("f\x00", source="kuma")]
    save(store, make_due(), alerts=known)
    assert store.known_alerts("alertmanager", ["f1", "f3"]) == {"f1": known[0]}
    assert list(store.known_alerts("kuma", ["f\x00", "f1"])) == ["f\x00"]
