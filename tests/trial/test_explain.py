"""Explain: what a body would become, why, and what would be sent; and rules that are sent along."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bridge.backends.memory import MemoryDesk
from bridge.domain.alert import Alert, ParsedBody, RejectedAlert
from bridge.domain.errors import ConfigurationError, TicketRefused
from bridge.domain.json import JsonObject
from bridge.domain.spec import IncidentSpec
from bridge.rules import Rules, load_rules
from bridge.trial.explain import Bounds, as_json, explain
from bridge.trial.given_rules import MAX_CHARACTERS, with_rules
from tests.rules.given import alert_of, rules_of

RULES = """
tables: {level: {map: {page: critical}, miss: medium}}
defaults:
  set: {priority: "{{ level(labels.severity) }}", note: "{{ labels.nothing }}"}
rules:
  - id: beat
    match: ['alertname="Watchdog"']
    drop: fires always
  - id: disk
    match: ['alertname="Disk"']
    set: {priority: high}
"""
DISK = alert_of({"alertname": "Disk", "severity": "page"})
BEAT = alert_of({"alertname": "Watchdog"})


def explained(folder: Path, *alerts: Alert, **options: Any) -> dict[str, Any]:
    said = explain(
        ParsedBody(alerts=alerts, rejected=(RejectedAlert(index=7, error="no labels"),)),
        rules_of(folder, RULES),
        options.pop("desks", {"desk": MemoryDesk()}),
        "IB-test-1",
        **options,
    )
    written: dict[str, Any] = json.loads(json.dumps(as_json(said)))
    return written


def test_each_field_says_who_gave_it_and_over_what(tmp_path: Path) -> None:
    (disk,) = explained(tmp_path, DISK)["alerts"]
    assert disk["outcome"] == "filed"
    assert disk["fields"]["priority"] == {
        "text": f"high <- disk {tmp_path}/1.yaml:10 over critical "
        f'(defaults {tmp_path}/1.yaml:3, table level row "page")',
        "value": "high",
        "rule": "disk",
        "location": f"{tmp_path}/1.yaml:10",
        "via": [],
        "over": [
            {
                "value": "critical",
                "rule": "defaults",
                "location": f"{tmp_path}/1.yaml:3",
                "via": ['table level row "page"'],
            }
        ],
    }


def test_each_rule_not_taken_says_what_failed_first(tmp_path: Path) -> None:
    (disk,) = explained(tmp_path, DISK)["alerts"]
    assert [(r["rule"], r["applied"], r["failed"]) for r in disk["rules"]] == [
        ("beat", False, 'alertname="Watchdog"'),
        ("disk", True, None),
    ]


def test_the_request_is_the_desks_own_and_tells_of_failed_templates(tmp_path: Path) -> None:
    (disk,) = explained(tmp_path, DISK)["alerts"]
    assert disk["request"]["token"] == "IB-test-1"
    assert disk["request"]["priority"] == "high"
    assert "Some mapping rules failed" in disk["request"]["note"]
    assert disk["faults"][0]["field"] == "note"
    assert disk["spec"] == {k: v for k, v in disk["request"].items() if k != "token"}


def test_a_dropped_alert_says_by_whom_and_why(tmp_path: Path) -> None:
    (beat,) = explained(tmp_path, BEAT)["alerts"]
    assert (beat["outcome"], beat["rule"], beat["reason"]) == ("dropped", "beat", "fires always")


def test_a_desk_that_cannot_be_asked_says_why(tmp_path: Path) -> None:
    class Picky(MemoryDesk):
        def preview(self, spec: IncidentSpec, token: str) -> JsonObject:
            message = "desk: has no requester"
            raise TicketRefused(message)

    (disk,) = explained(tmp_path, DISK, desks={"desk": Picky()})["alerts"]
    assert (disk["request"], disk["refusal"]) == (None, "desk: has no requester")


def test_what_is_no_alert_and_what_is_left_out_is_said(tmp_path: Path) -> None:
    said = explained(tmp_path, DISK, BEAT, DISK, bounds=Bounds(alerts=2))
    assert (len(said["alerts"]), said["left_out"]) == (2, 1)
    assert said["rejected"] == [{"index": 7, "error": "no labels"}]


def test_explaining_ends_when_its_time_is_over(tmp_path: Path) -> None:
    said = explained(tmp_path, *[DISK] * 5, bounds=Bounds(seconds=0))
    assert (len(said["alerts"]), said["left_out"]) == (1, 4)


GIVEN = "version: 1\ntables: {t: {file: t.csv, key: [k]}}\nrules: [{id: r, match: any}]\n"


def given(**texts: str) -> JsonObject:
    def load(folder: Path) -> Rules:
        return load_rules([folder], backends=None, default_backend="desk")

    def use(rules: Rules) -> JsonObject:
        return {"at": list(rules.locations.values()), "as": rules.locations}

    files = {name.replace("_", "."): text for name, text in texts.items()}
    return with_rules(files, load, use)


def test_rules_that_are_sent_along_are_told_of_under_their_own_names() -> None:
    said = given(a_yaml=GIVEN, t_csv="k,v\n1,2\n")
    assert said == {"at": ["a.yaml:3"], "as": {"r": "a.yaml:3"}}


def test_mistakes_in_rules_that_are_sent_along_have_their_own_names() -> None:
    with pytest.raises(ConfigurationError) as refused:
        given(a_yaml="version: 1\nrules: [{id: r, match: any, sat: 1}]\n")
    assert str(refused.value).startswith("a.yaml:2:")


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../t.csv", "/proc/self/environ", "other.csv", "a/../../t.csv"]
)
def test_rules_that_are_sent_along_read_no_file_of_this_host(path: str) -> None:
    with pytest.raises(ConfigurationError, match="was not sent; send it beside them") as refused:
        given(a_yaml=GIVEN.replace("t.csv", path))
    assert "root:" not in str(refused.value)


@pytest.mark.parametrize("name", ["../a.yaml", "/tmp/a.yaml", "", "a/b.yaml", ".hidden", "a" * 65])
def test_rules_that_are_sent_along_are_written_nowhere_else(name: str) -> None:
    with pytest.raises(ConfigurationError, match="is no file name"):
        with_rules({name: GIVEN}, partial(pytest.fail, "loaded"), partial(pytest.fail, "used"))


def test_rules_that_are_sent_along_are_bounded() -> None:
    with pytest.raises(ConfigurationError, match="too many rules"):
        given(a_yaml=" " * (MAX_CHARACTERS + 1))
