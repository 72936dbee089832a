from dataclasses import replace

from bridge.domain.incident import Incident, TimelineEntry
from bridge.domain.reading import IncidentQuery
from bridge.store import Store
from tests.bench.bodies import alert
from tests.bench.fill import Model, make_due, multiply
from tests.bench.load import tag
from tests.builders import T0, at, make_desired, make_incident
from tests.store.given import make_known, save

MODEL = Model(id="01M87YT0WVA7PH7W7GSCXDJN5R", mark="90000000")


def model_in(store: Store) -> Incident:
    """Store a model with an alert, two entries of its timeline, and a body."""
    incident = make_incident(
        desired={"spec": replace(make_desired().spec, subject=f"Full on node-{MODEL.mark}")},
        id=MODEL.id,
        key=f"disk on node-{MODEL.mark}",
    )
    entry = TimelineEntry(incident_id=MODEL.id, at=T0, what="opened", because=MODEL.mark)
    alert = make_known(f"{MODEL.mark}00000000", incident_id=MODEL.id)
    save(store, incident, alerts=[alert], timeline=[entry, replace(entry, what="filed")])
    return incident


def copy(store: Store, database_url: str, numbers: range) -> None:
    """Copy the model while nobody else has the database open, as the bench does."""
    store.dispose()
    multiply(database_url, {MODEL: numbers})


def test_each_copy_is_an_incident_of_its_own(store: Store, database_url: str) -> None:
    model_in(store)
    copy(store, database_url, range(3, 10))

    listed = store.incidents(IncidentQuery(limit=50)).incidents
    copies = [entry.incident for entry in listed if entry.incident.id != MODEL.id]
    marks = [tag(number).decode() for number in range(9, 2, -1)]
    assert [each.key for each in copies] == [f"disk on node-{mark}" for mark in marks]
    assert [each.desired.spec.subject for each in copies] == [f"Full on node-{m}" for m in marks]
    assert len({each.token for each in copies}) == 7
    assert {entry.firing for entry in listed} == {1}
    assert [e.because for e in store.timeline(copies[0].id)] == [marks[0], marks[0]]


def test_a_copys_alert_is_found_by_what_its_sender_would_say(
    store: Store, database_url: str
) -> None:
    model_in(store)
    copy(store, database_url, range(2))
    said = str(alert(tag(1).decode())["fingerprint"])
    known = store.known_alerts("alertmanager", [said])[said]
    assert known.incident_id is not None
    assert known.incident_id != MODEL.id


def test_an_empty_range_makes_nothing(store: Store, database_url: str) -> None:
    model_in(store)
    copy(store, database_url, range(0))
    assert len(store.incidents(IncidentQuery(limit=50)).incidents) == 1


def test_what_is_made_due_can_be_claimed(store: Store, database_url: str) -> None:
    model_in(store)
    copy(store, database_url, range(5))
    make_due(database_url, 3)
    claims = store.claim("desk", limit=50, owner="w", now=at(60), lease_until=at(69))
    assert len(claims) == 3
