"""What the stand-in Jira refuses, in the vendor's form, and whom it lets in."""

from collections.abc import Mapping
from typing import Any

import pytest
import requests

from bridge.sandbox import Sandbox
from tests.sandbox.issues import AUTH, CLOUD, NEW, SERVER, call, file, move, searched, text

BOTH = pytest.mark.parametrize("root", [CLOUD, SERVER], ids=["cloud", "server"])
NOT_ON_SCREEN = "cannot be set. It is not on the appropriate screen, or unknown."
LABEL_SPACES = "The label 'a b' contains spaces which is invalid."
#: A field, a value that it does not take, and what is said of it.
WRONG: list[tuple[str, object, str]] = [
    ("project", {"key": "NOPE"}, "valid project is required"),
    ("project", "OPS", "valid project is required"),
    ("issuetype", {"name": "Bug"}, "Specify a valid issue type"),
    ("summary", "", "You must specify a summary of the issue."),
    ("summary", "a\nb", "The summary is invalid because it contains newline characters."),
    ("summary", "s" * 256, "Summary must be less than 255 characters."),
    ("summary", 7, "Operation value must be a string"),
    ("priority", {"name": "P1"}, "Priority name 'P1' is not valid"),
    ("priority", "High", "Priority name 'None' is not valid"),
    ("components", [{"name": "Nope"}], "Component name 'Nope' is not valid"),
    ("components", {"name": "Network"}, "data was not an array"),
    ("components", ["Network"], "Component name 'None' is not valid"),
    ("labels", ["a b"], LABEL_SPACES),
    ("labels", "a", "Operation value must be an array of strings"),
    ("labels", ["x" * 256], "exceeds the allowed length"),
    ("labels", [""], "exceeds the allowed length"),
    ("assignee", {"accountId": "nobody", "name": "nobody"}, "User 'nobody' cannot be assigned"),
    ("assignee", {"emailAddress": "ann@example.com"}, "User 'None' cannot be assigned issues."),
    ("reporter", {"accountId": "nobody"}, "The reporter specified is not a user."),
    ("status", {"name": "Done"}, f"Field 'status' {NOT_ON_SCREEN}"),
    ("nonsense", "x", f"Field 'nonsense' {NOT_ON_SCREEN}"),
    ("customfield_99999", "x", f"Field 'customfield_99999' {NOT_ON_SCREEN}"),
    ("customfield_10099", "x", f"Field 'customfield_10099' {NOT_ON_SCREEN}"),
    ("customfield_10004", {"value": "Huge"}, "Option value 'Huge' is not valid"),
    ("customfield_10004", "Minor / Localized", "Option value 'None' is not valid"),
    ("customfield_10010", 7, "Operation value must be a string"),
    ("customfield_10010", "a\nb", "more than one line"),
    ("customfield_10011", "7", "Operation value must be a number"),
    ("customfield_10011", True, "Operation value must be a number"),
    ("customfield_10012", ["a b"], LABEL_SPACES),
    ("customfield_10012", "a", "data was not an array"),
    ("customfield_10014", ["eu"], "Option value 'None' is not valid"),
    ("customfield_10014", [{"value": "mars"}], "Option value 'mars' is not valid"),
    ("customfield_10015", {"value": True}, "Option value 'True' is not valid"),
    ("customfield_10016", "ann", "User 'ann' cannot be assigned issues."),
]


def said_of(answer: requests.Response) -> tuple[list[str], Mapping[str, str]]:
    """Read a refusal in the vendor's form."""
    body = answer.json()
    assert set(body) == {"errorMessages", "errors"}
    return body["errorMessages"], body["errors"]


