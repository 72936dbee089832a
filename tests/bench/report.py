"""What was measured, written down: JSON that keeps every round, tables, a picture, and the page."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from tests.bench.figures import Figure
from tests.bench.svg import number, picture

FIGURES = "figures.json"
PICTURE = "figures.svg"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
_MARKED = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
NOT_MEASURED = "Not measured yet: `make bench` writes the figures here."


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One part's figures, and what they were measured on."""

    title: str
    at: str  #: the day
    rounds: int
    rejected: int  #: rounds that were left out because they were lopsided
    machine: Mapping[str, str]
    figures: Sequence[Figure]

    def as_json(self) -> dict[str, Any]:
        """Write it."""
        return {
            "title": self.title,
            "at": self.at,
            "rounds": self.rounds,
            "rejected": self.rejected,
            "machine": dict(self.machine),
            "figures": [figure.as_json() for figure in self.figures],
        }


def read(folder: Path) -> dict[str, Measured]:
    """Give what was written before, by part; nothing if nothing was."""
    file = folder / FIGURES
    if not file.exists():
        return {}
    said: dict[str, dict[str, Any]] = orjson.loads(file.read_bytes())
    return {
        name: Measured(**{**part, "figures": [Figure.from_json(f) for f in part["figures"]]})
        for name, part in said.items()
    }


def write(folder: Path, parts: Mapping[str, Measured]) -> None:
    """Write the JSON and the picture."""
    folder.mkdir(parents=True, exist_ok=True)
    said = {name: part.as_json() for name, part in parts.items()}
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    (folder / FIGURES).write_bytes(orjson.dumps(said, option=options))
    figures = [figure for part in parts.values() for figure in part.figures]
    (folder / PICTURE).write_text(picture(figures))


def rewritten(page: str, parts: Mapping[str, Measured]) -> str:
    """Put the tables between the marks of a page; ValueError if it has none."""
    if not _MARKED.search(page):
        message = f"the page lacks the marks {BEGIN} and {END}"
        raise ValueError(message)
    block = f"{BEGIN}\n{block_of(parts)}\n{END}"
    return _MARKED.sub(lambda _: block, page)


def block_of(parts: Mapping[str, Measured]) -> str:
    """Write everything between the marks."""
    if not parts:
        return NOT_MEASURED
    image = f"![Every figure that has a goal, against it](performance/{PICTURE})"
    goals = (_goals(part) for part in parts.values() if any(f.goal for f in part.figures))
    return "\n\n".join((image, _HEAD + "".join(goals), *(_details(p) for p in parts.values())))


_HEAD = "| | median | middle half | goal | |\n|---|---|---|---|---|"


def _goals(part: Measured) -> str:
    rows = (_row(figure) for figure in part.figures if figure.goal is not None)
    return "".join(f"\n{row}" for row in (f"| **{part.title}** | | | | |", *rows))


def _details(part: Measured) -> str:
    """Write all figures of a part, to be unfolded, with what they were measured on."""
    left_out = f", {part.rejected} lopsided left out" if part.rejected else ""
    machine = ", ".join(f"{name} {value}" for name, value in part.machine.items())
    said = f"{part.rounds} rounds{left_out}, {part.at}; {machine}."
    title = f"<details><summary>{part.title}: everything</summary>"
    rows = (_row(figure) for figure in part.figures)
    return "\n".join((title, "", said, "", _HEAD, *rows, "", "</details>"))


def _row(figure: Figure) -> str:
    said = figure.spread
    median = f"{number(said.median)} {figure.unit}".strip()
    spread = f"{number(said.low)} to {number(said.high)}" if len(figure.values) > 1 else ""
    goal = "" if figure.goal is None else str(figure.goal)
    return f"| {figure.name} | {median} | {spread} | {goal} | {_verdict(figure)} |"


def _verdict(figure: Figure) -> str:
    match figure.is_met:
        case None:
            return ""
        case True:
            return "met"
        case False:
            return "**missed**"


def table(part: Measured) -> str:
    """Write a part for a terminal."""
    width = max((len(figure.name) for figure in part.figures), default=0)
    lines = [f"{part.title} ({part.rounds} rounds, {part.rejected} left out)"]
    for figure in part.figures:
        said = figure.spread
        value = f"{number(said.median)} {figure.unit}".strip()
        spread = f"[{number(said.low)} .. {number(said.high)}]"
        goal = "" if figure.goal is None else f"goal {figure.goal}: {_verdict(figure).strip('*')}"
        lines.append(f"  {figure.name:<{width}}  {value:>18}  {spread:<20} {goal}".rstrip())
    return "\n".join(lines)
