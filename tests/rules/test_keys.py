"""Keys: what makes two alerts the same fault, and nothing else ever does."""

from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bridge.domain.alert import Alert
from bridge.rules.keys import DEFAULT_KEY, KeyByNames
from bridge.rules.limits import MAX_KEY
from bridge.rules.reading import getter
from tests.rules.given import alert_of, filed, rules_of


def key_of(folder: Path, key: str, alert: Alert) -> str:
    return filed(rules_of(folder, f"defaults:\n  key: {key}").decide(alert)).key


LABELS = {"alertname": "X", "instance": "a", "severity": "page", "pod": "p"}


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("{by: labels}", 'alertmanager{alertname="X", instance="a", pod="p", severity="page"}'),
        ("{except: [pod]}", 'alertmanager{alertname="X", instance="a", severity="page"}'),
        ("{by: labels, except: [severity, pod, z]}", 'alertmanager{alertname="X", instance="a"}'),
        ("{by: [instance, alertname]}", 'alertmanager{instance="a", alertname="X"}'),
        ("{by: [alertname, cluster]}", 'alertmanager{alertname="X", cluster=""}'),
        ("{by: [annotations.a, group.g, status]}", 'alertmanager{annotations.a="A", group.g="G", '
         'status="firing"}'),
        ("{by: [payload.p.0.q]}", 'alertmanager{payload.p.0.q="1"}'),
        ('"{{ labels.alertname }}/{{ labels.instance }}"', "X/a"),
        ('" {{ source }} "', "alertmanager"),
    ],
)  # fmt: skip
def test_a_key_is_written_as_it_was_asked_for(tmp_path: Path, key: str, expected: str) -> None:
    alert = alert_of(LABELS, annotations={"a": "A"}, group={"g": "G"}, payload={"p": [{"q": 1}]})
    assert key_of(tmp_path, key, alert) == expected


def test_without_a_key_all_labels_but_the_severity_make_the_fault(tmp_path: Path) -> None:
    key = filed(rules_of(tmp_path, "rules: []").decide(alert_of(LABELS))).key
    assert key == 'alertmanager{alertname="X", instance="a", pod="p"}'


def test_the_last_rule_that_gives_a_key_gives_it(tmp_path: Path) -> None:
    rules = rules_of(
        tmp_path,
        """
        defaults: {key: default}
        rules:
          - {id: a, match: any, key: first}
          - {id: b, match: ['x="1"'], key: second}
          - {id: c, match: any}
        """,
        "defaults: {key: later}",
    )
    assert filed(rules.decide(alert_of())).key == "first"
    assert filed(rules.decide(alert_of({"x": "1"}))).key == "second"


@pytest.mark.parametrize(
    "template",
    ["{{ labels.nothing }}", "{{ labels.x | default('') }}", "{{ labels.x | int // 0 }}"],
)
def test_a_key_that_fails_or_is_empty_falls_back_to_the_labels(
    tmp_path: Path, template: str
) -> None:
    text = f'rules:\n  - id: a\n    match: any\n    key: "{template}"'
    decision = filed(rules_of(tmp_path, text).decide(alert_of({"y": "1"})))
    assert decision.key == 'alertmanager{y="1"}'
    [fault] = decision.faults
    assert (fault.rule, fault.field, fault.fallback) == ("a", "key", "the labels")
    assert fault.location == f"{tmp_path}/1.yaml:4"


def test_alerts_of_two_sources_are_two_faults_unless_a_template_says_otherwise(
    tmp_path: Path,
) -> None:
    here, there = alert_of(LABELS), alert_of(LABELS, source="grafana")
    for key in ("{by: labels}", "{by: [alertname]}"):
        assert key_of(tmp_path, key, here) != key_of(tmp_path, key, there)
    template = '"{{ labels.alertname }}"'
    assert key_of(tmp_path, template, here) == key_of(tmp_path, template, there)


def test_an_empty_label_is_no_label(tmp_path: Path) -> None:
    assert key_of(tmp_path, "{by: labels}", alert_of({"a": "b", "c": ""})) == 'alertmanager{a="b"}'


@pytest.mark.parametrize(
    "key", ["{by: labels}", "{by: [x]}", '"{{ labels.x }}"', '"a{{ labels.x }}"']
)
def test_a_long_key_is_cut_and_told_apart_by_its_end(tmp_path: Path, key: str) -> None:
    keys = {key_of(tmp_path, key, alert_of({"x": "a" * 5000 + end})) for end in "abc"}
    assert len(keys) == 3
    assert {len(key) for key in keys} == {MAX_KEY}


def test_a_key_of_the_greatest_length_stays_whole(tmp_path: Path) -> None:
    label = "a" * MAX_KEY
    assert key_of(tmp_path, '"{{ labels.x }}"', alert_of({"x": label})) == label


def test_a_long_label_name_that_is_not_unicode_still_has_a_key(tmp_path: Path) -> None:
    alert = alert_of({"\ud800": "a" * 5000})
    assert key_of(tmp_path, "{by: labels}", alert).encode()


#: Text without what no desk stores, which a key leaves out.
TEXT = st.text(
    st.one_of(st.sampled_from('",={}\\~ ab'), st.characters(exclude_categories=["Cc", "Cs", "Cf"])),
    max_size=8,
)
LABEL_SETS = st.dictionaries(TEXT.filter(bool), TEXT.filter(bool), max_size=4)


@given(one=LABEL_SETS, two=LABEL_SETS)
def test_two_label_sets_never_share_a_key(one: dict[str, str], two: dict[str, str]) -> None:
    kept = [{k: v for k, v in labels.items() if k != "severity"} for labels in (one, two)]
    assume(kept[0] != kept[1])
    assert DEFAULT_KEY.of(alert_of(one), {}) != DEFAULT_KEY.of(alert_of(two), {})


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"a": "1", "b": "2"}, {'a="1", b': "2"}),
        ({"a": '1", b="2'}, {"a": "1", "b": "2"}),
        ({"a": "b=c"}, {"a=b": "c"}),
        ({"a": "1\n2"}, {"a": "1 2"}),
        ({"a": "\\"}, {"a": "\\\\"}),
    ],
)
def test_a_label_cannot_pass_for_two(one: dict[str, str], two: dict[str, str]) -> None:
    assert DEFAULT_KEY.of(alert_of(one), {}) != DEFAULT_KEY.of(alert_of(two), {})


@given(one=LABEL_SETS, two=LABEL_SETS)
def test_chosen_labels_share_a_key_exactly_when_all_are_equal(
    one: dict[str, str], two: dict[str, str]
) -> None:
    names = ["a", "b", "ab"]
    key = KeyByNames([(name, getter(name)) for name in names])
    are_equal = [one.get(name, "") for name in names] == [two.get(name, "") for name in names]
    assert (key.of(alert_of(one), {}) == key.of(alert_of(two), {})) is are_equal
