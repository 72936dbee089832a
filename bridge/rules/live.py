"""The rules in force: exchanged whole when their files change, kept when what they say is wrong."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import structlog

from bridge.domain.errors import ConfigurationError
from bridge.domain.ports import Clock
from bridge.rules.book import Rules
from bridge.rules.files import files_behind, rule_files
from bridge.telemetry import metrics

log = structlog.get_logger()

#: A change is loaded once it has stood this long: nobody reads a file that is half written.
LOOK_SECONDS = 0.5

#: What tells one state of the files from another; None: there is no such file.
_Stamp = frozenset[tuple[Path, tuple[int, ...] | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A changed set of rules that was not taken."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A set of rules, since when it decides, and what became of a newer one."""

    rules: Rules
    since: datetime
    refusal: Refusal | None = None

    def __str__(self) -> str:
        said = f"version {self.rules.version[:12]} since {self.since:%Y-%m-%dT%H:%M:%SZ}"
        if self.refusal is None:
            return said
        return f"{said}; the files as changed are refused: {self.refusal.reason}"


class LiveRules:
    """Gives the rules in force when called; `look` and `reload` belong to one thread."""

    def __init__(self, paths: Sequence[Path], load: Callable[[], Rules], now: Clock) -> None:
        self._paths, self._load, self._now = paths, load, now
        self._files, self._seen = self._stamped()
        self._changing: _Stamp | None = None
        self.in_force = InForce(rules=load(), since=now())

    def __call__(self) -> Rules:
        """Give the rules in force."""
        return self.in_force.rules

    def follow(self) -> Rules:
        """Look, then give the rules in force: for those who ask now and then."""
        self.look()
        return self()

    def look(self) -> bool:
        """Reload if the files have changed, and not since the last look; say if that was done."""
        stamp = _stamp([*self._files, *self._rule_files()])
        is_settled, self._changing = stamp == self._changing, stamp
        if stamp == self._seen or not is_settled:
            return False
        self.reload()
        return True

    def reload(self) -> None:
        """Load the files as they are; whatever is wrong with them, the rules in force stay."""
        files, self._seen = self._stamped()
        # What was read for the rules in force is watched on: a broken file names no tables.
        self._files |= files
        try:
            rules = self._load()
        except ConfigurationError as error:
            more = len(error.problems) - 1
            self._refuse(f"{error.problems[0]}{f' (and {more} more)' if more else ''}")
        except Exception as exc:
            log.exception("rules cannot be loaded")
            self._refuse(f"unexpected {type(exc).__name__}; the log says more")
        else:
            self._files = files
            self.in_force = InForce(rules=rules, since=self._now())
            log.info("rules loaded", version=rules.version, rules=len(rules.locations))

    def _refuse(self, reason: str) -> None:
        refusal = Refusal(at=self._now(), reason=reason)
        self.in_force = replace(self.in_force, refusal=refusal)
        log.error("rules refused", reason=reason, kept=self.in_force.rules.version)

    def _stamped(self) -> tuple[frozenset[Path], _Stamp]:
        """Give the files and their state, taken before they are read: a later change shows."""
        files = files_behind(self._paths)
        return files, _stamp([*files, *self._rule_files()])

    def _rule_files(self) -> Iterable[Path]:
        return [file for path in self._paths for file in rule_files(path)]


class Watcher:
    """Keeps the rules of this process up to date, and its metrics of them."""

    def __init__(self, rules: LiveRules) -> None:
        self._rules = rules
        self._nudged = threading.Event()
        self._tell_since()

    def start(self) -> None:
        """Watch from now on, in a thread that ends with the process."""
        threading.Thread(target=self._run, name="rules", daemon=True).start()

    def nudge(self) -> None:
        """Reload now, changed or not; fit for a signal handler."""
        self._nudged.set()

    def look(self) -> None:
        """Reload if there is something new, or if nudged; count what came of it."""
        if self._nudged.is_set():
            self._nudged.clear()
            self._rules.reload()
        elif not self._rules.look():
            return
        if self._rules.in_force.refusal is None:
            self._tell_since()
        else:
            metrics.RULES_RELOAD_FAILURES.inc()

    def _run(self) -> None:
        while True:
            self._nudged.wait(LOOK_SECONDS)
            self.look()

    def _tell_since(self) -> None:
        metrics.RULES_LOADED.set(self._rules.in_force.since.timestamp())


def _stamp(files: Iterable[Path]) -> _Stamp:
    return frozenset((file, _state(file)) for file in files)


def _state(file: Path) -> tuple[int, ...] | None:
    try:
        stat = file.stat()
    except OSError:
        return None
    # What copies a file with its times leaves only the last change of its entry to tell by.
    return stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino
