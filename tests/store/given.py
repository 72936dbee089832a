"""What a store already holds when a test begins."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bridge.domain.alert import AlertStatus
from bridge.domain.inbox import InboxEntry, InboxOutcome
from bridge.domain.incident import Incident, TimelineEntry
from bridge.domain.known import KnownAlert
from bridge.domain.ports import Claim, IntakeTransaction
from bridge.store import Store
from tests.builders import T0, Ids, at, make_incident

LEASE = timedelta(seconds=9)

_inbox_ids = Ids()


def make_entry(**changes: object) -> InboxEntry:
    entry = InboxEntry(
        id=_inbox_ids(),
        source="alertmanager",
        received_at=T0,
        content_type="application/json",
        body=b"{}",
        outcome=InboxOutcome.ACCEPTED,
    )
    return replace(entry, **changes)  # type: ignore[arg-type]


def make_known(fingerprint: str = "f1", **changes: object) -> KnownAlert:
    known = KnownAlert(
        source="alertmanager",
        fingerprint=fingerprint,
        status=AlertStatus.FIRING,
        title="DiskFull instance=db1:9100",
        digest="d1",
        starts_at=T0,
        ends_at=None,
        seen_at=T0,
        resolved_at=None,
        incident_id="01",
        rule=None,
    )
    return replace(known, **changes)  # type: ignore[arg-type]


def make_due(**changes: object) -> Incident:
    """Make an incident that the worker should look at from T0 on."""
    return make_incident(**{"due_at": T0, **changes})  # type: ignore[arg-type]


def make_line(what: str = "joined", incident_id: str = "01", **detail: str) -> TimelineEntry:
    return TimelineEntry(incident_id=incident_id, at=T0, what=what, because="test", detail=detail)


def joined(fingerprint: str, incident_id: str = "01") -> TimelineEntry:
    return make_line(incident_id=incident_id, fingerprint=fingerprint, title=f"alert {fingerprint}")


def save(
    store: Store,
    *incidents: Incident,
    alerts: Sequence[KnownAlert] = (),
    timeline: Sequence[TimelineEntry] = (),
) -> None:
    """Write as a webhook does: what is stored already is read, and so locked, before."""
    with store.intake() as transaction:
        read_for(transaction, incidents, alerts)
        transaction.save(
            bodies=[make_entry()], alerts=alerts, incidents=incidents, timeline=timeline, heard=[]
        )


def read_for(
    transaction: IntakeTransaction, incidents: Sequence[Incident], alerts: Sequence[KnownAlert]
) -> None:
    """Read what is about to be written."""
    for source in {alert.source for alert in alerts}:
        transaction.alerts(source, [a.fingerprint for a in alerts if a.source == source])
    transaction.latest_episodes([(i.backend, i.key) for i in incidents])
    transaction.live_incidents([i.id for i in incidents])


def claim(
    store: Store, *, now: datetime = T0, owner: str = "worker", limit: int = 10
) -> Sequence[Claim]:
    return store.claim("desk", limit=limit, owner=owner, now=now, lease_until=now + LEASE)


def claim_one(store: Store, *, now: datetime = T0, owner: str = "worker") -> Claim:
    [only] = claim(store, now=now, owner=owner)
    return only


def take_over(store: Store, lost: Claim) -> Claim:
    """Let the lease run out and another worker claim the incident."""
    taken = claim_one(store, now=at(60), owner="other worker")
    assert taken.incident.id == lost.incident.id
    return taken


def stored(store: Store, incident_id: str = "01") -> Incident:
    listed = store.incident(incident_id)
    assert listed is not None
    return listed.incident


def said(store: Store, incident_id: str = "01") -> list[str]:
    return [entry.what for entry in store.timeline(incident_id)]


def statuses(store: Store, incident_id: str = "01") -> Mapping[str, AlertStatus]:
    return {member.fingerprint: member.status for member in store.members(incident_id)}
