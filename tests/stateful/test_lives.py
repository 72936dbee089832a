"""Random lives on the in-memory store: a short run always, a long one by `make test-long`."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.machine import Life


def live(times: int, steps: int) -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=times,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_once_all_is_quiet_the_desk_has_what_the_alerts_want() -> None:
    live(times=300, steps=25)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_once_all_is_quiet_after_long_lives_the_desk_has_what_the_alerts_want() -> None:
    live(times=5000, steps=50)
