"""Rules that are reloaded: switched whole, kept when what the files say is wrong."""

import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from bridge.rules import Rules, load_rules
from bridge.rules.live import LiveRules, Watcher
from tests.builders import ManualClock
from tests.rules.given import alert_of, filed, write

RULES = "version: 1\nrules: [{id: one, match: any, set: {priority: low}}]\n"
TABLE = """
version: 1
tables: {level: {file: tables/level.csv, key: [name]}}
rules: [{id: t, match: any, set: {priority: "{{ level('x').word }}"}}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "a.yaml", RULES)
    return tmp_path


def live(folder: Path, clock: ManualClock | None = None) -> LiveRules:
    load = partial(load_rules, [folder], backends=None, default_backend="desk")
    return LiveRules([folder], load, clock or ManualClock())


def priority(rules: LiveRules) -> str:
    return filed(rules().decide(alert_of({}))).spec.priority


def refusal(rules: LiveRules) -> str:
    return rules.in_force.refusal.reason if rules.in_force.refusal else ""


def settle(rules: LiveRules) -> bool:
    """Look until a change has stood from one look to the next."""
    return any([rules.look(), rules.look()])


def test_what_nobody_touched_is_not_loaded_again(folder: Path) -> None:
    rules = live(folder)
    first = rules()
    assert not any(rules.look() for _ in range(5))
    assert rules() is first


def test_a_changed_file_is_in_force_once_it_has_stood_from_one_look_to_the_next(
    folder: Path,
) -> None:
    rules = live(folder)
    write(folder, "a.yaml", RULES.replace("low", "high"))
    assert not rules.look()
    assert priority(rules) == "low"
    assert rules.look()
    assert priority(rules) == "high"


def test_a_file_still_being_written_is_left_alone(folder: Path) -> None:
    rules = live(folder)
    for words in ("high", "higher", "highest", "critical"):
        write(folder, "a.yaml", RULES.replace("low", words))
        assert not rules.look()
    assert rules.look()
    assert priority(rules) == "critical"


def replaced(folder: Path) -> None:
    """Swap the file as editors do, with the same size and the same time."""
    stat = (folder / "a.yaml").stat()
    write(folder, "new", RULES.replace("low", "top"))
    os.utime(folder / "new", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    (folder / "new").rename(folder / "a.yaml")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (
            lambda folder: write(folder, "b.yaml", RULES.replace("one", "two").replace("low", "b")),
            "b",
        ),
        (replaced, "top"),
        (lambda folder: write(folder, "b.txt", "no rules"), "low"),
    ],
    ids=["a new file", "a swapped file", "a file that is none of the rules"],
)
def test_every_way_of_changing_a_set_of_rules_is_seen(
    folder: Path, change: Callable[[Path], object], found: str
) -> None:
    rules = live(folder)
    change(folder)
    settle(rules)
    assert priority(rules) == found


def test_a_removed_file_takes_its_rules_with_it(folder: Path) -> None:
    write(folder, "b.yaml", RULES.replace("one", "two").replace("low", "b"))
    rules = live(folder)
    (folder / "b.yaml").unlink()
    assert settle(rules)
    assert priority(rules) == "low"


def test_the_files_of_tables_are_watched_too(folder: Path) -> None:
    write(folder, "tables/level.csv", "name,word\nx,low\n")
    write(folder, "a.yaml", TABLE)
    rules = live(folder)
    write(folder, "tables/level.csv", "name,word\nx,critical\n")
    assert settle(rules)
    assert priority(rules) == "critical"


def test_who_asks_now_and_then_follows_what_stands_from_one_time_to_the_next(
    folder: Path,
) -> None:
    rules = live(folder)
    first = rules.follow()
    assert rules.follow() is first
    write(folder, "a.yaml", RULES.replace("low", "high"))
    assert rules.follow() is first
    assert rules.follow() is not first
    assert priority(rules) == "high"


BROKEN = "version: 1\nrules: [{id: one, match: any, set: {priorty: high}}]\n"


def test_broken_rules_leave_the_last_good_ones_in_force(folder: Path) -> None:
    rules = live(folder)
    good = rules()
    write(folder, "a.yaml", BROKEN)
    assert settle(rules)
    assert rules() is good
    assert refusal(rules).startswith(f"{folder}/a.yaml:2:")
    assert "priorty" in str(rules.in_force)


def test_broken_rules_are_tried_once_and_mended_ones_take_over(folder: Path) -> None:
    rules = live(folder)
    write(folder, "a.yaml", BROKEN)
    assert settle(rules)
    assert not settle(rules)
    write(folder, "a.yaml", RULES.replace("low", "high"))
    assert settle(rules)
    assert priority(rules) == "high"
    assert refusal(rules) == ""


def test_a_table_that_vanishes_and_comes_back_is_followed(folder: Path) -> None:
    write(folder, "tables/level.csv", "name,word\nx,low\n")
    write(folder, "a.yaml", TABLE)
    rules = live(folder)
    (folder / "tables" / "level.csv").unlink()
    write(folder, "a.yaml", "no: [yaml")
    assert settle(rules)
    assert "not YAML" in refusal(rules)
    write(folder, "a.yaml", TABLE)
    assert settle(rules)
    assert "level.csv" in refusal(rules)
    write(folder, "tables/level.csv", "name,word\nx,high\n")
    assert settle(rules)
    assert (priority(rules), refusal(rules)) == ("high", "")


def test_a_failure_that_nobody_foresaw_leaves_the_last_good_rules_too(folder: Path) -> None:
    good = load_rules([folder], backends=None, default_backend="desk")
    answers: list[Rules] = [good]
    rules = LiveRules([folder], answers.pop, ManualClock())
    rules.reload()
    assert rules() is good
    assert "unexpected IndexError" in str(rules.in_force)


def test_it_is_said_since_when_rules_decide(folder: Path) -> None:
    clock = ManualClock()
    rules = live(folder, clock)
    clock.advance(60)
    rules.reload()
    assert str(rules.in_force) == f"version {rules().version[:12]} since 2026-01-05T12:01:00Z"


def sample(name: str) -> float:
    return REGISTRY.get_sample_value(name) or 0.0


def test_a_watcher_counts_what_is_refused_and_tells_since_when(folder: Path) -> None:
    clock = ManualClock()
    rules = live(folder, clock)
    watcher = Watcher(rules)
    failures = sample("bridge_rules_reload_failures_total")
    clock.advance(60)
    write(folder, "a.yaml", BROKEN)
    watcher.look()
    watcher.look()
    watcher.look()
    assert sample("bridge_rules_reload_failures_total") == failures + 1
    assert sample("bridge_rules_loaded_timestamp_seconds") == clock().timestamp() - 60
    write(folder, "a.yaml", RULES)
    watcher.look()
    watcher.look()
    assert sample("bridge_rules_reload_failures_total") == failures + 1
    assert sample("bridge_rules_loaded_timestamp_seconds") == clock().timestamp()


def test_a_nudge_reloads_at_once_and_whatever_the_files_look_like(folder: Path) -> None:
    rules = live(folder)
    watcher, first = Watcher(rules), rules()
    watcher.nudge()
    watcher.look()
    assert rules() is not first
    second = rules()
    watcher.look()
    assert rules() is second


def test_a_thread_watches(folder: Path) -> None:
    rules = live(folder)
    loaded = threading.Event()
    load = rules.reload

    def reload() -> None:
        load()
        loaded.set()

    rules.reload = reload  # type: ignore[method-assign]
    watcher = Watcher(rules)
    watcher.start()
    watcher.nudge()
    assert loaded.wait(10)


def test_a_file_replaced_in_place_with_the_times_of_the_old_one_is_seen(folder: Path) -> None:
    rules = live(folder)
    stat = (folder / "a.yaml").stat()
    write(folder, "a.yaml", RULES.replace("low", "top"))
    os.utime(folder / "a.yaml", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert settle(rules)
    assert priority(rules) == "top"
