"""Old rules against new over what was really received; nothing is stored and nothing is sent."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bridge.domain.alert import Alert, AlertStatus
from bridge.domain.decision import Decision, Dropped, Filed
from bridge.domain.errors import MalformedBody
from bridge.domain.inbox import InboxEntry
from bridge.domain.incident import Incident
from bridge.domain.known import KnownAlert
from bridge.domain.ports import RuleBook, Source
from bridge.domain.reading import Reader
from bridge.intake.describe import Imprint, digest_of, place_of, title_of
from bridge.trial.compare import Comparison, compare

#: Gives what was decided on an alert before, by the alert and what the new rules say of it.
Before = Callable[[Alert, Decision], Decision | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """An alert that would be taken otherwise, and the first body that shows it."""

    inbox_id: str
    received_at: datetime
    alert: Alert
    old: Decision
    new: Decision
    comparison: Comparison

    @property
    def title(self) -> str:
        """Name the alert as people know it."""
        return title_of(self.alert)


@dataclass(slots=True, kw_only=True)
class Rekeyed:
    """An open incident whose firing alerts get another key; it keeps them to their end."""

    incident_id: str
    ticket: str | None
    old: str
    new: str  #: the key that it follows to
    others: list[str] = field(default_factory=list)  #: keys of members that stay with it


@dataclass(slots=True, kw_only=True)
class Replay:
    """What was compared, and what came of it."""

    bodies: int = 0
    alerts: int = 0  #: as told apart by all that a decision can depend on
    unknown: int = 0  #: alerts of which there is nothing on record to compare with
    skipped: Counter[str] = field(default_factory=Counter)  #: bodies, by why they cannot be read
    differences: list[Difference] = field(default_factory=list)
    rekeyed: list[Rekeyed] = field(default_factory=list)
    old_tickets: set[tuple[str, str]] = field(default_factory=set)  #: by (backend, key)
    new_tickets: set[tuple[str, str]] = field(default_factory=set)

    def count(self, kind: str) -> int:
        """Count the alerts of a kind of difference."""
        return sum(difference.comparison.kind == kind for difference in self.differences)

    def fields(self) -> Mapping[str, int]:
        """Count the alerts by each field of the ticket that would differ, most first."""
        names = (name for d in self.differences for name in d.comparison.fields)
        return dict(Counter(names).most_common())


def replay(
    bodies: Iterable[InboxEntry],
    sources: Mapping[str, Source],
    before: Before,
    new: RuleBook,
    reader: Reader,
) -> Replay:
    """Compare, over all that fires in the bodies, what was decided with what the new rules say."""
    result, seen = Replay(), set[tuple[str, str, str]]()
    for entry in bodies:
        result.bodies += 1
        for alert in _alerts(entry, sources, result.skipped):
            place = (alert.source, alert.fingerprint, digest_of(alert))
            if alert.is_firing and place not in seen:
                seen.add(place)
                decision = new.decide(alert)
                _compare(result, entry, alert, before(alert, decision), decision)
    result.rekeyed = _rekeyed(result.differences, reader)
    return result


def by_rules(rules: RuleBook) -> Before:
    """Give what other rules say."""
    return lambda alert, _new: rules.decide(alert)


def on_record(reader: Reader) -> Before:
    """Give what the bridge itself decided, as far as it is about the alert just as it is here."""

    def recall(alert: Alert, new: Decision) -> Decision | None:
        known = _known(reader, alert)
        if known is None or Imprint.read(known.digest).alert != digest_of(alert):
            return None
        return _decided(known, new, reader)

    return recall


def _alerts(
    entry: InboxEntry, sources: Mapping[str, Source], skipped: Counter[str]
) -> Sequence[Alert]:
    source = sources.get(entry.source)
    if source is None:
        skipped[f"no source {entry.source} is configured"] += 1
        return ()
    try:
        return source.parse(entry.body, entry.content_type, entry.received_at).alerts
    except MalformedBody:
        skipped[f"not a body of the source {entry.source}"] += 1
        return ()


def _compare(
    result: Replay, entry: InboxEntry, alert: Alert, old: Decision | None, new: Decision
) -> None:
    if old is None:
        result.unknown += 1
        return
    result.alerts += 1
    for decision, tickets in ((old, result.old_tickets), (new, result.new_tickets)):
        if isinstance(decision, Filed):
            tickets.add((decision.backend, decision.key))
    comparison = compare(old, new)
    if comparison is not None:
        result.differences.append(
            Difference(
                inbox_id=entry.id,
                received_at=entry.received_at,
                alert=alert,
                old=old,
                new=new,
                comparison=comparison,
            )
        )


def _rekeyed(differences: Sequence[Difference], reader: Reader) -> list[Rekeyed]:
    found: dict[str, Rekeyed] = {}
    for difference in differences:
        if difference.comparison.key is None or not isinstance(difference.new, Filed):
            continue
        incident, key = _open_incident(reader, difference.alert), difference.new.key
        if incident is None or incident.backend != difference.new.backend or incident.key == key:
            continue
        rekeyed = found.setdefault(incident.id, _follows(incident, key))
        if key not in (rekeyed.new, *rekeyed.others):
            rekeyed.others.append(key)
    return list(found.values())


def _follows(incident: Incident, key: str) -> Rekeyed:
    ticket = incident.observed.ticket
    number = ticket.number if ticket is not None else None
    return Rekeyed(incident_id=incident.id, ticket=number, old=incident.key, new=key)


def _open_incident(reader: Reader, alert: Alert) -> Incident | None:
    """Give the incident in which the alert fires now."""
    known = _known(reader, alert)
    if known is None or known.status is not AlertStatus.FIRING or known.incident_id is None:
        return None
    listed = reader.incident(known.incident_id)
    return listed.incident if listed is not None and listed.incident.ended_at is None else None


def _known(reader: Reader, alert: Alert) -> KnownAlert | None:
    return reader.known_alerts(alert.source, [alert.fingerprint]).get(alert.fingerprint)


def _decided(known: KnownAlert, new: Decision, reader: Reader) -> Decision | None:
    if known.incident_id is None:
        return Dropped(reason="dropped when it was received", rule=known.rule)
    listed = reader.incident(known.incident_id)
    if listed is None or known.spec is None or known.policy is None:
        return None
    incident = listed.incident
    # A member may have stayed with an incident whose key is not the one decided for it.
    is_same = isinstance(new, Filed) and Imprint.read(known.digest).place == place_of(
        new.backend, new.key
    )
    return Filed(
        key=new.key if isinstance(new, Filed) and is_same else incident.key,
        backend=incident.backend,
        spec=known.spec,
        policy=known.policy,
        rule=known.rule,
    )
