"""`bridge rules lint` as people and pipelines call it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.cli import bridge
from tests.rules.given import write

CONFIG = """
rules: rules/
sources: {am: {type: alertmanager, auth: {bearer: "${AM_TOKEN}"}}}
backends:
  desk:
    type: serviceops
    url: http://127.0.0.1:9
    auth: {api_key: k}
    defaults: {requester: noc@example.com}
    values: {priority: {page: URGENT}}
    required: [location]
"""
FINE = "version: 1\nrules:\n  - {id: a, match: any, set: {priority: page, location: Paris}}\n"


def lint(*arguments: str, token: str | None = "t") -> Result:
    variables = {"AM_TOKEN": token, "BRIDGE_CONFIG": None}
    return CliRunner().invoke(bridge, ["rules", "lint", *arguments], env=variables)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_a_path_the_rules_of_the_configuration_are_meant(folder: Path) -> None:
    write(folder, "bridge.yaml", CONFIG)
    write(folder, "rules/a.yaml", FINE.replace("page", "pge"))
    ran = lint()
    assert ran.exit_code == 1
    assert ran.stdout == (
        f"{folder}/rules/a.yaml:3:31: rule a, priority: desk has no word 'pge'; "
        "did you mean 'page'? or add it to the backend's values:\n"
    ).replace(f"{folder}/", "")
    assert ran.stderr == "1 error, 0 warnings\n"


def test_what_the_desk_requires_is_held_against_the_rules(folder: Path) -> None:
    write(folder, "bridge.yaml", CONFIG)
    write(folder, "rules/a.yaml", FINE.replace(", location: Paris", ""))
    ran = lint()
    assert ran.exit_code == 1
    assert "rules/a.yaml:1:1: desk requires location, and no rule gives it; set it " in ran.stdout


def test_without_a_configuration_the_rules_are_taken_by_themselves(folder: Path) -> None:
    write(folder, "rules/a.yaml", FINE)
    ran = lint()
    assert (ran.exit_code, ran.stdout) == (0, "")


def test_a_configuration_that_lacks_its_secrets_is_done_without(folder: Path) -> None:
    write(folder, "bridge.yaml", CONFIG)
    write(folder, "rules/a.yaml", FINE.replace("page", "pge"))
    ran = lint("rules", token=None)
    assert (ran.exit_code, ran.stdout) == (0, "")
    assert ran.stderr.startswith("warning: going on without bridge.yaml:\n")


def test_warnings_alone_are_no_failure(folder: Path) -> None:
    write(folder, "a.yaml", FINE.replace("page", '"{{ labels.x }}"'))
    ran = lint("a.yaml")
    assert ran.exit_code == 0
    assert ran.stdout.startswith("a.yaml:3:31: warning: rule a, priority: ")
    assert ran.stderr == "0 errors, 1 warning\n"


@pytest.mark.parametrize("path", ["nothing", "nothing.yaml", "bad.yaml"])
def test_what_cannot_be_read_has_an_exit_code_of_its_own(folder: Path, path: str) -> None:
    write(folder, "bad.yaml", "version: [")
    ran = lint(path)
    assert ran.exit_code == 2
    assert ran.stdout.startswith(f"{path}:")


def test_findings_are_there_for_programs_too(folder: Path) -> None:
    write(folder, "a.yaml", FINE.replace("priority", "priorty"))
    ran = lint("a.yaml", "--json")
    assert ran.exit_code == 1
    assert json.loads(ran.stdout) == {
        "findings": [
            {
                "file": "a.yaml",
                "line": 3,
                "column": 31,
                "severity": "error",
                "message": "unknown key 'priorty'",
                "remedy": "did you mean 'priority'?",
            }
        ]
    }
