"""Loading: which files, in which order, under which version; and the contract's example."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.domain.policy import Budget, OnClear, Policy
from bridge.domain.spec import CustomField, CustomFieldType
from bridge.rules import load_rules
from tests.rules.contract import line_of, load_contract, write_contract
from tests.rules.given import alert_of, dropped, filed, rules_of, write

DATABASE = {
    "alertname": "Lag",
    "service": "pg1",
    "env": "prod",
    "severity": "critical",
    "instance": "pg1:9187",
    "score": "7",
}


def rule(name: str, impact: str, *, more: str = "") -> str:
    return (
        f"version: 1\nrules:\n  - {{id: {name}, match: any, set: {{impact: '{impact}'}}{more}}}\n"
    )


def impact_of(*paths: Path) -> str:
    rules = load_rules(paths, backends=None, default_backend="desk")
    return filed(rules.decide(alert_of())).spec.impact


def version_of(*paths: Path, default_backend: str = "desk") -> str:
    return load_rules(paths, backends=None, default_backend=default_backend).version


def test_the_files_of_a_folder_are_read_in_name_order(tmp_path: Path) -> None:
    write(tmp_path, "20.yaml", rule("b", "b"))
    write(tmp_path, "10.yml", rule("a", "a"))
    assert impact_of(tmp_path) == "b"
    write(tmp_path, "30.yaml", rule("c", "c"))
    assert impact_of(tmp_path) == "c"


def test_paths_are_read_in_the_order_given(tmp_path: Path) -> None:
    one, two = write(tmp_path, "1.yaml", rule("a", "a")), write(tmp_path, "2.yaml", rule("b", "b"))
    assert impact_of(one, two) == "b"
    assert impact_of(two, one) == "a"


def test_other_files_and_deeper_folders_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path, "10.yaml", rule("a", "a"))
    for name in ("20.yaml.bak", "20.json", "deeper/20.yaml", ".yaml.swp"):
        write(tmp_path, name, "not: [rules")
    (tmp_path / "30.yaml").mkdir()
    assert impact_of(tmp_path) == "a"


def test_a_table_of_any_file_can_be_used_in_any_file(tmp_path: Path) -> None:
    rules = rules_of(
        tmp_path,
        "rules: [{id: a, match: any, set: {impact: \"{{ level('x') }}\"}}]",
        "tables: {level: {map: {x: high}}}",
    )
    assert filed(rules.decide(alert_of())).spec.impact == "high"


def test_a_csv_file_is_found_beside_the_file_that_names_it(tmp_path: Path) -> None:
    write(tmp_path, "data/t.csv", "a,b\nx,deep\n")
    text = "version: 1\ntables: {t: {file: data/t.csv, key: a}}\n" + rule(
        "r", '{{ t("x").b }}'
    ).removeprefix("version: 1\n")
    assert impact_of(write(tmp_path, "r.yaml", text)) == "deep"
    write(tmp_path, "t.csv", "a,b\nx,beside\n")
    assert impact_of(write(tmp_path, "data/r.yaml", text.replace("data/t.csv", "../t.csv"))) == (
        "beside"
    )


Change = Callable[[Path], object]


def _rewrite(folder: Path, name: str, old: str, new: str) -> None:
    file = folder / name
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda f: _rewrite(f, "db.yaml", "impact: high", "impact: low"), id="a field"),
        pytest.param(lambda f: _rewrite(f, "db.yaml", "hold: 2m", "hold: 3m"), id="a policy"),
        pytest.param(
            lambda f: _rewrite(f, "db.yaml", "'env=\"dev\"'", "'env=\"d\"'"), id="a match"
        ),
        pytest.param(lambda f: _rewrite(f, "db.yaml", "warning: medium", "warning: low"), id="map"),
        pytest.param(lambda f: _rewrite(f, "db.yaml", "final: true", "final: false"), id="final"),
        pytest.param(lambda f: _rewrite(f, "owners.csv", "Developers", "Devs"), id="a cell"),
        pytest.param(lambda f: _rewrite(f, "owners.csv", "*,dev", "web,dev"), id="a key"),
        pytest.param(lambda f: write(f, "z.yaml", rule("z", "z")), id="a file more"),
    ],
)
def test_the_version_changes_when_a_decision_can(tmp_path: Path, change: Change) -> None:
    before = version_of(write_contract(tmp_path).parent)
    change(tmp_path)
    assert version_of(tmp_path) != before


def test_the_version_changes_with_the_default_backend(tmp_path: Path) -> None:
    file = write(tmp_path, "a.yaml", rule("a", "a"))
    assert version_of(file) != version_of(file, default_backend="other")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda f: None, id="nothing"),
        pytest.param(lambda f: _rewrite(f, "db.yaml", "# file only", "# only"), id="a comment"),
        pytest.param(lambda f: _rewrite(f, "db.yaml", "\nrules:", "\n\n\nrules:"), id="lines"),
        pytest.param(lambda f: _rewrite(f, "db.yaml", "final: true", "final:  true"), id="space"),
        pytest.param(lambda f: _rewrite(f, "owners.csv", "\n", "\r\n"), id="line ends"),
        pytest.param(lambda f: (f / "owners.csv").touch(), id="touched"),
        pytest.param(lambda f: write(f, "README.md", "x"), id="no rules"),
        pytest.param(lambda f: _rewrite(f, "db.yaml", "keeps one", "has one"), id="a test"),
    ],
)
def test_the_version_stays_when_no_decision_can_change(tmp_path: Path, change: Change) -> None:
    before = version_of(write_contract(tmp_path).parent)
    change(tmp_path)
    assert version_of(tmp_path) == before


def test_the_version_is_the_same_in_another_folder(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    assert version_of(write_contract(one).parent) == version_of(write_contract(two).parent)


def test_the_contracts_example_drops_its_heartbeat(tmp_path: Path) -> None:
    decision = dropped(load_contract(tmp_path).decide(alert_of({"alertname": "Watchdog"})))
    assert decision.rule == "heartbeat"
    assert decision.reason == "dead man's switch, not a fault"


def test_the_contracts_example_files_a_critical_database_as_it_says(tmp_path: Path) -> None:
    alert = alert_of(DATABASE, annotations={"summary": "slow"}, fingerprint="f9")
    decision = filed(load_contract(tmp_path).decide(alert))
    spec = decision.spec
    assert decision.faults == ()
    assert (decision.backend, decision.rule) == ("summit", "db-critical")
    assert (spec.subject, spec.description) == ("Lag on pg1", "slow")
    assert (spec.priority, spec.impact, spec.urgency) == ("critical", "high", "high")
    assert (spec.ci_key, spec.ci_value) == ("Host Name", "pg1-prod")
    assert spec.workgroup == "Databases on call"
    assert spec.custom_fields == {
        "Event ID": CustomField(value="f9"),
        "Score": CustomField(value=7, type=CustomFieldType.INTEGER),
    }
    assert decision.policy == Policy(
        hold=timedelta(minutes=2),
        resolve_after=timedelta(minutes=5),
        reopen_within=timedelta(hours=1),
        on_clear=OnClear.RESOLVE,
        expire_after=timedelta(hours=24),
        budget=Budget(tickets=20, per=timedelta(hours=1), rule="db-critical"),
        respect_people=True,
    )


@pytest.mark.parametrize(
    ("changes", "rule_id", "priority", "impact", "workgroup"),
    [
        ({"severity": "warning"}, "owner-and-ci", "medium", "high", "Databases on call"),
        ({"env": "test"}, "db-critical", "critical", "high", "Databases"),
        ({"env": "dev"}, "owner-and-ci", "critical", "low", "Databases"),
        ({"region": "us"}, "db-critical", "critical", "high", "Databases on call"),
        ({"region": "asia"}, "owner-and-ci", "critical", "high", "Databases on call"),
        ({"service": "web", "env": "dev"}, "owner-and-ci", "critical", "low", "Developers"),
        ({"service": "web"}, "owner-and-ci", "critical", "high", "NOC"),
        ({"severity": "strange"}, "owner-and-ci", "medium", "high", "Databases on call"),
    ],
)
def test_the_contracts_example_tells_its_alerts_apart(
    tmp_path: Path,
    changes: dict[str, str],
    rule_id: str,
    priority: str,
    impact: str,
    workgroup: str,
) -> None:
    decision = filed(load_contract(tmp_path).decide(alert_of({**DATABASE, **changes})))
    spec = decision.spec
    assert decision.rule == rule_id
    assert (spec.priority, spec.impact, spec.workgroup) == (priority, impact, workgroup)


def test_the_contracts_example_keeps_one_key_from_warning_to_critical(tmp_path: Path) -> None:
    rules = load_contract(tmp_path)
    warning = {**DATABASE, "severity": "warning", "pod": "p1"}
    del warning["score"]
    keys = [filed(rules.decide(alert_of(labels))).key for labels in (warning, DATABASE)]
    assert keys[0] == keys[1]
    assert filed(rules.decide(alert_of({**DATABASE, "env": "test"}))).key != keys[0]


def test_the_contracts_example_explains_itself_as_the_page_does(tmp_path: Path) -> None:
    trace = load_contract(tmp_path).explain(alert_of(DATABASE)).trace
    file = tmp_path / "db.yaml"
    here, above = line_of("set: {priority: critical"), line_of('priority: "{{ level')
    assert f"priority={trace.fields['priority']}" == (
        f"priority=critical <- db-critical {file}:{here} "
        f'over critical (defaults {file}:{above}, table level row "critical")'
    )
    assert str(trace.fields["workgroup"]) == (
        f"Databases on call <- owner-and-ci {file}:{line_of('workgroup: ' + chr(34))}, "
        "table owners row 2 (pg1, prod)"
    )
    assert [(said.rule, said.failed) for said in trace.rules] == [
        ("heartbeat", 'alertname="Watchdog"'),
        ("owner-and-ci", ""),
        ("db-critical", ""),
    ]
