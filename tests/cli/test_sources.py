"""`bridge sources`, as a person at a shell meets it."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bridge.cli import main
from tests.sources.senders import PAYLOADS

PRESETS = PAYLOADS / "presets"
BRIDGE = """\
sources:
  kuma: {type: generic, preset: uptime-kuma, auth: {query_token: "${KUMA_TOKEN:-t}"}, status: {firing: 2}}
  alertmanager: {type: alertmanager, auth: {bearer: t}}
backends:
  serviceops:
    type: serviceops
    url: https://serviceops.example.com
    auth: {api_key: k}
    defaults: {requester: monitoring@example.com}
"""  # noqa: E501  # one source, one line


@dataclass
class Ran:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Shell:
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    folder: Path

    def run(self, *arguments: object) -> Ran:
        argv = ["bridge", "sources", *(str(argument) for argument in arguments)]
        self.monkeypatch.setattr(sys, "argv", argv)
        with pytest.raises(SystemExit) as ended:
            main()
        said = self.capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Ran(int(ended.value.code or 0), said.out, said.err)


@pytest.fixture
def shell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BRIDGE_CONFIG", raising=False)
    return Shell(monkeypatch, capsys, tmp_path)


def test_types_and_presets_are_listed(shell: Shell) -> None:
    ran = shell.run("list")
    assert ran.status == 0
    assert "type: alertmanager" in ran.out
    (splunk,) = (line for line in ran.out.splitlines() if "splunk" in line)
    assert "never says resolved" in splunk


def test_the_list_is_json_when_asked_and_has_the_users_own_presets(shell: Shell) -> None:
    (shell.folder / "presets").mkdir()
    (shell.folder / "presets" / "backup.yaml").write_text("title: Backups\nmap: {identity: job}\n")
    told = shell.run("list", "--json").json
    assert {"alertmanager", "generic"} <= set(told["types"])
    presets = {preset["name"]: preset for preset in told["presets"]}
    assert presets["zabbix"] == {"name": "zabbix", "title": "Zabbix", "says_resolved": True}
    assert presets["backup"] == {"name": "backup", "title": "Backups", "says_resolved": False}


def test_a_body_shows_the_alerts_it_becomes(shell: Shell) -> None:
    ran = shell.run("try", "uptime-kuma", PRESETS / "uptime-kuma" / "down.json")
    assert ran.status == 0
    assert 'firing "shop front page"' in ran.out
    assert 'labels      env="prod"' in ran.out
    assert "1 alert, 0 rejected, 0 ignored" in ran.out


def test_the_alerts_are_json_when_asked(shell: Shell) -> None:
    ran = shell.run("try", "zabbix", PRESETS / "zabbix" / "recovery.json", "--json")
    (alert,) = ran.json["alerts"]
    assert (alert["status"], alert["ends_at"]) == ("resolved", "2026-01-05T12:04:30Z")
    assert (ran.status, ran.json["rejected"], ran.json["malformed"]) == (0, [], None)


def test_a_form_is_tried_as_the_sender_names_it(shell: Shell) -> None:
    form = "application/x-www-form-urlencoded"
    ran = shell.run("try", "prtg", PRESETS / "prtg" / "down.form", "--content-type", form)
    assert (ran.status, ran.out.splitlines()[0]) == (0, 'firing "Ping"')


def test_a_rejected_item_is_shown_with_its_reason_and_fails(shell: Shell) -> None:
    ran = shell.run("try", "uptime-kuma", PRESETS / "uptime-kuma" / "test-button.json")
    assert ran.status == 1
    assert "item 0 rejected: identity is missing: nothing at monitor.id" in ran.out


def test_a_malformed_body_is_shown_with_its_reason_and_fails(shell: Shell) -> None:
    (shell.folder / "junk").write_text("junk")
    ran = shell.run("try", "zabbix", "junk")
    assert (ran.status, ran.out.startswith("malformed: not JSON")) == (1, True)
    ran = shell.run("try", "zabbix", "junk", "--json")
    assert (ran.status, ran.json["alerts"]) == (1, [])
    assert ran.json["malformed"].startswith("not JSON")


def test_an_ignored_item_is_no_failure(shell: Shell) -> None:
    ran = shell.run("try", "uptime-kuma", PRESETS / "uptime-kuma" / "pending.json")
    assert (ran.status, ran.out.strip()) == (0, "0 alerts, 0 rejected, 1 ignored")


def test_a_source_type_can_be_tried_without_a_configuration(shell: Shell) -> None:
    body = PAYLOADS / "alertmanager" / "captured_01_group_firing_3.json"
    ran = shell.run("try", "alertmanager", body)
    assert (ran.status, ran.out.count("firing ")) == (0, 3)


def test_a_preset_in_the_making_can_be_tried_by_its_file(shell: Shell) -> None:
    (shell.folder / "mine.yaml").write_text("title: Mine\nmap: {identity: job, title: job}\n")
    (shell.folder / "body.json").write_text('{"job": "nightly"}')
    assert 'firing "nightly"' in shell.run("try", "mine.yaml", "body.json").out


def test_a_configured_source_is_tried_as_it_is_configured(shell: Shell) -> None:
    (shell.folder / "bridge.yaml").write_text(BRIDGE)
    ran = shell.run("try", "kuma", PRESETS / "uptime-kuma" / "pending.json")
    assert (ran.status, 'firing "shop front page"' in ran.out) == (0, True)


def test_a_preset_can_be_tried_while_the_configuration_is_broken(shell: Shell) -> None:
    (shell.folder / "bridge.yaml").write_text(BRIDGE.replace(":-t", ""))
    ran = shell.run("try", "uptime-kuma", PRESETS / "uptime-kuma" / "down.json")
    assert ran.status == 0
    assert "bridge.yaml cannot be used" in ran.err
    ran = shell.run("try", "kuma", PRESETS / "uptime-kuma" / "down.json")
    assert ran.status == 2
    assert "KUMA_TOKEN is not set" in ran.err


@pytest.mark.parametrize("arguments", [("nobody", "body.json"), ("generic", "body.json")])
def test_what_cannot_be_tried_is_said_with_where_to_look(
    shell: Shell, arguments: tuple[str, str]
) -> None:
    (shell.folder / "body.json").write_text("{}")
    ran = shell.run("try", *arguments)
    assert ran.status == 2
    assert f"no source, preset or type '{arguments[0]}'" in ran.err


def test_a_body_that_is_not_there_is_a_usage_error(shell: Shell) -> None:
    assert shell.run("try", "zabbix", "nowhere.json").status == 2


def test_a_configuration_that_is_named_has_to_be_there(shell: Shell) -> None:
    (shell.folder / "body.json").write_text("{}")
    ran = shell.run("try", "kuma", "body.json", "-c", "nowhere.yaml")
    assert ran.status == 2
    assert "nowhere.yaml:1:1: cannot be read" in ran.err


def test_a_wrong_preset_of_the_users_is_said_with_its_place(shell: Shell) -> None:
    (shell.folder / "presets").mkdir()
    (shell.folder / "presets" / "backup.yaml").write_text("title: Backups\nmapp: {}\n")
    ran = shell.run("list")
    assert ran.status == 2
    assert "presets/backup.yaml:2:1: unknown key 'mapp'; did you mean 'map'?" in ran.err


def test_no_text_of_a_sender_steers_the_terminal(shell: Shell) -> None:
    (shell.folder / "mine.yaml").write_text("title: Mine\nmap: {identity: job, title: job}\n")
    (shell.folder / "body.json").write_text('{"job": "\\u001b[31mred"}')
    assert "\x1b" not in shell.run("try", "mine.yaml", "body.json").out


def test_a_subscription_that_would_be_confirmed_is_said_and_nobody_is_visited(
    shell: Shell,
) -> None:
    topic = "arn:aws:sns:eu-central-1:210987654321:ops"
    kuma = "{type: generic, preset: uptime-kuma"
    aws = f"{{type: generic, preset: cloudwatch-sns, topics: ['{topic}']"
    text = BRIDGE.replace(", status: {firing: 2}", "").replace(kuma, aws)
    (shell.folder / "bridge.yaml").write_text(text)
    host = "https://sns.eu-central-1.amazonaws.com"
    said = {
        "Type": "SubscriptionConfirmation",
        "TopicArn": topic,
        "Token": "abc123",
        "SubscribeURL": f"{host}/?Action=ConfirmSubscription&TopicArn={topic}&Token=abc123",
    }
    (shell.folder / "body.json").write_text(json.dumps(said))
    ran = shell.run("try", "kuma", "body.json")
    assert ran.status == 0
    assert "a running bridge would confirm this subscription" in ran.out
    assert "abc123" not in ran.out
