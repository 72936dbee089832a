"""A body that is to be taken, and what of it is news."""

from collections.abc import Mapping, Set
from dataclasses import KW_ONLY, dataclass, replace
from typing import Self

from bridge.domain.alert import AlertStatus, ParsedBody
from bridge.domain.inbox import InboxEntry, InboxOutcome, pack
from bridge.domain.known import Standing
from bridge.domain.ports import IntakeTransaction
from bridge.intake.describe import Imprint, digest_of

Repeats = Mapping[str, Standing]  #: by fingerprint


@dataclass(frozen=True, slots=True)
class Given:
    """A body that is to be taken, with all that can be known of it before the store is asked."""

    entry: InboxEntry
    parsed: ParsedBody
    fingerprints: Set[str]  #: of every alert that it speaks of
    digests: Mapping[str, str]  #: of its firing alerts, by fingerprint
    _: KW_ONLY
    is_replay: bool  #: only what nothing newer is known of counts

    @classmethod
    def of(cls, entry: InboxEntry, parsed: ParsedBody, *, is_replay: bool) -> Self:
        """Digest and pack: before any lock is taken, as all that costs time should be."""
        kept = replace(_judged(entry, parsed), packed=pack(entry.body))
        digests = {a.fingerprint: digest_of(a) for a in parsed.alerts if a.is_firing}
        fingerprints = {alert.fingerprint for alert in parsed.alerts}
        fingerprints.update(told.fingerprint for told in parsed.handled)
        return cls(kept, parsed, fingerprints, digests, is_replay=is_replay)

    def repeats(self, standings: Mapping[str, Standing], rules_version: str) -> Repeats:
        """Give how those alerts stand of which it says what is known: most, most times."""
        handled = {told.fingerprint for told in self.parsed.handled}
        return {
            fingerprint: standings[fingerprint]
            for fingerprint, digest in self.digests.items()
            if fingerprint in standings
            and standings[fingerprint].is_steady
            and standings[fingerprint].status is AlertStatus.FIRING
            and Imprint.is_of(standings[fingerprint].digest, digest, rules_version)
            and fingerprint not in handled
        }

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
            fingerprints=self.fingerprints - seen,
            digests={of: digest for of, digest in self.digests.items() if of not in seen},
        )


def _judged(entry: InboxEntry, parsed: ParsedBody) -> InboxEntry:
    """Say what becomes of a body of which something could be read."""
    if not parsed.rejected:
        return replace(entry, outcome=InboxOutcome.ACCEPTED, reason="")
    first, number = parsed.rejected[0], len(parsed.rejected)
    reason = f"{number} of {number + len(parsed.alerts)} items; item {first.index}: {first.error}"
    return replace(entry, outcome=InboxOutcome.PARTIAL, reason=reason)