@BOTH
@pytest.mark.parametrize(("field", "value", "words"), WRONG)
def test_a_field_that_breaks_a_rule_is_named(
    jira: Sandbox, http: requests.Session, root: str, field: str, value: object, words: str
) -> None:
    said = {"fields": {**NEW, field: value}}
    answer = call(jira, http, root, "POST", "/issue", json=said)
    assert answer.status_code == 400
    messages, errors = said_of(answer)
    assert (messages, set(errors)) == ([], {field})
    assert words in errors[field]
    assert jira.tickets == ()
    [refusal] = jira.refusals
    assert refusal.startswith(f"POST {root}/issue: {field}: ")


@BOTH
def test_everything_that_is_wrong_is_said_at_once(
    jira: Sandbox, http: requests.Session, root: str
) -> None:
    said = {"fields": {"labels": ["a b"], "nonsense": 1}}
    _, errors = said_of(call(jira, http, root, "POST", "/issue", json=said))
    assert set(errors) == {"project", "issuetype", "summary", "labels", "nonsense"}


A_TEXT = {"type": "text", "text": "x"}
DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"


def a_document(*nodes: object, **more: object) -> dict[str, object]:
    paragraph = {"type": "paragraph", "content": list(nodes)}
    return {"type": "doc", "version": 1, "content": [paragraph], **more}


@pytest.mark.parametrize(
    ("root", "said", "words"),
    [
        (CLOUD, "plain", DOCUMENT),
        (CLOUD, None, DOCUMENT),
        (CLOUD, {"type": "doc", "content": []}, "INVALID_INPUT"),
        (CLOUD, {"type": "doc", "version": 1}, "INVALID_INPUT"),
        (CLOUD, a_document(A_TEXT, version=2), "INVALID_INPUT"),
        (CLOUD, a_document(A_TEXT, more=1), "INVALID_INPUT"),
        (CLOUD, {**a_document(), "content": [A_TEXT]}, "INVALID_INPUT"),
        (CLOUD, a_document({"type": "text", "text": ""}), "INVALID_INPUT"),
        (CLOUD, a_document({"type": "text", "text": "a\nb"}), "INVALID_INPUT"),
        (CLOUD, a_document({**A_TEXT, "marks": [{"type": "blink"}]}), "INVALID_INPUT"),
        (CLOUD, a_document({**A_TEXT, "marks": [{"type": "link"}]}), "INVALID_INPUT"),
        (CLOUD, a_document({"type": "paragraph", "content": []}), "INVALID_INPUT"),
        (CLOUD, a_document("x"), "INVALID_INPUT"),
        (CLOUD, a_document({"type": "text", "text": "x" * 32_768}), "limit of 32,767 characters"),
        (SERVER, a_document(A_TEXT), "Operation value must be a string"),
        (SERVER, "x" * 32_768, "limit of 32,767 characters"),
    ],
)
def test_a_text_has_its_apis_form(
    jira: Sandbox, http: requests.Session, root: str, said: object, words: str
) -> None:
    key = file(jira, http, root)
    sent: list[tuple[str, str, str, object]] = [
        ("PUT", "", "description", {"fields": {"description": said}}),
        ("POST", "/comment", "comment", {"body": said}),
    ]
    for method, path, field, body in sent:
        answer = call(jira, http, root, method, f"/issue/{key}{path}", json=body)
        assert answer.status_code == 400
        assert words in said_of(answer)[1][field]
    assert (jira.tickets[0].description, jira.tickets[0].notes) == ("No ping for 5m", ())


@BOTH
@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "one of 'fields' or 'update' required"),
        ({"fields": {"project": {"key": "OPS"}}}, "Field 'project' cannot be set"),
        ({"fields": {"labels": []}, "update": {"labels": [{"add": "a"}]}}, "is in both"),
        ({"update": {"labels": [{"add": "a b"}]}}, "contains spaces"),
        ({"update": {"labels": [{"shuffle": "a"}]}}, "Unsupported operation"),
        ({"update": {"comment": [{"add": {}}]}}, "Field 'comment' cannot be set"),
        ({"update": []}, "Invalid request payload"),
        ({"summary": "x"}, "Invalid request payload"),
    ],
)
def test_a_change_that_breaks_a_rule_changes_nothing(
    jira: Sandbox, http: requests.Session, root: str, said: object, words: str
) -> None:
    key = file(jira, http, root)
    before = jira.tickets
    answer = call(jira, http, root, "PUT", f"/issue/{key}", json=said)
    assert answer.status_code == 400
    assert words in answer.text
    assert jira.tickets == before


