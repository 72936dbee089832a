"""What a thousand times as many stored incidents cost: accept, resolve, claim, and list."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median
from time import perf_counter

from bridge.store import Store, open_store
from tests.bench.bodies import body
from tests.bench.figures import Figure, at_most, ratio
from tests.bench.fill import Filled, fill, make_due
from tests.bench.load import MARK, Wire, head_of, tag
from tests.bench.parts.accept import p50, p99
from tests.bench.servers import ADMIN, Bridge, running_desk
from tests.bench.stage import Stage, together
from tests.bench.stats import interleaved

_SIZES = (1, 10, 100)
#: So many of what is stored are open, up to what a large site has open at once.
_OPEN_SHARE, _MOST_OPEN = 0.4, 50_000
_DUE = 300
_CLAIMED = 20
_LEASE = timedelta(seconds=9)
_PAGES = {
    "newest page": "/api/v1/incidents?limit=50",
    "page of open ones": "/api/v1/incidents?limit=50&state=open",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grown:
    """A bridge on a filled database."""

    bridge: Bridge
    database: str
    filled: Filled


def measure(stage: Stage) -> Sequence[Figure]:
    """Do the same on a small and on a large database in turns, on each kind of database."""
    figures: list[Figure] = []
    for kind, new_database in stage.some(stage.databases()).items():
        with _grown(stage, kind, new_database) as (few, many):
            of = f"{kind}, {many.filled.stored:,} / {few.filled.stored:,} stored"
            figures += [*_accepted(stage, of, few, many), *_one_by_one(stage, of, few, many)]
    return figures


@contextmanager
def _grown(
    stage: Stage, kind: str, new_database: Callable[[], str]
) -> Iterator[tuple[_Grown, _Grown]]:
    folder, scale = stage.folder(), stage.scale
    made: list[_Grown] = []
    with running_desk(folder) as desk:
        for number in (scale.few_stored, scale.many_stored):
            stage.say(f"storing {number:,} incidents in {kind}")
            database = new_database()
            bridge = Bridge(folder, f"growth{number}", database, desk.url)
            open_ = min(int(number * _OPEN_SHARE), _MOST_OPEN)
            filled = fill(bridge, database, stored=number, open_=open_)
            made.append(_Grown(bridge=bridge, database=database, filled=filled))
    few, many = made
    with together(few.bridge.running("web"), many.bridge.running("web")):
        yield few, many


def _accepted(stage: Stage, of: str, few: _Grown, many: _Grown) -> Sequence[Figure]:
    figures: list[Figure] = []
    for size in stage.scale.of_sizes(_SIZES):
        stage.say(f"{of}: {size} alerts in a body")
        template = stage.template(body(size))
        stage.warm_up(few.bridge, template)
        stage.warm_up(many.bridge, template)
        rounds = stage.in_turns(
            {
                "few": partial(stage.load, few.bridge, template),
                "many": partial(stage.load, many.bridge, template),
            }
        )
        for name, value, bound in (("p50", p50, 1.15), ("p99", p99, 1.5)):
            many_ms, few_ms = rounds.of("many", value), rounds.of("few", value)
            title = f"{of}, accept {size} per body, {name}"
            figures += [
                ratio(title, many_ms, few_ms, at_most(bound)),
                Figure(name=f"{title}, many", values=many_ms, unit="ms"),
            ]
    return figures


def _one_by_one(stage: Stage, of: str, few: _Grown, many: _Grown) -> Sequence[Figure]:
    stage.say(f"{of}: resolve, claim, list")
    figures: list[Figure] = []
    with closing(_Hand(stage, few)) as small, closing(_Hand(stage, many)) as large:
        for name in small.works:
            tops, bottoms = [], []
            for order in interleaved(["few", "many"], stage.scale.rounds):
                took = {which: (small if which == "few" else large).do(name) for which in order}
                bottoms.append(took["few"])
                tops.append(took["many"])
            figures += [
                ratio(f"{of}, {name}, p50", tops, bottoms),
                Figure(name=f"{of}, {name}, p50, many", values=tuple(tops), unit="ms"),
            ]
    return figures


class _Hand:
    """Does one thing after another on one database, and times it."""

    def __init__(self, stage: Stage, grown: _Grown) -> None:
        self._samples = stage.scale.samples
        self._bridge = grown.bridge
        self._wire = Wire(grown.bridge.port)
        self._store: Store = open_store(grown.database)
        self._resolve = body(1, status="resolved")
        self._resolved = 0
        self._open = grown.filled.open
        make_due(grown.database, min(self._open, _DUE))
        self.works: Mapping[str, Callable[[], float]] = {
            "claim": self._claim,
            "resolve": self._resolve_one,
            **{name: partial(self._list, path) for name, path in _PAGES.items()},
        }

    def do(self, name: str) -> float:
        """Give the median in milliseconds of doing it some times."""
        return median(self.works[name]() for _ in range(self._samples)) * 1000

    def close(self) -> None:
        """Leave the bridge and its database."""
        self._wire.close()
        self._store.dispose()

    def _claim(self) -> float:
        started = perf_counter()
        now = datetime.now(UTC)
        claims = self._store.claim(
            "desk", limit=_CLAIMED, owner="bench", now=now, lease_until=now + _LEASE
        )
        took = perf_counter() - started
        self._store.give_back([claim.incident.id for claim in claims], owner="bench")
        return took

    def _resolve_one(self) -> float:
        """Resolve the next alert that fires; each only once, as long as there are enough."""
        mark = tag(self._resolved % self._open)
        self._resolved += 1
        return self._bridge.post(self._wire, self._resolve.replace(MARK, mark))

    def _list(self, path: str) -> float:
        status, seconds = self._wire.ask(head_of("GET", path, ADMIN, 0))
        if status != 200:
            message = f"{path} answered {status}"
            raise RuntimeError(message)
        return seconds
