"""A store without a database, for rule tests and for tests of the use cases; same promises."""

import hashlib
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from bridge.domain.alert import AlertStatus
from bridge.domain.errors import StoreConflict
from bridge.domain.incident import (
    Desired,
    DesiredState,
    Incident,
    MemberNews,
    News,
    Observed,
    PreviousTicket,
    TimelineEntry,
)
from bridge.domain.late import is_duplicate, merge_late
from bridge.domain.ports import Claim, InboxEntry, IntakeTransaction, KnownAlert


@dataclass(slots=True)
class _Lease:
    owner: str
    until: datetime


@dataclass
class MemoryStore:
    """Implements IntakeStore and DeliveryStore over dictionaries."""

    inbox: dict[str, InboxEntry] = field(default_factory=dict)
    alerts: dict[tuple[str, str], KnownAlert] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    timeline: list[TimelineEntry] = field(default_factory=list)
    _leases: dict[str, _Lease] = field(default_factory=dict)
    _fences: dict[str, int] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def intake(self) -> AbstractContextManager[IntakeTransaction]:
        """Open one write transaction; nothing of it stays if it raises."""
        return self._transaction()

    @contextmanager
    def _transaction(self) -> Iterator["_Transaction"]:
        with self._lock:
            transaction = _Transaction(self)
            yield transaction
            transaction.commit()

    def keep_rejected(self, entry: InboxEntry) -> str:
        """Keep a body that could not be used, once."""
        with self._lock:
            digest = hashlib.sha256(entry.body).hexdigest()
            known = next(
                (
                    old.id
                    for old in self.inbox.values()
                    if (old.source, old.outcome) == (entry.source, entry.outcome)
                    and hashlib.sha256(old.body).hexdigest() == digest
                ),
                None,
            )
            if known is None:
                self.inbox[entry.id] = entry
            return known or entry.id

    def claim(
        self, backend: str, *, limit: int, owner: str, now: datetime, lease_until: datetime
    ) -> Sequence[Claim]:
        """Take what is due and free, longest due first."""
        with self._lock:
            free = [
                incident
                for incident in self.incidents.values()
                if incident.backend == backend
                and incident.due_at is not None
                and incident.due_at <= now
                and self._is_free(incident.id, now)
            ]
            free.sort(key=lambda incident: (incident.due_at or now, incident.id))
            return [self._claimed(incident, owner, lease_until) for incident in free[:limit]]

    def renew(self, ids: Collection[str], *, owner: str, lease_until: datetime) -> None:
        """Keep leases that are still the owner's."""
        with self._lock:
            for id_ in ids:
                lease = self._leases.get(id_)
                if lease is not None and lease.owner == owner:
                    lease.until = lease_until

    def record(
        self,
        claim: Claim,
        observed: Observed,
        *,
        now: datetime,
        due_at: datetime | None,
        timeline: Sequence[TimelineEntry] = (),
        ended: bool = False,
        release: bool = True,
    ) -> bool:
        """Write the observed half; what comes late is recorded all the same."""
        with self._lock:
            self.timeline.extend(timeline)
            incident = self.incidents[claim.incident.id]
            if self._fences.get(incident.id) != claim.fence:
                self._record_late(incident, claim, observed, now)
                return False
            is_same = incident.desired.generation == claim.incident.desired.generation
            self.incidents[incident.id] = replace(
                incident,
                observed=observed,
                due_at=due_at if is_same else now,
                updated_at=now,
                ended_at=now if ended and is_same else incident.ended_at,
            )
            if release:
                self._leases.pop(incident.id, None)
            return True

    def expire(self, claim: Claim, *, now: datetime) -> None:
        """Count every member as cleared."""
        with self._lock:
            incident = self.incidents[claim.incident.id]
            for key, alert in self.alerts.items():
                if alert.incident_id == incident.id and alert.status is AlertStatus.FIRING:
                    self.alerts[key] = replace(
                        alert, status=AlertStatus.RESOLVED, resolved_at=now, ends_at=now
                    )
            desired = replace(
                incident.desired,
                state=DesiredState.CLEAR,
                since=now,
                generation=incident.desired.generation + 1,
            )
            self.incidents[incident.id] = replace(
                incident, desired=desired, due_at=now, updated_at=now
            )
            self._leases.pop(incident.id, None)
            self.timeline.append(_entry(incident.id, now, "expired", "no sender repeated it"))

    def begin_episode(self, claim: Claim, *, new_id: str, token: str, now: datetime) -> None:
        """End the claimed incident and open its next episode."""
        with self._lock:
            old = self.incidents[claim.incident.id]
            self.incidents[old.id] = replace(old, ended_at=now, due_at=None, updated_at=now)
            self._leases.pop(old.id, None)
            self.incidents[new_id] = next_episode(old, new_id, token, now)
            for key, alert in self.alerts.items():
                if alert.incident_id == old.id and alert.status is AlertStatus.FIRING:
                    self.alerts[key] = replace(alert, incident_id=new_id)
            self.timeline.append(_entry(new_id, now, "opened", f"fires again after {old.id}"))

    def next_due(self, backend: str) -> datetime | None:
        """Say when the earliest incident is due and free."""
        with self._lock:
            return min(
                (
                    max(incident.due_at, lease.until) if lease else incident.due_at
                    for incident in self.incidents.values()
                    if incident.backend == backend and incident.due_at is not None
                    for lease in [self._leases.get(incident.id)]
                ),
                default=None,
            )

    def _is_free(self, id_: str, now: datetime) -> bool:
        lease = self._leases.get(id_)
        return lease is None or lease.until <= now

    def _claimed(self, incident: Incident, owner: str, lease_until: datetime) -> Claim:
        fence = self._fences[incident.id] = self._fences.get(incident.id, 0) + 1
        self._leases[incident.id] = _Lease(owner, lease_until)
        return Claim(incident=replace(incident, news=self._news(incident)), fence=fence)

    def _news(self, incident: Incident) -> tuple[MemberNews, ...]:
        return tuple(
            MemberNews(
                entry=number,
                what=News(entry.what),
                fingerprint=str(entry.detail["fingerprint"]),
                title=str(entry.detail["title"]),
                at=entry.at,
            )
            for number, entry in enumerate(self.timeline, start=1)
            if entry.incident_id == incident.id
            and entry.what in (News.JOINED, News.CLEARED)
            and number > incident.observed.told_through
        )

    def _record_late(self, incident: Incident, claim: Claim, seen: Observed, now: datetime) -> None:
        if is_duplicate(incident.observed, seen):
            self.timeline.append(_entry(incident.id, now, "duplicate", str(seen.ticket)))
            return
        merged = merge_late(incident.observed, claim.incident.observed, seen, now)
        if merged is not None:
            self.incidents[incident.id] = replace(
                incident, observed=merged, due_at=now, updated_at=now
            )


