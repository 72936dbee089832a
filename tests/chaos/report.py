"""What a chaos test says at its end, whether it passed or not."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tests.chaos.audit import Audit


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The numbers of one run."""

    name: str
    seed: str
    bodies: int
    alerts: int
    retried: int
    done: Mapping[str, int]
    audit: Audit
    settled_in: float | None

    def __str__(self) -> str:
        """Write it for people."""
        found, done = self.audit, Counter(self.done)
        settled = "never" if self.settled_in is None else f"in {self.settled_in:.0f} s"
        return "\n".join(
            (
                f"chaos: {self.name}, seed {self.seed}",
                f"  accepted   {self.alerts} alerts in {self.bodies} bodies, "
                f"{self.retried} sent again after a failure",
                f"  tickets    {found.tickets} for {found.firing} firing and {found.cleared} "
                f"cleared faults",
                f"  duplicates {found.duplicates}, each resolved with a note",
                f"  lost       {len(found.lost)}",
                f"  resolved   {found.resolved}, {len(found.left_open)} left open",
                f"  kills      {_said(done, 'kill ')}",
                f"  restarts   {_said(done, 'restart ')}",
                f"  stops      {_said(done, 'stop ')}",
                f"  faults     {_said(done, 'fault ')}",
                f"  settled    {settled}",
            )
        )


def _said(done: Counter[str], kind: str) -> str:
    """Write the counts of one kind: how many, and of what."""
    parts = {name.removeprefix(kind): n for name, n in done.items() if name.startswith(kind)}
    listed = ", ".join(f"{n} {name}" for name, n in sorted(parts.items()))
    return f"{sum(parts.values())} ({listed})" if parts else "0"
