"""The bridge's metrics: counted by every process, merged and completed from the store on a scrape.

Processes share their counts through the files of PROMETHEUS_MULTIPROC_DIR, which has to be set
before this module is first imported (https://prometheus.github.io/client_python/multiprocess/).
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from bridge.domain.drill import DrillResult
from bridge.domain.errors import BridgeError
from bridge.domain.incident import Phase
from bridge.domain.reading import Reader

CONTENT_TYPE = CONTENT_TYPE_LATEST

#: A drill that takes longer has failed, whatever becomes of it.
_DRILL_PATIENCE = timedelta(minutes=2)

_WEBHOOK_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15)
_DELIVERY_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60)

WEBHOOKS = Counter(
    "bridge_webhooks_total", "Webhook requests to a configured source.", ["source", "outcome"]
)
WEBHOOK_SECONDS = Histogram(
    "bridge_webhook_seconds",
    "Time from a webhook's headers to its answer.",
    ["source"],
    buckets=_WEBHOOK_BUCKETS,
)
ALERTS = Counter("bridge_alerts_total", "Alerts taken from webhook bodies.", ["source", "status"])
RULE_MATCHES = Counter("bridge_rule_matches_total", "Alerts that a rule applied to.", ["rule"])
UNMATCHED_ALERTS = Counter("bridge_unmatched_alerts_total", "Alerts that no rule applied to.")
TEMPLATE_ERRORS = Counter(
    "bridge_template_errors_total",
    "Templates that failed and whose fallback was filed instead.",
    ["rule", "field"],
)
TABLE_MISSES = Counter(
    "bridge_table_misses_total", "Alerts for which a table of the rules had no row.", ["table"]
)
DELIVERIES = Counter(
    "bridge_deliveries_total",
    "Steps carried out at a service desk.",
    ["backend", "operation", "outcome"],
)
DELIVERY_SECONDS = Histogram(
    "bridge_delivery_seconds",
    "Time a service desk took to answer.",
    ["backend", "operation"],
    buckets=_DELIVERY_BUCKETS,
)
BACKEND_UP = Gauge(
    "bridge_backend_up",
    "1 while the service desk answers and accepts the bridge, else 0.",
    ["backend"],
    multiprocess_mode="mostrecent",
)
FINDINGS = Counter(
    "bridge_findings_total",
    "What a sweep found to disagree: alerts gone or missing at a source, tickets that a person "
    "finished, deleted or took at a service desk.",
    ["where", "finding"],
)
RULES_LOADED = Gauge(
    "bridge_rules_loaded_timestamp_seconds",
    "When the rules in force were loaded.",
    multiprocess_mode="mostrecent",
)
RULES_RELOAD_FAILURES = Counter(
    "bridge_rules_reload_failures_total", "Changed rules that were refused; the last good stay."
)

# Series by their labels, as most webhooks need them: `labels` takes a lock and makes texts of all
# of them each time. What is kept is no more than the metrics keep, as labels are closed sets.
webhooks = cache(WEBHOOKS.labels)
webhook_seconds = cache(WEBHOOK_SECONDS.labels)
alerts = cache(ALERTS.labels)
rule_matches = cache(RULE_MATCHES.labels)


def render(reader: Reader, now: datetime, rules_version: str) -> bytes:
    """Write all metrics of this host as Prometheus text; a store that fails leaves its own out."""
    own = (_StoreState(reader, now), _RulesVersion(rules_version))
    return generate_latest(_shared_registry()) + b"".join(map(generate_latest, own))


def _shared_registry() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # registers itself
    return registry


class _StoreState(Collector):
    """What only the store knows, read once for each scrape."""

    def __init__(self, reader: Reader, now: datetime) -> None:
        self._reader = reader
        self._now = now

    def collect(self) -> Iterable[Metric]:
        """Give the incidents by phase and the backlog's age, or nothing."""
        try:
            return self._read()
        except BridgeError:
            return ()

    def _read(self) -> Sequence[Metric]:
        incidents = GaugeMetricFamily(
            "bridge_incidents", "Incidents by where they stand.", labels=["backend", "phase"]
        )
        for (backend, phase), count in _with_zeros(self._reader.phase_counts()).items():
            incidents.add_metric([backend, phase], count)
        oldest_due = GaugeMetricFamily(
            "bridge_oldest_due_seconds",
            "How long the longest-due incident of a service desk has been due.",
            labels=["backend"],
        )
        for backend, seconds in self._reader.oldest_due_seconds(self._now).items():
            oldest_due.add_metric([backend], seconds)
        return incidents, oldest_due, *_drilled(self._reader.drills(), self._now)


def _drilled(results: Sequence[DrillResult], now: datetime) -> Sequence[Metric]:
    """Tell the latest drill of each desk, once it is over or ought to be."""
    passed = GaugeMetricFamily(
        "bridge_drill_success",
        "1 if the latest drill filed and resolved its ticket.",
        labels=["backend"],
    )
    at = GaugeMetricFamily(
        "bridge_drill_timestamp_seconds", "When the latest drill began.", labels=["backend"]
    )
    seconds = GaugeMetricFamily(
        "bridge_drill_seconds",
        "How long the steps of the latest drill took.",
        labels=["backend", "step"],
    )
    for result in results:
        if not result.has_passed and now - result.at < _DRILL_PATIENCE:
            continue
        passed.add_metric([result.backend], result.has_passed)
        at.add_metric([result.backend], result.at.timestamp())
        for step, took in (("file", result.file_seconds), ("resolve", result.resolve_seconds)):
            if took is not None:
                seconds.add_metric([result.backend, step], took)
    return passed, at, seconds


class _RulesVersion(Collector):
    """Which rules decide in the process that answers."""

    def __init__(self, version: str) -> None:
        self._version = version

    def collect(self) -> Iterable[Metric]:
        """Give one series, whose label says it."""
        info = GaugeMetricFamily(
            "bridge_rules_info", "1; the label names the rules in force.", labels=["version"]
        )
        info.add_metric([self._version], 1)
        return (info,)


def _with_zeros(counts: Mapping[tuple[str, str], int]) -> Mapping[tuple[str, str], int]:
    """Name every phase of a known desk: a series that comes and goes cannot be alerted on."""
    backends = sorted({backend for backend, _ in counts})
    zeros = {(backend, phase.value): 0 for backend in backends for phase in Phase}
    return {**zeros, **counts}
