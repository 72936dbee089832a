"""A configured bridge on a database of its own, filled through its real intake."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from click.testing import CliRunner, Result

from bridge.bootstrap import load_rule_book, new_id, now, open_bridge
from bridge.cli import bridge
from bridge.domain.receipt import Receipt
from bridge.intake import Intake
from bridge.settings import load_settings
from bridge.settings.named import source_named
from tests.e2e.alerts import alert, body

CONFIGURATION = """
database: sqlite:///bridge.db
rules: rules/
instance: test
sources:
  am: {type: alertmanager, auth: {bearer: am-token-1}}
backends:
  desk: {type: serviceops, url: "https://desk.example.com", auth: {api_key: desk-secret-1},
         defaults: {requester: monitoring@example.com}}
"""
RULES = """
version: 1
defaults:
  key: {by: [alertname, instance]}
  set: {subject: "{{ labels.alertname }} on {{ labels.instance | default('a host') }}"}
rules:
  - {id: beat, match: ['alertname="Watchdog"'], drop: fires always}
  - {id: disk, match: ['alertname="Disk"'], set: {priority: high}}
"""


@dataclass
class Configured:
    """A folder with a configuration, rules and a database."""

    folder: Path

    def __post_init__(self) -> None:
        (self.folder / "bridge.yaml").write_text(CONFIGURATION)
        self.write_rules(RULES)
        self.reopen()

    def reopen(self) -> None:
        """Read the configuration again."""
        self.bridge = open_bridge(load_settings(self.folder / "bridge.yaml", {}), upgrade=True)

    def write_rules(self, text: str, folder: str = "rules") -> Path:
        (self.folder / folder).mkdir(exist_ok=True)
        (self.folder / folder / "a.yaml").write_text(text)
        return self.folder / folder

    def receive(self, *alerts: Mapping[str, Any], at: datetime | None = None) -> Receipt:
        """Take a body of Alertmanager's, as if it came at that time."""
        return self.receive_body(body(*alerts), "am", at)

    def receive_body(self, said: object, name: str, at: datetime | None = None) -> Receipt:
        """Take a body of the source of that name."""
        rules = load_rule_book(self.bridge.settings)
        intake = Intake(
            store=self.bridge.store,
            rules=lambda: rules,
            notify=lambda: None,
            now=lambda: at or now(),
            new_id=new_id,
            instance="test",
        )
        source = source_named(self.bridge.settings, name)
        return intake.receive(source, orjson.dumps(said), "application/json")

    def typed(self, *arguments: str) -> Result:
        """Run a command as it is typed in the folder."""
        return CliRunner().invoke(bridge, arguments)

    def run(self, *arguments: str, input: str | None = None) -> Result:  # noqa: A002  # click's name
        """Run a command of the rules."""
        config = str(self.folder / "bridge.yaml")
        command = ["rules", arguments[0], "-c", config, *arguments[1:]]
        return CliRunner().invoke(bridge, command, input=input)


__all__ = ["RULES", "Configured", "alert", "body"]
