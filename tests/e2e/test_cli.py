"""The commands as a person at a shell meets them."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.alerts import alert, body
from tests.e2e.bridge import Bridge
from tests.e2e.desks import Desk
from tests.e2e.processes import eventually, run_bridge

PROBLEM = re.compile(r"[^:\n]+:\d+:\d+: [^;\n]+; .+")


def variables(env_file: Path) -> dict[str, str]:
    """Read what an .env file sets."""
    lines = env_file.read_text().splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") or "set" for name, _, value in pairs}


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def assert_said_without_traceback(ran: subprocess.CompletedProcess[str], status: int) -> None:
    assert ran.returncode == status, f"{ran.returncode}\n{ran.stdout}\n{ran.stderr}"
    assert "Traceback" not in ran.stdout + ran.stderr


def test_the_demo_files_and_resolves_everything(tmp_path: Path) -> None:
    ran = run_bridge("demo", "--once", folder=tmp_path, seconds=55)
    assert_said_without_traceback(ran, 0)
    for word in ("alert", "rule", "filed", "resolved", "summit", "serviceops"):
        assert word in ran.stdout.lower(), f"{word!r} is not in\n{ran.stdout}"
    assert re.search(r"http://127\.0\.0\.1:\d+", ran.stdout), "the console's address"


def test_what_init_writes_passes_check(tmp_path: Path) -> None:
    assert_said_without_traceback(run_bridge("init", "start", folder=tmp_path), 0)
    start = tmp_path / "start"
    assert {"bridge.yaml", ".env.example"} <= files(start).keys()
    assert list((start / "rules").glob("*.yaml"))
    ran = run_bridge("check", folder=start, variables=variables(start / ".env.example"))
    assert_said_without_traceback(ran, 0)


def test_init_never_overwrites(tmp_path: Path) -> None:
    run_bridge("init", folder=tmp_path)
    for name in files(tmp_path):
        (tmp_path / name).write_text("# mine\n")
    mine = files(tmp_path)
    ran = run_bridge("init", folder=tmp_path)
    assert "Traceback" not in ran.stderr
    assert files(tmp_path) == mine


@pytest.mark.parametrize("command", ["check", "serve", "web", "worker"])
def test_every_mistake_is_said_with_its_place_and_a_remedy(tmp_path: Path, command: str) -> None:
    (tmp_path / "bridge.yaml").write_text(
        "database: sqlite:///bridge.db\n"
        "rules: rules/\n"
        "instance: e2e\n"
        "sevrer: {bind: 127.0.0.1:1}\n"
        "sources:\n"
        "  am: {type: alertmanager, auth: {bearer: '${NOT_SET_ANYWHERE}'}}\n"
        "backends:\n"
        "  desk: {type: serviceopps, url: https://desk.example.com}\n"
    )
    (tmp_path / "rules").mkdir()
    ran = run_bridge(command, folder=tmp_path)
    assert_said_without_traceback(ran, 2)
    lines = ran.stderr.strip().splitlines()
    assert [line for line in lines if not PROBLEM.fullmatch(line)] == []
    for place, word in ((":4:", "server"), (":6:", "NOT_SET_ANYWHERE"), (":8:", "serviceops")):
        assert [line for line in lines if place in line and word in line], (word, lines)


def test_a_missing_configuration_is_said_in_one_line(tmp_path: Path) -> None:
    ran = run_bridge("check", "-c", "nowhere.yaml", folder=tmp_path)
    assert_said_without_traceback(ran, 2)
    assert len(ran.stderr.strip().splitlines()) == 1
    assert "nowhere.yaml" in ran.stderr


def test_an_unknown_command_is_a_usage_error(tmp_path: Path) -> None:
    ran = run_bridge("sevre", folder=tmp_path)
    assert_said_without_traceback(ran, 2)


def test_incidents_can_be_listed_for_a_program(bridge: Bridge) -> None:
    bridge.post(body(alert("Listed", instance="listed:1")))

    def listed() -> None:
        ran = run_bridge("incidents", "list", "--json", folder=bridge.folder)
        assert_said_without_traceback(ran, 0)
        [incident] = json.loads(ran.stdout)["incidents"]
        assert incident["spec"]["subject"] == "Listed on listed"
        assert incident["backend"] == "summit"
        assert incident["phase"] == "filing"

    eventually(listed)


def test_an_id_in_a_list_is_whole_and_can_be_shown(bridge: Bridge) -> None:
    bridge.post(body(alert("Whole", instance=f"{'long-' * 20}host:1")))

    def shown() -> None:
        [incident] = bridge.incidents()
        listed = run_bridge("incidents", "list", folder=bridge.folder)
        assert incident["id"] in listed.stdout
        ran = run_bridge("incidents", "show", incident["id"], folder=bridge.folder)
        assert incident["key"] in ran.stdout

    eventually(shown)


def test_a_desk_that_does_not_answer_is_found_by_an_online_check(
    idle_bridge: Bridge, summit: Desk
) -> None:
    ran = run_bridge("check", "--online", folder=idle_bridge.folder)
    assert_said_without_traceback(ran, 1)
    [line] = ran.stderr.strip().splitlines()
    assert line.startswith("serviceops: ")
    assert "cannot be reached" in line
    assert line.endswith("; check `url:`, `proxy:` and whether the desk is up")


def test_a_database_that_is_not_there_is_said_with_the_remedy(idle_bridge: Bridge) -> None:
    (idle_bridge.folder / "bridge.db").unlink(missing_ok=True)
    ran = run_bridge("incidents", "list", folder=idle_bridge.folder)
    assert_said_without_traceback(ran, 1)
    assert "made by `bridge serve` or `bridge db upgrade`" in ran.stderr