@BOTH
@pytest.mark.parametrize(
    ("id_", "more", "words"),
    [
        ("31", {}, "Transition id '31' is not valid for this issue."),
        ("999", {}, "Transition id '999' is not valid for this issue."),
        ("71", {}, "Resolution is required."),
        ("71", {"fields": {"resolution": {"name": "Fixed"}}}, "Resolution name 'Fixed' is not"),
        ("11", {"fields": {"resolution": {"name": "Done"}}}, NOT_ON_SCREEN),
        ("71", {"fields": {"summary": "x"}}, NOT_ON_SCREEN),
        ("11", {"nonsense": 1}, "Invalid request payload"),
        ("11", {"transition": "Start progress"}, "Missing 'transition' identifier"),
        ("11", {"transition": {"name": "Start progress"}}, "Missing 'transition' identifier"),
    ],
)
def test_a_transition_that_is_not_offered_or_filled_is_refused(
    jira: Sandbox,
    http: requests.Session,
    root: str,
    id_: str,
    more: Mapping[str, Any],
    words: str,
) -> None:
    key = file(jira, http, root)
    answer = move(jira, http, root, key, id_, **more)
    assert answer.status_code == 400
    assert words in answer.text
    assert jira.tickets[0].status == "To Do"


@BOTH
@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"nonsense": 1}, "Invalid request payload"),
        ({"properties": {"key": "sd.public.comment"}}, "Invalid request payload"),
        ({"properties": [{"value": 1}]}, "Invalid request payload"),
        ({"body": None}, "Operation value must be"),
    ],
)
def test_a_comment_that_breaks_a_rule_is_refused(
    jira: Sandbox, http: requests.Session, root: str, more: Mapping[str, Any], words: str
) -> None:
    path = f"/issue/{file(jira, http, root)}/comment"
    said = {"body": text(root, "x"), **more}
    assert words in call(jira, http, root, "POST", path, json=said).text
    empty = call(jira, http, root, "POST", path, json={"body": text(root, " ")})
    assert said_of(empty)[1] == {"comment": "Comment body can not be empty!"}
    assert jira.tickets[0].notes == ()


NO_CHECK = {"X-Atlassian-Token": "no-check"}


@BOTH
@pytest.mark.parametrize(
    ("how", "status", "words"),
    [
        ({"files": {"file": ("a.txt", b"x")}}, 403, "XSRF check failed"),
        (
            {"files": {"file": ("a.txt", b"x")}, "headers": {"X-Atlassian-Token": "yes"}},
            403,
            "XSRF",
        ),
        ({"files": {"upload": ("a.txt", b"x")}, "headers": NO_CHECK}, 400, "no part 'file'"),
        ({"json": {}, "headers": NO_CHECK}, 415, "Content-Type is not multipart/form-data"),
    ],
)
def test_a_file_comes_in_its_part_and_past_the_xsrf_check(
    jira: Sandbox,
    http: requests.Session,
    root: str,
    how: Mapping[str, Any],
    status: int,
    words: str,
) -> None:
    key = file(jira, http, root)
    answer = call(jira, http, root, "POST", f"/issue/{key}/attachments", **how)
    assert (answer.status_code, words in answer.text) == (status, True)
    assert jira.tickets[0].files == {}


