"""The delivering side: a lane for each desk, and what is done from time to time."""

import random
import secrets
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache, partial

import structlog

from bridge.backends import Desk
from bridge.bootstrap.parts import (
    Bridge,
    build_desks,
    build_intake,
    build_sources,
    live_rules,
    new_id,
    now,
)
from bridge.domain.retention import Pruned
from bridge.intake.describe import token_of
from bridge.reconciler import Reconciler, Seats
from bridge.rules import Rules
from bridge.settings import Settings
from bridge.sweep import Sweep
from bridge.worker import Chore, Lane, Worker

log = structlog.get_logger()

PRUNE_EVERY = timedelta(hours=1)


def build_worker(bridge: Bridge) -> Worker:
    """Make the delivering side."""
    store = bridge.store
    owner = f"{socket.gethostname()}-{secrets.token_hex(4)}"
    lanes = [_lane(bridge, desk, owner) for desk in build_desks(bridge.settings).values()]
    return Worker(
        lanes,
        store.wake_up(),
        lambda: store.beat(owner, now()),
        [Chore(name="prune", every=PRUNE_EVERY, do=partial(prune, bridge)), *_sweeps(bridge)],
    )


def _sweeps(bridge: Bridge) -> Iterator[Chore]:
    """Make a chore of asking each sender that can be asked which alerts are active."""
    settings, store = bridge.settings, bridge.store
    sources = build_sources(settings)
    for name, source in settings.sources.items():
        asked = source.type.ask(source.section)
        if asked is None:
            continue
        sweep = Sweep(
            source=sources[name],
            active=asked.active,
            known=partial(store.alerts_of, name),
            receive=build_intake(bridge, _following(settings)).receive,
            note=lambda entries: store.change(lambda transaction: transaction.append(entries)),
            now=now,
            grace=asked.grace,
            receiver=asked.receiver,
        )
        yield Chore(name=f"sweep-{name}", every=asked.every, do=sweep.run)


def _following(settings: Settings) -> Callable[[], Rules]:
    """Give rules that keep up with their files, for one thread.

    They are loaded when first asked for: rules that are wrong must not keep tickets from delivery.
    """
    live = cache(partial(live_rules, settings))
    return lambda: live().follow()


def prune(bridge: Bridge) -> Pruned:
    """Forget what is over and old, as the settings say."""
    pruned = bridge.store.prune(bridge.settings.retention, now())
    if pruned.bodies or pruned.incidents:
        log.info("pruned", bodies=pruned.bodies, incidents=pruned.incidents)
    return pruned


def _lane(bridge: Bridge, desk: Desk, owner: str) -> Lane:
    reconciler = _reconciler(bridge, desk)
    return Lane(
        backend=desk.name,
        store=bridge.store,
        reconcile=reconciler.reconcile,
        concurrency=desk.limits.concurrency,
        owner=owner,
        now=now,
        begin=reconciler.begin,
        seats=reconciler.seats,
    )


def _reconciler(bridge: Bridge, desk: Desk) -> Reconciler:
    return Reconciler(
        store=bridge.store,
        backend=desk,
        now=now,
        new_id=new_id,
        token_of=partial(token_of, bridge.settings.instance),
        jitter=random.random,
        listening_since=now(),
        zone=bridge.settings.timezone,
        seats=Seats(desk.limits.concurrency),
    )
