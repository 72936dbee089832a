"""Rules that somebody sends along to have them tried: bounded, and blind to this host's files."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bridge.domain.errors import ConfigurationError, Problem
from bridge.domain.json import JsonObject, JsonValue
from bridge.rules import Rules
from bridge.rules.files import files_behind

Load = Callable[[Path], Rules]  #: reads the rules of a folder; raises ConfigurationError

MAX_FILES = 50
MAX_CHARACTERS = 300_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def with_rules(
    texts: Mapping[str, str], load: Load, use: Callable[[Rules], JsonObject]
) -> JsonObject:
    """Give what `use` says of the rules in files of these names; raise ConfigurationError."""
    _check_size(texts)
    with TemporaryDirectory(prefix="bridge-rules-") as name, _under_their_own_names(name):
        folder = Path(name)
        for file, text in texts.items():
            (folder / file).write_text(text, encoding="utf-8", errors="replace")
        _check_files(folder, texts)
        said = use(load(folder))
        return {key: _short(value, name) for key, value in said.items()}


def _check_size(texts: Mapping[str, str]) -> None:
    for name in texts:
        if not _NAME.fullmatch(name):
            raise _wrong("rules", f"{name[:80]!r} is no file name", "use letters, digits, - and .")
    if len(texts) > MAX_FILES or sum(map(len, texts.values())) > MAX_CHARACTERS:
        most = f"send at most {MAX_FILES} files of {MAX_CHARACTERS} characters together"
        raise _wrong("rules", "there are too many rules to try at once", most)


def _check_files(folder: Path, texts: Mapping[str, str]) -> None:
    """Refuse tables of files that were not sent: what they hold would show in the answer."""
    for file in sorted(files_behind([folder])):
        if file.parent != folder or file.name not in texts:
            said = str(file).removeprefix(f"{folder}/")
            raise _wrong("rules", f"the table's file {said!r} was not sent", "send it beside them")


@contextmanager
def _under_their_own_names(folder: str) -> Iterator[None]:
    try:
        yield
    except ConfigurationError as error:
        raise ConfigurationError(
            [_renamed(problem, folder) for problem in error.problems]
        ) from None


def _renamed(problem: Problem, folder: str) -> Problem:
    file, message = (_short_text(text, folder) for text in (problem.file, problem.message))
    return replace(problem, file=file, message=message)


def _short(value: JsonValue, folder: str) -> JsonValue:
    match value:
        case str():
            return _short_text(value, folder)
        case Mapping():
            return {key: _short(inner, folder) for key, inner in value.items()}
        case list() | tuple():
            return [_short(inner, folder) for inner in value]
        case _:
            return value


def _short_text(text: str, folder: str) -> str:
    return text.replace(f"{folder}/", "").replace(folder, "rules")


def _wrong(file: str, message: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(
        [Problem(file=file, line=1, column=1, message=message, remedy=remedy)]
    )
