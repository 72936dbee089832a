"""Receive a webhook body: parse, decide, commit, and only then say that it was accepted."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import structlog

from bridge.domain.alert import Alert, AlertStatus, ParsedBody
from bridge.domain.decision import Decision, Filed
from bridge.domain.errors import MalformedBody, StoreConflict, StoreUnavailable
from bridge.domain.inbox import InboxEntry, InboxOutcome
from bridge.domain.known import Heard, KnownAlert
from bridge.domain.ports import Clock, IntakeStore, IntakeTransaction, NewId, RuleBook, Source
from bridge.domain.receipt import Receipt
from bridge.domain.together import Outcome, Together
from bridge.intake.describe import Imprint
from bridge.intake.fold import Fold
from bridge.intake.given import Given, Repeats
from bridge.intake.incidents import Context
from bridge.intake.shared import SharedTransaction
from bridge.telemetry import metrics

log = structlog.get_logger()

#: Two webhooks about the same new fault can meet once; meeting again and again is a broken store.
MAX_TRIES = 5


#: Together they hold the lock for as long as all of them take.
MOST_TOGETHER = 64

#: What comes of a body: the answer, and what the rules decided for it.
Taken = tuple[Receipt, Mapping[str, Decision]]


@dataclass(frozen=True, kw_only=True)
class Intake:
    """Accepts webhook bodies of any source into the store."""

    store: IntakeStore
    rules: Callable[[], RuleBook]
    notify: Callable[[], None]  #: wakes the worker; called when a commit has left it work
    now: Clock
    new_id: NewId
    instance: str  #: names this bridge in every token
    #: How many requests are under way in this process, those that wait here included.
    coming: Callable[[], int] = lambda: 0
    #: Tells a sender that it may send; nobody is told by a bridge that only tries bodies.
    confirm: Callable[[str], None] = lambda _address: None

    @cached_property
    def _together(self) -> Together[Given, Taken]:
        return Together(self._commit, MOST_TOGETHER, self.coming)

    def receive(self, source: Source, body: bytes, content_type: str) -> Receipt:
        """Store what the body wants; on return it is durable.

        Raise MalformedBody once an unusable body is kept for replay, or StoreUnavailable.
        """
        entry = self._entry(source, body, content_type)
        try:
            parsed = source.parse(body, content_type, entry.received_at)
        except MalformedBody as exc:
            self._keep_rejected(entry, str(exc))
            raise
        return self._take(entry, parsed)

    def replay(self, source: Source, entry: InboxEntry) -> Receipt:
        """Take a kept body again, as far as nothing newer is known; twice is as good as once.

        Raise MalformedBody if it is still unusable, or StoreUnavailable.
        """
        parsed = source.parse(entry.body, entry.content_type, entry.received_at)
        return self._take(entry, parsed, is_replay=True)

    def _take(self, entry: InboxEntry, parsed: ParsedBody, *, is_replay: bool = False) -> Receipt:
        receipt, decisions = self._together.do(Given.of(entry, parsed, is_replay=is_replay))
        _count(entry.source, parsed, decisions)
        if parsed.confirm is not None:
            self.confirm(parsed.confirm)
        return receipt

    def keep(self, source: Source, body: bytes, content_type: str, reason: str) -> None:
        """Keep an authentic body that cannot even be read, as rejected for this reason."""
        self._keep_rejected(self._entry(source, body, content_type), reason)

    def _entry(self, source: Source, body: bytes, content_type: str) -> InboxEntry:
        return InboxEntry(
            id=self.new_id(),
            source=source.name,
            received_at=self.now(),
            content_type=content_type,
            body=body,
            outcome=InboxOutcome.ACCEPTED,
        )

    def _keep_rejected(self, entry: InboxEntry, reason: str) -> None:
        self.store.keep_rejected(replace(entry, outcome=InboxOutcome.REJECTED, reason=reason))

    def _commit(self, given: Sequence[Given]) -> Sequence[Outcome[Taken]]:
        """Take bodies in one transaction; what is wrong with one is not the others' fault."""
        for _ in range(MAX_TRIES):
            try:
                with self.store.intake() as transaction:
                    shared = SharedTransaction(transaction)
                    outcomes = self._take_all(shared, given)
            except StoreConflict:
                continue
            except StoreUnavailable as exc:
                return [StoreUnavailable(str(exc)) for _ in given]
            except Exception as exc:
                if len(given) == 1:
                    return [exc]
                log.exception("bodies taken one by one", bodies=len(given))
                return [outcome for one in given for outcome in self._commit([one])]
            else:
                if shared.has_work:
                    self.notify()
                return outcomes
        message = f"{MAX_TRIES} transactions in a row met another one"
        return [StoreUnavailable(message) for _ in given]

    def _take_all(
        self, shared: SharedTransaction, given: Sequence[Given]
    ) -> Sequence[Outcome[Taken]]:
        shared.read_standings([(one.entry.source, one.fingerprints) for one in given])
        version = self.rules().version
        standings = [shared.standings(one.entry.source, one.digests) for one in given]
        repeats = [one.repeats(of, version) for one, of in zip(given, standings, strict=True)]
        both = list(zip(given, repeats, strict=True))
        shared.read_ahead([(one.entry.source, one.fingerprints - of.keys()) for one, of in both])
        outcomes: list[Outcome[Taken]] = []
        for one, of in both:
            try:
                outcomes.append(self._take_one(shared, one, of))
            except (StoreConflict, StoreUnavailable):
                raise
            except Exception as exc:  # noqa: BLE001  # its sender is told, and sends it again
                outcomes.append(exc)
        shared.flush()
        return outcomes

    def _take_one(self, transaction: SharedTransaction, given: Given, repeats: Repeats) -> Taken:
        news, said = given.news(transaction), given.parsed
        repeats = transaction.unchanged(repeats, among=news.digests.keys())
        fold, decisions = self._apply(transaction, news, repeats)
        receipt = Receipt(
            inbox_id=given.entry.id,
            accepted=len(news.parsed.alerts) + len(news.parsed.handled) - fold.dropped,
            dropped=fold.dropped + said.ignored,
            rejected=said.rejected,
            incidents=fold.touched(),
            stale=len(said.alerts) - len(news.parsed.alerts),
        )
        return receipt, decisions

    def _apply(
        self, transaction: IntakeTransaction, given: Given, repeats: Repeats
    ) -> tuple[Fold, Mapping[str, Decision]]:
        rules, entry = self.rules(), given.entry
        alerts = [alert for alert in given.parsed.alerts if alert.fingerprint not in repeats]
        stored = transaction.alerts(entry.source, given.fingerprints - repeats.keys())
        of_alerts = {known.incident_id for known in stored.values() if known.incident_id}
        live = transaction.live_incidents(of_alerts) if of_alerts else ()
        live_ids = {incident.id for incident in live}
        decisions = _decide(alerts, given.digests, stored, live_ids, rules)
        places = {(d.backend, d.key) for d in decisions.values() if isinstance(d, Filed)}
        context = Context(
            now=self.now(),
            heard_at=entry.received_at,
            new_id=self.new_id,
            instance=self.instance,
            rules_version=rules.version,
            alerts=stored,
            digests=given.digests,
            decisions=decisions,
            latest=transaction.latest_episodes(places) if places else {},
        )
        fold = Fold(context, live)
        for alert in alerts:
            fold.take(alert)
        for handled in given.parsed.handled:
            fold.take_handled(entry.source, handled)
        fold.take_repeats(repeats)
        ids = fold.incidents_with_more_members()
        fold.settle(transaction.firing_members(ids) if ids else ())
        transaction.save(
            bodies=[entry],
            alerts=fold.alerts_to_save(),
            incidents=fold.incidents.to_save(),
            timeline=fold.incidents.timeline,
            heard=[Heard(source=entry.source, at=entry.received_at, fingerprints=fold.heard)],
        )
        return fold, decisions


