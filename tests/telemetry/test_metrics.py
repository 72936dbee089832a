"""Metrics: the contract's names, merged over processes, completed from the store."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from bridge.domain.errors import StoreUnavailable
from bridge.domain.incident import Phase
from bridge.telemetry import metrics
from tests.builders import T0
from tests.web.fakes import FakeReader

#: contract: metric (as the text format names its family) and its labels
CONTRACT = {
    "bridge_webhooks": {"source", "outcome"},
    "bridge_alerts": {"source", "status"},
    "bridge_rule_matches": {"rule"},
    "bridge_unmatched_alerts": set(),
    "bridge_template_errors": {"rule", "field"},
    "bridge_deliveries": {"backend", "operation", "outcome"},
    "bridge_delivery_seconds": {"backend", "operation"},
    "bridge_backend_up": {"backend"},
    "bridge_rules_loaded_timestamp_seconds": set(),
    "bridge_rules_reload_failures": set(),
    "bridge_webhook_seconds": {"source"},
}


def samples(text: bytes) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Give every sample of a scrape by name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_the_contracts_metrics_exist_under_their_names_with_their_labels() -> None:
    declared = {
        metric._name: set(metric._labelnames)
        for metric in vars(metrics).values()
        if hasattr(metric, "_labelnames")
    }
    assert {name: declared.get(name) for name in CONTRACT} == CONTRACT


def test_a_scrape_holds_the_process_and_the_store() -> None:
    metrics.UNMATCHED_ALERTS.inc()
    reader = FakeReader(counts={("summit", "filed"): 3}, due={"summit": 4.5})
    scraped = samples(metrics.render(reader, T0, "v1"))
    assert scraped["bridge_unmatched_alerts_total", ()] >= 1
    assert scraped["bridge_incidents", (("backend", "summit"), ("phase", "filed"))] == 3
    assert scraped["bridge_oldest_due_seconds", (("backend", "summit"),)] == 4.5
    assert scraped["bridge_rules_info", (("version", "v1"),)] == 1


def test_every_phase_of_a_known_desk_has_a_series() -> None:
    reader = FakeReader(counts={("summit", "filed"): 3})
    scraped = samples(metrics.render(reader, T0, "v1"))
    phases = {dict(labels)["phase"] for name, labels in scraped if name == "bridge_incidents"}
    assert phases == {phase.value for phase in Phase}


def test_a_store_that_is_down_leaves_out_its_own_and_nothing_else() -> None:
    scraped = samples(metrics.render(FakeReader(error=StoreUnavailable("down")), T0, "v1"))
    names = {name for name, _ in scraped}
    assert "bridge_unmatched_alerts_total" in names
    assert not names & {"bridge_incidents", "bridge_oldest_due_seconds"}


def test_a_scrape_leaves_nothing_registered() -> None:
    before = len(list(REGISTRY.collect()))
    metrics.render(FakeReader(counts={("x", "filed"): 1}), T0, "v1")
    assert len(list(REGISTRY.collect())) == before


_PROCESS = """
from bridge.telemetry import metrics
metrics.WEBHOOKS.labels("am", "accepted").inc({count})
metrics.WEBHOOK_SECONDS.labels("am").observe(0.01)
metrics.BACKEND_UP.labels("summit").set({up})
"""


def run_process(folder: Path, *, count: int, up: int) -> None:
    subprocess.run(
        [sys.executable, "-c", _PROCESS.format(count=count, up=up)],
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)},
        check=True,
        timeout=50,
    )


def test_what_two_processes_counted_is_one_scrape(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_process(tmp_path, count=2, up=1)
    run_process(tmp_path, count=3, up=0)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    scraped = samples(metrics.render(FakeReader(due={"summit": 1}), T0, "v1"))
    accepted = (("outcome", "accepted"), ("source", "am"))
    assert scraped["bridge_webhooks_total", accepted] == 5
    assert scraped["bridge_webhook_seconds_count", (("source", "am"),)] == 2
    assert scraped["bridge_backend_up", (("backend", "summit"),)] == 0, "the most recent"
    assert scraped["bridge_oldest_due_seconds", (("backend", "summit"),)] == 1
