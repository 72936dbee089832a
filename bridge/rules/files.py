"""Which files make up a set of rules."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from bridge.domain.errors import ConfigurationError
from bridge.yamlfile import load

_SUFFIXES = (".yaml", ".yml")


def rule_files(path: Path) -> Sequence[Path]:
    """Give a rules file, or those of a folder in name order; nothing if there is neither."""
    if path.is_file():
        return [path]
    return sorted(p for p in path.glob("*") if p.suffix in _SUFFIXES and p.is_file())


def files_behind(paths: Iterable[Path]) -> frozenset[Path]:
    """Give all that a set of rules is read from, the files of its tables too, there or not."""
    rules = [file for path in paths for file in rule_files(path)]
    return frozenset(rules).union(*(_table_files(file) for file in rules))


def _table_files(file: Path) -> Iterator[Path]:
    try:
        data = load(file).data
    except ConfigurationError:
        return
    tables = data.get("tables") if isinstance(data, Mapping) else None
    for table in tables.values() if isinstance(tables, Mapping) else ():
        named = table.get("file") if isinstance(table, Mapping) else None
        if isinstance(named, str):
            yield file.parent / named