@pytest.mark.parametrize(
    ("root", "said", "words"),
    [
        (CLOUD, {"jql": "project = OPS"}, "Error in the JQL Query"),
        (CLOUD, {"jql": 'labels = "a" OR labels = "b"'}, "Error in the JQL Query"),
        (CLOUD, {"jql": 'labels = "a'}, "Error in the JQL Query"),
        (CLOUD, {"jql": 'project = "NOPE" AND labels = "a"'}, "does not exist for the field"),
        (CLOUD, {"jql": None}, "Error in the JQL Query"),
        (CLOUD, {"startAt": 2}, "Invalid request payload"),
        (CLOUD, {"nextPageToken": "made-up"}, "next page token is invalid"),
        (CLOUD, {"nextPageToken": "bm9uZSAy"}, "next page token is invalid"),
        (CLOUD, {"reconcileIssues": ["OPS-1"]}, "must be a list of issue ids"),
        (CLOUD, {"reconcileIssues": list(range(51))}, "at most 50 issues"),
        (CLOUD, {"maxResults": "2"}, "maxResults must be a number"),
        (SERVER, {"nextPageToken": "x"}, "Invalid request payload"),
        (SERVER, {"startAt": "x"}, "startAt must be a number"),
        (SERVER, {"startAt": -1}, "startAt must be a number"),
    ],
)
def test_a_search_that_breaks_a_rule_is_refused(
    jira: Sandbox, http: requests.Session, root: str, said: Mapping[str, Any], words: str
) -> None:
    answer = searched(jira, http, root, **said)
    assert answer.status_code == 400
    assert words in said_of(answer)[0][0]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_clouds_search_of_old_is_gone(
    jira: Sandbox, http: requests.Session, method: str
) -> None:
    answer = call(jira, http, CLOUD, method, "/search", json={"jql": 'labels = "a"'})
    assert answer.status_code == 410
    assert "Please migrate to the /rest/api/3/search/jql API" in said_of(answer)[0][0]


@BOTH
@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/issue/OPS-9", 404, "Issue does not exist or you do not have permission"),
        ("PUT", "/issue/OPS-9", 404, "Issue does not exist or you do not have permission"),
        ("POST", "/issue/OPS-9/comment", 404, "Issue does not exist or you do not have"),
        ("GET", "/project/NOPE", 404, "No project could be found with key 'NOPE'"),
        ("GET", "/issue/createmeta/OPS/issuetypes/1", 404, "The issue type is not found"),
        ("GET", "/user/search", 400, "query parameter was not provided"),
        ("GET", "/mypermissions?permissions=FLY", 400, "Unrecognized permission(s): FLY"),
        ("DELETE", "/issue/OPS-9", 405, "405 Method Not Allowed"),
        ("GET", "/nonsense", 404, "404 Not Found"),
    ],
)
def test_a_call_that_leads_nowhere_is_refused(
    jira: Sandbox,
    http: requests.Session,
    root: str,
    method: str,
    path: str,
    status: int,
    words: str,
) -> None:
    answer = call(jira, http, root, method, path, json={})
    assert answer.status_code == status
    assert words in said_of(answer)[0][0]
    assert len(jira.refusals) == 1


def test_the_cloud_wants_to_know_which_permissions(jira: Sandbox, http: requests.Session) -> None:
    answer = call(jira, http, CLOUD, "GET", "/mypermissions")
    assert said_of(answer)[0] == ["The 'permissions' query parameter is required."]
    assert call(jira, http, SERVER, "GET", "/mypermissions").status_code == 200


@BOTH
@pytest.mark.parametrize(
    ("how", "status", "words"),
    [
        ({"data": b"{}"}, 415, "Content-Type is not application/json"),
        ({"data": b"{", "headers": {"Content-Type": "application/json"}}, 400, "Invalid request"),
        ({"json": []}, 400, "Invalid request payload"),
        ({"json": {"fields": NEW, "nonsense": 1}}, 400, "Invalid request payload"),
        ({"json": {"fields": "x"}}, 400, "Invalid request payload"),
    ],
)
def test_a_body_that_is_none_is_refused(
    jira: Sandbox,
    http: requests.Session,
    root: str,
    how: Mapping[str, Any],
    status: int,
    words: str,
) -> None:
    answer = call(jira, http, root, "POST", "/issue", **how)
    assert (answer.status_code, words in said_of(answer)[0][0]) == (status, True)


