"""So many calls at once; whoever waits can be sent away."""

import threading

import pytest

from bridge.reconciler.seats import Seats, SentAway


def waiting(seats: Seats) -> tuple[threading.Thread, list[str]]:
    """Let a thread wait for a seat; give it, and what it was told."""
    told: list[str] = []

    def wait() -> None:
        try:
            seats.take()
            told.append("seated")
        except SentAway:
            told.append("sent away")

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    while not seats._changed._waiters:  # type: ignore[attr-defined]  # whether it waits already
        thread.join(0.001)
    return thread, told


def test_a_seat_that_gets_free_is_taken_by_whoever_waits() -> None:
    seats = Seats(1)
    seats.take()
    thread, told = waiting(seats)
    assert told == []
    seats.leave()
    thread.join(5)
    assert told == ["seated"]


def test_nobody_waits_where_that_is_not_worth_it_but_a_free_seat_is_to_be_had() -> None:
    seats = Seats(2)
    seats.take()
    seats.let_wait(is_worth_it=False)
    seats.take()
    with pytest.raises(SentAway):
        seats.take()


def test_who_waits_is_sent_away_and_whoever_comes_after_may_wait_again() -> None:
    seats = Seats(1)
    seats.take()
    thread, told = waiting(seats)
    seats.let_wait(is_worth_it=False)
    thread.join(5)
    assert told == ["sent away"]
    seats.let_wait(is_worth_it=True)
    thread, told = waiting(seats)
    seats.leave()
    thread.join(5)
    assert told == ["seated"]
