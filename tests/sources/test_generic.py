"""A source that is described in the configuration."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from marshmallow import ValidationError

from bridge.domain.alert import Alert, AlertStatus, ParsedBody
from bridge.domain.errors import MalformedBody
from bridge.domain.ports import Source
from bridge.sources import SOURCES
from bridge.yamlfile import parse, schema_problems
from tests.builders import T0
from tests.sources.senders import BATCH, FORM, generic

JSON = "application/json"
SINGLE: dict[str, Any] = {"items": None, "group": None}


def item(**changes: Any) -> dict[str, Any]:
    """Give an item as the description has it, with keys changed; None stays in as null."""
    return {"host": "db1", "check": "disk", "state": "down", "summary": "full", **changes}


def read(said: object, content_type: str = JSON, source: Source | None = None) -> ParsedBody:
    content = said if isinstance(said, bytes) else orjson.dumps(said)
    return (source or generic()).parse(content, content_type, T0)


def only(said: object, source: Source | None = None, content_type: str = JSON) -> Alert:
    parsed = read(said, content_type, source or generic(**SINGLE))
    assert (parsed.rejected, parsed.ignored) == ((), 0)
    (alert,) = parsed.alerts
    return alert


def test_the_documented_source_reads_its_body() -> None:
    said = {
        "site": "fra1",
        "alerts": [
            item(level="critical", since=1767614280, url="https://c.example/1", used="97.5")
        ],
    }
    assert read(said).alerts == (
        Alert(
            source="batch",
            fingerprint="db1/disk",
            status=AlertStatus.FIRING,
            name="full",
            labels={"host": "db1", "check": "disk", "severity": "critical"},
            annotations={},
            starts_at=datetime(2026, 1, 5, 11, 58, tzinfo=UTC),
            values={"used": 97.5},
            group={"site": "fra1"},
            links={"check": "https://c.example/1"},
            payload=said["alerts"][0],  # type: ignore[arg-type]  # of a literal above
        ),
    )


def test_an_alert_of_a_clock_ahead_began_when_it_was_received() -> None:
    ahead = item(since="2026-01-05T14:00:00Z")
    assert only(ahead, generic(**SINGLE)).starts_at == T0


def test_an_unknown_status_rejects_that_item_by_index_and_the_rest_is_taken() -> None:
    parsed = read({"alerts": [item(host="a"), item(host="b", state="weird"), item(host="c")]})
    assert [alert.fingerprint for alert in parsed.alerts] == ["a/disk", "c/disk"]
    assert [(each.index, each.error) for each in parsed.rejected] == [
        (1, "unknown status 'weird'; list it under `status:`")
    ]


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ("text", "not a JSON object"),
        (None, "not a JSON object"),
        (item(host=None), "identity is missing: nothing at host"),
        ({"state": "down"}, "identity is missing: nothing at host, check"),
        (item(host="", check=" "), "identity is empty: host, check"),
        (item(state=1e300), "unknown status '1e+300'; list it under `status:`"),
        (item(state=None), "status is missing: nothing at state"),
        (item(state="x" * 500), f"unknown status '{'x' * 60}…'; list it under `status:`"),
    ],
)
def test_what_is_no_alert_says_why(bad: object, error: str) -> None:
    assert [(each.index, each.error) for each in read({"alerts": [bad]}).rejected] == [(0, error)]


@pytest.mark.parametrize("state", ["OK", " ok ", "Up"])
def test_words_are_compared_as_text_whatever_their_case(state: str) -> None:
    assert only(item(state=state)).status is AlertStatus.RESOLVED


@pytest.mark.parametrize("state", [1, 1.0, "1", True, "true"])
def test_numbers_and_booleans_are_words_too(state: object) -> None:
    source = generic(**SINGLE, status={"firing": [1, True], "resolved": [0, False]})
    assert only(item(state=state), source).is_firing


@pytest.mark.parametrize("state", ["on", "yes", True])
def test_a_bare_yes_or_on_in_yaml_means_the_word_as_well(state: object) -> None:
    document = parse("{firing: [on], resolved: [off]}", "bridge.yaml")
    assert only(item(state=state), generic(**SINGLE, status=document.data)).is_firing


@pytest.mark.parametrize(
    ("policy", "accepted", "ignored", "rejected"),
    [("reject", 0, 0, 1), ("firing", 1, 0, 0), ("resolved", 1, 0, 0), ("ignore", 0, 1, 0)],
)
def test_an_unknown_status_is_treated_as_the_policy_says(
    policy: str, accepted: int, ignored: int, rejected: int
) -> None:
    source = generic(status={**BATCH["status"], "unknown": policy})
    parsed = read({"alerts": [item(state="weird")]}, source=source)
    assert (len(parsed.alerts), parsed.ignored, len(parsed.rejected)) == (
        accepted,
        ignored,
        rejected,
    )
    for alert in parsed.alerts:
        assert alert.status.value == policy


def test_what_is_listed_as_ignored_is_no_alert_and_no_fault() -> None:
    source = generic(status={**BATCH["status"], "ignore": "ack"})
    parsed = read({"alerts": [item(state="ack"), item()]}, source=source)
    assert (len(parsed.alerts), parsed.ignored, parsed.rejected) == (1, 1, ())


def test_words_for_who_looks_after_an_alert_are_no_alert() -> None:
    words = {**BATCH["status"], "acknowledged": "ack", "muted": ["off"], "unhandled": "unack"}
    source = generic(status=words)
    bodies = [{"alerts": [item(state=state)]} for state in ("ack", "off", "unack")]
    told = [read(body, source=source) for body in bodies]
    assert [parsed.alerts for parsed in told] == [(), (), ()]
    assert [h.handling.value for parsed in told for h in parsed.handled] == [
        "acknowledged",
        "muted",
        "unhandled",
    ]
    [alert] = read({"alerts": [item()]}, source=source).alerts
    assert {h.fingerprint for parsed in told for h in parsed.handled} == {alert.fingerprint}


def test_a_sender_without_a_status_always_fires() -> None:
    assert only({"id": 5}, generic(**SINGLE, map={"identity": "id"}, status=None)).is_firing


@pytest.mark.parametrize(
    ("severity", "words", "label"),
    [
        ("Disaster", {"critical": ["disaster", 5]}, "critical"),
        (5, {"critical": ["disaster", 5]}, "critical"),
        ("odd", {"critical": ["disaster"]}, "odd"),
        ("odd", {"critical": ["disaster"], "unknown": "warning"}, "warning"),
        (None, {"critical": ["disaster"], "unknown": "warning"}, None),
    ],
)
def test_severities_become_the_words_of_the_rules(
    severity: object, words: object, label: str | None
) -> None:
    alert = only(item(level=severity), generic(**SINGLE, severity=words))
    assert alert.labels.get("severity") == label


def test_an_unknown_severity_may_be_rejected() -> None:
    source = generic(severity={"critical": "disaster", "unknown": "reject"})
    (rejected,) = read({"alerts": [item(level="odd")]}, source=source).rejected
    assert "unknown severity 'odd'" in rejected.error


def test_a_composite_identity_cannot_be_confused_with_another() -> None:
    said = [item(host="a/b", check="c"), item(host="a", check="b/c"), item(host="a%2Fb", check="c")]
    assert len(read({"alerts": said}).alerts) == 3


def test_an_identity_may_be_one_path_into_the_depth_and_of_any_length() -> None:
    source = generic(**SINGLE, map={"identity": "a[0].id", "status": "state"})
    assert only({"a": [{"id": 7}], "state": "up"}, source).fingerprint == "7"
    long = only({"a": [{"id": "x" * 5000}], "state": "up"}, source).fingerprint
    assert len(long) == 64
    assert long != only({"a": [{"id": "x" * 5001}], "state": "up"}, source).fingerprint


def test_the_later_of_two_items_about_one_alert_counts() -> None:
    parsed = read({"alerts": [item(), item(state="up")]})
    assert [alert.status for alert in parsed.alerts] == [AlertStatus.RESOLVED]


def test_without_labels_the_identity_tells_alerts_apart() -> None:
    source = generic(**SINGLE, labels=None, map={"identity": ["a.host", "check"]}, status=None)
    assert only({"a": {"host": "db1"}, "check": 3}, source).labels == {
        "a_host": "db1",
        "check": "3",
    }


@pytest.mark.parametrize(
    "tags",
    [
        {"env": "prod", "n": 1},
        [{"name": "env", "value": "prod"}, {"key": "n", "value": 1}, {"odd": 1}, None],
        [{"tag": "env", "value": "prod"}, ["n", 1], ["a"]],
        ["env:prod", "n:1", "bare"],
        "env:prod, n:1,bare",
    ],
)
def test_labels_come_in_every_shape_that_senders_write(tags: object) -> None:
    source = generic(**SINGLE, labels={"tag_*": "tags", "host": "host"})
    assert only(item(tags=tags), source).labels == {"tag_env": "prod", "tag_n": "1", "host": "db1"}


def test_a_label_by_name_wins_over_one_of_the_senders_own() -> None:
    source = generic(**SINGLE, labels={"*": "tags", "host": "host"})
    assert only(item(tags={"host": "forged"}), source).labels["host"] == "db1"


@pytest.mark.parametrize("value", ["NaN", "inf", "1e999", None, True, [], "many", {}])
def test_a_value_that_is_no_number_is_none(value: object) -> None:
    assert only(item(used=value)).values == {}


def test_links_are_those_that_lead_to_the_web() -> None:
    assert only(item(url="javascript:alert(1)")).links == {}


def test_json_inside_a_string_is_read_wherever_it_stands() -> None:
    said = {"records": [{"body": orjson.dumps({"alert": item()}).decode()}, {"body": "plain"}, 7]}
    source = generic(json_in="records[].body", items="records[].body.alert", group=None)
    assert [alert.fingerprint for alert in read(said, source=source).alerts] == ["db1/disk"]


@pytest.mark.parametrize("text", ["", "{", "[1", "7", "null", '"a"', "[" * 3000, "{}{}"])
def test_a_string_that_holds_no_json_object_stays_as_it_is(text: str) -> None:
    source = generic(**SINGLE, json_in=["note"], annotations={"note": "note"})
    assert only(item(note=text), source).annotations.get("note", "") == text


MULTIPART = (
    b"--b\r\nContent-Disposition: form-data; name=host\r\n\r\ndb1\r\n"
    b"--b\r\nContent-Disposition: form-data; name=check\r\n\r\ndisk\r\n"
    b"--b\r\nContent-Disposition: form-data; name=state; filename=s.txt\r\n\r\ndown\r\n--b--\r\n"
)


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("text/plain", orjson.dumps(item())),
        ("", orjson.dumps(item())),
        ("application/vnd.sender+json", orjson.dumps(item())),
        (JSON, b"\xef\xbb\xbf" + orjson.dumps(item())),
        (FORM, b"host=db1&check=disk&state=down&summary=full"),
        (f"{FORM}; charset=UTF-8", b"host=db1&check=disk&state=down&state=up"),
        (FORM, b"\n " + orjson.dumps(item())),
        ("multipart/form-data; boundary=b", MULTIPART),
        ("Multipart/Form-Data; boundary=b", MULTIPART),
    ],
)
def test_a_body_may_be_wrapped_in_any_of_the_usual_ways(content_type: str, content: bytes) -> None:
    alert = only(content, content_type=content_type)
    assert (alert.fingerprint, alert.status) == ("db1/disk", AlertStatus.FIRING)


@pytest.mark.parametrize(
    ("content_type", "content", "says"),
    [
        (JSON, b"host=db1", "not JSON"),
        ("multipart/form-data", MULTIPART, "not multipart/form-data"),
        ("multipart/form-data; boundary=c", MULTIPART, "not multipart/form-data"),
        ("multipart/form-data; boundary=b", MULTIPART[:60], "not multipart/form-data"),
        (
            "multipart/form-data; boundary=b",
            b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n" * 1001 + b"--b--\r\n",
            "more than 1000 fields",
        ),
        (JSON, b"[]", "a list of alerts needs"),
        (JSON, b'{"a":' * 80 + b"1" + b"}" * 80, "nested more than 64 levels"),
    ],
)
def test_what_is_no_body_is_refused_with_the_reason(
    content_type: str, content: bytes, says: str
) -> None:
    with pytest.raises(MalformedBody, match=says):
        generic(**SINGLE).parse(content, content_type, T0)


def test_a_body_without_its_list_is_refused_and_one_with_an_empty_list_says_nothing() -> None:
    with pytest.raises(MalformedBody, match="nothing at alerts, where"):
        read({"alarms": []})
    assert read({"alerts": []}) == ParsedBody(alerts=())


def test_an_item_that_is_null_is_rejected_and_moves_no_index() -> None:
    parsed = read({"alerts": [None, item(), item(state="weird")]})
    assert [rejected.index for rejected in parsed.rejected] == [0, 2]


def test_lists_of_lists_are_one_list() -> None:
    said = {"hosts": [{"alerts": [item(host="a")]}, {"alerts": [item(host="b")]}, {}]}
    source = generic(items="hosts[].alerts[]")
    assert [alert.fingerprint for alert in read(said, source=source).alerts] == ["a/disk", "b/disk"]


def test_items_may_be_chosen_by_any_expression() -> None:
    source = generic(items="groups[].alerts[] | [?state != 'muted']")
    said = {"groups": [{"alerts": [item(), item(host="b", state="muted")]}, {"alerts": [item()]}]}
    assert [alert.fingerprint for alert in read(said, source=source).alerts] == ["db1/disk"]


def test_an_expression_that_cannot_work_on_a_body_finds_nothing() -> None:
    source = generic(**SINGLE, annotations={"tags": "join(', ', tags)", "n": "abs(summary)"})
    assert only(item(tags=["a", "b"]), source).annotations == {"tags": "a, b"}
    assert only(item(tags=None), source).annotations == {}


def problems(**changes: Any) -> list[str]:
    text = orjson.dumps({**BATCH, **changes}, option=orjson.OPT_INDENT_2).decode()
    document = parse(text, "bridge.yaml")
    assert isinstance(document.data, dict)
    with pytest.raises(ValidationError) as refused:
        SOURCES["generic"].schema().load(document.data)
    return [str(problem) for problem in schema_problems(document, refused.value)]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"map": {"status": "s"}}, "map.identity: is missing; name the path"),
        ({"map": {"identity": []}}, "map.identity: is empty; name what tells"),
        ({"map": {"identity": "a["}}, "map.identity: 'a[' is no JMESPath expression"),
        ({"map": {"identity": "a", "state": "b"}}, "unknown key 'state'"),
        ({"items": "nope(@)"}, "items: unknown function 'nope'"),
        ({"items": "a || length()"}, "items: length() has 0 arguments; give it 1"),
        ({"items": 5}, "items: is no path"),
        ({"labels": {"a": "b..c"}}, "labels.a: 'b..c' is no JMESPath expression"),
        ({"labels": "a"}, "labels: is not a mapping"),
        ({"status": {"firing": ["a"], "resolved": ["A"]}}, "'a' stands under firing too"),
        ({"status": {"down": ["a"]}}, "status.down: unknown meaning; use firing, resolved"),
        ({"status": {"firing": [{}]}}, "status.firing: is not a word"),
        ({"status": {"unknown": "keep"}}, "'keep' is no policy; use reject, firing, resolved"),
        ({"status": ["a"]}, "status: is not a mapping"),
        ({"times": {"zone": "Mars/Base"}}, "times.zone: 'Mars/Base' is no time zone"),
        ({"json_in": "a[0].b"}, "json_in: 'a[0].b' is no plain path"),
        ({"topics": ["arn:aws:sns:eu-west-1:123456789012:a"]}, "topics: is for bodies"),
        ({"preset": "zabix"}, "preset: there is no preset 'zabix'"),
        ({"itms": "a"}, "unknown key 'itms'; did you mean 'items'?"),
    ],
)
def test_a_wrong_description_is_found_when_it_is_read(changes: dict[str, Any], says: str) -> None:
    (problem,) = problems(**changes)
    assert says in problem
    assert ": " in problem.split("; ")[0]
