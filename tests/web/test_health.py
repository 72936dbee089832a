"""Alive, ready, and the metrics."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bridge.domain.errors import StoreUnavailable
from bridge.telemetry.logging import register_secret
from bridge.web import Check
from bridge.web.schemas import HealthSchema, ReadinessSchema
from tests.web.fakes import Web


def test_healthz_is_fine_while_the_process_runs_even_if_the_store_does_not() -> None:
    web = Web()
    web.reader.error = StoreUnavailable("down")
    answer = web.client().get("/healthz")
    assert answer.status_code == 200
    assert answer.get_json() == {"status": "ok", "version": "1.2.3"}
    assert HealthSchema().validate(answer.get_json()) == {}


def test_readyz_is_ready_when_every_check_holds() -> None:
    web = Web(checks=[Check(name="store", ok=True, detail="")])
    answer = web.client().get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json()["status"] == "ready"


def test_readyz_gives_the_reason_when_it_is_not() -> None:
    web = Web(
        checks=[
            Check(name="store", ok=True, detail=""),
            Check(name="worker", ok=False, detail="no worker seen for 60 s; start one"),
        ]
    )
    answer = web.client().get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json() == {
        "status": "not ready",
        "checks": [
            {"name": "store", "ok": True, "detail": ""},
            {"name": "worker", "ok": False, "detail": "no worker seen for 60 s; start one"},
        ],
    }
    assert ReadinessSchema().validate(answer.get_json()) == {}


def test_metrics_are_prometheus_text_and_survive_a_store_that_is_down() -> None:
    web = Web()
    web.reader.counts = {("summit", "filed"): 3}
    up = web.client().get("/metrics")
    assert up.mimetype == "text/plain"
    families = {family.name for family in text_string_to_metric_families(up.text)}
    assert {"bridge_webhooks", "bridge_incidents"} <= families
    web.reader.error = StoreUnavailable("down")
    down = web.client().get("/metrics")
    assert down.status_code == 200
    families = {family.name for family in text_string_to_metric_families(down.text)}
    assert "bridge_webhooks" in families
    assert "bridge_incidents" not in families


@pytest.mark.usefixtures("forgets_secrets")
def test_readyz_tells_no_secret_of_what_failed() -> None:
    register_secret("pg-password-1")
    web = Web(checks=[Check(name="store", ok=False, detail="bridge:pg-password-1@pg refused")])
    assert "bridge:***@pg refused" in web.client().get("/readyz").text
