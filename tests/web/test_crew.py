"""The threads that answer: as many as are needed, and none is lost."""

import threading
import time
from collections.abc import Iterator

import pytest

from bridge.web.crew import Crew

PATIENCE = 10.0


@pytest.fixture
def crew() -> Iterator[Crew]:
    made = Crew(3)
    yield made
    made.shutdown()


class Meeting:
    """Jobs that end only once so many of them are under way at once."""

    def __init__(self, size: int) -> None:
        self._barrier = threading.Barrier(size + 1)

    def attend(self) -> None:
        self._barrier.wait(PATIENCE)


def test_as_many_jobs_as_it_has_threads_are_under_way_at_once(crew: Crew) -> None:
    for _ in range(3):  # also by those whose threads have worked before
        meeting = Meeting(3)
        for _ in range(3):
            crew.submit(meeting.attend)
        meeting.attend()


def test_a_job_that_finds_no_thread_waits_for_one(crew: Crew) -> None:
    meeting, done = Meeting(3), threading.Event()
    for job in (*[meeting.attend] * 3, done.set):
        crew.submit(job)
    assert not done.is_set()
    meeting.attend()
    assert done.wait(PATIENCE)


@pytest.mark.parametrize("error", [RuntimeError("boom"), SystemExit(1)])
def test_a_job_that_fails_costs_no_thread(
    crew: Crew, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise error

    for _ in range(9):
        crew.submit(fail)
    meeting = Meeting(3)
    for _ in range(3):
        crew.submit(meeting.attend)
    meeting.attend()


def test_threads_end_when_it_is_shut_down() -> None:
    made, ended, before = Crew(2), Meeting(1), set(threading.enumerate())
    made.submit(ended.attend)
    own = set(threading.enumerate()) - before
    ended.attend()
    made.shutdown(wait=False)
    for thread in own:
        thread.join(PATIENCE)
    assert own
    assert not any(thread.is_alive() for thread in own)


def test_it_still_counts_after_more_jobs_than_it_has_threads_for(crew: Crew) -> None:
    meeting, done = Meeting(3), threading.Semaphore(0)
    for job in (*[meeting.attend] * 3, *[done.release] * 9):
        crew.submit(job)
    assert crew.under_way() == 3
    meeting.attend()
    for _ in range(9):
        assert done.acquire(timeout=PATIENCE)
    last = Meeting(2)
    for _ in range(2):
        crew.submit(last.attend)
    deadline = time.monotonic() + PATIENCE
    while crew.under_way() != 2:
        assert time.monotonic() < deadline
    last.attend()


def test_it_says_how_many_jobs_are_under_way(crew: Crew) -> None:
    meeting = Meeting(2)
    for expected in (1, 2):
        crew.submit(meeting.attend)
        assert crew.under_way() == expected
    meeting.attend()
    deadline = time.monotonic() + PATIENCE
    while crew.under_way():
        assert time.monotonic() < deadline
