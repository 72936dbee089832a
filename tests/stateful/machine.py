"""Random lives of a bridge: once all is quiet, the desk has what the alerts want."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from bridge.domain.alert import Alert, AlertStatus, Handling
from bridge.domain.errors import (
    DeskError,
    DeskLockedOut,
    DeskUnavailable,
    OutcomeUnknown,
)
from bridge.domain.policy import Budget, Policy
from bridge.domain.ports import Claim
from bridge.domain.stage import Stage
from bridge.domain.ticket import Capabilities, TicketState
from bridge.store.memory import MemoryStore
from tests.builders import make_alert
from tests.stateful.checks import check_quiet
from tests.stateful.kept import kept_in
from tests.world import LEASE, World

HOSTS = ("db1", "db2", "db3")
SEVERITIES = ("low", "critical")
WRITES = ("create", "update", "note", "move", "attach", "resolve", "reopen")
OPERATIONS = ("find", "read", *WRITES)
FILES = {"alert.json": "{}", "runbook.txt": "Look at it."}
FAULTS: tuple[Callable[[], DeskError], ...] = (
    lambda: DeskUnavailable("refused"),
    lambda: DeskUnavailable("429", retry_after=timedelta(seconds=7)),
    lambda: OutcomeUnknown("HTML 200"),
    lambda: DeskLockedOut("key expired"),
)

#: A create that arrives later than RECHECKS_AFTER is found by nobody.
HELD_UP_AT_MOST = timedelta(minutes=5)

POLICIES = st.builds(
    Policy,
    hold=st.sampled_from([timedelta(0), timedelta(seconds=30)]),
    resolve_after=st.sampled_from([timedelta(0), timedelta(seconds=45)]),
    reopen_within=st.sampled_from([timedelta(0), timedelta(minutes=10)]),
    settle=st.sampled_from([timedelta(0), timedelta(seconds=90)]),
    budget=st.sampled_from([None, Budget(tickets=1, per=timedelta(minutes=30), rule="rule-1")]),
    respect_people=st.booleans(),
)


class Crash(BaseException):
    """The worker's process dies here."""


