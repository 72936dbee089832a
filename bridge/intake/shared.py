"""One transaction that several bodies share: each sees what those before it have left."""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import replace

from bridge.domain.alert import AlertStatus
from bridge.domain.inbox import InboxEntry
from bridge.domain.incident import Incident, TimelineEntry
from bridge.domain.known import Heard, KnownAlert, Standing
from bridge.domain.ports import IntakeTransaction

Identity = tuple[str, str]  #: an alert's source and fingerprint
Place = tuple[str, str]  #: a backend and a key
Asked = Iterable[tuple[str, Set[str]]]  #: sources, and fingerprints of each


class SharedTransaction:
    """Implements IntakeTransaction over another one, which is read from once and written to late.

    Whoever opened the other one has to `flush` before it commits.
    """

    def __init__(self, below: IntakeTransaction) -> None:
        self.has_work = False  #: something that was written is due
        self._below = below
        self._standings: dict[Identity, Standing | None] = {}
        self._touched: set[str] = set()  #: incidents that were written here
        self._alerts: dict[Identity, KnownAlert | None] = {}
        self._live: dict[str, Incident | None] = {}
        self._latest: dict[Place, Incident | None] = {}
        self._members: dict[str, list[KnownAlert]] = {}
        self._forget_writes()

    def read_standings(self, asked: Asked) -> None:
        """Lock the alerts of every body at once and in one order, and read how they stand."""
        for source, fingerprints in _by_source(asked):
            found = self._below.standings(source, fingerprints)
            for fingerprint in fingerprints:
                self._standings[source, fingerprint] = found.get(fingerprint)
                if fingerprint not in found:
                    self._alerts[source, fingerprint] = None

    def read_ahead(self, asked: Asked) -> None:
        """Read alerts in full, and their incidents, at once and in one order."""
        by_source = _by_source(asked)
        known = [alert for of, among in by_source for alert in self.alerts(of, among).values()]
        self.live_incidents({alert.incident_id for alert in known if alert.incident_id})

    def standings(self, source: str, fingerprints: Collection[str]) -> Mapping[str, Standing]:
        """Say how those alerts stood when they were read."""
        found = ((of, self._standings.get((source, of))) for of in fingerprints)
        return {of: standing for of, standing in found if standing is not None}

    def unchanged(
        self, standings: Mapping[str, Standing], among: Set[str]
    ) -> Mapping[str, Standing]:
        """Leave out those whose incidents a body here has changed since.

        Whatever changes an alert that is steady changes its incident.
        """
        if not self._touched and standings.keys() <= among:
            return standings
        return {
            fingerprint: standing
            for fingerprint, standing in standings.items()
            if fingerprint in among and standing.incident_id not in self._touched
        }

    def alerts(self, source: str, fingerprints: Collection[str]) -> Mapping[str, KnownAlert]:
        """Give the alerts as they are by now, by fingerprint."""
        missing = {f for f in fingerprints if (source, f) not in self._alerts}
        if missing:
            found = self._below.alerts(source, missing)
            self._alerts |= {(source, f): self._as_heard(found.get(f)) for f in missing}
        asked = ((fingerprint, self._alerts[source, fingerprint]) for fingerprint in fingerprints)
        return {fingerprint: alert for fingerprint, alert in asked if alert is not None}

    def live_incidents(self, ids: Collection[str]) -> Sequence[Incident]:
        """Give those of the incidents that have not ended by now."""
        missing = set(ids) - self._live.keys()
        if missing:
            found = {incident.id: incident for incident in self._below.live_incidents(missing)}
            self._live |= {id_: found.get(id_) for id_ in missing}
        live = (self._live[id_] for id_ in sorted(set(ids)))
        return [incident for incident in live if incident is not None]

    def firing_members(self, incident_ids: Collection[str]) -> Sequence[KnownAlert]:
        """Give every alert that fires by now and belongs to one of the incidents."""
        missing = set(incident_ids) - self._members.keys()
        if missing:
            self._members |= {id_: [] for id_ in missing}
            for member in self._below.firing_members(missing):
                self._members[member.incident_id or ""].append(member)
        stored = (m for id_ in sorted(set(incident_ids)) for m in self._members[id_])
        untouched = [m for m in stored if (m.source, m.fingerprint) not in self._changed_alerts]
        changed = self._changed_alerts.values()
        return [*untouched, *(m for m in changed if m.incident_id in incident_ids and _fires(m))]

    def latest_episodes(self, keys: Collection[Place]) -> Mapping[Place, Incident]:
        """Give the newest incident by now, ended or not, of each (backend, key) that has one."""
        missing = set(keys) - self._latest.keys()
        if missing:
            found = self._below.latest_episodes(missing)
            for place in missing:
                stored = found.get(place)
                known = self._changed.get(stored.id, stored) if stored is not None else None
                self._latest[place] = known
        asked = ((place, self._latest[place]) for place in keys)
        return {place: incident for place, incident in asked if incident is not None}

    def save(
        self,
        *,
        bodies: Sequence[InboxEntry],
        alerts: Sequence[KnownAlert],
        incidents: Sequence[Incident],
        timeline: Sequence[TimelineEntry],
        heard: Sequence[Heard],
    ) -> None:
        """Remember what to write; an incident that goes to another key is written at once."""
        self._bodies += bodies
        self._timeline += timeline
        for alert in alerts:
            self._alerts[alert.source, alert.fingerprint] = alert
            self._changed_alerts[alert.source, alert.fingerprint] = alert
        for news in heard:
            self._hear(news)
        is_rekeyed = any(self._is_rekeyed(incident) for incident in incidents)
        for incident in incidents:
            self._keep(incident)
        if is_rekeyed:
            self.flush()
            self._live.clear()
            self._latest.clear()

    def flush(self) -> None:
        """Write all that is remembered."""
        if not self._bodies:
            return
        self._below.save(
            bodies=self._bodies,
            alerts=list(self._changed_alerts.values()),
            incidents=list(self._changed.values()),
            timeline=self._timeline,
            heard=self._heard,
        )
        self._members.clear()
        self._forget_writes()

    def _forget_writes(self) -> None:
        self._bodies: list[InboxEntry] = []
        self._changed_alerts: dict[Identity, KnownAlert] = {}
        self._changed: dict[str, Incident] = {}
        self._timeline: list[TimelineEntry] = []
        self._heard: list[Heard] = []

    def _hear(self, news: Heard) -> None:
        if news.fingerprints:
            self._heard.append(news)
        for fingerprint in news.fingerprints if self._alerts else ():
            identity = (news.source, fingerprint)
            known = self._alerts.get(identity)
            if known is not None:
                known = self._alerts[identity] = replace(known, seen_at=news.at)
                if identity in self._changed_alerts:
                    self._changed_alerts[identity] = known

    def _as_heard(self, stored: KnownAlert | None) -> KnownAlert | None:
        """Give an alert as read with when a body before has heard of it."""
        for news in self._heard:
            if stored and stored.source == news.source and stored.fingerprint in news.fingerprints:
                stored = replace(stored, seen_at=news.at)
        return stored

    def _is_rekeyed(self, incident: Incident) -> bool:
        known = self._changed.get(incident.id) or self._live.get(incident.id)
        return known is not None and known.key != incident.key

    def _keep(self, incident: Incident) -> None:
        self.has_work = self.has_work or incident.due_at is not None
        self._changed[incident.id] = incident
        self._touched.add(incident.id)
        self._live[incident.id] = incident if incident.ended_at is None else None
        place = (incident.backend, incident.key)
        latest = self._latest.get(place)
        if place in self._latest and (latest is None or incident.episode >= latest.episode):
            self._latest[place] = incident


def _by_source(asked: Asked) -> Sequence[tuple[str, Set[str]]]:
    by_source: dict[str, Set[str]] = {}
    for source, fingerprints in asked:
        by_source[source] = by_source.get(source, frozenset()) | fingerprints
    return sorted(by_source.items())


def _fires(alert: KnownAlert) -> bool:
    return alert.status is AlertStatus.FIRING
