"""A steady pace, on a clock that moves only when the pace sleeps."""

from dataclasses import dataclass, field

import pytest

from bridge.backends.pace import Pace


@dataclass
class Time:
    """A clock and its sleep."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now += seconds


def passed(per_second: float, calls: int, time: Time | None = None) -> Time:
    """Let calls through one after the other."""
    time = time or Time()
    pace = Pace(per_second, time.clock, time.sleep)
    for _ in range(calls):
        pace.wait()
    return time


def test_a_seconds_worth_of_calls_may_come_at_once() -> None:
    assert passed(20, 20).slept == []


def test_the_call_after_that_waits_its_turn() -> None:
    assert passed(20, 22).slept == [0.05, 0.05]


@pytest.mark.parametrize("per_second", [0.5, 1.0, 3.0, 50.0])
def test_many_calls_take_the_time_that_the_rate_says(per_second: float) -> None:
    elapsed = passed(per_second, 500).now - 1000.0
    even = 500 / per_second
    assert even - 1.0 - 1 / per_second <= elapsed + 1e-6 <= even + 1e-6


def test_less_than_one_call_per_second_comes_one_by_one() -> None:
    assert passed(0.5, 3).slept == [2.0, 2.0]


def test_a_rest_earns_no_more_than_a_seconds_worth() -> None:
    time = Time()
    pace = Pace(5, time.clock, time.sleep)
    time.now += 3600
    for _ in range(6):
        pace.wait()
    assert time.slept == [0.2]


def test_a_rest_holds_the_next_call_and_those_after_it_come_at_the_usual_pace() -> None:
    time = Time()
    pace = Pace(2, time.clock, time.sleep)
    pace.rest(7)
    for _ in range(4):
        pace.wait()
    assert time.slept == [7.0, 0.5, 0.5]


def test_a_shorter_rest_does_not_end_a_longer_one() -> None:
    time = Time()
    pace = Pace(50, time.clock, time.sleep)
    pace.rest(7)
    pace.rest(1)
    pace.wait()
    assert time.slept == [7.0]


def test_a_rest_that_is_over_holds_nothing() -> None:
    time = Time()
    pace = Pace(50, time.clock, time.sleep)
    pace.rest(7)
    time.now += 7
    pace.wait()
    assert time.slept == []
