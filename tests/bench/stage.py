"""What every part works with: how much to do, a folder, databases, and loads in turns."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TypeVar

import pytest

from tests.bench import machine
from tests.bench.load import Job, Run, run
from tests.bench.servers import Server
from tests.bench.stats import interleaved, is_lopsided
from tests.postgres import Postgres, running_postgres

K = TypeVar("K")
V = TypeVar("V")

#: Tags that one load may use up, and those before the first: what is stored in bulk has them.
_TAGS, _STORED = 1 << 18, 32
#: A lopsided run is measured again so many times, then its round is left out.
_TRIES = 3
_WARM_UP_SECONDS = 0.5
#: Commits survive a power cut here, as they do on SQLite.
_DURABLE = {"listen_addresses": "", "max_connections": "200", "shared_buffers": "256MB"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much of everything is done."""

    rounds: int
    seconds: float  #: of each load
    sizes: tuple[int, ...]  #: alerts in a body
    few_stored: int
    many_stored: int
    open_incidents: int
    samples: int  #: of what is done one at a time, in each round
    drain_seconds: float  #: that a backlog ought to take
    many_rules: int
    longest_seconds: int = 3600  #: that a part may take
    has_all: bool = True  #: every case of every part, not only the first

    def of_sizes(self, wanted: Sequence[int]) -> Sequence[int]:
        """Give those sizes that are measured at all."""
        return [size for size in wanted if size in self.sizes]


FULL = Scale(
    rounds=5,
    seconds=2.0,
    sizes=(1, 10, 100, 1000),
    few_stored=1000,
    many_stored=1_000_000,
    open_incidents=100_000,
    samples=60,
    drain_seconds=4.0,
    many_rules=1000,
)
#: Shows that the bench works; its figures mean nothing.
SMOKE = Scale(
    rounds=1,
    seconds=0.15,
    sizes=(1, 10),
    few_stored=10,
    many_stored=200,
    open_incidents=200,
    samples=3,
    drain_seconds=0.2,
    many_rules=100,
    longest_seconds=300,
    has_all=False,
)


class Stage:
    """The place where parts are measured; closing it ends what it has started."""

    def __init__(self, folder: Path, scale: Scale) -> None:
        self.scale = scale
        self.rejected = 0  #: rounds that were left out
        self._folder = folder
        self._numbers = count(1)
        self._loads = count(_STORED)
        self._ends = ExitStack()
        self._postgres: Postgres | None = None
        self._has_postgres = True

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    def say(self, text: str) -> None:
        """Tell whoever waits what is going on."""
        sys.stderr.write(f"bench: {text}\n")

    def facts(self) -> Mapping[str, str]:
        """Say what everything was measured on."""
        server = self._postgres
        version = {} if server is None else {"PostgreSQL": server.version}
        return {**machine.facts(self._folder), **version}

    def folder(self) -> Path:
        """Make a folder for one thing."""
        made = self._folder / f"{next(self._numbers):02}"
        made.mkdir()
        return made

    def sqlite(self) -> str:
        """Give the URL of a database file that is not there yet."""
        return f"sqlite:///{self.folder() / 'bridge.db'}"

    def postgres(self) -> Postgres | None:
        """Give a server with durable commits, or None where there is none to run."""
        if self._postgres is None and self._has_postgres:
            try:
                self._postgres = self._ends.enter_context(running_postgres(_DURABLE))
            except pytest.skip.Exception as exc:
                self._has_postgres = False
                self.say(f"{exc}; going on without")
        return self._postgres

    def databases(self) -> Mapping[str, Callable[[], str]]:
        """Give the kinds of database there are, each with what makes an empty one."""
        made: dict[str, Callable[[], str]] = {"SQLite": self.sqlite}
        server = self.postgres()
        if server is not None:
            made["PostgreSQL"] = lambda: server.url(server.create_database())
        return made

    def some(self, cases: Mapping[K, V]) -> Mapping[K, V]:
        """Give all cases of a part that are to be measured."""
        return cases if self.scale.has_all else dict(list(cases.items())[:1])

    def first_tag(self) -> int:
        """Give the first number of tags that nobody has used, nor any stored incident."""
        return next(self._loads) * _TAGS

    def template(self, body: bytes) -> str:
        """Keep a body where loads find it."""
        file = self.folder() / "body.json"
        file.write_bytes(body)
        return str(file)

    def load(self, server: Server, template: str, **changes: object) -> Run | None:
        """Measure one load; None if it was lopsided however often it was tried."""
        for _ in range(_TRIES):
            measured = run(self._job(server, template, changes))
            if not is_lopsided(measured.shares):
                return measured
            self.say(f"lopsided, the connections' shares were {measured.shares}")
        self.rejected += 1
        return None

    def warm_up(self, server: Server, template: str, **changes: object) -> None:
        """Let a server do once what is measured afterwards."""
        seconds = min(_WARM_UP_SECONDS, self.scale.seconds)
        run(self._job(server, template, {"seconds": seconds, **changes}))

    def in_turns(self, measure: Mapping[str, Callable[[], Run | None]]) -> "Rounds":
        """Measure each of them in every round; a round counts only as a whole."""
        rounds: list[Mapping[str, Run]] = []
        for order in interleaved(list(measure), self.scale.rounds):
            tried = {name: measure[name]() for name in order}
            whole = {name: done for name, done in tried.items() if done is not None}
            if len(whole) == len(measure):
                rounds.append(whole)
        return Rounds(rounds)

    def _job(self, server: Server, template: str, changes: Mapping[str, object]) -> Job:
        usual: dict[str, object] = {"first": self.first_tag(), "seconds": self.scale.seconds}
        return Job(
            port=server.port,
            path=server.path,
            headers=server.headers,
            template=template,
            **{**usual, **changes},  # type: ignore[arg-type]  # the fields of Job
        )


@dataclass(frozen=True, slots=True)
class Rounds:
    """The runs of several rounds, by name."""

    runs: Sequence[Mapping[str, Run]]

    def of(self, name: str, value: Callable[[Run], float]) -> tuple[float, ...]:
        """Give one number of each round."""
        return tuple(value(measured[name]) for measured in self.runs)


@contextmanager
def together(*contexts: object) -> Iterator[None]:
    """Keep several things running at once."""
    with ExitStack() as stack:
        for context in contexts:
            stack.enter_context(context)  # type: ignore[arg-type]  # context managers of any kind
        yield