def _decide(
    alerts: Sequence[Alert],
    digests: Mapping[str, str],
    stored: Mapping[str, KnownAlert],
    live_ids: set[str],
    rules: RuleBook,
) -> Mapping[str, Decision]:
    """Ask the rules about every firing alert of which the stored decision may not hold any more."""
    decisions: dict[str, Decision] = {}
    for alert in alerts:
        if not alert.is_firing:
            continue
        known = stored.get(alert.fingerprint)
        digest = digests[alert.fingerprint]
        if known is None or not _still_holds(known, digest, live_ids, rules.version):
            decisions[alert.fingerprint] = rules.decide(alert)
    return decisions


def _still_holds(known: KnownAlert, digest: str, live_ids: set[str], rules_version: str) -> bool:
    """Say whether an alert that fires is what it was when the rules were last asked about it."""
    is_settled = known.incident_id is None or known.incident_id in live_ids
    is_same = Imprint.is_of(known.digest, digest, rules_version)
    return known.status is AlertStatus.FIRING and is_settled and is_same


def _count(source: str, parsed: ParsedBody, decisions: Mapping[str, Decision]) -> None:
    told = {"rejected": len(parsed.rejected), "ignored": parsed.ignored}
    told |= Counter(alert.status.value for alert in parsed.alerts)
    for status, number in told.items():
        series = metrics.alerts(source, status)  # it is there from the first body on
        if number:
            series.inc(number)
    traces = (decision.trace for decision in decisions.values())
    applied = Counter(rule.rule for trace in traces for rule in trace.rules if rule.applied)
    for name, number in applied.items():
        metrics.rule_matches(name).inc(number)
    _count_misses(source, decisions.values())
    for decision in decisions.values():
        if isinstance(decision, Filed):
            _count_filed(decision)


def _count_misses(source: str, decisions: Iterable[Decision]) -> None:
    """Count what tables lack, and log it once for a body: a storm misses one row many times."""
    missed = Counter(miss for decision in decisions for miss in decision.trace.misses)
    for miss, alerts in missed.items():
        metrics.TABLE_MISSES.labels(miss.table).inc(alerts)
        told = {"table": miss.table, "key": list(miss.key), "source": source}
        log.info("table has no row", alerts=alerts, **told)


def _count_filed(decision: Filed) -> None:
    if decision.rule is None:
        metrics.UNMATCHED_ALERTS.inc()
    for fault in decision.faults:
        metrics.TEMPLATE_ERRORS.labels(fault.rule, fault.field).inc()
