"""A description is read when the bridge starts, and every mistake in it is said with its place."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from marshmallow import ValidationError

from bridge.backends.rest.files import find_description, read_description, shipped
from bridge.domain.errors import ConfigurationError
from bridge.settings import load_settings
from tests.backends.rest_world import LEAST, WHOLE, described, section, write

HEAD = """version: 1
title: Tickle
ticket: {id: id}
requests:
  create: {path: /t, json: {a: 1}}
  resolve: {path: /t}
"""


def problems(folder: Path, said: Mapping[str, Any] | str) -> list[str]:
    """Give what is wrong with a description, without the name of its file."""
    file = write(folder, said)
    with pytest.raises(ConfigurationError) as caught:
        read_description(file)
    return [str(problem).removeprefix(f"{file}:") for problem in caught.value.problems]


@pytest.mark.parametrize("name", shipped())
def test_what_comes_with_the_bridge_can_be_read(name: str) -> None:
    assert find_description(name, Path()).title


@pytest.mark.parametrize("said", [LEAST, WHOLE])
def test_the_least_and_the_whole_are_good(tmp_path: Path, said: Mapping[str, Any]) -> None:
    assert read_description(write(tmp_path, said)).title == "Tickle"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("titel: x", "7:1: unknown key 'titel'; did you mean 'title'?"),
        ("settings: [a]", "7:1: settings: is not a mapping; write `name: default` lines"),
        (
            "settings: {a: {sekret: true}}",
            "7:16: unknown key 'sekret'; did you mean 'secret'?",
        ),
        ("auth: [magic]", "7:8: auth.0: is no way in; write basic, bearer, oauth, header, key, "
         "login, none"),
        ("auth: [login]", "7:1: auth: names login, and there is no `login:`; describe it"),
        ("fields: {subjet: {a: 1}}", "7:10: unknown key 'subjet'; did you mean 'subject'?"),
        (
            "fields: {subject: {a: '{{ subjet }}'}}",
            "7:20: fields.subject.a: nothing is named 'subjet'; did you mean 'subject'?",
        ),
        ("fields: {note: {a: 1}}", "7:10: unknown key 'note'; known here: CI_ID, "),
        ("headers: {X: '{{ subject }}'}", "7:11: headers.X: nothing is named 'subject'; "
         "known: backend, instance, key, now, settings"),
        ("answers: {refused: 'body['}", "7:11: answers.refused: 'body[' is no JMESPath "),
        (
            "answers: {refused: has(body)}",
            "7:11: answers.refused: unknown function 'has'; known are ",
        ),
        ("answers: {success: '!body.error'}", "7:11: answers.success: `!a.b` is read as `(!a).b`, "
         "which is never true; write !(a.b)"),
        ("answers: {gone: starts_with(body)}", "7:11: answers.gone: starts_with() has 1 "
         "arguments; give it 2"),
        (f"answers: {{success: '{'(' * 600}body{')' * 600}'}}", "7:11: answers.success: "
         f"'{'(' * 40}'… is nested too deeply; write it shorter"),
        ("texts: {subject: 5}", "7:9: texts.subject: is out of range; choose 20 to 100000"),
        ("words: {prio: {a: b}}", "7:9: unknown key 'prio'; did you mean 'priority'?"),
        ("states: {open: {a: b}}", "7:10: states.open: is no list of words; write [new, open]"),
        ("stages: {snoozed: x}", "7:10: unknown key 'snoozed'; known here: "),
        ("key: {header: X}", "7:1: key.value is missing; add it"),
        ("url: tickle.example.com", "7:1: url: is no address; write it like https://"),
        ("login: {path: /in, needs: [u]}", "7:1: login.token is missing; add it"),
        ("version: 1", "7:1: the key 'version' stands here twice; remove one of them"),
    ],
)  # fmt: skip
def test_a_mistake_is_said_with_its_line_and_column(
    tmp_path: Path, line: str, problem: str
) -> None:
    said = problems(tmp_path, f"{HEAD}{line}\n")
    assert any(one.startswith(problem) for one in said), said


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"version": 2}, "version: is unknown; write 1"),
        ({"title": ""}, "title: is empty; name it"),
        ({"ticket__id": None}, "ticket.id is missing; add it"),
        ({"ticket__shown": {"subjet": "a"}}, "unknown key 'subjet'; did you mean 'subject'?"),
        ({"requests__create": None}, "requests.create is missing; add it"),
        ({"requests__resolve": []}, "requests.resolve: is empty; describe a request"),
        ({"requests__create__path": "tickets"}, "requests.create.path: 'tickets' is no path"),
        ({"requests__create__path": "/t?a=1"}, "what follows a question mark as `query:`"),
        ({"requests__create__path": "/t/{{ ticket.id"}, "is no path; write it like"),
        ({"requests__create__path": "/t/{{ ticket. }}"}, "not a template"),
        ({"requests__create__method": "FETCH"}, "is no method; write one of GET, POST"),
        ({"requests__create__json": [1]}, "requests.create.json: is not a mapping"),
        ({"requests__create__json": {"a": {"b": ["{{ x }}"]}}}, "requests.create.json.a.b.0: "
         "nothing is named 'x'"),
        ({"requests__create__json": {"$when": "note and"}}, "requests.create.json.$when: "
         "not a template"),
        ({"requests__create__form": {"a": "b"}}, "form: is a second body beside json; keep one"),
        ({"requests__create__query": {"a": ["b"]}}, "query.a: is not text"),
        ({"requests__create__files": [{"part": "f", "name": "n", "content": "c"}]},
         "files: go with multipart"),
        ({"requests__create__when": "{{ note }}"}, "requests.create.when: has braces; write an "
         "expression, without braces, as note"),
        ({"requests__create__json": {"a": {"$when": " {% if note %}"}}}, "requests.create.json.a."
         "$when: has braces; write an expression, without braces"),
        ({"requests__resolve__json": {"a": "{{ ticket.nummer }}"}}, "requests.resolve.json.a: "
         "ticket has no 'nummer'; did you mean 'number'?"),
        ({"requests__resolve__path": "/t/{{ ticket['owner'] }}"}, "requests.resolve.path: "
         "ticket has no 'owner'; known: id, is_open, number, status"),
        ({"requests__resolve__when": "ticket.stat == 'new'"}, "did you mean 'status'?"),
        ({"ticket__url": "{{ url }}/{{ ticket.status }}"}, "ticket.url: ticket has no 'status'; "
         "known: id, number"),
        ({"requests__create__succes": "x"}, "unknown key 'succes'; did you mean 'success'?"),
        ({"requests__find": {"path": "/t", "items": "body"}}, "requests.find: cannot tell a ticket "
         "by its token; say where it stands"),
        ({"requests__find": {"path": "/t", "items": "body"}, "ticket__token": "ref",
          "requests__create__json": {"title": "{{ subject }}"}},
         "requests.create: says no `token`, so `find` cannot find it and an answer that is lost "
         "files a second ticket; put {{ token }} into the request"),
        ({"requests__read": {"path": "/t"}, "ticket__status": "state",
          "states": {"open": ["new"], "cancelled": ["void"]}}, "states: name neither `resolved:` "
         "nor `closed:`"),
        ({"requests__read": {"path": "/t"}, "ticket__status": "state"}, "states: name neither"),
        ({"states": {"open": ["new"]}, "states_are_all": True, "stages": {"muted": "asleep"}},
         "stages.muted: 'asleep' is no status of this desk; write one of new"),
        ({"requests__find": {"path": "/t"}}, "requests.find.items is missing; add it"),
        ({"requests__read": {"path": "/t"}}, "ticket.status: is missing, and a ticket that is "
         "read shows it"),
        ({"requests__update": [{"path": "/t"}, {"path": "/t", "json": {"a": "{{ x }}"}}]},
         "requests.update.1.json.a: nothing is named 'x'"),
        ({"requests__create__json": {"a": "{{ settings.quue }}"}, "settings": {"queue": "x"}},
         "there is no setting 'quue'; declare it under `settings:`, or write one of queue"),
        ({"requests__create__when": "settings['x']"}, "there is no setting 'x'"),
        ({"requests__create__json": {"a": "{% set x = 1 %}"}}, "set cannot be used"),
    ],
)  # fmt: skip
def test_each_mistake_has_its_message(
    tmp_path: Path, changes: Mapping[str, object], words: str
) -> None:
    said = problems(tmp_path, described(LEAST, **changes))
    assert any(words in one for one in said), said
    assert all(one.partition(":")[0].isdigit() for one in said)


def test_every_mistake_is_said_at_once(tmp_path: Path) -> None:
    said = described(title="", requests__create__method="FETCH", fields={"subjet": {}})
    assert len(problems(tmp_path, said)) == 3


def test_a_file_that_is_no_yaml_or_no_mapping_is_said_to_be_none(tmp_path: Path) -> None:
    assert "not YAML" in problems(tmp_path, "a: [")[0]
    assert "the file is not a mapping" in problems(tmp_path, "- a\n")[0]
    assert any("version is missing" in one for one in problems(tmp_path, ""))


def wrong(folder: Path, said: Mapping[str, Any] = WHOLE, **more: object) -> str:
    """Give what is wrong with a backend that uses a description."""
    with pytest.raises(ValidationError) as caught:
        section(folder, "https://tickle.example.com", said, **more)
    return str(caught.value)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"description": "zamad"}, "no description 'zamad' comes with the bridge; did you mean"),
        ({"description": "tickle"}, "choose one of glpi, pagerduty, zammad, or name your own file"),
        ({"description": "./none.yaml"}, "there is no file"),
        ({"auth": {}}, "is not one way in; write one of basic, bearer, oauth, header"),
        ({"auth": {"bearer": "a", "header": {"name": "X", "value": "y"}}}, "is not one way in"),
        ({"auth": {"key": "k"}}, "is no way into Tickle; write basic or bearer or oauth or header"),
        ({"auth": {"none": True}}, "is no way into Tickle"),
        ({"auth": {"bearer": ""}}, "is empty; give it a value"),
        ({"auth": {"basic": {"username": "u"}}}, "password"),
        ({"auth": {"header": {"name": "X Y", "value": "v"}}}, "is no header's name"),
        ({"auth": {"oauth": {"client_id": "a", "client_secret": "b"}}}, "or token_path is needed"),
        (
            {"auth": {"oauth": {"client_id": "a", "client_secret": "b", "token_path": "x"}}},
            "is no path; write it like /oauth/token",
        ),
        ({"settings": {"quue": "x"}}, "did you mean 'queue'?"),
        ({"settings": ["x"]}, "write `name: value` lines"),
        ({"transitions": {"escalate": "x"}}, "did you mean 'escalated'?"),
    ],
)
def test_a_backend_is_held_against_its_description(
    tmp_path: Path, more: Mapping[str, Any], words: str
) -> None:
    assert words in wrong(tmp_path, **more)


def test_what_a_description_wants_and_does_not_get_is_named(tmp_path: Path) -> None:
    needy = described(
        WHOLE,
        settings={"customer": {"required": "name whom tickets are for"}, "queue": "ops"},
        login={"path": "/in", "needs": ["user_token"], "token": "body.t"},
    )
    assert "is missing; name whom tickets are for" in wrong(tmp_path, needy)
    auth = {"login": {"user_tokn": "x"}}
    said = wrong(tmp_path, needy, auth=auth, settings={"customer": "a"})
    assert "did you mean 'user_token'?" in said
    assert "'user_token': ['is missing; add it']" in said


@pytest.mark.parametrize(
    "changes",
    [
        {"headers": {"X": "{{ settings.queue | round }}"}},
        {"key": {"value": "{{ key | round }}"}},
        {"login__headers": {"X": "{{ auth.user }}"}},
    ],
)
def test_a_template_that_fails_at_the_start_is_said_then(
    tmp_path: Path, changes: Mapping[str, object]
) -> None:
    login = {"path": "/in", "needs": ["user_token"], "token": "body.t"}
    said = described({**WHOLE, "login": login}, **changes)
    auth = {"key": "abcd"} if "key" in changes else {"login": {"user_token": "x"}}
    words = wrong(tmp_path, said, auth=auth)
    assert "a template of its headers, its key or its login fails" in words


def test_stages_need_a_desk_that_moves(tmp_path: Path) -> None:
    said = wrong(tmp_path, LEAST, transitions={"acknowledged": "doing"})
    assert "moves nothing: Tickle has no `move`; remove it" in said


def test_a_desk_may_have_no_other_statuses_than_those_named(tmp_path: Path) -> None:
    stages = {"acknowledged": "DOING", "muted": "asleep"}
    assert section(tmp_path, "https://tickle.example.com", WHOLE, transitions=stages)
    said = wrong(tmp_path, {**WHOLE, "states_are_all": True}, transitions=stages)
    assert "'muted': [\"'asleep' is no status of this desk; write one of new, doing, done" in said
    assert "acknowledged" not in said
    said = wrong(tmp_path, description="glpi", auth={"login": {"user_token": "abcd"}},
                 transitions={"open": "44"})  # fmt: skip
    assert "'44' is no status of this desk; write one of 1, 2, 3, 4, 5, 6" in said


@pytest.mark.parametrize(
    "changes",
    [
        {"fields__description": {"text": "{{ description }} {{ token }}"}},
        {"requests__create__headers": {"X-Ref": "{{ token }}"}},
    ],
)
def test_a_token_may_stand_anywhere_in_what_files(
    tmp_path: Path, changes: Mapping[str, object]
) -> None:
    said = described(WHOLE, **{"requests__create__json": {"a": 1}, **changes})
    assert read_description(write(tmp_path, said)).title


def test_an_address_that_the_description_knows_need_not_be_said(tmp_path: Path) -> None:
    loaded = section(tmp_path, None, {**LEAST, "url": "https://tickle.example.com"})
    assert loaded["url"] == "https://tickle.example.com"
    with pytest.raises(ValidationError, match="is missing; add the address of Tickle"):
        section(tmp_path, None, LEAST)


def test_bridge_yaml_says_where_the_description_is_wrong(tmp_path: Path) -> None:
    write(tmp_path, described(titel="x"))
    config = tmp_path / "bridge.yaml"
    config.write_text(
        "sources: {am: {type: alertmanager, auth: {bearer: tok-en}}}\n"
        "backends:\n"
        "  tickle:\n"
        "    type: rest\n"
        "    url: https://tickle.example.com\n"
        "    description: tickle.yaml\n"
        "    auth: {bearer: some-token}\n"
    )
    with pytest.raises(ConfigurationError) as caught:
        load_settings(config, {})
    [problem] = caught.value.problems
    assert problem.file == str(tmp_path / "tickle.yaml")
    assert problem.message == "unknown key 'titel'"
