from datetime import timedelta

import pytest

from tests.bench.stats import (
    drain_share,
    interleaved,
    is_lopsided,
    paired,
    quantile,
    spread,
)
from tests.builders import T0


def test_a_spread_is_the_median_and_the_middle_half() -> None:
    said = spread([5.0, 1.0, 2.0, 4.0, 3.0])
    assert (said.low, said.median, said.high) == (2.0, 3.0, 4.0)


def test_an_outlier_moves_neither_the_median_nor_the_middle_half() -> None:
    assert spread([1.0, 2.0, 3.0, 4.0, 5.0]) == spread([1.0, 2.0, 3.0, 4.0, 500.0])


def test_no_round_is_no_figure() -> None:
    with pytest.raises(ValueError, match="no round"):
        spread([])


@pytest.mark.parametrize(("share", "value"), [(0.0, 1.0), (0.5, 2.5), (0.99, 3.97), (1.0, 4.0)])
def test_a_quantile_lies_between_its_neighbours(share: float, value: float) -> None:
    assert quantile([4.0, 1.0, 3.0, 2.0], share) == pytest.approx(value)


def test_a_slow_round_does_not_change_its_ratio() -> None:
    assert paired([10.0, 1.0], [5.0, 0.5]) == (2.0, 2.0)


def test_a_round_that_only_one_side_has_is_refused() -> None:
    with pytest.raises(ValueError, match="argument 2 is longer"):
        paired([10.0], [5.0, 0.5])


@pytest.mark.parametrize(
    ("shares", "verdict"),
    [
        ((100, 90, 110, 100), False),
        ((100, 100, 100, 201), True),
        ((40, 40, 40, 300), True),
        ((0, 100, 100, 100), True),
        ((1, 3, 2, 1), False),  # too few requests to say
    ],
)
def test_a_run_is_lopsided_when_one_connection_got_twice_anothers_share(
    shares: tuple[int, ...], *, verdict: bool
) -> None:
    assert is_lopsided(shares) is verdict


def test_nobody_always_comes_first() -> None:
    assert interleaved(["a", "b"], 3) == [["a", "b"], ["b", "a"], ["a", "b"]]


def test_threads_that_never_pause_drain_at_threads_over_latency() -> None:
    calls = [T0 + timedelta(milliseconds=50 * wave) for wave in range(10) for _ in range(8)]
    assert drain_share(calls, threads=8, latency=0.05) == pytest.approx(1.0)


def test_a_pause_between_calls_shows_in_the_share() -> None:
    calls = [T0 + timedelta(milliseconds=100 * wave) for wave in range(10) for _ in range(8)]
    assert drain_share(calls, threads=8, latency=0.05) == pytest.approx(0.5)


def test_too_few_calls_say_nothing_of_a_drain() -> None:
    with pytest.raises(ValueError, match="8 threads"):
        drain_share([T0] * 8, threads=8, latency=0.05)
