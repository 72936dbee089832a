"""Several web and worker processes on one PostgreSQL share the work and stand in for each other."""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.worker.lane import LONGEST_SLEEP
from bridge.worker.worker import STOP_SECONDS
from tests.chaos.audit import is_duplicate
from tests.chaos.pace import measure
from tests.chaos.scene import RULES, is_due
from tests.chaos.valve import Valve
from tests.e2e.alerts import alert, body
from tests.e2e.bridge import SENDER, Bridge
from tests.e2e.desks import Desk, DeskTicket
from tests.e2e.processes import Process, eventually
from tests.postgres import Postgres

#: The contract: the work of a killed process is taken over by then.
TAKEN_OVER = timedelta(seconds=15)
#: A lease has to run out, and three spaced searches to be made, on a machine with other work.
PATIENCE_SECONDS = 90.0
FILE, LIST = "IM_LogOrUpdateIncident", "IM_GetIncidentListwithDetails"


class Replicas:
    """Two of each role, to be started one by one."""

    def __init__(self, folder: Path, database: str) -> None:
        self.summit, self.serviceops = Desk("summit", folder), Desk("serviceops", folder)
        self._folder, self._database = folder, database
        self.web = self.replica("web-1")
        self.other_web = self.replica("web-2")
        self.worker = self.replica("worker-1")
        self.other_worker = self.replica("worker-2")

    def replica(
        self, name: str, summit: Desk | Valve | None = None, timeout: str = "15s"
    ) -> Bridge:
        """Configure one more process on the same database."""
        return Bridge(
            self._folder,
            summit=summit or self.summit,
            serviceops=self.serviceops,
            name=name,
            database=self._database,
            rules=RULES,
            limits=f"{{concurrency: 4, timeout: {timeout}}}",
        )

    def filed_by(self, worker: Bridge) -> int:
        """Give how many tickets a worker says it has filed."""
        log = self._folder / f"{worker.name}.log"
        events = [json.loads(line) for line in log.read_text().splitlines()]
        return sum(event["event"] == "ticket filed" for event in events)


@pytest.fixture
def replicas(tmp_path: Path, postgres: Postgres) -> Iterator[Replicas]:
    """Two desks and one web process; the workers are up to the test."""
    database = postgres.create_database()
    replicas = Replicas(tmp_path, postgres.url(database))
    with replicas.summit.running(), replicas.serviceops.running(), replicas.web.running("web"):
        yield replicas


@contextmanager
def both_workers(replicas: Replicas) -> Iterator[None]:
    with ExitStack() as stack:
        for worker in (replicas.worker, replicas.other_worker):
            stack.enter_context(delivering(worker))
        yield


@contextmanager
def delivering(worker: Bridge) -> Iterator[Process]:
    """Keep a worker running, and wait until it says so."""
    with worker.running("worker") as process:
        eventually(lambda: assert_started(process))
        yield process


def assert_started(process: Process) -> None:
    process.must_run()
    assert "worker started" in process.log


def only_ticket(replicas: Replicas) -> DeskTicket:
    tickets = replicas.summit.tickets()
    assert len(tickets) == 1, tickets
    return tickets[0]


def assert_filed_once(replicas: Replicas, subject: str) -> None:
    incident = replicas.web.incident(subject)
    assert incident["phase"] == "filed", incident
    assert incident["ticket"]["number"] == only_ticket(replicas).number


def assert_called(replicas: Replicas, operation: str) -> None:
    assert operation in [call["operation"] for call in replicas.summit.calls()]


@pytest.mark.timeout(180)
def test_workers_share_what_web_processes_take_in(replicas: Replicas) -> None:
    replicas.summit.misbehave(latency="100ms")
    with replicas.other_web.running("web"), both_workers(replicas):
        for web, name in ((replicas.web, "One"), (replicas.other_web, "Two")):
            web.post(body(*(alert(name, instance=f"{name}{index}") for index in range(20))))
        eventually(lambda: assert_number(replicas, 40), within=PATIENCE_SECONDS)
        assert replicas.other_web.incidents() == replicas.web.incidents()
    assert len({ticket.subject for ticket in replicas.summit.tickets()}) == 40
    by_each = [replicas.filed_by(worker) for worker in (replicas.worker, replicas.other_worker)]
    assert sum(by_each) == 40
    assert min(by_each) >= 5, by_each


