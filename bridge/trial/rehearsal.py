"""A bridge without processes: real intake and reconciler; store, desks and time in memory."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count

from bridge.backends.memory import MemoryDesk, Record
from bridge.domain.alert import Alert
from bridge.domain.decision import Decision
from bridge.domain.incident import Incident
from bridge.domain.ports import RuleBook, Source
from bridge.domain.receipt import Receipt
from bridge.intake import Intake
from bridge.intake.describe import token_of
from bridge.reconciler import Reconciler
from bridge.store.memory import MemoryStore

#: Names the bridge in tokens; nobody sees them.
INSTANCE = "test"

_LEASE = timedelta(seconds=9)
#: Turns at the same moment; a step that leads to itself would take them for ever.
_MOST_TURNS = 1000


class Endless(Exception):
    """The deliveries of one moment lead to ever more."""


class Watched:
    """Implements RuleBook; remembers what was decided."""

    def __init__(self, rules: RuleBook) -> None:
        self.decisions: list[Decision] = []
        self._rules = rules

    @property
    def version(self) -> str:
        """Give the version of the rules watched."""
        return self._rules.version

    def decide(self, alert: Alert) -> Decision:
        """Decide as the rules do."""
        decision = self._rules.decide(alert)
        self.decisions.append(decision)
        return decision


class Rehearsal:
    """Takes bodies and lets time pass; everything due happens when it is due."""

    def __init__(self, rules: RuleBook, begins: datetime) -> None:
        self.time = begins
        self.rules = Watched(rules)
        self.store = MemoryStore()
        self.desks: dict[str, MemoryDesk] = {}
        self._reconcilers: dict[str, Reconciler] = {}
        self._numbers = count(1)
        self._intake = Intake(
            store=self.store,
            rules=lambda: self.rules,
            notify=lambda: None,
            now=self._now,
            new_id=self._new_id,
            instance=INSTANCE,
        )

    def receive(self, source: Source, body: bytes, content_type: str) -> Receipt:
        """Take a body and do what is due at once; raise MalformedBody."""
        receipt = self._intake.receive(source, body, content_type)
        self._work()
        return receipt

    def wait(self, span: timedelta) -> None:
        """Let time pass."""
        end = self.time + span
        while (due := self._next_due()) is not None and due <= end:
            self.time = max(due, self.time)
            self._work()
        self.time = end

    def last_incident(self) -> Incident | None:
        """Give the incident that was opened last."""
        incidents = self.store.incidents
        return incidents[max(incidents)] if incidents else None

    def ticket_of(self, incident: Incident) -> Record | None:
        """Give the ticket of an incident as its desk has it."""
        ticket = incident.observed.ticket
        return self.desks[incident.backend].records[ticket.number] if ticket is not None else None

    def _now(self) -> datetime:
        return self.time

    def _new_id(self) -> str:
        return f"{next(self._numbers):026d}"

    def _work(self) -> None:
        for _ in range(_MOST_TURNS):
            if not any(self._turn(reconciler) for reconciler in self._all_reconcilers()):
                return
        message = f"more than {_MOST_TURNS} deliveries are due at the same moment"
        raise Endless(message)

    def _turn(self, reconciler: Reconciler) -> bool:
        claims = self.store.claim(
            reconciler.backend.name,
            limit=100,
            owner=INSTANCE,
            now=self.time,
            lease_until=self.time + _LEASE,
        )
        for claim in claims:
            reconciler.reconcile(claim)
        return bool(claims)

    def _next_due(self) -> datetime | None:
        due = (self.store.next_due(name) for name in self._reconcilers)
        return min((at for at in due if at is not None), default=None)

    def _all_reconcilers(self) -> Iterator[Reconciler]:
        for name in sorted({incident.backend for incident in self.store.incidents.values()}):
            if name not in self._reconcilers:
                self.desks[name] = MemoryDesk(name=name)
                self._reconcilers[name] = self._reconciler(self.desks[name])
            yield self._reconcilers[name]

    def _reconciler(self, desk: MemoryDesk) -> Reconciler:
        return Reconciler(
            store=self.store,
            backend=desk,
            now=self._now,
            new_id=self._new_id,
            token_of=lambda id_: token_of(INSTANCE, id_),
            jitter=lambda: 1.0,
        )
