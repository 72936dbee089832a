"""`bridge check --online` holds the rules against what the desks say of themselves."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.cli import bridge
from bridge.sandbox import SANDBOXES, Sandbox
from tests.rules.given import write

SERVICEOPS = """
  so:
    type: serviceops
    url: {url}
    auth: {{api_key: sandbox-key}}
    defaults: {{requester: noc@example.com}}
"""
SUMMIT = """
  summit:
    type: summit
    url: {url}
    auth: {{api_key: sandbox-key}}
    defaults:
      instance: IT
      caller: monitoring@example.com
      workgroup: NOC
      engineer: noc@example.com
      closure_code: Successful
      resolution_code: Success
"""


@pytest.fixture
def serviceops() -> Iterator[Sandbox]:
    yield from running("serviceops")


@pytest.fixture
def summit() -> Iterator[Sandbox]:
    yield from running("summit")


def running(name: str) -> Iterator[Sandbox]:
    sandbox = SANDBOXES[name]()
    sandbox.start()
    yield sandbox
    sandbox.stop()


def check(folder: Path, backends: str, rules: str, *options: str) -> Result:
    write(folder, "rules/a.yaml", f"version: 1\n{rules}\n")
    text = "sources: {am: {type: alertmanager, auth: {bearer: t}}}\nbackends:"
    first = backends.split(":", maxsplit=1)[0].strip()
    config = write(folder, "bridge.yaml", f"{text}{backends}\ndefault_backend: {first}")
    return CliRunner().invoke(bridge, ["check", "--online", "-c", str(config), *options])


FINE = "rules: [{id: a, match: any, set: {priority: critical, CustomFields: {score: 1, '35': x}}}]"
WRONG = "rules: [{id: a, match: any, set: {priority: worst, CustomFields: {Scor: 1}}}]"


def test_what_the_desk_has_is_fine(tmp_path: Path, serviceops: Sandbox) -> None:
    ran = check(tmp_path, SERVICEOPS.format(url=serviceops.url), FINE)
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert "fine" in ran.stdout


def test_what_the_desk_does_not_have_is_said_with_its_place(
    tmp_path: Path, serviceops: Sandbox
) -> None:
    ran = check(tmp_path, SERVICEOPS.format(url=serviceops.url), WRONG)
    assert ran.exit_code == 1
    word, field = ran.stderr.replace(f"{tmp_path}/", "").splitlines()
    assert word.startswith("rules/a.yaml:2:35: rule a, priority: so has no word 'worst'; ")
    assert field == (
        "rules/a.yaml:2:67: rule a: so has no custom field 'Scor'; did you mean 'Score'?"
    )


def test_a_desk_that_cannot_say_is_named(tmp_path: Path, summit: Sandbox) -> None:
    ran = check(tmp_path, SUMMIT.format(url=summit.url), WRONG)
    assert ran.exit_code == 0
    assert ran.stderr == ("note: summit cannot say which options it has; compare them by hand\n")
    said = json.loads(check(tmp_path, SUMMIT.format(url=summit.url), WRONG, "--json").stdout)
    assert said["problems"] == []
    assert len(said["notes"]) == 1


def test_what_may_go_to_a_desk_that_cannot_say_is_not_judged_by_another(
    tmp_path: Path, serviceops: Sandbox, summit: Sandbox
) -> None:
    both = SUMMIT.format(url=summit.url) + SERVICEOPS.format(url=serviceops.url)
    assert check(tmp_path, both, WRONG).exit_code == 0
    routed = WRONG.replace("set: {", "set: {backend: so, ")
    assert check(tmp_path, both, routed).exit_code == 1
