"""`bridge rules test` as it is typed."""

import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
import structlog
from click.testing import CliRunner, Result

from bridge.cli import bridge
from bridge.domain.errors import ConfigurationError
from tests.trial.given import RULES

TESTS = """
tests:
  - {name: a disk, steps: [fire: {alertname: Disk}], expect: {tickets: 1}}
  - {name: a beat, steps: [fire: {alertname: Watchdog}], expect: {tickets: 0}}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BRIDGE_CONFIG", raising=False)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text(RULES + TESTS)
    yield tmp_path
    structlog.reset_defaults()


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(bridge, ["rules", "test", *arguments])
    if isinstance(result.exception, ConfigurationError):
        raise result.exception
    return result


def test_the_rules_beside_us_are_tested_without_any_configuration() -> None:
    result = run()
    assert result.exit_code == 0
    assert result.output.startswith("2 passed, 0 failed in ")
    assert result.output.count("\n") == 1


def test_a_failed_test_exits_1_and_says_what_differs(folder: Path) -> None:
    (folder / "rules" / "a.yaml").write_text(RULES + TESTS.replace("tickets: 1", "tickets: 2"))
    result = run("rules")
    assert result.exit_code == 1
    assert result.output.startswith("FAIL  rules/a.yaml:22  a disk\n      tickets\n        - 2\n")


def test_tests_are_chosen_by_their_names() -> None:
    result = run("-v", "-k", "disk")
    assert "a disk" in result.output
    assert "a beat" not in result.output


def test_no_test_at_all_is_no_success() -> None:
    result = run("-k", "nothing")
    assert result.exit_code == 1
    assert "no test was found" in result.output


def test_json_is_printed_alone() -> None:
    said = json.loads(run("--json").stdout)
    assert (said["passed"], said["failed"]) == (2, 0)


def test_junit_is_written_beside_the_text(folder: Path) -> None:
    assert "2 passed" in run("--junit", "report.xml").output
    assert fromstring((folder / "report.xml").read_text()).attrib["tests"] == "2"


def test_a_mistake_in_a_test_is_a_configuration_error(folder: Path) -> None:
    (folder / "rules" / "a.yaml").write_text(RULES + TESTS.replace("fire", "fier"))
    with pytest.raises(ConfigurationError, match="unknown key 'fier'; did you mean 'fire'"):
        run()


CONFIGURATION = """
rules: ours/
sources: {kuma: {type: alertmanager, auth: {bearer: "${KUMA_TOKEN}"}}}
backends:
  desk: {type: serviceops, url: "https://desk.example.com", auth: {api_key: secret-key},
         defaults: {requester: monitoring@example.com}}
"""


def test_the_configuration_says_which_rules_and_sources_there_are(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUMA_TOKEN", "kuma-token")
    (folder / "bridge.yaml").write_text(CONFIGURATION)
    (folder / "ours").mkdir()
    (folder / "ours" / "b.json").write_text(
        '{"alerts": [{"status": "firing", "labels": {"a": "b"}}]}'
    )
    (folder / "ours" / "b.yaml").write_text(
        "version: 1\n"
        "rules: [{id: k, match: ['source=\"kuma\"'], set: {priority: p}}]\n"
        "tests: [{name: t, source: kuma, payload: b.json, expect: {rule: k, priority: p}}]\n"
    )
    result = run()
    assert result.exit_code == 0, result.output
    assert "1 passed" in result.output


def test_a_configuration_that_nobody_named_is_not_in_the_way(folder: Path) -> None:
    (folder / "bridge.yaml").write_text(CONFIGURATION)
    result = run("rules")
    assert result.exit_code == 0
    assert "warning: going on without bridge.yaml" in result.stderr
    assert "KUMA_TOKEN" in result.stderr


def test_a_configuration_that_was_named_must_be_fine(folder: Path) -> None:
    (folder / "bridge.yaml").write_text(CONFIGURATION)
    with pytest.raises(ConfigurationError, match="KUMA_TOKEN"):
        run("-c", "bridge.yaml", "rules")
