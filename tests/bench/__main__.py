"""`python -m tests.bench [PART...]`: measures, prints, and writes what was measured."""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click
import requests
from sqlalchemy.exc import SQLAlchemyError

from bridge.domain.errors import BridgeError
from tests.bench import report
from tests.bench.parts import PARTS, TITLES, USUAL
from tests.bench.report import Measured
from tests.bench.stage import FULL, SMOKE, Scale, Stage
from tests.e2e.processes import REPOSITORY, ProcessEnded

DOCS = REPOSITORY / "docs" / "performance"
PAGE = REPOSITORY / "docs" / "performance.md"

#: What may go wrong with processes, connections and databases while something is measured.
FAILURES = (
    ProcessEnded,
    RuntimeError,
    AssertionError,
    ValueError,
    OSError,
    BridgeError,
    SQLAlchemyError,
    requests.RequestException,
    subprocess.SubprocessError,
)


@click.command()
@click.argument("parts", nargs=-1, metavar=f"[{'|'.join(PARTS)}]...")
@click.option("--smoke", is_flag=True, help="Do as little as shows that the bench works.")
@click.option("--rounds", type=click.IntRange(1, 50), help="How often everything is repeated.")
@click.option("--stored", type=click.IntRange(100, 5_000_000), help="The most incidents stored.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where figures.json and figures.svg go.  [default: docs/performance; not with --smoke]",
)
@click.option(
    "--work",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where SQLite's databases go: on a disk whose commits you want measured.",
)
def main(
    parts: tuple[str, ...],
    *,
    smoke: bool,
    rounds: int | None,
    stored: int | None,
    out: Path | None,
    work: Path | None,
) -> None:
    """Measure PARTS, by default all but the peers, on loopback, and end what was started."""
    unknown = [name for name in parts if name not in PARTS]
    if unknown:
        raise click.UsageError(f"there is no part {unknown[0]!r}; choose from {', '.join(PARTS)}")
    # What was started ends with us, also when we are asked to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    scale = _scale(SMOKE if smoke else FULL, rounds, stored)
    keep_in = out or (None if smoke else DOCS)
    with tempfile.TemporaryDirectory(prefix="bridge-bench-", dir=work) as folder:
        failed = measure(parts or USUAL, scale, work=Path(folder), keep_in=keep_in)
    if smoke:
        click.echo("This was a smoke run: the bench works, and no figure above means anything.")
    if failed:
        raise click.ClickException(f"not measured: {', '.join(failed)}; the reasons are above")


def _scale(scale: Scale, rounds: int | None, stored: int | None) -> Scale:
    return replace(scale, rounds=rounds or scale.rounds, many_stored=stored or scale.many_stored)


def measure(
    parts: Sequence[str], scale: Scale, *, work: Path, keep_in: Path | None
) -> Sequence[str]:
    """Measure part after part, print and keep each once it is known; name those that failed."""
    failed: list[str] = []
    with Stage(work, scale) as stage:
        for name in parts:
            try:
                with _bounded(scale.longest_seconds):
                    part = _measured(stage, name)
                if part.figures:
                    click.echo(f"{report.table(part)}\n")
                if part.figures and keep_in is not None:
                    keep(keep_in, {name: part})
            except FAILURES as exc:
                stage.say(f"{name} broke off: {exc}")
                failed.append(name)
    return failed


@contextmanager
def _bounded(seconds: int) -> Iterator[None]:
    """Raise TimeoutError where the body is when it takes longer, so that it cleans up."""

    def end(*_: object) -> None:
        message = f"not done after {seconds} s"
        raise TimeoutError(message)

    signal.signal(signal.SIGALRM, end)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def _measured(stage: Stage, name: str) -> Measured:
    rejected_before = stage.rejected
    figures = PARTS[name](stage)
    return Measured(
        title=TITLES[name],
        at=f"{datetime.now(UTC):%Y-%m-%d}",
        rounds=stage.scale.rounds,
        rejected=stage.rejected - rejected_before,
        machine=stage.facts(),
        figures=figures,
    )


def keep(folder: Path, measured: Mapping[str, Measured]) -> None:
    """Write the parts beside those measured before; in the documentation, into its page too."""
    parts = {**report.read(folder), **measured}
    ordered = {name: parts[name] for name in PARTS if name in parts}
    report.write(folder, ordered)
    if folder.resolve() == DOCS:
        PAGE.write_text(report.rewritten(PAGE.read_text(), ordered))
    click.echo(f"written to {folder}")


if __name__ == "__main__":
    main()
