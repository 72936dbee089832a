"""Random kills, stops and faults, and a pair of senders that say everything twice."""

import os
import secrets
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.chaos.havoc import Havoc
from tests.chaos.peers import Pair
from tests.chaos.real_pair import running_pair
from tests.chaos.scene import SECRETS, Plan, Scene
from tests.postgres import Postgres, running_postgres

#: Set it to repeat a run as far as the scheduler of the machine lets it be repeated.
SEED = os.environ.get("BRIDGE_CHAOS_SEED", "")
SECONDS = float(os.environ.get("BRIDGE_CHAOS_SECONDS", "60"))
REPLICAS = {"web-1": "web", "web-2": "web", "worker-1": "worker", "worker-2": "worker"}

Say = Callable[[str, object], None]


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server of the test's own: it will crash."""
    with running_postgres() as server:
        yield server


def plan(name: str, roles: dict[str, str], *, seconds: float, faults: int, freeze: float) -> Plan:
    return Plan(
        name=name,
        seed=SEED or secrets.token_hex(4),
        seconds=seconds,
        faults=faults,
        longest_freeze=freeze,
        settles_within=240.0,
        looks_ahead=10 + 6 * freeze,
        roles=roles,
    )


def survive(scene: Scene, say: Say) -> None:
    """Wreak havoc, and fail unless everything is as if nothing had happened."""
    with scene.running() as (url, havoc):
        pair = Pair(url, scene.plan.seed)
        try:
            scene.wreak(havoc, pair)
        finally:
            pair.stop()
            must_be_well(scene, havoc, say)


def must_be_well(scene: Scene, havoc: Havoc, say: Say) -> None:
    report = scene.report(havoc)
    say("report", str(report))
    wrong = report.audit.faults
    for subject in {subject for subjects in wrong.values() for subject in subjects}:
        sys.stdout.write("\n".join((f"--- {subject} ---", *scene.explain(subject), "")))
    assert wrong == {}
    assert [(desk.kind, desk.refused()) for desk in scene.desks if desk.refused()] == []
    assert scene.ledger.rejected == []
    for name, said in scene.logs():
        assert "Traceback" not in said, name
        assert [secret for secret in SECRETS if secret in said] == [], name


@pytest.mark.timeout(300)
def test_a_few_seconds_of_chaos_lose_nothing_and_file_nothing_twice(
    tmp_path: Path, postgres: Postgres, record_property: Say
) -> None:
    chaos = plan("two replicas, briefly", REPLICAS, seconds=5, faults=8, freeze=2)
    survive(Scene(tmp_path, chaos, postgres), record_property)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_replicas_on_postgresql_survive_chaos(
    tmp_path: Path, postgres: Postgres, record_property: Say
) -> None:
    chaos = plan("two replicas on PostgreSQL", REPLICAS, seconds=SECONDS, faults=30, freeze=14)
    survive(Scene(tmp_path, chaos, postgres), record_property)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_one_process_group_on_sqlite_survives_chaos(tmp_path: Path, record_property: Say) -> None:
    alone = {"serve": "serve"}
    chaos = plan("`bridge serve` on SQLite", alone, seconds=SECONDS, faults=30, freeze=14)
    survive(Scene(tmp_path, chaos), record_property)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_two_real_alertmanagers_in_a_partition_lose_nothing_and_file_nothing_twice(
    tmp_path: Path, postgres: Postgres, record_property: Say
) -> None:
    chaos = plan("two real Alertmanagers", REPLICAS, seconds=SECONDS, faults=30, freeze=14)
    scene = Scene(tmp_path, chaos, postgres)
    with (
        scene.running() as (url, havoc),
        running_pair(tmp_path, url, scene.ledger) as pair,
    ):
        try:
            scene.wreak(havoc, pair)
        finally:
            must_be_well(scene, havoc, record_property)
