"""What an incident says where no rule says anything, or what a rule says fails."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bridge.domain.alert import Alert
from bridge.expressions.cut import cut
from bridge.expressions.filters import host
from bridge.expressions.limits import MAX_TEXT
from bridge.rules.limits import MAX_SUBJECT
from bridge.rules.values import clean

_PRIORITY: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("critical", "page", "disaster", "emergency", "fatal", "p1"), "critical"),
        **dict.fromkeys(("error", "high", "major", "p2"), "high"),
        **dict.fromkeys(("info", "information", "low", "notice", "none", "p4"), "low"),
    }
)


#: Where whoever works on a ticket wants to go; the same whichever replica of a sender says it.
_CARRIED_LINKS = ("runbook", "dashboard", "panel", "image", "silence")


def carried_links(alert: Alert) -> Mapping[str, str]:
    """Give the links that a ticket carries without any rule saying so."""
    return {name: alert.links[name] for name in _CARRIED_LINKS if alert.links.get(name)}


def _subject(alert: Alert) -> str:
    name = _line(alert.name) or _line(alert.labels.get("alertname", "")) or "Alert"
    where = _line(host(alert.labels.get("instance", "")))
    return cut(f"{name} on {where}" if where else name, MAX_SUBJECT)


def _line(text: str) -> str:
    return " ".join(clean(text).split())


def _description(alert: Alert) -> str:
    said = (alert.annotations.get(name, "") for name in ("description", "message", "summary"))
    text = next((text for text in said if text.strip()), "")
    labels = "\n".join(f"{name}: {value}" for name, value in sorted(alert.labels.items()))
    return cut(clean("\n\n".join(part for part in (text, labels) if part)), MAX_TEXT).strip()


def _priority(alert: Alert) -> str:
    return _PRIORITY.get(alert.labels.get("severity", "").strip().lower(), "medium")


#: Every ticket needs these; any other field may be left to the desk.
BUILT_IN: Mapping[str, Callable[[Alert], str]] = MappingProxyType(
    {"subject": _subject, "description": _description, "priority": _priority}
)