def assert_number(replicas: Replicas, number: int) -> None:
    assert [i["phase"] for i in replicas.web.incidents()] == ["filed"] * number
    assert len(replicas.summit.tickets()) == number


@pytest.mark.timeout(180)
def test_a_worker_is_woken_by_a_web_process_rather_than_by_its_own_poll(
    replicas: Replicas,
) -> None:
    with delivering(replicas.worker):
        pace = measure(replicas.web, replicas.serviceops, "Wake", 15, team="storage")
    # Polling alone would take half of its period in the median.
    assert pace.filed_in < LONGEST_SLEEP.total_seconds() / 4, pace


@pytest.mark.timeout(180)
def test_a_webhook_on_its_way_when_its_web_process_is_asked_to_stop_is_answered(
    replicas: Replicas,
) -> None:
    whole = raw_webhook(body(alert("Parting", instance="parting")))
    with (
        replicas.other_web.running("web") as process,
        socket.create_connection(("127.0.0.1", replicas.other_web.port)) as sender,
    ):
        sender.settimeout(30)
        sender.sendall(whole[:-20])
        eventually(lambda: assert_reading(process, replicas.other_web.port))
        process.terminate()
        eventually(lambda: assert_said(process, "Handling signal: term"))
        sender.sendall(whole[-20:])
        assert sender.recv(100).startswith(b"HTTP/1.1 202")
        assert process.wait(30) == 0
    assert len(replicas.web.incidents()) == 1


def raw_webhook(said: Mapping[str, object]) -> bytes:
    content = json.dumps(said).encode()
    lines = (
        "POST /webhooks/alertmanager HTTP/1.1",
        "Host: bridge",
        f"Authorization: {SENDER['Authorization']}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
    )
    return "\r\n".join((*lines, "", "")).encode() + content


def assert_reading(process: Process, port: int) -> None:
    """Fail unless gunicorn has taken everything sent so far; see proc_net_tcp(5)."""
    here = f"0100007F:{port:04X}"
    waiting = [
        line.split()[4]
        for line in Path(f"/proc/{process.pid}/net/tcp").read_text().splitlines()[1:]
        if line.split()[1] == here and line.split()[3] == "01"
    ]
    assert waiting == ["00000000:00000000"]


@pytest.mark.timeout(180)
def test_a_worker_killed_in_the_middle_of_a_call_is_replaced_by_the_other(
    replicas: Replicas,
) -> None:
    replicas.summit.misbehave(fail=["hang-after"], times=1)
    with delivering(replicas.worker) as process:
        replicas.web.post(body(alert("Mid", instance="mid")))
        eventually(lambda: only_ticket(replicas))
        with delivering(replicas.other_worker):
            process.kill_group()
            killed_at = datetime.now(UTC)
            eventually(lambda: assert_called(replicas, LIST), within=PATIENCE_SECONDS)
            eventually(lambda: assert_filed_once(replicas, "Mid on mid"), within=PATIENCE_SECONDS)
    looked_at = [call["at"] for call in replicas.summit.calls() if call["operation"] == LIST]
    assert datetime.fromisoformat(looked_at[0]) - killed_at < TAKEN_OVER


