"""Random lives on the in-memory store, in every test run."""

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.machine import Life


def test_once_all_is_quiet_the_desk_has_what_the_alerts_want() -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=300,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