class Life(RuleBasedStateMachine):
    """Alerts, a faulty desk, dying workers and time, in any order."""

    open_store: ClassVar[Callable[[], MemoryStore]] = MemoryStore

    def __init__(self) -> None:
        super().__init__()
        self.world = World(store=type(self).open_store())
        self.firing: dict[tuple[str, str], datetime] = {}  #: since when
        self.ended: dict[tuple[str, str], Alert] = {}  #: the latest end told of each
        self.held_claims: list[Claim] = []
        self.held_until = datetime.max.replace(tzinfo=UTC)

    @initialize(policy=POLICIES, shows_stages=st.booleans(), has_files=st.booleans())
    def begin(self, policy: Policy, *, shows_stages: bool, has_files: bool) -> None:
        self.world.rules.policy = policy
        self.world.rules.attachments = FILES if has_files else {}
        stages = frozenset(Stage) if shows_stages else frozenset()
        self.world.desk.can = Capabilities(attach=True, stages=stages)

    @rule(host=st.sampled_from(HOSTS), severity=st.sampled_from(SEVERITIES))
    def fire(self, host: str, severity: str) -> None:
        if (host, severity) not in self.firing:
            self.world.clock.advance(1)
        self.firing.setdefault((host, severity), self.world.clock())
        self.world.receive(self._fires(host, severity))

    @rule(host=st.sampled_from(HOSTS), severity=st.sampled_from(SEVERITIES))
    def clear(self, host: str, severity: str) -> None:
        ended = self._ended(host, severity, self.firing.pop((host, severity), None))
        self.ended[host, severity] = ended
        self.world.receive(ended)

    @precondition(lambda self: self.ended)
    @rule(data=st.data())
    def an_end_is_told_again(self, data: st.DataObject) -> None:
        """Deliver a resolve once more, late; the alert may fire again since."""
        member = data.draw(st.sampled_from(sorted(self.ended)))
        since, ended = self.firing.get(member), self.ended[member]
        # One that does not say that it is older counts as the end of what fires.
        if since is None or (ended.ends_at is not None and ended.ends_at < since):
            self.world.receive(ended)

    @precondition(lambda self: self.firing)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        self.world.receive(self._fires(*data.draw(st.sampled_from(sorted(self.firing)))))

    @rule(
        host=st.sampled_from(HOSTS),
        severity=st.sampled_from(SEVERITIES),
        handling=st.sampled_from(Handling),
    )
    def handle(self, host: str, severity: str, handling: Handling) -> None:
        """Say who looks after an alert; of one that does not fire it means nothing."""
        self.world.handle(handling, instance=host, severity=severity)

    @precondition(lambda self: self.firing)
    @rule(data=st.data())
    def group_is_notified(self, data: st.DataObject) -> None:
        """Deliver a whole group in one body, as Alertmanager does: some cleared, some repeated."""
        group = sorted(self.firing)
        cleared = data.draw(st.sets(st.sampled_from(group)))
        ended = {m: self._ended(*m, self.firing.pop(m)) for m in cleared}
        self.ended.update(ended)
        self.world.receive(*(ended.get(m) or self._fires(*m) for m in group))

    @rule(host=st.sampled_from(HOSTS), severity=st.sampled_from(SEVERITIES))
    def echo_and_clear(self, host: str, severity: str) -> None:
        """Deliver what a pair of Alertmanagers sends: resolved, a stale firing, resolved."""
        self.clear(host, severity)
        stale = make_alert(
            starts_at=self.world.clock() - timedelta(hours=1),
            labels={"instance": host, "severity": severity},
        )
        self.world.clock.advance(10)
        self.world.receive(stale)
        self.world.clock.advance(15)
        self.clear(host, severity)

    @rule(seconds=st.sampled_from([0.5, 3, 12, 60, 400]))
    def time_passes(self, seconds: float) -> None:
        self._before(seconds)
        self.world.work_until(seconds)

    @rule(operation=st.sampled_from(OPERATIONS), fault=st.sampled_from(FAULTS))
    def desk_fails(self, operation: str, fault: Callable[[], DeskError]) -> None:
        self.world.desk.faults.setdefault(operation, []).append(fault())

    @rule(operation=st.sampled_from(WRITES))
    def desk_does_not_answer(self, operation: str) -> None:
        self.world.desk.leave_unanswered(operation)

    @rule()
    def a_create_is_held_up(self) -> None:
        self.world.desk.held_up += 1
        self.held_until = self.world.clock() + HELD_UP_AT_MOST

    @rule()
    def what_was_held_up_arrives(self) -> None:
        self.world.desk.arrive()

    @precondition(lambda self: self.world.desk.records)
    @rule(data=st.data())
    def a_person_finishes_a_ticket(self, data: st.DataObject) -> None:
        """Let a person do what the policy says is of no account."""
        if self.world.rules.policy.respect_people:
            return
        number = data.draw(st.sampled_from(sorted(self.world.desk.records)))
        if self.world.desk.records[number].ticket.is_open:
            self.world.desk.set(number, TicketState.CLOSED)

    @rule(seconds=st.sampled_from([-40, -2, 40, 7200]))
    def the_clock_is_set(self, seconds: float) -> None:
        self._before(seconds)
        self.world.clock.advance(seconds)

    @rule()
    def another_worker_starts(self) -> None:
        self.world.restart_worker()

    @rule(writes=st.integers(0, 3))
    def worker_dies(self, writes: int) -> None:
        """Kill the worker at its n-th write; what it holds stays leased."""
        store, left = self.world.store, [writes]
        kept = {name: getattr(store, name) for name in ("record", "change")}

        def dying(write: Callable[..., Any]) -> Callable[..., Any]:
            def once(*args: Any, **kwargs: Any) -> Any:
                if left[0] == 0:
                    raise Crash
                left[0] -= 1
                return write(*args, **kwargs)

            return once

        for name, write in kept.items():
            setattr(store, name, dying(write))
        try:
            self.world.work()
        except Crash:
            pass
        finally:
            for name, write in kept.items():
                setattr(store, name, write)

    @rule()
    def worker_stalls(self) -> None:
        """Claim and do nothing: the lease will be taken over."""
        self.held_claims += self.world.claim("stalled")

    @precondition(lambda self: self.held_claims)
    @rule()
    def stalled_worker_goes_on(self) -> None:
        """Let the stalled worker finish its work, whoever has the incident now.

        A worker that slept through its lease looks at the store before it files anything, so only
        claims that still hold are worked on from the start; what it had sent is another matter.
        """
        self.world.reconciler.reconcile(self.held_claims.pop(0))

    def _before(self, seconds: float) -> None:
        """Let what was held up arrive while the bridge still promises to find it."""
        if self.world.clock() + timedelta(seconds=seconds) > self.held_until:
            self.world.desk.held_up = 0
            self.world.desk.arrive()

    def teardown(self) -> None:
        """Let all faults end and time pass; then the desk has what the alerts want."""
        desk = self.world.desk
        desk.faults.clear()
        desk.lost_answers.clear()
        desk.held_up = 0
        desk.arrive()
        for claim in self.held_claims:
            self.world.reconciler.reconcile(claim)
        self.world.clock.time += LEASE
        self.world.work_until(5000)
        self.check()

    def check(self) -> None:
        desk = self.world.desk
        check_quiet(kept_in(self.world.store), desk.records, self.firing, desk.can)

    def _fires(self, host: str, severity: str) -> Alert:
        """Say of an alert that it fires, since it does; of any other, that it ended."""
        since = self.firing.get((host, severity))
        if since is None:
            return self._ended(host, severity, None)
        labels = {"instance": host, "severity": severity}
        return make_alert(starts_at=since, labels=labels)

    def _ended(self, host: str, severity: str, since: datetime | None) -> Alert:
        now = self.world.clock()
        return make_alert(
            status=AlertStatus.RESOLVED,
            starts_at=since or now,
            ends_at=now,
            labels={"instance": host, "severity": severity},
        )