class _Transaction:
    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._saved = False

    def alerts(self, source: str, fingerprints: Collection[str]) -> Mapping[str, KnownAlert]:
        found = ((f, self._store.alerts.get((source, f))) for f in fingerprints)
        return {fingerprint: alert for fingerprint, alert in found if alert is not None}

    def live_incidents(self, ids: Collection[str]) -> Sequence[Incident]:
        found = (self._store.incidents[id_] for id_ in ids if id_ in self._store.incidents)
        return [incident for incident in found if incident.ended_at is None]

    def latest_episodes(
        self, keys: Collection[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Incident]:
        latest: dict[tuple[str, str], Incident] = {}
        for incident in self._store.incidents.values():
            place = (incident.backend, incident.key)
            if place in keys and incident.episode > getattr(latest.get(place), "episode", 0):
                latest[place] = incident
        return latest

    def firing_members(self, incident_ids: Collection[str]) -> Sequence[KnownAlert]:
        return [
            alert
            for alert in self._store.alerts.values()
            if alert.incident_id in incident_ids and alert.status is AlertStatus.FIRING
        ]

    def save(
        self,
        *,
        inbox: InboxEntry,
        alerts: Sequence[KnownAlert],
        incidents: Sequence[Incident],
        timeline: Sequence[TimelineEntry],
    ) -> None:
        self._writes = (inbox, alerts, incidents, timeline)
        self._saved = True

    def commit(self) -> None:
        if not self._saved:
            return
        store = self._store
        inbox, alerts, incidents, timeline = self._writes
        merged = {**store.incidents, **{i.id: self._merged(i) for i in incidents}}
        _require_one_live_each(merged.values())
        store.inbox[inbox.id] = inbox
        store.incidents = merged
        store.alerts.update({(a.source, a.fingerprint): a for a in alerts})
        store.timeline.extend(timeline)

    def _merged(self, incident: Incident) -> Incident:
        old = self._store.incidents.get(incident.id)
        return incident if old is None else replace(incident, observed=old.observed)


def next_episode(old: Incident, new_id: str, token: str, now: datetime) -> Incident:
    """Make the incident that takes over from `old`, which fires again after its ticket ended."""
    ticket = old.observed.ticket
    return Incident(
        id=new_id,
        key=old.key,
        episode=old.episode + 1,
        backend=old.backend,
        token=token,
        source=old.source,
        rule=old.rule,
        desired=_from_now(old.desired, now),
        previous=PreviousTicket(number=ticket.number, url=ticket.url) if ticket else old.previous,
        due_at=now,
        opened_at=now,
        updated_at=now,
    )


def _from_now(desired: Desired, now: datetime) -> Desired:
    return replace(desired, since=now, generation=1, late_until=None)


def _require_one_live_each(incidents: Collection[Incident]) -> None:
    live = [(i.backend, i.key) for i in incidents if i.ended_at is None]
    if len(live) != len(set(live)):
        message = "two live incidents for one key"
        raise StoreConflict(message)


def _entry(incident_id: str, at: datetime, what: str, because: str) -> TimelineEntry:
    return TimelineEntry(incident_id=incident_id, at=at, what=what, because=because)