@pytest.mark.timeout(180)
def test_a_worker_that_is_asked_to_stop_waits_for_the_call_it_has_made(
    replicas: Replicas,
) -> None:
    replicas.summit.misbehave(latency="3s")
    with delivering(replicas.worker) as process:
        replicas.web.post(body(alert("Slow", instance="slow")))
        eventually(lambda: assert_called(replicas, FILE))
        process.terminate()
        assert process.wait(STOP_SECONDS + 5) == 0
    assert_filed_once(replicas, "Slow on slow")
    replicas.summit.misbehave(latency="0ms")
    with delivering(replicas.other_worker):
        replicas.web.post(body(alert("Next", instance="next")))
        eventually(lambda: replicas.summit.ticket("Next on next"))
    assert [call["operation"] for call in replicas.summit.calls()] == [FILE, FILE]


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_worker_that_is_asked_to_stop_does_not_wait_for_ever(replicas: Replicas) -> None:
    replicas.summit.misbehave(fail=["hang-after"], times=1)
    patient = replicas.replica("patient", timeout="2m")
    with delivering(patient) as process:
        replicas.web.post(body(alert("Stuck", instance="stuck")))
        eventually(lambda: only_ticket(replicas))
        process.terminate()
        assert process.wait(STOP_SECONDS + 10) == 0
    with delivering(replicas.other_worker):
        eventually(lambda: assert_filed_once(replicas, "Stuck on stuck"), within=PATIENCE_SECONDS)


@pytest.mark.timeout(180)
def test_a_worker_that_was_frozen_in_the_middle_of_a_call_changes_nothing_when_it_goes_on(
    replicas: Replicas,
) -> None:
    replicas.summit.misbehave(latency="2s")
    with delivering(replicas.worker) as process:
        replicas.web.post(body(alert("Cold", instance="cold")))
        eventually(lambda: assert_called(replicas, FILE))
        process.freeze()
        replicas.summit.misbehave(latency="0ms")
        with delivering(replicas.other_worker):
            eventually(lambda: assert_filed_once(replicas, "Cold on cold"), within=PATIENCE_SECONDS)
            process.thaw()
            eventually(lambda: assert_said(process, "claim lost"))
            eventually(lambda: assert_quiet(replicas))
    assert_filed_once(replicas, "Cold on cold")
    assert only_ticket(replicas).is_open


def assert_said(process: Process, words: str) -> None:
    assert words in process.log


def assert_quiet(replicas: Replicas) -> None:
    horizon = datetime.now(UTC) + timedelta(seconds=20)
    assert [i for i in replicas.web.incidents() if is_due(i, horizon)] == []


@pytest.mark.long
@pytest.mark.timeout(300)
def test_what_a_frozen_worker_files_after_all_is_resolved_as_a_duplicate(
    replicas: Replicas,
) -> None:
    valve = Valve(replicas.summit.port)
    valve.hold_the_next()
    with valve.running(), delivering(far(replicas, valve, timeout="2m")) as process:
        replicas.web.post(body(alert("Late", instance="late")))
        eventually(lambda: assert_held(valve))
        process.freeze()
        with delivering(replicas.other_worker):
            eventually(lambda: assert_filed_once(replicas, "Late on late"), within=PATIENCE_SECONDS)
            process.thaw()
            valve.let_go()
            eventually(lambda: assert_second_resolved(replicas), within=PATIENCE_SECONDS)
            eventually(lambda: assert_quiet(replicas))


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_create_that_arrives_after_the_desk_was_searched_for_it_is_resolved_as_a_duplicate(
    replicas: Replicas,
) -> None:
    valve = Valve(replicas.summit.port)
    valve.hold_the_next()
    with valve.running(), delivering(far(replicas, valve, timeout="2s")):
        replicas.web.post(body(alert("Later", instance="later")))
        eventually(lambda: assert_held(valve))
        eventually(lambda: assert_filed_once(replicas, "Later on later"), within=PATIENCE_SECONDS)
        valve.let_go()
        eventually(lambda: assert_second_resolved(replicas), within=PATIENCE_SECONDS)


def far(replicas: Replicas, valve: Valve, timeout: str) -> Bridge:
    """Configure a worker whose way to the desk leads through the valve."""
    return replicas.replica("far", summit=valve, timeout=timeout)


def assert_held(valve: Valve) -> None:
    assert valve.holds_something


def assert_second_resolved(replicas: Replicas) -> None:
    """Fail unless there are two tickets, and the one filed later is resolved as a duplicate."""
    tickets = replicas.summit.tickets()
    assert [(ticket.is_open, is_duplicate(ticket)) for ticket in tickets] == [
        (True, False),
        (False, True),
    ]
