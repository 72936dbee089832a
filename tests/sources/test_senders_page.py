"""What `docs/senders.md` says to paste at the senders of presets, and how to write one."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import orjson
import pytest
import yaml

from bridge.sources import SOURCES
from bridge.sources.generic import list_presets
from tests.builders import T0
from tests.sources.senders import NOWHERE, sender

PAGE = (Path(__file__).parents[2] / "docs" / "senders.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (.+?)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))
PRESETS = {preset.name: preset for preset in list_presets(NOWHERE)}


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def block(preset: str, language: str) -> str:
    """Give the last block of a language in the section of a preset."""
    return blocks(SECTIONS[PRESETS[preset].title], language)[-1]


def keys_of_bodies(preset: str) -> set[str]:
    return set().union(*(body.said for body in sender(preset).bodies))


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_has_a_section_that_configures_it_and_says_its_limits(name: str) -> None:
    section = SECTIONS[PRESETS[name].title]
    assert f"preset: {name}" in section
    assert "At the sender: " in section
    assert "Limits: " in section


def test_the_example_of_a_generic_source_reads_what_its_words_say() -> None:
    (text,) = (text for text in blocks(PAGE, "yaml") if "  batch:" in text)
    section = yaml.safe_load(text)["sources"]["batch"]
    kind = SOURCES["generic"]
    source = kind.build("batch", kind.schema().load(section))
    item = {"host": "a", "check": "b", "state": "down", "level": 5, "tags": ["env:prod"]}
    said = {"site": "fra", "alerts": [item, {**item, "state": "ack"}, {**item, "state": "odd"}]}
    parsed = source.parse(orjson.dumps(said), "", T0)
    assert [alert.labels for alert in parsed.alerts] == [
        {"host": "a", "check": "b", "tag_env": "prod", "severity": "critical"}
    ]
    assert (parsed.ignored, [rejected.index for rejected in parsed.rejected]) == (1, [2])


def test_the_example_of_a_preset_is_one(tmp_path: Path) -> None:
    (text,) = (text for text in blocks(PAGE, "yaml") if text.startswith("# presets/"))
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "backup.yaml").write_text(text)
    kind = SOURCES["generic"]
    section = {"type": "generic", "preset": "backup", "auth": "none"}
    source = kind.build("b", kind.schema(folder=tmp_path).load(section))
    said = {"job": "nightly", "result": "failed", "server": "db1"}
    (alert,) = source.parse(orjson.dumps(said), "", T0).alerts
    assert alert.labels == {"alertname": "nightly", "instance": "db1"}


@pytest.mark.parametrize("preset", ["datadog", "elastic"])
def test_a_payload_to_paste_has_the_keys_that_the_preset_is_tested_with(preset: str) -> None:
    assert set(json.loads(block(preset, "json"))) == keys_of_bodies(preset)


def test_the_parameters_for_zabbix_are_those_that_the_preset_is_tested_with() -> None:
    section = SECTIONS["Zabbix"]
    told = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", section, re.MULTILINE))
    assert set(told) - {"bridge_url", "bridge_token"} == keys_of_bodies("zabbix")
    assert all(f"delete said.{name};" in section for name in ("bridge_url", "bridge_token"))


def test_the_post_data_for_prtg_has_the_fields_that_the_preset_is_tested_with() -> None:
    data = dict(parse_qsl(block("prtg", "text").strip()))
    assert set(data) == keys_of_bodies("prtg")


def test_the_commands_for_icinga_send_the_fields_that_the_preset_is_tested_with() -> None:
    commands = block("icinga", "text")
    assert set(re.findall(r'"(\w+)=', commands)) == keys_of_bodies("icinga")


class _Received(HTTPServer):
    bodies: list[tuple[dict[str, str], bytes]]


class _Handler(BaseHTTPRequestHandler):
    server: _Received

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.append((dict(self.headers), content))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def bridge() -> Iterator[_Received]:
    server = _Received(("127.0.0.1", 0), _Handler)
    server.bodies = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def notify(script: Path, server: _Received | None, **environment: str) -> int:
    port = server.server_port if server else 9
    parameters = {"PARAMETER_1": f"http://127.0.0.1:{port}/", "PARAMETER_2": "t0ken"}
    told = {f"NOTIFY_{name}": value for name, value in {**parameters, **environment}.items()}
    ran = subprocess.run(
        [sys.executable, script], env={**os.environ, **told}, check=False, capture_output=True
    )
    return ran.returncode


SERVICE = {
    "WHAT": "SERVICE",
    "OMD_SITE": "prod",
    "HOSTNAME": "web4",
    "HOSTADDRESS": "192.0.2.44",
    "SERVICEDESC": "Filesystem /",
    "NOTIFICATIONTYPE": "PROBLEM",
    "SERVICESTATE": "CRITICAL",
    "SERVICEOUTPUT": "CRIT - 96.1% used",
    "MICROTIME": "1767614280123456",
}


def test_the_script_for_checkmk_sends_what_the_preset_reads(
    tmp_path: Path, bridge: _Received
) -> None:
    script = tmp_path / "incident-bridge"
    script.write_text(block("checkmk", "python"))
    assert notify(script, bridge, **SERVICE) == 0
    host = {**SERVICE, "WHAT": "HOST", "HOSTSTATE": "DOWN", "HOSTOUTPUT": "timed out"}
    assert notify(script, bridge, **host) == 0
    headers, _ = bridge.bodies[0]
    assert headers["Authorization"] == "Bearer t0ken"
    source = sender("checkmk").source
    told = [source.parse(content, headers["Content-Type"], T0) for _, content in bridge.bodies]
    assert [[alert.fingerprint for alert in parsed.alerts] for parsed in told] == [
        ["prod/web4/Filesystem %2F"],
        ["prod/web4/"],
    ]


def test_the_script_for_checkmk_asks_to_be_run_again_when_nobody_answers(tmp_path: Path) -> None:
    script = tmp_path / "incident-bridge"
    script.write_text(block("checkmk", "python"))
    assert notify(script, None, **SERVICE) == 1
