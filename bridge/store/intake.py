"""Where webhooks write: one transaction for all the bodies that wait."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, func, insert, select, text, update

from bridge.domain.alert import AlertStatus
from bridge.domain.inbox import InboxEntry
from bridge.domain.incident import UNHEARD_OF, Incident, TimelineEntry
from bridge.domain.known import Heard, KnownAlert, Standing
from bridge.domain.ports import IntakeTransaction
from bridge.store import schema
from bridge.store.alert_rows import alert_from, alert_values, standing_from
from bridge.store.among import among
from bridge.store.database import Database, write_all
from bridge.store.insertion import Insertion
from bridge.store.rows import (
    desired_values,
    inbox_values,
    incident_from,
    incident_values,
    opened_values,
)
from bridge.store.schema import alert, incident
from bridge.store.timeline import append
from bridge.store.types import storable

_ADD_INCIDENT = Insertion(insert(incident))
#: Most rows are of incidents that no desk has heard of yet: half the columns are the same in all.
_OPEN_INCIDENT = Insertion(
    insert(incident).values(
        {
            name: text("0")
            for name in ("fence", "told_generation", "told_through", "lookups", "attempts")
        }
    )
)
_CHANGE_INCIDENT = update(incident).where(incident.c.id == bindparam("of_id"))
_ADD_ALERT = Insertion(insert(alert))
_CHANGE_ALERT = update(alert).where(
    alert.c.source == bindparam("of_source"), alert.c.fingerprint == bindparam("of_fingerprint")
)
_HEAR = (
    update(alert)
    .where(
        alert.c.source == bindparam("of"),
        among(alert.c.fingerprint, "among"),
    )
    .values(seen_at=bindparam("at"))
)
_of_alert = and_(incident.c.id == alert.c.incident_id, incident.c.ended_at.is_(None))
_STANDINGS = (
    select(
        alert.c.fingerprint,
        alert.c.status,
        alert.c.digest,
        alert.c.incident_id,
        incident.c.key,
        incident.c.rule,
        incident.c.state,
        incident.c.policy,
    )
    .select_from(alert.outerjoin(incident, _of_alert))
    .where(alert.c.source == bindparam("of"), among(alert.c.fingerprint, "among"))
    .order_by(alert.c.fingerprint)
    .with_for_update(of=alert)
)
_ALERTS = (
    select(alert)
    .where(
        alert.c.source == bindparam("of"),
        among(alert.c.fingerprint, "among"),
    )
    .order_by(alert.c.fingerprint)
    .with_for_update()
)
_LIVE = (
    select(incident)
    .where(among(incident.c.id, "among"), incident.c.ended_at.is_(None))
    .order_by(incident.c.id)
    .with_for_update()
)
_MEMBERS = select(alert).where(
    among(alert.c.incident_id, "among"),
    alert.c.status == AlertStatus.FIRING.value,
)

_latest = incident.alias("latest")
_newest_episode = (
    select(func.max(_latest.c.episode))
    .where(_latest.c.backend == incident.c.backend, _latest.c.key == incident.c.key)
    .scalar_subquery()
)
_LATEST = (
    select(incident)
    .where(
        incident.c.backend == bindparam("of"),
        among(incident.c.key, "among"),
        incident.c.episode == _newest_episode,
    )
    .order_by(incident.c.id)
    .with_for_update(of=incident)
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
    """One transaction of webhooks.

    Locks are taken in one order: alerts, then incidents, each sorted. An incident's lock guards its
    membership too, so members that the body does not name are read without locks of their own:
    locking them would make two bodies about one incident wait for each other.
    """

    def __init__(self, database: Database, connection: Connection) -> None:
        self._database = database
        self._connection = connection
        self._stored_alerts: set[tuple[str, str]] = set()
        self._stored_incidents: set[str] = set()

    def standings(self, source: str, fingerprints: Collection[str]) -> Mapping[str, Standing]:
        """Say how the stored alerts stand."""
        rows = self._rows(_STANDINGS, fingerprints, of=source)
        found = {row[0]: standing_from(row) for row in rows}
        asked = ((wanted, found.get(storable(wanted))) for wanted in fingerprints)
        return {wanted: standing for wanted, standing in asked if standing is not None}

    def alerts(self, source: str, fingerprints: Collection[str]) -> Mapping[str, KnownAlert]:
        """Give the stored alerts by fingerprint."""
        found: dict[str, KnownAlert] = {}
        for row in self._rows(_ALERTS, fingerprints, of=source):
            found[row.fingerprint] = alert_from(row)
            self._stored_alerts.add((row.source, row.fingerprint))
        asked = ((wanted, found.get(storable(wanted))) for wanted in fingerprints)
        return {wanted: known for wanted, known in asked if known is not None}

    def live_incidents(self, ids: Collection[str]) -> Sequence[Incident]:
        """Give those of the incidents that have not ended."""
        found = [incident_from(row) for row in self._rows(_LIVE, ids)]
        self._stored_incidents.update(live.id for live in found)
        return found

    def firing_members(self, incident_ids: Collection[str]) -> Sequence[KnownAlert]:
        """Give every stored alert that fires and belongs to one of the incidents."""
        found = [alert_from(row) for row in self._rows(_MEMBERS, incident_ids)]
        self._stored_alerts.update((member.source, member.fingerprint) for member in found)
        return found

    def latest_episodes(
        self, keys: Collection[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Incident]:
        """Give the newest incident, ended or not, of each (backend, key) that has one."""
        found: dict[tuple[str, str], Incident] = {}
        for backend in sorted({backend for backend, _ in keys}):
            asked = [storable(key) for of, key in keys if of == backend]
            for row in self._rows(_LATEST, asked, of=backend):
                found[backend, row.key] = incident_from(row)
        self._stored_incidents.update(latest.id for latest in found.values())
        answers = ((place, found.get((place[0], storable(place[1])))) for place in keys)
        return {place: latest for place, latest in answers if latest is not None}

    def save(
        self,
        *,
        bodies: Sequence[InboxEntry],
        alerts: Sequence[KnownAlert],
        incidents: Sequence[Incident],
        timeline: Sequence[TimelineEntry],
        heard: Sequence[Heard],
    ) -> None:
        """Write bodies, alerts, the desired half of stored incidents, and new ones whole.

        What was not read in this transaction is taken for new: if it is not, another was first.
        """
        self._save_incidents(incidents)
        self._hear(heard)
        self._save_alerts(alerts)
        append(self._connection, timeline)
        rows = [inbox_values(body) for body in bodies]
        self._database.keep_bodies.run(self._connection, rows)
        if any(saved.due_at is not None for saved in incidents):
            self._database.announce(self._connection)

    def _rows(
        self, query: Select[Any], among: Collection[str], **values: str
    ) -> Sequence[Row[Any]]:
        return self._connection.execute(query, {"among": among, **values}).all() if among else ()

    def _save_incidents(self, incidents: Sequence[Incident]) -> None:
        """Change before inserting: an ended episode makes room for the next."""
        changed = [i for i in incidents if i.id in self._stored_incidents]
        opened = [i for i in incidents if i.id not in self._stored_incidents]
        rows = [{"of_id": i.id, **desired_values(i)} for i in changed]
        write_all(self._connection, _CHANGE_INCIDENT, rows)
        opened.sort(key=lambda new: (new.backend, new.key))
        unheard_of = [i for i in opened if i.observed is UNHEARD_OF]
        _OPEN_INCIDENT.run(self._connection, [opened_values(i) for i in unheard_of])
        others = [i for i in opened if i.observed is not UNHEARD_OF]
        _ADD_INCIDENT.run(self._connection, [incident_values(i) for i in others])
        self._stored_incidents.update(new.id for new in opened)

    def _save_alerts(self, alerts: Sequence[KnownAlert]) -> None:
        rows = {(storable(a.source), storable(a.fingerprint)): alert_values(a) for a in alerts}
        new = [rows[identity] for identity in sorted(rows.keys() - self._stored_alerts)]
        changed = [
            {"of_source": source, "of_fingerprint": fingerprint, **rows[source, fingerprint]}
            for source, fingerprint in sorted(rows.keys() & self._stored_alerts)
        ]
        write_all(self._connection, _CHANGE_ALERT, changed)
        _ADD_ALERT.run(self._connection, new)
        self._stored_alerts |= rows.keys()

    def _hear(self, heard: Sequence[Heard]) -> None:
        """Write when alerts were heard of again: one statement for all that a body repeats."""
        for news in sorted(heard, key=lambda news: (news.source, news.at)):
            values = {"of": news.source, "at": news.at, "among": news.fingerprints}
            self._connection.execute(_HEAR, values)
