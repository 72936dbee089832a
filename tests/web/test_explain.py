"""POST /api/v1/explain."""

import pytest

from bridge.domain.errors import ConfigurationError, MalformedBody, Problem
from bridge.sources.auth import BearerAuth
from bridge.telemetry.logging import register_secret
from bridge.trial.explainer import UnknownSource
from bridge.web import guard_for
from tests.web.fakes import Web

ORDER = {"source": "am", "payload": {"alerts": []}}


@pytest.fixture
def web() -> Web:
    return Web()


def test_the_answer_is_what_the_explanation_says(web: Web) -> None:
    web.explain.said = {"alerts": [{"name": "Disk"}], "left_out": 0}
    answer = web.client().post("/api/v1/explain", json=ORDER)
    assert (answer.status_code, answer.json) == (200, web.explain.said)
    assert web.explain.asked == [("am", b'{"alerts":[]}', None)]


def test_a_body_may_come_as_its_own_text(web: Web) -> None:
    web.client().post("/api/v1/explain", json={"source": "am", "payload": "not JSON"})
    assert web.explain.asked == [("am", b"not JSON", None)]


@pytest.mark.parametrize(
    ("rules", "texts"),
    [
        ("version: 1", {"rules.yaml": "version: 1"}),
        ({"a.yaml": "version: 1", "t.csv": "k,v"}, {"a.yaml": "version: 1", "t.csv": "k,v"}),
        ({"rules": [], "version": 1}, {"rules.yaml": '{"rules":[],"version":1}'}),
    ],
)
def test_rules_may_come_as_text_as_files_or_as_json(
    web: Web, rules: object, texts: dict[str, str]
) -> None:
    web.client().post("/api/v1/explain", json={**ORDER, "rules": rules})
    assert web.explain.asked[0][2] == texts


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ({"payload": {}}, "source: Missing data"),
        ({"source": "am"}, "payload: Missing data"),
        ({**ORDER, "rule": "x"}, "rule: Unknown field"),
        ({**ORDER, "rules": 7}, "rules: is no file of rules"),
        ({**ORDER, "rules": ""}, "rules: is no file of rules"),
        ([], "Invalid input type"),
    ],
)
def test_an_order_of_another_shape_is_refused(web: Web, order: object, said: str) -> None:
    answer = web.client().post("/api/v1/explain", json=order)
    assert answer.status_code == 400
    assert said in answer.get_json()["detail"]
    assert web.explain.asked == []


@pytest.mark.parametrize(
    ("error", "status"), [(UnknownSource("am"), 404), (MalformedBody("no alerts; add them"), 400)]
)
def test_what_cannot_be_explained_is_said(web: Web, error: Exception, status: int) -> None:
    web.explain.error = error
    answer = web.client().post("/api/v1/explain", json=ORDER)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"


def test_rules_that_cannot_be_used_are_answered_with_every_problem(web: Web) -> None:
    problem = Problem(file="a.yaml", line=3, column=5, message="unknown key", remedy="remove it")
    web.explain.error = ConfigurationError([problem])
    answer = web.client().post("/api/v1/explain", json={**ORDER, "rules": "x"})
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert answer.get_json()["problems"] == [
        {
            "file": "a.yaml",
            "line": 3,
            "column": 5,
            "message": "unknown key",
            "remedy": "remove it",
            "is_warning": False,
        }
    ]


def test_only_those_who_prove_themselves_may_ask(web: Web) -> None:
    guard = guard_for(BearerAuth(secrets=("admin-token",)), web.clock)
    client = web.client(console_guard=guard)
    assert client.post("/api/v1/explain", json=ORDER).status_code == 401
    assert web.explain.asked == []
    proof = {"Authorization": "Bearer admin-token"}
    assert client.post("/api/v1/explain", json=ORDER, headers=proof).status_code == 200


@pytest.mark.usefixtures("forgets_secrets")
def test_no_known_secret_is_in_the_answer(web: Web) -> None:
    register_secret("s3cr3t-key")
    web.explain.said = {"alerts": [{"labels": {"password": "s3cr3t-key"}}]}
    assert "s3cr3t" not in web.client().post("/api/v1/explain", json=ORDER).text