@pytest.mark.parametrize(
    ("root", "how"),
    [
        (CLOUD, {"auth": None}),
        (CLOUD, {"auth": ("bridge@example.com", "wrong")}),
        (CLOUD, {"auth": ("bridge@example.com", "sandbox-password")}),
        (CLOUD, {"auth": ("bridge", "sandbox-api-token")}),
        (CLOUD, {"auth": None, "headers": {"Authorization": "Bearer sandbox-token"}}),
        (SERVER, {"auth": None}),
        (SERVER, {"auth": ("bridge", "wrong")}),
        (SERVER, {"auth": ("nobody", "sandbox-password")}),
        (SERVER, {"auth": None, "headers": {"Authorization": "Bearer wrong"}}),
    ],
)
def test_nobody_who_is_not_known_is_let_in(
    jira: Sandbox, http: requests.Session, root: str, how: Mapping[str, Any]
) -> None:
    answer = call(jira, http, root, "GET", "/myself", **how)
    assert answer.status_code == 401
    assert answer.headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"
    assert said_of(answer)[0]


def test_a_token_lets_in_at_data_center(jira: Sandbox, http: requests.Session) -> None:
    how: dict[str, Any] = {"auth": None, "headers": {"Authorization": "Bearer sandbox-token"}}
    assert call(jira, http, SERVER, "GET", "/myself", **how).status_code == 200


def test_who_was_wrong_too_often_has_to_solve_a_captcha(
    jira: Sandbox, http: requests.Session
) -> None:
    for _ in range(3):
        call(jira, http, SERVER, "GET", "/myself", auth=("bridge", "wrong"))
    answer = call(jira, http, SERVER, "GET", "/myself")
    assert answer.status_code == 403
    assert answer.headers["X-Authentication-Denied-Reason"].startswith("CAPTCHA_CHALLENGE")
    http.post(jira.url + "/_sandbox/captcha", timeout=5)
    assert call(jira, http, SERVER, "GET", "/myself").status_code == 200


@BOTH
def test_who_has_less_than_all_rights_is_told_so_or_shown_nothing(
    jira: Sandbox, http: requests.Session, root: str
) -> None:
    key = file(jira, http, root)
    at = "@example.com" if root == CLOUD else ""
    reader, blind = ((f"{name}{at}", AUTH[root][1]) for name in ("reader", "blind"))
    said = {"fields": {**NEW}}
    for who in (reader, blind):
        refused = call(jira, http, root, "POST", "/issue", json=said, auth=who)
        assert said_of(refused)[1] == {"project": "You cannot create issues in this project."}
    for method, path in (("PUT", ""), ("POST", "/comment"), ("POST", "/transitions")):
        answer = call(jira, http, root, method, f"/issue/{key}{path}", json={}, auth=reader)
        assert answer.status_code == 403
    assert call(jira, http, root, "GET", f"/issue/{key}", auth=reader).status_code == 200
    ways = call(jira, http, root, "GET", f"/issue/{key}/transitions", auth=reader).json()
    assert ways["transitions"] == []
    assert call(jira, http, root, "GET", f"/issue/{key}", auth=blind).status_code == 404
    assert call(jira, http, root, "GET", "/project/OPS", auth=blind).status_code == 404
    path = "/search/jql" if root == CLOUD else "/search"
    asked = {"jql": 'labels = "tok-1"', "fields": ["labels"]}
    found = call(jira, http, root, "POST", path, json=asked, auth=blind)
    assert (found.status_code, found.json()["issues"]) == (200, [])
