"""Committed work wakes the worker, in this process or another."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.store import ClosableWakeUp, Store, open_store
from bridge.store.datagrams import DatagramWakeUp, send, socket_path
from tests.postgres import running_postgres
from tests.store.given import make_due, save

#: Longer than any machine needs, shorter than the test's time limit.
LONG = 20.0

WEBHOOK = """
import sys
from bridge.store import open_store
from tests.store.given import make_due, save
store = open_store(sys.argv[1])
save(store, make_due(due_at=make_due().due_at if sys.argv[2] == "due" else None))
store.notify()
store.dispose()
"""


@pytest.fixture
def wake_up(store: Store) -> Iterator[ClosableWakeUp]:
    """A worker's wake-up that has already looked once."""
    with store.wake_up() as wake_up:
        wake_up.wait(0)
        yield wake_up


def waited(wake_up: ClosableWakeUp, timeout_seconds: float) -> float:
    start = time.monotonic()
    wake_up.wait(timeout_seconds)
    return time.monotonic() - start


def webhook_in_another_process(url: str, what: str = "due") -> None:
    subprocess.run([sys.executable, "-c", WEBHOOK, url, what], check=True, timeout=30)


def test_a_webhook_of_another_process_wakes_the_worker(
    wake_up: ClosableWakeUp, database_url: str
) -> None:
    webhook = threading.Thread(target=webhook_in_another_process, args=(database_url,))
    webhook.start()
    assert waited(wake_up, LONG) < LONG - 1
    webhook.join(LONG)


def test_a_webhook_before_the_wait_wakes_it_too(wake_up: ClosableWakeUp, store: Store) -> None:
    save(store, make_due())
    store.notify()
    assert waited(wake_up, LONG) < LONG - 1


def test_a_wake_up_counts_once(wake_up: ClosableWakeUp, store: Store) -> None:
    for n in range(3):
        save(store, make_due(id=f"0{n}", key=str(n)))
        store.notify()
    # A database may take its time to pass each on; it passes none on for ever.
    waits = [waited(wake_up, 0.2) for _ in range(4)]
    assert waits[0] < 0.2
    assert waits[-1] >= 0.2


def test_nothing_due_wakes_nobody_on_postgresql(
    database_kind: str, wake_up: ClosableWakeUp, store: Store
) -> None:
    if database_kind != "postgresql":
        pytest.skip("SQLite's bell is rung by the caller")
    save(store, make_due(due_at=None))
    store.notify()
    assert waited(wake_up, 0.2) >= 0.2


def test_what_was_rolled_back_wakes_nobody(wake_up: ClosableWakeUp, store: Store) -> None:
    def fail() -> None:
        with store._database.write() as connection:
            store._database.announce(connection)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert waited(wake_up, 0.2) >= 0.2


def test_a_worker_wakes_itself(wake_up: ClosableWakeUp) -> None:
    wake_up.notify()
    assert waited(wake_up, LONG) < LONG - 1


@pytest.mark.parametrize("end", [ClosableWakeUp.close, ClosableWakeUp.notify])
def test_a_wait_under_way_ends_at_once_when_the_worker_stops(
    wake_up: ClosableWakeUp, end: object
) -> None:
    lasted: list[float] = []
    waiting = threading.Thread(target=lambda: lasted.append(waited(wake_up, LONG)))
    waiting.start()
    end(wake_up)  # type: ignore[operator]
    waiting.join(LONG)
    assert lasted[0] < LONG - 1


def test_a_closed_wake_up_may_still_be_used_and_closed(wake_up: ClosableWakeUp) -> None:
    wake_up.close()
    wake_up.notify()
    assert waited(wake_up, LONG) < LONG - 1
    wake_up.close()


def test_to_notify_nobody_is_no_failure(store: Store) -> None:
    store.notify()


def test_a_socket_left_by_a_killed_worker_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "worker.sock"
    left_over = DatagramWakeUp(path)
    with DatagramWakeUp(path) as worker:
        send(path)
        assert waited(worker, LONG) < LONG - 1
        left_over.close()
        assert path.exists()
    assert not path.exists()


def test_a_flood_of_notifications_blocks_nobody(tmp_path: Path) -> None:
    path = tmp_path / "worker.sock"
    with DatagramWakeUp(path) as worker:
        for _ in range(5000):
            send(path)
        worker.wait(LONG)
        assert waited(worker, 0.1) >= 0.1


def test_a_worker_without_a_place_for_its_socket_polls(tmp_path: Path) -> None:
    with DatagramWakeUp(tmp_path / "missing" / "worker.sock") as worker:
        assert waited(worker, 0.1) >= 0.1
        worker.notify()
        assert waited(worker, LONG) < LONG - 1


def test_the_socket_of_a_database_has_one_name_however_its_path_is_written(
    tmp_path: Path,
) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    assert socket_path(link / "bridge.db") == socket_path(tmp_path / "bridge.db")
    assert socket_path(tmp_path / "other.db") != socket_path(tmp_path / "bridge.db")


def test_a_lost_connection_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.store.postgresql.TRUSTED_SECONDS", 0.0)  # the server is back sooner
    with running_postgres() as server:
        store = open_store(server.url(server.create_database()))
        store.upgrade()
        with store.wake_up() as wake_up:
            wake_up.wait(0)
            server.stop()
            assert waited(wake_up, LONG) < LONG - 1
            # The server's farewell and the end of the connection may come apart.
            assert any(waited(wake_up, 0.2) >= 0.2 for _ in range(3))
            server.start()
            assert waited(wake_up, LONG) < LONG - 1
            save(store, make_due())
            assert waited(wake_up, LONG) < LONG - 1
        store.dispose()
