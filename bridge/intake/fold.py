"""Fold the alerts of one body into the stored state: pure, but for the ids it asks for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bridge.domain.alert import Alert, AlertStatus, Handled, Handling
from bridge.domain.decision import Decision, Dropped, Filed
from bridge.domain.episode import ended, previous_ticket
from bridge.domain.incident import (
    Desired,
    DesiredState,
    Incident,
    MemberNews,
    News,
    TimelineEntry,
)
from bridge.domain.json import JsonValue
from bridge.domain.next_step import begins_new_episode
from bridge.domain.ports import KnownAlert, NewId
from bridge.domain.receipt import Action, Touched
from bridge.intake.change import Change, settle
from bridge.intake.describe import Imprint, place_of, title_of, token_of
from bridge.intake.explain import spec_change, why
from bridge.intake.known import is_firing, is_of_an_earlier_firing, known_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is the same for every alert of one body."""

    now: datetime
    heard_at: datetime  #: when the body was received, which may be long ago
    new_id: NewId
    instance: str
    rules_version: str
    alerts: Mapping[str, KnownAlert]  #: what the store knows of them, by fingerprint
    decisions: Mapping[str, Decision]  #: by fingerprint, for those whose stored one may not hold
    latest: Mapping[tuple[str, str], Incident]  #: newest episode by (backend, key)


