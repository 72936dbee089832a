"""Rules edited under a running bridge: every process switches, and none to rules that are wrong."""

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.alerts import alert, body
from tests.e2e.bridge import ADMIN, RULES, Bridge
from tests.e2e.desks import Desk
from tests.e2e.processes import Process, eventually, http

SWITCH_SECONDS = 3.0
EDIT = "\n  - id: edited\n    match: any\n    set: {urgency: WORD}\n"
BROKEN = "\n  - id: broken\n    match: any\n    sat: {urgency: high}\n"
REFUSED = re.compile(r"the files as changed are refused: .*rules.yaml:\d+:\d+: unknown key 'sat'")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "rules.yaml").write_text(RULES.read_text())
    return folder


@pytest.fixture
def edited(tmp_path: Path, rules: Path, closed_summit: Desk, closed_serviceops: Desk) -> Bridge:
    """A bridge of two web processes whose rules are a folder of the test's own."""
    return Bridge(
        tmp_path, summit=closed_summit, serviceops=closed_serviceops, rules=rules, workers=2
    )


@pytest.fixture
def process(edited: Bridge) -> Iterator[Process]:
    with edited.serving() as process:
        yield process


def write(rules: Path, more: str = "") -> None:
    """Write the rules anew, with one more rule at their end."""
    (rules / "rules.yaml").write_text(RULES.read_text() + more)


def said_of_rules(bridge: Bridge) -> set[str]:
    """Give what every web process says of its rules: each call may meet another one."""
    answers = [http("GET", f"{bridge.url}/readyz") for _ in range(12)]
    assert {answer.status_code for answer in answers} == {200}
    return {
        check["detail"]
        for answer in answers
        for check in answer.json()["checks"]
        if check["name"] == "rules"
    }


def versions(bridge: Bridge) -> set[str]:
    found = {re.search(r"version ([0-9a-f]{12}) since ", said) for said in said_of_rules(bridge)}
    return {match[1] for match in found if match is not None}


def urgencies(bridge: Bridge, name: str) -> set[str]:
    """Send new alerts until each web process has had one; give what became of them."""
    for number in range(12):
        bridge.post(body(alert(name, instance=f"{name}-{number}:1")))
    listed = [i for i in bridge.incidents() if name in i["spec"]["subject"]]
    return {i["spec"].get("urgency", "") for i in listed}


def metric(bridge: Bridge, name: str) -> float:
    text = http("GET", f"{bridge.url}/metrics").text
    lines = [line for line in text.splitlines() if line.startswith((f"{name} ", f"{name}{{"))]
    assert lines, name
    return sum(float(line.rpartition(" ")[2]) for line in lines)


@pytest.mark.usefixtures("process")
def test_an_edited_rule_decides_in_every_process(edited: Bridge, rules: Path) -> None:
    assert urgencies(edited, "Before") == {""}
    before = versions(edited)
    since = metric(edited, "bridge_rules_loaded_timestamp_seconds")
    write(rules, EDIT.replace("WORD", "high"))

    def switched() -> None:
        after = versions(edited)
        assert len(after) == 1
        assert after != before

    eventually(switched, within=SWITCH_SECONDS)
    assert urgencies(edited, "After") == {"high"}
    assert metric(edited, "bridge_rules_loaded_timestamp_seconds") > since
    (version,) = versions(edited)
    assert f'bridge_rules_info{{version="{version}' in http("GET", f"{edited.url}/metrics").text
    assert version in http("GET", f"{edited.url}/", headers=ADMIN).text


@pytest.mark.usefixtures("process")
def test_broken_rules_change_nothing_and_are_told_until_they_are_mended(
    edited: Bridge, rules: Path
) -> None:
    write(rules, EDIT.replace("WORD", "low"))
    eventually(lambda: _assert_urgency(edited, "Good", "low"), within=SWITCH_SECONDS + 2)
    before = versions(edited)
    write(rules, BROKEN)

    def refused() -> None:
        assert all(REFUSED.search(said) for said in said_of_rules(edited))

    eventually(refused, within=SWITCH_SECONDS)
    assert versions(edited) == before
    assert metric(edited, "bridge_rules_reload_failures_total") >= 1
    assert urgencies(edited, "Kept") == {"low"}
    assert "Refused as changed" in http("GET", f"{edited.url}/", headers=ADMIN).text
    write(rules, EDIT.replace("WORD", "high"))
    eventually(lambda: _assert_urgency(edited, "Mended", "high"), within=SWITCH_SECONDS + 2)
    assert not any("refused" in said for said in said_of_rules(edited))


def _assert_urgency(bridge: Bridge, name: str, urgency: str) -> None:
    assert urgencies(bridge, f"{name}{time.monotonic_ns()}") == {urgency}


def test_sighup_reloads_without_replacing_a_process(edited: Bridge, process: Process) -> None:
    eventually(lambda: _assert_web_processes(process, 2))
    group, before = set(process.group()), said_of_rules(edited)
    time.sleep(1.1)  # what is said of a reload counts in seconds
    os.kill(process.pid, signal.SIGHUP)

    def reloaded() -> None:
        assert not said_of_rules(edited) & before

    eventually(reloaded, within=SWITCH_SECONDS)
    assert set(process.group()) == group


def test_a_process_that_is_replaced_while_the_rules_are_broken_has_the_last_good_ones(
    edited: Bridge, rules: Path, process: Process
) -> None:
    write(rules, EDIT.replace("WORD", "low"))

    def loaded_by_all() -> None:
        # The two that answer, and the one that they are forked of.
        assert process.log.count('"rules loaded"') == 3

    eventually(loaded_by_all)
    write(rules, BROKEN)
    before = set(process.group())
    for pid in web_processes(before):
        os.kill(pid, signal.SIGKILL)

    def replaced() -> None:
        assert len(web_processes(set(process.group())) - before) == 2

    eventually(replaced)
    eventually(lambda: _assert_urgency(edited, "Kept", "low"), within=10)


def _assert_web_processes(process: Process, count: int) -> None:
    assert len(web_processes(set(process.group()))) == count


def web_processes(pids: set[int]) -> set[int]:
    """Give those that gunicorn forked: their parent is in the group, and so is its parent."""
    parents = {pid: _parent(pid) for pid in pids}
    return {pid for pid, parent in parents.items() if parents.get(parent) in pids}


def _parent(pid: int) -> int:
    stat = Path(f"/proc/{pid}/stat").read_text()
    return int(stat.rpartition(") ")[2].split()[1])
