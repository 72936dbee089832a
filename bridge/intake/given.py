"""A body that is to be taken, and what of it is news."""

from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, replace
from typing import Self

from bridge.domain.alert import AlertStatus, ParsedBody
from bridge.domain.inbox import InboxEntry, InboxOutcome
from bridge.domain.known import Standing
from bridge.domain.ports import IntakeTransaction
from bridge.intake.describe import Imprint, digest_of


@dataclass(frozen=True, slots=True)
class Given:
    """A body that is to be taken, with all that can be known of it before the store is asked."""

    entry: InboxEntry
    parsed: ParsedBody
    digests: Mapping[str, str]  #: of its firing alerts, by fingerprint
    _: KW_ONLY
    is_replay: bool  #: only what nothing newer is known of counts

    @classmethod
    def of(cls, entry: InboxEntry, parsed: ParsedBody, *, is_replay: bool) -> Self:
        """Digest what fires: before any lock is taken, as all that costs time should be."""
        digests = {a.fingerprint: digest_of(a) for a in parsed.alerts if a.is_firing}
        return cls(_judged(entry, parsed), parsed, digests, is_replay=is_replay)

    @property
    def fingerprints(self) -> set[str]:
        """Of every alert that it speaks of."""
        of_alerts = {alert.fingerprint for alert in self.parsed.alerts}
        return of_alerts | self.fingerprints_of_handled

    @property
    def fingerprints_of_handled(self) -> set[str]:
        """Of the alerts of which it says who looks after them."""
        return {told.fingerprint for told in self.parsed.handled}

    def identities(self) -> Iterator[tuple[str, str]]:
        """Give the source and the fingerprint of every alert that it speaks of."""
        return ((self.entry.source, fingerprint) for fingerprint in self.fingerprints)

    def repeats(self, transaction: IntakeTransaction, rules_version: str) -> Mapping[str, Standing]:
        """Give how those alerts stand of which it says what is known: most, most times."""
        standings = transaction.standings(self.entry.source, self.digests)
        handled = self.fingerprints_of_handled
        return {
            fingerprint: standing
            for fingerprint, standing in standings.items()
            if standing.is_steady
            and standing.status is AlertStatus.FIRING
            and Imprint.is_of(standing.digest, self.digests[fingerprint], rules_version)
            and fingerprint not in handled
        }

    def changed(
        self, transaction: IntakeTransaction, rules_version: str
    ) -> Iterator[tuple[str, str]]:
        """Give the identities of the alerts of which it may say something new."""
        repeats = self.repeats(transaction, rules_version)
        return (identity for identity in self.identities() if identity[1] not in repeats)

    def news(self, transaction: IntakeTransaction) -> Self:
        """Leave out, of a replay, alerts of which something was heard from this body on."""
        if not self.is_replay:
            return self
        entry, parsed = self.entry, self.parsed
        stored = transaction.alerts(entry.source, self.fingerprints)
        seen = {of for of, known in stored.items() if known.seen_at >= entry.received_at}
        return replace(
            self,
            parsed=replace(
                parsed,
                alerts=tuple(alert for alert in parsed.alerts if alert.fingerprint not in seen),
                handled=tuple(told for told in parsed.handled if told.fingerprint not in seen),
            ),
            digests={of: digest for of, digest in self.digests.items() if of not in seen},
        )


def _judged(entry: InboxEntry, parsed: ParsedBody) -> InboxEntry:
    """Say what becomes of a body of which something could be read."""
    if not parsed.rejected:
        return replace(entry, outcome=InboxOutcome.ACCEPTED, reason="")
    first, number = parsed.rejected[0], len(parsed.rejected)
    reason = f"{number} of {number + len(parsed.alerts)} items; item {first.index}: {first.error}"
    return replace(entry, outcome=InboxOutcome.PARTIAL, reason=reason)
