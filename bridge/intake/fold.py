"""Fold the alerts of one body into the stored state: pure, but for the ids it asks for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bridge.domain.alert import Alert, AlertStatus, Handled, Handling
from bridge.domain.decision import Decision, Dropped, Filed
from bridge.domain.incident import (
    Incident,
    MemberNews,
    News,
)
from bridge.domain.json import JsonValue
from bridge.domain.known import KnownAlert, Standing
from bridge.domain.receipt import Action, Touched
from bridge.intake.change import Change, settle
from bridge.intake.describe import title_of
from bridge.intake.explain import spec_change
from bridge.intake.incidents import Context, Incidents
from bridge.intake.known import is_firing, is_of_an_earlier_firing, known_of


class Fold:
    """The state that one body leaves behind: take each alert, settle, then save."""

    def __init__(self, context: Context, live: Sequence[Incident]) -> None:
        self.dropped = 0
        self.heard: set[str] = set()  #: fingerprints of alerts that were only heard of again
        self._context = context
        self.incidents = Incidents(context, live)
        self._alerts: dict[tuple[str, str], KnownAlert] = {}
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
        incident = self.incidents.of(known) if known is not None else None
        if known is None or incident is None or not is_firing(known):
            self._touched.append(Touched(id=None, key=None, action=Action.IGNORED, rule=None))
            return
        if known.handling is handled.handling:
            return
        heard_at = self._context.heard_at
        self._save(replace(known, handling=handled.handling, seen_at=heard_at))
        self.incidents.change(incident).is_handled = True

    def take_repeats(self, repeats: Mapping[str, Standing]) -> None:
        """Fold in, after all others, the alerts that fire as they did."""
        self.heard.update(repeats)
        for id_, standing in {of.incident_id: of for of in repeats.values()}.items():
            change = self.incidents.changes.get(id_ or "")
            if change is not None:
                change.has_repeats = True
                change.note_time(change.now.desired.late_until)
            else:
                unchanged = Action.UNCHANGED
                self._touched.append(
                    Touched(id=id_, key=standing.key, action=unchanged, rule=standing.rule)
                )

    def incidents_with_more_members(self) -> Collection[str]:
        """Name the incidents whose members outside this body decide with it."""
        changes = self.incidents.changes.items()
        return [id_ for id_, change in changes if change.before is not None and change.is_decided]

    def settle(self, stored: Sequence[KnownAlert]) -> None:
        """Give every incident touched its desired half; `stored` are the members elsewhere."""
        members = {(member.source, member.fingerprint): member for member in stored}
        firing: dict[str | None, list[KnownAlert]] = {}
        for member in (members | self._alerts).values():
            if is_firing(member):
                firing.setdefault(member.incident_id, []).append(member)
        for id_, change in self.incidents.changes.items():
            self._settle(change, firing.get(id_, ()))

    def alerts_to_save(self) -> Sequence[KnownAlert]:
        """Give the alerts as they are now."""
        return list(self._alerts.values())

    def touched(self) -> tuple[Touched, ...]:
        """Say what the body did, incident by incident, the oldest first."""
        return tuple(sorted(self._touched, key=lambda touched: touched.id or ""))

    def _fire(self, alert: Alert, known: KnownAlert | None, decision: Filed) -> None:
        title = title_of(alert)
        change = self.incidents.for_firing(alert, known, decision, title)
        incident = change.now
        is_first = change.before is None and not change.members
        late_until = self._late_until(alert, known, incident)
        member = self._known(
            alert,
            decision,
            title,
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
        incident = self.incidents.of(known)
        if incident is None:
            self.dropped += 1
            return
        self.heard.add(known.fingerprint)
        change = self.incidents.change(incident)
        change.has_repeats = True
        change.note_time(change.now.desired.late_until)

    def _drop(self, alert: Alert, known: KnownAlert | None, decision: Dropped) -> None:
        self.dropped += 1
        if known is not None:
            self._leave(known)
        self._save(self._known(alert, decision, title_of(alert)))

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
        incident = self.incidents.of(known)
        if incident is not None:
            self.incidents.change(incident).members[alert.fingerprint] = cleared

    def _leave(self, known: KnownAlert) -> None:
        incident = self.incidents.of(known)
        if incident is not None and is_firing(known):
            self.incidents.change(incident).has_left = True
            self._tell(incident.id, News.CLEARED, known)

    def _settle(self, change: Change, firing: Sequence[KnownAlert]) -> None:
        was, handled = change.now.desired.spec, change.now.desired.handling
        settled = settle(change, firing, self._context.now)
        incident = change.now = settled.incident
        now = incident.desired.handling
        if now is not handled and incident.desired.is_open:
            self.incidents.record(incident.id, now.value, incident.source, {})
        if change.before is not None and incident.desired.spec != was:
            told = spec_change(was, incident.desired.spec)
            self.incidents.record(incident.id, "changed", incident.rule or "defaults", told)
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

    def _known(
        self,
        alert: Alert,
        decision: Decision,
        title: str,
        *,
        incident_id: str | None = None,
        handling: Handling = Handling.UNHANDLED,
    ) -> KnownAlert:
        context = self._context
        return known_of(
            alert,
            decision,
            title=title,
            digest=context.digests[alert.fingerprint],
            rules_version=context.rules_version,
            seen_at=context.heard_at,
            incident_id=incident_id,
            handling=handling,
        )

    def _save(self, alert: KnownAlert) -> None:
        self._alerts[(alert.source, alert.fingerprint)] = alert

    def _tell(self, incident_id: str, news: News, member: KnownAlert) -> None:
        detail: dict[str, JsonValue] = {"fingerprint": member.fingerprint, "title": member.title}
        self.incidents.record(incident_id, news.value, member.title, detail)
        told = MemberNews(
            entry=0,
            what=news,
            at=self._context.now,
            fingerprint=member.fingerprint,
            title=member.title,
        )
        self.incidents.changes[incident_id].news.append(told)
