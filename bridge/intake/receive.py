"""Receive a webhook body: parse, decide, commit, and only then say that it was accepted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from functools import cached_property

import structlog

from bridge.domain.alert import Alert, ParsedBody
from bridge.domain.decision import Decision, Filed
from bridge.domain.errors import MalformedBody, StoreConflict, StoreUnavailable
from bridge.domain.inbox import InboxEntry, InboxOutcome
from bridge.domain.ports import (
    Clock,
    IntakeStore,
    IntakeTransaction,
    KnownAlert,
    NewId,
    RuleBook,
    Source,
)
from bridge.domain.receipt import Receipt
from bridge.domain.together import Outcome, Together
from bridge.intake.describe import Imprint, digest_of
from bridge.intake.fold import Fold
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


@dataclass(frozen=True, slots=True)
class Given:
    """A body that is to be taken."""

    entry: InboxEntry
    parsed: ParsedBody
    _: KW_ONLY
    is_replay: bool  #: only what nothing newer is known of counts

    def identities(self) -> Iterator[tuple[str, str]]:
        """Give the source and the fingerprint of every alert that it speaks of."""
        return ((self.entry.source, fingerprint) for fingerprint in _fingerprints(self.parsed))


@dataclass(frozen=True, kw_only=True)
class Intake:
    """Accepts webhook bodies of any source into the store."""

    store: IntakeStore
    rules: Callable[[], RuleBook]
    notify: Callable[[], None]  #: wakes the worker
    now: Clock
    new_id: NewId
    instance: str  #: names this bridge in every token
    #: Tells a sender that it may send; nobody is told by a bridge that only tries bodies.
    confirm: Callable[[str], None] = lambda _address: None

    @cached_property
    def _together(self) -> Together[Given, Taken]:
        return Together(self._commit, MOST_TOGETHER)

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
        given = Given(_judged(entry, parsed), parsed, is_replay=is_replay)
        receipt, decisions = self._together.do(given)
        self.notify()
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
                    return self._take_all(transaction, given)
            except StoreConflict:
                continue
            except StoreUnavailable as exc:
                return [StoreUnavailable(str(exc)) for _ in given]
            except Exception as exc:
                if len(given) == 1:
                    return [exc]
                log.exception("bodies taken one by one", bodies=len(given))
                return [outcome for one in given for outcome in self._commit([one])]
        message = f"{MAX_TRIES} transactions in a row met another one"
        return [StoreUnavailable(message) for _ in given]

    def _take_all(
        self, transaction: IntakeTransaction, given: Sequence[Given]
    ) -> Sequence[Outcome[Taken]]:
        shared = SharedTransaction(transaction)
        shared.read_ahead(identity for one in given for identity in one.identities())
        outcomes: list[Outcome[Taken]] = []
        for one in given:
            try:
                outcomes.append(self._take_one(shared, one))
            except (StoreConflict, StoreUnavailable):
                raise
            except Exception as exc:  # noqa: BLE001  # its sender is told, and sends it again
                outcomes.append(exc)
        shared.flush()
        return outcomes

    def _take_one(self, transaction: IntakeTransaction, given: Given) -> Taken:
        entry, parsed = given.entry, given.parsed
        news = _news(transaction, entry, parsed) if given.is_replay else parsed
        fold, decisions = self._apply(transaction, entry, news)
        receipt = Receipt(
            inbox_id=entry.id,
            accepted=len(news.alerts) + len(news.handled) - fold.dropped,
            dropped=fold.dropped + parsed.ignored,
            rejected=parsed.rejected,
            incidents=fold.touched(),
            stale=len(parsed.alerts) - len(news.alerts),
        )
        return receipt, decisions

    def _apply(
        self, transaction: IntakeTransaction, entry: InboxEntry, parsed: ParsedBody
    ) -> tuple[Fold, Mapping[str, Decision]]:
        rules, alerts = self.rules(), parsed.alerts
        stored = transaction.alerts(entry.source, _fingerprints(parsed))
        of_alerts = {known.incident_id for known in stored.values() if known.incident_id}
        live = transaction.live_incidents(of_alerts) if of_alerts else ()
        live_ids = {incident.id for incident in live}
        decisions = _decide(alerts, stored, live_ids, rules)
        places = {(d.backend, d.key) for d in decisions.values() if isinstance(d, Filed)}
        context = Context(
            now=self.now(),
            heard_at=entry.received_at,
            new_id=self.new_id,
            instance=self.instance,
            rules_version=rules.version,
            alerts=stored,
            decisions=decisions,
            latest=transaction.latest_episodes(places) if places else {},
        )
        fold = Fold(context, live)
        for alert in alerts:
            fold.take(alert)
        for handled in parsed.handled:
            fold.take_handled(entry.source, handled)
        ids = fold.incidents_with_more_members()
        fold.settle(transaction.firing_members(ids) if ids else ())
        transaction.save(
            bodies=[entry],
            alerts=fold.alerts_to_save(),
            incidents=fold.incidents.to_save(),
            timeline=fold.incidents.timeline,
            seen=fold.seen,
        )
        return fold, decisions


def _judged(entry: InboxEntry, parsed: ParsedBody) -> InboxEntry:
    """Say what becomes of a body of which something could be read."""
    if not parsed.rejected:
        return replace(entry, outcome=InboxOutcome.ACCEPTED, reason="")
    first, number = parsed.rejected[0], len(parsed.rejected)
    reason = f"{number} of {number + len(parsed.alerts)} items; item {first.index}: {first.error}"
    return replace(entry, outcome=InboxOutcome.PARTIAL, reason=reason)


def _fingerprints(parsed: ParsedBody) -> set[str]:
    return {alert.fingerprint for alert in parsed.alerts} | {
        told.fingerprint for told in parsed.handled
    }


def _news(transaction: IntakeTransaction, entry: InboxEntry, parsed: ParsedBody) -> ParsedBody:
    """Give what the kept body says of alerts of which nothing was heard from it on."""
    stored = transaction.alerts(entry.source, _fingerprints(parsed))
    seen = {of for of, known in stored.items() if known.seen_at >= entry.received_at}
    return replace(
        parsed,
        alerts=tuple(alert for alert in parsed.alerts if alert.fingerprint not in seen),
        handled=tuple(told for told in parsed.handled if told.fingerprint not in seen),
    )


def _decide(
    alerts: Sequence[Alert],
    stored: Mapping[str, KnownAlert],
    live_ids: set[str],
    rules: RuleBook,
) -> Mapping[str, Decision]:
    """Ask the rules about every firing alert of which the stored decision may not hold any more."""
    decisions: dict[str, Decision] = {}
    for alert in alerts:
        known = stored.get(alert.fingerprint)
        if alert.is_firing and not _still_holds(alert, known, live_ids, rules.version):
            decisions[alert.fingerprint] = rules.decide(alert)
    return decisions


def _still_holds(
    alert: Alert, known: KnownAlert | None, live_ids: set[str], rules_version: str
) -> bool:
    if known is None or known.status is not alert.status:
        return False
    is_settled = known.incident_id is None or known.incident_id in live_ids
    was = Imprint.read(known.digest)
    return is_settled and (was.rules, was.alert) == (rules_version, digest_of(alert))


def _count(source: str, parsed: ParsedBody, decisions: Mapping[str, Decision]) -> None:
    for alert in parsed.alerts:
        metrics.ALERTS.labels(source, alert.status.value).inc()
    metrics.ALERTS.labels(source, "rejected").inc(len(parsed.rejected))
    metrics.ALERTS.labels(source, "ignored").inc(parsed.ignored)
    for decision in decisions.values():
        for rule in decision.trace.rules:
            if rule.applied:
                metrics.RULE_MATCHES.labels(rule.rule).inc()
        for miss in decision.trace.misses:
            metrics.TABLE_MISSES.labels(miss.table).inc()
            log.info("table has no row", table=miss.table, key=list(miss.key), source=source)
        if isinstance(decision, Filed):
            _count_filed(decision)


def _count_filed(decision: Filed) -> None:
    if decision.rule is None:
        metrics.UNMATCHED_ALERTS.inc()
    for fault in decision.faults:
        metrics.TEMPLATE_ERRORS.labels(fault.rule, fault.field).inc()
