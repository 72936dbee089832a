"""The page about trying rules: its commands say what it says they say."""

import re
from pathlib import Path

import orjson
import pytest

from tests.cli.given import Configured

PAGE = Path(__file__).parents[2] / "docs" / "rule-tools.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONFIGURATION = """
database: sqlite:///bridge.db
rules: rules/
instance: prod-eu
sources: {alertmanager: {type: alertmanager, auth: {bearer: am-token}}}
backends:
  serviceops: {type: serviceops, url: "https://serviceops.example.com", auth: {api_key: so-key-123},
               defaults: {requester: monitoring@example.com}}
"""
#: Differs from run to run.
PASSING = (
    (re.compile(r"\b\d+\.\d\d s\b"), "0.00 s"),
    (re.compile(r"\b01[0-9A-Z]{24}\b"), "ID"),
    (re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.MULTILINE), "WHEN"),
)


def blocks(kind: str) -> list[str]:
    return [text for of, text in BLOCK.findall(PAGE.read_text()) if of == kind]


def steady(text: str) -> str:
    for pattern, stand_in in PASSING:
        text = pattern.sub(stand_in, text)
    return text


@pytest.fixture
def page(configured: Configured, monkeypatch: pytest.MonkeyPatch) -> Configured:
    """A folder as the page describes it."""
    monkeypatch.chdir(configured.folder)
    (configured.folder / "bridge.yaml").write_text(CONFIGURATION)
    (configured.folder / "rules" / "a.yaml").unlink()
    (rules,), (lag,) = blocks("yaml"), blocks("json")
    (configured.folder / "rules" / "payments.yaml").write_text(rules)
    (configured.folder / "lag.json").write_text(lag)
    (configured.folder / "new").mkdir()
    new = rules.replace("[severity]", "[severity, instance]").replace(", priority: critical", "")
    (configured.folder / "new" / "payments.yaml").write_text(new)
    configured.reopen()
    configured.receive_body(orjson.loads(lag), "alertmanager")
    return configured


@pytest.mark.parametrize("shown", blocks("console"), ids=lambda text: text.splitlines()[0])
def test_a_command_prints_what_the_page_shows(page: Configured, shown: str) -> None:
    command, _, output = shown.partition("\n")
    result = page.typed(*command.removeprefix("$ bridge ").split())
    assert steady(result.output) == steady(output)


def test_the_page_shows_every_command_it_speaks_of() -> None:
    shown = {text.split()[3] for text in blocks("console")}
    assert shown == {"test", "explain", "replay"}
