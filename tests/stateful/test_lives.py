"""Random lives: a short run in memory always; long ones, also on both databases, by `test-long`."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from bridge.store import Store
from bridge.store.memory import MemoryStore
from tests.stateful.kept import emptied
from tests.stateful.machine import Life


def live(times: int, steps: int, open_store: Callable[[], MemoryStore] = MemoryStore) -> None:
    life = type("Life", (Life,), {"open_store": staticmethod(open_store)})
    run_state_machine_as_test(
        life,
        settings=settings(
            max_examples=times,
            stateful_step_count=steps,
            deadline=None,
            # To explain a life is worth less than the time it takes; its story is told anyway.
            phases=[phase for phase in Phase if phase is not Phase.explain],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_once_all_is_quiet_the_desk_has_what_the_alerts_want() -> None:
    live(times=300, steps=25)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_once_all_is_quiet_after_long_lives_the_desk_has_what_the_alerts_want() -> None:
    live(times=5000, steps=50)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_lives_on_a_database_end_as_they_do_in_memory(store: Store) -> None:
    live(times=200, steps=40, open_store=lambda: emptied(store))
