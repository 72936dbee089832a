"""Which incidents a body concerns, and which of them each of its alerts belongs to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bridge.domain.alert import Alert
from bridge.domain.decision import Decision, Filed
from bridge.domain.episode import ended, previous_ticket
from bridge.domain.incident import Desired, DesiredState, Incident, TimelineEntry
from bridge.domain.json import JsonValue
from bridge.domain.known import KnownAlert
from bridge.domain.next_step import begins_new_episode
from bridge.domain.ports import NewId
from bridge.intake.change import Change
from bridge.intake.describe import Imprint, place_of, token_of
from bridge.intake.explain import why
from bridge.intake.known import is_firing


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is the same for every alert of one body."""

    now: datetime
    heard_at: datetime  #: when the body was received, which may be long ago
    new_id: NewId
    instance: str
    rules_version: str
    alerts: Mapping[str, KnownAlert]  #: what the store knows of them, by fingerprint
    digests: Mapping[str, str]  #: of those that fire, by fingerprint
    decisions: Mapping[str, Decision]  #: by fingerprint, for those whose stored one may not hold
    latest: Mapping[tuple[str, str], Incident]  #: newest episode by (backend, key)


class Incidents:
    """The incidents of one body, as it found them and as it leaves them."""

    def __init__(self, context: Context, live: Sequence[Incident]) -> None:
        self.timeline: list[TimelineEntry] = []
        self.changes: dict[str, Change] = {}
        self._context = context
        self._live = {incident.id: incident for incident in live}
        self._places: dict[tuple[str, str], Change] = {}

    def of(self, known: KnownAlert) -> Incident | None:
        """Give the incident of an alert, one that this body opened included, unless it is over."""
        opened = self.changes.get(known.incident_id or "")
        return opened.now if opened is not None else self._live.get(known.incident_id or "")

    def for_firing(
        self, alert: Alert, known: KnownAlert | None, decision: Filed, title: str
    ) -> Change:
        """Give the incident that a firing alert belongs to, opened because of it if none is."""
        return self._kept(known, decision) or self._place(alert, decision, title)

    def change(self, incident: Incident) -> Change:
        """Give what this body does to an incident so far."""
        self._live.setdefault(incident.id, incident)
        return self.changes.setdefault(incident.id, Change(before=incident, now=incident))

    def to_save(self) -> Sequence[Incident]:
        """Give the incidents that differ now, those that make room for a new episode first."""
        now = self._context.now
        opened = [c.now for c in self.changes.values() if c.before is None]
        rekeyed = [c.now for c in self.changes.values() if c.before and c.before.key != c.now.key]
        latest = (self._context.latest.get((i.backend, i.key)) for i in (*rekeyed, *opened))
        superseded = [old for old in latest if old is not None and old.ended_at is None]
        over = [ended(old, now) for old in superseded]
        changed = [c.now for c in self.changes.values() if c.before and c.now != c.before]
        return [*over, *changed, *opened]

    def record(
        self, incident_id: str, what: str, because: str, detail: Mapping[str, JsonValue]
    ) -> None:
        """Add to an incident's timeline."""
        self.timeline.append(
            TimelineEntry(
                incident_id=incident_id,
                at=self._context.now,
                what=what,
                because=because,
                detail=detail,
            )
        )

    def _kept(self, known: KnownAlert | None, decision: Filed) -> Change | None:
        """Give the incident in which an alert goes on firing, though edited rules key it otherwise.

        Where the rules are the same, another key is what the alert itself asks for: it moves.
        """
        incident = self._live.get(known.incident_id or "") if known is not None else None
        if known is None or incident is None or not is_firing(known):
            return None
        is_over = begins_new_episode(incident, self._context.now)
        was, place = Imprint.read(known.digest), place_of(decision.backend, decision.key)
        is_edited = was.rules != self._context.rules_version
        if is_over or incident.backend != decision.backend:
            return None
        if not is_edited and was.place != place:
            return None
        change = self.change(incident)
        if was.place != place and was.place == place_of(change.now.backend, change.now.key):
            self._rekey(change, decision.key)
        return change

    def _rekey(self, change: Change, key: str) -> None:
        """Let an incident follow the first of its members to a new key, unless that is in use."""
        now, place = self._context.now, (change.now.backend, key)
        latest = self._context.latest.get(place)
        if place in self._places or (latest is not None and not begins_new_episode(latest, now)):
            return
        self.record(
            change.now.id, "rekeyed", "the rules were edited", {"from": change.now.key, "to": key}
        )
        episode = latest.episode + 1 if latest is not None else change.now.episode
        change.now = replace(change.now, key=key, episode=episode, updated_at=now)
        self._places[place] = change

    def _place(self, alert: Alert, decision: Filed, title: str) -> Change:
        place = (decision.backend, decision.key)
        if place not in self._places:
            latest = self._context.latest.get(place)
            continues = latest is not None and not begins_new_episode(latest, self._context.now)
            self._places[place] = (
                self.change(latest)
                if latest is not None and continues
                else self._open(alert, decision, latest, title)
            )
        return self._places[place]

    def _open(self, alert: Alert, decision: Filed, latest: Incident | None, title: str) -> Change:
        id_, now = self._context.new_id(), self._context.now
        incident = Incident(
            id=id_,
            key=decision.key,
            episode=latest.episode + 1 if latest else 1,
            backend=decision.backend,
            token=token_of(self._context.instance, id_),
            source=alert.source,
            rule=decision.rule,
            desired=Desired(
                state=DesiredState.OPEN,
                since=now,
                spec=decision.spec,
                policy=decision.policy,
                fired_at=now,
            ),
            previous=previous_ticket(latest),
            due_at=now,
            opened_at=now,
            updated_at=now,
        )
        self.changes[id_] = Change(before=None, now=incident)
        self.record(id_, "opened", title, why(decision))
        return self.changes[id_]