class Fold:
    """The state that one body leaves behind: take each alert, settle, then save."""

    def __init__(self, context: Context, live: Sequence[Incident]) -> None:
        self.timeline: list[TimelineEntry] = []
        self.dropped = 0
        self._context = context
        self._live = {incident.id: incident for incident in live}
        self._alerts: dict[tuple[str, str], KnownAlert] = {}
        self._changes: dict[str, Change] = {}
        self._places: dict[tuple[str, str], Change] = {}
        self._touched: list[Touched] = []

    def take(self, alert: Alert) -> None:
        """Fold one alert in."""
        known = self._context.alerts.get(alert.fingerprint)
        if not alert.is_firing:
            self._clear(alert, known)
            return
        match self._context.decisions.get(alert.fingerprint):
            case Filed() as decision:
                self._fire(alert, known, decision)
            case Dropped() as decision:
                self._drop(alert, known, decision)
            case None:
                self._repeat(known)

    def take_handled(self, source: str, handled: Handled) -> None:
        """Fold in who looks after an alert; word of one that does not fire changes nothing."""
        known = self._alerts.get((source, handled.fingerprint)) or self._context.alerts.get(
            handled.fingerprint
        )
        incident = self._live_of(known)
        if known is None or incident is None or not is_firing(known):
            self._touched.append(Touched(id=None, key=None, action=Action.IGNORED, rule=None))
            return
        if known.handling is handled.handling:
            return
        member = replace(known, handling=handled.handling)
        self._save(member)
        self._change(incident).members[member.fingerprint] = member

    def incidents_with_more_members(self) -> Collection[str]:
        """Name the incidents whose members outside this body decide with it."""
        changes = self._changes.items()
        return [id_ for id_, change in changes if change.before is not None and change.is_decided]

    def settle(self, stored: Sequence[KnownAlert]) -> None:
        """Give every incident touched its desired half; `stored` are the members elsewhere."""
        members = {(member.source, member.fingerprint): member for member in stored}
        firing: dict[str | None, list[KnownAlert]] = {}
        for member in (members | self._alerts).values():
            if is_firing(member):
                firing.setdefault(member.incident_id, []).append(member)
        for id_, change in self._changes.items():
            self._settle(change, firing.get(id_, ()))

    def alerts_to_save(self) -> Sequence[KnownAlert]:
        """Give the alerts as they are now."""
        return list(self._alerts.values())

    def incidents_to_save(self) -> Sequence[Incident]:
        """Give the incidents that differ now, those that make room for a new episode first."""
        now = self._context.now
        opened = [c.now for c in self._changes.values() if c.before is None]
        rekeyed = [c.now for c in self._changes.values() if c.before and c.before.key != c.now.key]
        latest = (self._context.latest.get((i.backend, i.key)) for i in (*rekeyed, *opened))
        superseded = [old for old in latest if old is not None and old.ended_at is None]
        over = [ended(old, now) for old in superseded]
        changed = [c.now for c in self._changes.values() if c.before and c.now != c.before]
        return [*over, *changed, *opened]

    def touched(self) -> tuple[Touched, ...]:
        """Say what the body did, incident by incident."""
        return tuple(self._touched)

    def _fire(self, alert: Alert, known: KnownAlert | None, decision: Filed) -> None:
        change = self._kept(known, decision) or self._place(alert, decision)
        incident = change.now
        is_first = change.before is None and not change.members
        late_until = self._late_until(alert, known, incident)
        member = replace(
            self._known(alert, decision),
            incident_id=incident.id,
            handling=known.handling if known and is_firing(known) else Handling.UNHANDLED,
        )
        self._save(member)
        change.add_firing(member, late_until)
        if known is not None and known.incident_id == incident.id and is_firing(known):
            return
        if known is not None:
            self._leave(known)
        change.has_joined = True
        if not is_first:
            self._tell(incident.id, News.JOINED, member)

    def _repeat(self, known: KnownAlert | None) -> None:
        if known is None:
            return
        if known.incident_id is None:
            self.dropped += 1
            return
        self._save(replace(known, seen_at=self._context.heard_at))
        change = self._change(self._live[known.incident_id])
        change.has_repeats = True
        change.note_time(change.now.desired.late_until)

    def _drop(self, alert: Alert, known: KnownAlert | None, decision: Dropped) -> None:
        self.dropped += 1
        if known is not None:
            self._leave(known)
        self._save(self._known(alert, decision))

    def _clear(self, alert: Alert, known: KnownAlert | None) -> None:
        if known is None or known.incident_id is None or is_of_an_earlier_firing(alert, known):
            self._touched.append(Touched(id=None, key=None, action=Action.IGNORED, rule=None))
            return
        self._leave(known)
        now = self._context.now
        cleared = replace(
            known,
            status=AlertStatus.RESOLVED,
            ends_at=alert.ends_at or now,
            seen_at=self._context.heard_at,
            resolved_at=now,
        )
        self._save(cleared)
        incident = self._live.get(known.incident_id)
        if incident is not None:
            self._change(incident).members[alert.fingerprint] = cleared

    def _leave(self, known: KnownAlert) -> None:
        incident = self._live.get(known.incident_id or "")
        if incident is not None and is_firing(known):
            self._change(incident).has_left = True
            self._tell(incident.id, News.CLEARED, known)

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
        change = self._change(incident)
        if was.place != place and was.place == place_of(change.now.backend, change.now.key):
            self._rekey(change, decision.key)
        return change

    def _rekey(self, change: Change, key: str) -> None:
        """Let an incident follow the first of its members to a new key, unless that is in use."""
        now, place = self._context.now, (change.now.backend, key)
        latest = self._context.latest.get(place)
        if place in self._places or (latest is not None and not begins_new_episode(latest, now)):
            return
        self._record(
            change.now.id, "rekeyed", "the rules were edited", {"from": change.now.key, "to": key}
        )
        episode = latest.episode + 1 if latest is not None else change.now.episode
        change.now = replace(change.now, key=key, episode=episode, updated_at=now)
        self._places[place] = change

    def _place(self, alert: Alert, decision: Filed) -> Change:
        place = (decision.backend, decision.key)
        if place not in self._places:
            latest = self._context.latest.get(place)
            continues = latest is not None and not begins_new_episode(latest, self._context.now)
            self._places[place] = (
                self._change(latest)
                if latest is not None and continues
                else self._open(alert, decision, latest)
            )
        return self._places[place]

    def _open(self, alert: Alert, decision: Filed, latest: Incident | None) -> Change:
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
            opened_at=now,
            updated_at=now,
        )
        self._changes[id_] = Change(before=None, now=incident)
        self._record(id_, "opened", title_of(alert), why(decision))
        return self._changes[id_]

    def _live_of(self, known: KnownAlert | None) -> Incident | None:
        """Give the incident of an alert, stored or opened by this body."""
        id_ = known.incident_id if known is not None else None
        opened = self._changes.get(id_ or "")
        return opened.now if opened is not None else self._live.get(id_ or "")

    def _change(self, incident: Incident) -> Change:
        self._live.setdefault(incident.id, incident)
        return self._changes.setdefault(incident.id, Change(before=incident, now=incident))

    def _settle(self, change: Change, firing: Sequence[KnownAlert]) -> None:
        was, handled = change.now.desired.spec, change.now.desired.handling
        settled = settle(change, firing, self._context.now)
        incident = change.now = settled.incident
        if (now := incident.desired.handling) is not handled:
            self._record(incident.id, now.value, incident.source, {})
        if change.before is not None and incident.desired.spec != was:
            told = spec_change(was, incident.desired.spec)
            self._record(incident.id, "changed", incident.rule or "defaults", told)
        self._touched.append(
            Touched(id=incident.id, key=incident.key, action=settled.action, rule=incident.rule)
        )

    def _late_until(
        self, alert: Alert, known: KnownAlert | None, incident: Incident
    ) -> datetime | None:
        """Say until when a firing may be an echo of before the resolve; None: it is on time."""
        if known is not None and is_firing(known):
            return incident.desired.late_until
        if known is None or known.resolved_at is None or known.ends_at is None:
            return None
        settles_at = known.resolved_at + incident.desired.policy.settle
        is_echo = alert.starts_at <= known.ends_at and self._context.now < settles_at
        return settles_at if is_echo else None

    def _known(self, alert: Alert, decision: Decision) -> KnownAlert:
        context = self._context
        return known_of(
            alert, decision, rules_version=context.rules_version, seen_at=context.heard_at
        )

    def _save(self, alert: KnownAlert) -> None:
        self._alerts[(alert.source, alert.fingerprint)] = alert

    def _tell(self, incident_id: str, news: News, member: KnownAlert) -> None:
        detail: dict[str, JsonValue] = {"fingerprint": member.fingerprint, "title": member.title}
        self._record(incident_id, news.value, member.title, detail)
        told = MemberNews(
            entry=0,
            what=news,
            at=self._context.now,
            fingerprint=member.fingerprint,
            title=member.title,
        )
        self._changes[incident_id].news.append(told)

    def _record(
        self, incident_id: str, what: str, because: str, detail: Mapping[str, JsonValue]
    ) -> None:
        self.timeline.append(
            TimelineEntry(
                incident_id=incident_id,
                at=self._context.now,
                what=what,
                because=because,
                detail=detail,
            )
        )
