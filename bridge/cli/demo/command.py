"""The demo's story: alerts fire, one escalates, some clear, all clear."""

import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

import click
from rich.console import Console

from bridge.cli.demo.stage import Stage, set_up
from bridge.cli.demo.view import View, view_for

SETTLE_SECONDS = 40.0
LOOK_SECONDS = 0.1
#: Time for a person to read one step before the next.
READING_SECONDS = 2.5

_CHAPTERS = {
    "1-fire": "1  Alerts fire",
    "2-escalate": "2  One escalates: the same ticket is updated",
    "3-partial-clear": "3  Some clear: a ticket is resolved when all its alerts have",
    "4-clear": "4  All clear",
}


@click.command()
@click.option("--once", is_flag=True, help="End after the story; exit 1 if it went wrong.")
@click.pass_context
def demo(context: click.Context, *, once: bool) -> None:
    """Show the whole bridge on loopback: two sandbox desks, recorded alerts, real webhooks."""
    console = Console()
    view = view_for(console)
    pause = READING_SECONDS if console.is_terminal and not once else 0.0
    try:
        with tempfile.TemporaryDirectory(prefix="bridge-demo-") as folder:
            view.say("Starting two sandbox desks and the bridge ...")
            with set_up(Path(folder)) as stage:
                problems = _tell(stage, view, pause)
                if not once:
                    _stay()
    except KeyboardInterrupt:
        view.close()
        return
    finally:
        view.close()
    context.exit(1 if problems else 0)


def _tell(stage: Stage, view: View, pause: float) -> Sequence[str]:
    """Tell the story; say what did not end as it should."""
    view.say(f"bridge   {stage.bridge}  (the console; incidents and their timelines)")
    for name, desk in stage.desks.items():
        view.say(f"{name:8} {desk.url}  (its tickets)")
    for chapter, bodies in _story():
        view.say(_CHAPTERS[chapter])
        for body in bodies:
            _send(stage, view, body)
        _settle(stage, view)
        time.sleep(pause)
    problems = problems_of(stage)
    for problem in problems:
        view.say(f"PROBLEM  {problem}")
    if not problems:
        view.say("Every incident ended as expected: one ticket each, all resolved.")
    view.say(f"console  {stage.bridge}/")
    return problems


def _send(stage: Stage, view: View, body: bytes) -> None:
    receipt = stage.send(body)
    rules = [touched["rule"] or "(defaults)" for touched in receipt["incidents"]]
    for alert in json.loads(body)["alerts"]:
        taken = ", ".join(rules) or "dropped: not a fault"
        view.alert(_title(alert["labels"]), alert["status"], taken)
    view.show(stage.incidents())


def _settle(stage: Stage, view: View) -> None:
    """Wait until the desks have what the alerts want, showing the way there."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline:
        incidents = stage.incidents()
        view.show(incidents)
        if all(incident["due_at"] is None for incident in incidents):
            return
        time.sleep(LOOK_SECONDS)


class Told(Protocol):
    """What a finished story is judged by."""

    def incidents(self) -> Sequence[Mapping[str, Any]]:
        """Give every incident."""

    def refusals(self) -> Sequence[str]:
        """Say what the desks refused."""


def problems_of(stage: Told) -> Sequence[str]:
    """Say what did not end as it should."""
    incidents = stage.incidents()
    unresolved = [
        f"{incident['spec']['subject']}: {incident['phase']}"
        for incident in incidents
        if incident["phase"] != "resolved"
    ]
    missing = [] if incidents else ["no incident was opened"]
    return [*missing, *unresolved, *(f"refused by {text}" for text in stage.refusals())]


def _story() -> Iterator[tuple[str, Sequence[bytes]]]:
    """Give the recorded bodies, chapter by chapter, in the order they were sent."""
    folder = files("bridge.cli.demo") / "alerts"
    recorded = sorted(file.name for file in folder.iterdir() if file.name.endswith(".json"))
    for chapter, names in groupby(recorded, key=lambda name: name.split(".")[0]):
        yield chapter, [(folder / name).read_bytes() for name in names]


def _title(labels: Mapping[str, Any]) -> str:
    telling = ("severity", "instance", "pod", "service")
    told = ", ".join(f"{name}={labels[name]}" for name in telling if name in labels)
    return f"{labels['alertname']} ({told})"


def _stay() -> None:
    click.echo("Ctrl-C ends the demo.")
    while True:
        time.sleep(1)
