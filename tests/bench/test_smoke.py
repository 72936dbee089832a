"""The bench itself works: one part of it, as short as can be; `make bench-smoke` tries them all."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.bench import report
from tests.e2e.processes import REPOSITORY, environment

#: `make bench-smoke`, which CI runs, does the same and more.
pytestmark = pytest.mark.long

BENCH = (sys.executable, "-m", "tests.bench")


def bench(
    *arguments: str, folder: Path, seconds: float = 100.0
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*BENCH, *arguments],
        cwd=REPOSITORY,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def folders_in_use() -> Iterator[Path]:
    """Give the working directory of every process that we may look at."""
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            yield link.readlink()


def assert_nothing_is_left(work: Path) -> None:
    assert list(work.iterdir()) == []
    assert not [folder for folder in folders_in_use() if folder.is_relative_to(work)]


@pytest.mark.timeout(120)
def test_a_part_is_measured_and_written_down_and_nothing_is_left(tmp_path: Path) -> None:
    work, out = tmp_path / "work", tmp_path / "out"
    work.mkdir()
    ran = bench("writers", "--smoke", "--work", str(work), "--out", str(out), folder=tmp_path)
    assert ran.returncode == 0, ran.stderr

    part = report.read(out)["writers"]
    ratios = {figure.name: figure for figure in part.figures if figure.goal is not None}
    assert set(ratios) == {
        "1 per body, p99, 2 processes / 1",
        "10 per body, p99, 2 processes / 1",
    }
    assert all(value > 0 for figure in part.figures for value in figure.values)
    assert {"processors", "memory", "file system", "Python", "SQLite"} <= set(part.machine)
    assert all(name in ran.stdout for name in ratios)
    assert (out / report.PICTURE).read_text().startswith("<svg ")

    assert_nothing_is_left(work)


@pytest.mark.timeout(120)
def test_a_bench_that_is_told_to_end_takes_everything_with_it(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    with subprocess.Popen(
        [*BENCH, "writers", "--smoke", "--work", str(work)],
        cwd=REPOSITORY,
        env=environment(tmp_path),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None
        assert b"two web processes" in process.stderr.readline()  # and so its bridges run
        assert any(folder.is_relative_to(work) for folder in folders_in_use())
        process.terminate()
        assert process.wait(60) == 1
    assert_nothing_is_left(work)


def test_an_unknown_part_is_named_with_those_that_there_are(tmp_path: Path) -> None:
    ran = bench("acept", folder=tmp_path)
    assert ran.returncode == 2
    assert "no part 'acept'; choose from accept, " in ran.stderr
    assert "Traceback" not in ran.stderr
