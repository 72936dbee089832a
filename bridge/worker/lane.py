"""One desk's lane: claims what is due there and keeps its deliveries within limits."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from bridge.domain.errors import StoreUnavailable
from bridge.domain.intent import Begin
from bridge.domain.ports import Claim, Clock, DeliveryStore
from bridge.reconciler import Contact, Seats
from bridge.telemetry import metrics
from bridge.worker.breaker import Breaker

log = structlog.get_logger()

#: Long enough for a slow call between two renewals, short enough for a quick takeover.
LEASE = timedelta(seconds=9)
#: The net under lost wake-ups, and the pause after the database failed.
LONGEST_SLEEP = timedelta(seconds=2)
#: Of the calls that a desk takes at once, one in so many may be a mere look at a ticket.
LOOKS_SHARE = 4
#: Beside the calls at a desk, half as many incidents are on their way there or back: claimed and
#: waiting for a seat, or answered and being written. A seat that gets free is taken at once.
AHEAD_SHARE = 2
#: What was just claimed gets to its desk before anybody asks when the next thing is due.
A_MOMENT = timedelta(milliseconds=20)


class Lane:
    """Delivers to one desk; what happens here never delays another desk."""

    def __init__(
        self,
        *,
        backend: str,
        store: DeliveryStore,
        reconcile: Callable[[Claim], Contact],
        concurrency: int,
        owner: str,
        now: Clock,
        begin: Begin | None = None,
        seats: Seats | None = None,
    ) -> None:
        """Deliver by `reconcile`; `seats` is where it waits for a call, so that work is ahead."""
        self.backend = backend
        self._store = store
        self._reconcile = reconcile
        self._concurrency = concurrency
        self._ahead = max(1, concurrency // AHEAD_SHARE) if seats is not None else 0
        #: Fewer that are missing keep no seat empty, and are cheaper to claim together.
        self._worth_a_claim = max(1, self._ahead // 2)
        self._begin = begin
        self._seats = seats
        self._expects_work = False  #: so that nobody need ask whether anything is due
        self._owner = owner
        self._now = now
        self._breaker = Breaker()
        self._in_flight: set[str] = set()
        self._lock = threading.Lock()
        self._awake = threading.Event()
        self._stopping = threading.Event()
        most = concurrency + self._ahead
        self._pool = ThreadPoolExecutor(most, thread_name_prefix=f"deliver-{backend}")
        self._thread = threading.Thread(target=self._run, name=f"lane-{backend}", daemon=True)
        metrics.BACKEND_UP.labels(backend).set(1)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def wake(self) -> None:
        """Look for due work at once."""
        self._awake.set()

    def ring(self) -> None:
        """Claim at once: work was announced, and it can be for nobody else."""
        self._expects_work = True
        self._awake.set()

    def stop_claiming(self) -> None:
        """Start nothing more."""
        self._stopping.set()
        self._let_wait()
        self.wake()

    def join(self, timeout_seconds: float) -> bool:
        """Wait for what is in flight; False: some of it is left to the next worker."""
        self._thread.join(timeout_seconds)
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            left = tuple(self._in_flight)
        if left:
            log.warning("deliveries left to the next worker", backend=self.backend, count=len(left))
            with suppress(StoreUnavailable):
                self._store.give_back(left, owner=self._owner)
        return not left

    def renew(self) -> None:
        """Keep the leases of what is in flight."""
        with self._lock:
            ids = tuple(self._in_flight)
        if ids:
            self._store.renew(ids, owner=self._owner, lease_until=self._now() + LEASE)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._awake.clear()
            try:
                sleep = self._turn()
            except StoreUnavailable as error:
                log.warning("database unavailable", backend=self.backend, error=str(error))
                sleep = LONGEST_SLEEP
            if sleep > timedelta(0):
                self._awake.wait(sleep.total_seconds())
        while self._busy():
            self._awake.wait(0.05)
            self._awake.clear()

    def _turn(self) -> timedelta:
        """Start what may start now; say how long nothing more can."""
        now = self._now()
        with self._lock:
            in_flight = len(self._in_flight)
            free = self._breaker.allows(self._missing(), in_flight, now)
            probe_at = self._breaker.probe_at
        if free == 0:
            return _until(probe_at, now)
        expected, self._expects_work = self._expects_work, False
        due_at = now if expected else self._store.next_due(self.backend)
        claims = self._due(free, now) if due_at is not None and due_at <= now else ()
        if expected and not claims:
            return timedelta(0)
        # Whatever brought all that could be started has probably more.
        self._expects_work = self._expects_work or len(claims) == free
        claims = claims or self._looks(in_flight, now)
        for claim in claims:
            self._start(claim)
        if claims:
            return A_MOMENT if probe_at is None else LONGEST_SLEEP
        return _until(due_at, now)

    def _missing(self) -> int:
        """Say how many more may be started; few wait until they are worth a claim."""
        free = self._concurrency + self._ahead - len(self._in_flight)
        return free if free >= self._worth_a_claim else 0

    def _due(self, free: int, now: datetime) -> Sequence[Claim]:
        return self._store.claim(
            self.backend,
            limit=free,
            owner=self._owner,
            now=now,
            lease_until=now + LEASE,
            begin=self._begin,
        )

    def _looks(self, in_flight: int, now: datetime) -> Sequence[Claim]:
        """Look at a ticket again only while nothing else is to be done, and at few at a time."""
        most = max(1, self._concurrency // LOOKS_SHARE) - in_flight
        look_at = self._store.next_look(self.backend) if most > 0 else None
        if look_at is None or look_at > now:
            return ()
        return self._store.claim_looks(
            self.backend, limit=most, owner=self._owner, now=now, lease_until=now + LEASE
        )

    def _start(self, claim: Claim) -> None:
        with self._lock:
            self._in_flight.add(claim.incident.id)
        future = self._pool.submit(self._reconcile, claim)
        future.add_done_callback(lambda done: self._finish(claim, done))

    def _finish(self, claim: Claim, done: Future[Contact]) -> None:
        contact = self._contact(claim, done)
        with self._lock:
            self._in_flight.discard(claim.incident.id)
            was_open = self._breaker.is_open
            self._breaker = self._breaker.after(contact, self._now())
            is_open, missing = self._breaker.is_open, self._missing()
        if is_open != was_open:
            self._turn_about(contact, is_open=is_open)
        if missing or is_open or self._stopping.is_set():
            self.wake()

    def _turn_about(self, contact: Contact, *, is_open: bool) -> None:
        """Let nobody wait for a desk that went; take up work again at one that came back."""
        metrics.BACKEND_UP.labels(self.backend).set(0 if is_open else 1)
        self._let_wait()
        self._say(contact, is_open=is_open)

    def _let_wait(self) -> None:
        if self._seats is not None:
            with self._lock:
                is_worth_it = not (self._breaker.is_open or self._stopping.is_set())
                self._seats.let_wait(is_worth_it=is_worth_it)

    def _say(self, contact: Contact, *, is_open: bool) -> None:
        """Say once that the desk went, or came back; what stands in its way is on the timelines."""
        if not is_open:
            log.warning("desk is back", backend=self.backend)
        elif contact is Contact.LOCKED_OUT:
            remedy = "mend `auth:` of this backend and restart; nothing is lost meanwhile"
            log.error("desk refuses the bridge", backend=self.backend, remedy=remedy)
        else:
            log.warning("desk is down", backend=self.backend)

    def _contact(self, claim: Claim, done: Future[Contact]) -> Contact:
        if done.cancelled():
            return Contact.NONE
        error = done.exception()
        if error is None:
            return done.result()
        # The lease runs out and another attempt finds everything as it was recorded.
        if isinstance(error, StoreUnavailable):
            log.warning("database unavailable", backend=self.backend, error=str(error))
        else:
            log.error("delivery broke off", incident=claim.incident.id, exc_info=error)
        return Contact.NONE

    def _busy(self) -> bool:
        with self._lock:
            return bool(self._in_flight)


def _until(at: datetime | None, now: datetime) -> timedelta:
    """Sleep until something is due, but never so long that a lost wake-up matters."""
    if at is None:
        return LONGEST_SLEEP
    return min(max(at - now, timedelta(milliseconds=1)), LONGEST_SLEEP)
