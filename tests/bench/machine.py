"""What the figures were measured on, and what its processes use; nothing that names the machine."""

import os
import platform
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import perf_counter

#: What a small commit writes.
_PAGES = 3 * 4096
_TICKS = os.sysconf("SC_CLK_TCK")


def facts(work: Path) -> Mapping[str, str]:
    """Describe processor, memory, disk and versions."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processors": f"{os.cpu_count()} x {_processor()}",
        "memory": f"{pages / 2**30:.0f} GiB",
        "file system": _file_system(work),
        "kernel": f"{platform.system()} {platform.release().partition('-')[0]}",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _file_system(folder: Path) -> str:
    """Name the kind of file system that the databases are on: a commit may cost nothing there."""
    mounts = (line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines())
    holding = [(at, kind) for at, kind in mounts if folder.resolve().is_relative_to(at)]
    return max(holding, key=lambda mount: len(mount[0]), default=("", "unknown"))[1]


def cpu_seconds(pids: Iterable[int]) -> float:
    """Add up the processor time that processes have used; see proc_pid_stat(5)."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / _TICKS


def flush_seconds(folder: Path) -> float:
    """Say how long the disk takes until what was written to a new file is safe; see fsync(2)."""
    with NamedTemporaryFile(dir=folder) as file:
        file.write(bytes(_PAGES))
        file.flush()
        started = perf_counter()
        os.fsync(file.fileno())
        return perf_counter() - started


def memory_mb(pids: Iterable[int]) -> float:
    """Add up the memory of processes, with what they share counted once; see smaps in proc(5)."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1000
