"""The breaker decides without a clock of its own."""

from datetime import timedelta

from bridge.reconciler import Contact
from bridge.worker.breaker import FAILURES_TO_OPEN, LONGEST_PAUSE, Breaker
from tests.builders import T0, at


def failing(times: int) -> Breaker:
    breaker = Breaker()
    for _ in range(times):
        breaker = breaker.after(Contact.UNREACHABLE, T0)
    return breaker


def test_a_few_failures_keep_the_lane_open_to_all() -> None:
    assert failing(FAILURES_TO_OPEN - 1).allows(8, 0, T0) == 8


def test_failures_in_a_row_leave_a_single_probe_after_the_pause() -> None:
    breaker = failing(FAILURES_TO_OPEN)
    assert breaker.is_open
    assert breaker.allows(8, 0, T0) == 0
    assert breaker.allows(8, 0, at(1)) == 1
    assert breaker.allows(8, 1, at(1)) == 0


def test_each_failed_probe_doubles_the_pause_up_to_a_limit() -> None:
    breaker = failing(FAILURES_TO_OPEN + 1)
    assert breaker.pause == timedelta(seconds=2)
    assert failing(50).pause == LONGEST_PAUSE


def test_one_answer_closes_it() -> None:
    assert failing(50).after(Contact.ANSWERED, T0) == Breaker()


def test_work_that_asked_nothing_of_the_desk_says_nothing_about_it() -> None:
    breaker = failing(FAILURES_TO_OPEN)
    assert breaker.after(Contact.NONE, T0) == breaker


def test_a_lock_out_opens_at_once() -> None:
    breaker = Breaker().after(Contact.LOCKED_OUT, T0)
    assert breaker.allows(8, 0, at(29)) == 0
    assert breaker.allows(8, 0, at(30)) == 1
