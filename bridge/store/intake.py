"""Where webhooks write: one transaction per body."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Connection, bindparam, func, insert, select, update

from bridge.domain.alert import AlertStatus
from bridge.domain.inbox import InboxEntry
from bridge.domain.incident import Incident, TimelineEntry
from bridge.domain.ports import IntakeTransaction, KnownAlert
from bridge.store import schema
from bridge.store.database import Database, batches, write_all
from bridge.store.rows import (
    alert_from,
    alert_values,
    desired_values,
    inbox_values,
    incident_from,
    incident_values,
)
from bridge.store.schema import alert, incident
from bridge.store.timeline import append
from bridge.store.types import storable

_OPEN_INCIDENT = insert(incident)
_CHANGE_INCIDENT = update(incident).where(incident.c.id == bindparam("of_id"))
_ADD_ALERT = insert(alert)
_CHANGE_ALERT = update(alert).where(
    alert.c.source == bindparam("of_source"), alert.c.fingerprint == bindparam("of_fingerprint")
)

_latest = incident.alias("latest")
_newest_episode = (
    select(func.max(_latest.c.episode))
    .where(_latest.c.backend == incident.c.backend, _latest.c.key == incident.c.key)
    .scalar_subquery()
)


class SqlIntake:
    """Implements IntakeStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def intake(self) -> AbstractContextManager[IntakeTransaction]:
        """Open one write transaction, committed on leaving and rolled back on an exception."""
        return self._transaction()

    @contextmanager
    def _transaction(self) -> Iterator[IntakeTransaction]:
        with self._database.write() as connection:
            yield SqlIntakeTransaction(self._database, connection)

    def keep_rejected(self, entry: InboxEntry) -> str:
        """Keep a body that could not be used, once however often it comes; give its id."""
        inbox = schema.inbox
        keep = self._database.insert(inbox).values(inbox_values(entry))
        keep = keep.on_conflict_do_update(
            index_elements=[inbox.c.digest],
            set_={
                "times_seen": inbox.c.times_seen + 1,
                "last_seen_at": keep.excluded.last_seen_at,
                "reason": keep.excluded.reason,
            },
        )
        with self._database.write() as connection:
            return str(connection.execute(keep.returning(inbox.c.id)).scalar_one())


class SqlIntakeTransaction:
    """One webhook's transaction.

    Locks are taken in one order: alerts, then incidents, each sorted. An incident's lock guards its
    membership too, so members that the body does not name are read without locks of their own:
    locking them would make two bodies about one incident wait for each other.
    """

    def __init__(self, database: Database, connection: Connection) -> None:
        self._database = database
        self._connection = connection
        self._stored_alerts: set[tuple[str, str]] = set()
        self._stored_incidents: set[str] = set()

    def alerts(self, source: str, fingerprints: Collection[str]) -> Mapping[str, KnownAlert]:
        """Give the stored alerts by fingerprint."""
        found: dict[str, KnownAlert] = {}
        for batch in batches(map(storable, fingerprints)):
            query = (
                select(alert)
                .where(alert.c.source == source, alert.c.fingerprint.in_(batch))
                .order_by(alert.c.fingerprint)
                .with_for_update()
            )
            for row in self._connection.execute(query):
                found[row.fingerprint] = alert_from(row)
                self._stored_alerts.add((row.source, row.fingerprint))
        asked = ((wanted, found.get(storable(wanted))) for wanted in fingerprints)
        return {wanted: known for wanted, known in asked if known is not None}

    def live_incidents(self, ids: Collection[str]) -> Sequence[Incident]:
        """Give those of the incidents that have not ended."""
        found: list[Incident] = []
        for batch in batches(ids):
            query = (
                select(incident)
                .where(incident.c.id.in_(batch), incident.c.ended_at.is_(None))
                .order_by(incident.c.id)
                .with_for_update()
            )
            found += (incident_from(row) for row in self._connection.execute(query))
        self._stored_incidents.update(live.id for live in found)
        return found

    def firing_members(self, incident_ids: Collection[str]) -> Sequence[KnownAlert]:
        """Give every stored alert that fires and belongs to one of the incidents."""
        found: list[KnownAlert] = []
        for batch in batches(incident_ids):
            query = select(alert).where(
                alert.c.incident_id.in_(batch), alert.c.status == AlertStatus.FIRING.value
            )
            found += (alert_from(row) for row in self._connection.execute(query))
        self._stored_alerts.update((member.source, member.fingerprint) for member in found)
        return found

    def latest_episodes(
        self, keys: Collection[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Incident]:
        """Give the newest incident, ended or not, of each (backend, key) that has one."""
        found: dict[tuple[str, str], Incident] = {}
        for backend in sorted({backend for backend, _ in keys}):
            asked = [key for of, key in keys if of == backend]
            for batch in batches(map(storable, asked)):
                found |= {(backend, new.key): new for new in self._latest_of(backend, batch)}
        self._stored_incidents.update(latest.id for latest in found.values())
        answers = ((place, found.get((place[0], storable(place[1])))) for place in keys)
        return {place: latest for place, latest in answers if latest is not None}

    def _latest_of(self, backend: str, keys: Sequence[str]) -> Sequence[Incident]:
        query = (
            select(incident)
            .where(
                incident.c.backend == backend,
                incident.c.key.in_(keys),
                incident.c.episode == _newest_episode,
            )
            .order_by(incident.c.id)
            .with_for_update(of=incident)
        )
        return [incident_from(row) for row in self._connection.execute(query)]

    def save(
        self,
        *,
        inbox: InboxEntry,
        alerts: Sequence[KnownAlert],
        incidents: Sequence[Incident],
        timeline: Sequence[TimelineEntry],
    ) -> None:
        """Write the body, the alerts, the desired half of stored incidents and new ones whole.

        What was not read in this transaction is taken for new: if it is not, another was first.
        """
        self._save_incidents(incidents)
        self._save_alerts(alerts)
        append(self._connection, timeline)
        self._keep_body(inbox)
        if any(saved.due_at is not None for saved in incidents):
            self._database.announce(self._connection)

    def _keep_body(self, entry: InboxEntry) -> None:
        """Keep a new body; one that is taken again only changes what became of it."""
        keep = self._database.insert(schema.inbox).values(inbox_values(entry))
        taken_again = {name: keep.excluded[name] for name in ("outcome", "reason", "digest")}
        self._connection.execute(
            keep.on_conflict_do_update(index_elements=[schema.inbox.c.id], set_=taken_again)
        )

    def _save_incidents(self, incidents: Sequence[Incident]) -> None:
        """Change before inserting: an ended episode makes room for the next."""
        changed = [i for i in incidents if i.id in self._stored_incidents]
        opened = [i for i in incidents if i.id not in self._stored_incidents]
        rows = [{"of_id": i.id, **desired_values(i)} for i in changed]
        write_all(self._connection, _CHANGE_INCIDENT, rows)
        opened.sort(key=lambda new: (new.backend, new.key))
        write_all(self._connection, _OPEN_INCIDENT, [incident_values(i) for i in opened])

    def _save_alerts(self, alerts: Sequence[KnownAlert]) -> None:
        rows = {(storable(a.source), storable(a.fingerprint)): alert_values(a) for a in alerts}
        new = [rows[identity] for identity in sorted(rows.keys() - self._stored_alerts)]
        changed = [
            {"of_source": source, "of_fingerprint": fingerprint, **rows[source, fingerprint]}
            for source, fingerprint in sorted(rows.keys() & self._stored_alerts)
        ]
        write_all(self._connection, _CHANGE_ALERT, changed)
        write_all(self._connection, _ADD_ALERT, new)
