"""What the demo shows: a live table in a terminal, plain lines elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from rich.console import Console
from rich.live import Live
from rich.table import Table

Incident = Mapping[str, Any]

_STYLES = {
    "filed": "yellow",
    "resolved": "green",
    "cancelled": "dim",
    "parked": "bold red",
    "outcome unknown": "red",
}


class View(Protocol):
    """Shows the demo as it goes."""

    def say(self, text: str) -> None:
        """Show a line that stays."""

    def alert(self, title: str, status: str, rule: str) -> None:
        """Show an alert that was sent and the rule that took it."""

    def show(self, incidents: Sequence[Incident]) -> None:
        """Show where the incidents stand now."""

    def close(self) -> None:
        """Stop redrawing."""


def view_for(console: Console) -> View:
    """Choose by where the output goes."""
    return LiveView(console) if console.is_terminal else PlainView(console)


class PlainView:
    """One line for each thing that happens."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: dict[str, str] = {}

    def say(self, text: str) -> None:
        """Print a line."""
        self._print(text)

    def alert(self, title: str, status: str, rule: str) -> None:
        """Print the alert."""
        self._print(f"  alert   {status:8} {title}  rule {rule}")

    def show(self, incidents: Sequence[Incident]) -> None:
        """Print each incident that has changed."""
        for incident in incidents:
            line = described(incident) if incident["ticket"] is not None else ""
            if line and self._shown.get(incident["id"]) != line:
                self._shown[incident["id"]] = line
                self._print(f"  ticket  {line}")

    def close(self) -> None:
        """Do nothing: what is printed stays."""

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


class LiveView:
    """A table that follows the incidents, under the lines said so far."""

    def __init__(self, console: Console) -> None:
        self._live = Live(table(()), console=console, refresh_per_second=8)
        self._live.start()

    def say(self, text: str) -> None:
        """Print above the table."""
        self._live.console.print(text, markup=False, highlight=False)

    def alert(self, title: str, status: str, rule: str) -> None:
        """Print the alert above the table."""
        style = "green" if status == "resolved" else "yellow"
        self._live.console.print(f"  {status:8} {title}", style=style, markup=False, end="")
        self._live.console.print(f"  rule {rule}", style="dim", markup=False)

    def show(self, incidents: Sequence[Incident]) -> None:
        """Redraw the table."""
        self._live.update(table(incidents))

    def close(self) -> None:
        """Leave the last table standing."""
        self._live.stop()


def described(incident: Incident) -> str:
    """Say in a line what became of an incident."""
    spec, ticket = incident["spec"], incident["ticket"]
    configuration_item = f"{spec.get('CI_Key', '')} {spec.get('CI_Value', '')}".strip() or "no CI"
    return (
        f"{incident['phase']:8} {incident['backend']} {ticket['number']} ({ticket['status']})  "
        f"{spec.get('priority', '-')}  {configuration_item}  {spec['subject']}"
    )


def table(incidents: Sequence[Incident]) -> Table:
    """Draw the incidents."""
    drawn = Table(
        "INCIDENT", "RULE", "PRIORITY", "CI", "ALERTS", "DESK", "TICKET", "PHASE", expand=True
    )
    for incident in incidents:
        spec, ticket, alerts = incident["spec"], incident["ticket"], incident["alerts"]
        phase = incident["phase"]
        drawn.add_row(
            spec["subject"],
            incident["rule"] or "(defaults)",
            spec.get("priority", "-"),
            spec.get("CI_Value", "-"),
            f"{alerts['firing']} firing" if alerts["firing"] else "clear",
            incident["backend"],
            f"{ticket['number']} {ticket['status']}" if ticket else "-",
            f"[{_STYLES.get(phase, 'white')}]{phase}[/]",
        )
    return drawn
