"""From files and folders to a rule book; all problems of all files are reported at once."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from marshmallow import ValidationError

from bridge.domain.errors import ConfigurationError, Problem
from bridge.rules.book import Rules
from bridge.rules.compile import FileCompiler
from bridge.rules.files import rule_files
from bridge.rules.model import Behaviour, Rule, RuleSet
from bridge.rules.schema import RuleFileSection
from bridge.rules.table_sources import compile_table
from bridge.rules.tables import Table
from bridge.rules.templates import NAMES, compiler_of
from bridge.yamlfile import Document, Place, Where, load, mistaken, schema_problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What could be read of some rules, and everything that is wrong with them."""

    rules: RuleSet
    problems: Sequence[Problem]
    is_unreadable: bool  #: a file is not there, or not YAML
    doubtful: Collection[str]  #: ids of rules of which something had to be left out
    first: Place  #: where the first file begins


def load_rules(
    paths: Sequence[Path], *, backends: Collection[str] | None, default_backend: str
) -> Rules:
    """Read and compile files, and folders of *.yaml in name order, as one list of rules.

    `backends` are the names that rules may use; None allows any. Raise ConfigurationError.
    """
    loaded = read_rules(paths, backends=backends, default_backend=default_backend)
    if loaded.problems:
        raise ConfigurationError(loaded.problems)
    return Rules(loaded.rules)


def read_rules(
    paths: Sequence[Path], *, backends: Collection[str] | None, default_backend: str
) -> Loaded:
    """Read the same, as far as can be, whatever is wrong."""
    loading = _Loading(backends)
    files = [file for path in paths for file in loading.files(path)]
    for file in files:
        loading.read(file)
    return Loaded(
        rules=loading.compiled(default_backend),
        problems=loading.problems,
        is_unreadable=loading.is_unreadable,
        doubtful=loading.doubtful,
        first=Place(str(next(iter((*files, *paths)), ""))),
    )


@dataclass(slots=True)
class _Loading:
    backends: Collection[str] | None
    problems: list[Problem] = field(default_factory=list)
    is_unreadable: bool = False
    doubtful: set[str] = field(default_factory=set)
    _digest: Any = field(default_factory=lambda: hashlib.blake2b(digest_size=16))
    _read: list[tuple[Document, Mapping[str, Any]]] = field(default_factory=list)
    _tables: dict[str, Table] = field(default_factory=dict)
    _places: dict[str, Place] = field(default_factory=dict)  #: of the rules, by id

    def files(self, path: Path) -> Sequence[Path]:
        found = rule_files(path)
        if not found:
            what = "holds no *.yaml file" if path.is_dir() else "does not exist"
            self._refuse(path, what, "give a rules file or a folder of them")
        return found

    def read(self, file: Path) -> None:
        """Read one file, its tables with it."""
        try:
            document = load(file)
        except ConfigurationError as error:
            self.problems += error.problems
            self.is_unreadable = True
            return
        self.problems += document.problems
        try:
            section: Mapping[str, Any] | None = RuleFileSection().load(document.data)  # type: ignore[arg-type]  # it checks
        except ValidationError as error:
            self.problems += schema_problems(document, error)
            section = self._rest(document, mistaken(error))
        if section is None:
            return
        self._digest.update(repr(_deciding(document)).encode("utf-8", "surrogatepass"))
        self._read.append((document, section))
        for name, table in section["tables"].items():
            self._add_table(document, name, table, file.parent)

    def _rest(self, document: Document, mistakes: Sequence[Where]) -> Mapping[str, Any] | None:
        """Read a file without its mistakes, so that they do not hide others; None: impossible."""
        for where in mistakes:
            match where:
                case ("tables", str(name), *_):
                    self._tables.setdefault(name, _no_table(name, document))
                case ("rules", int(number), *_):
                    self.doubtful.add(str(document.at(("rules", number, "id"))))
                case _:
                    pass
        # A table with a mistake is left out whole.
        left_out = [where[:2] if where[:1] == ("tables",) else where for where in mistakes]
        try:
            section: Mapping[str, Any] = RuleFileSection().load(document.without(left_out))  # type: ignore[arg-type]  # it checks
        except ValidationError:
            return None
        return section

    def compiled(self, default_backend: str) -> RuleSet:
        """Compile what was read."""
        self._digest.update(default_backend.encode())
        compiler = compiler_of(self._tables)
        defaults: list[Behaviour] = []
        rules: list[Rule] = []
        drops = False
        for document, section in self._read:
            of_file = FileCompiler(document, compiler, self.backends)
            if section["defaults"]:
                defaults.append(of_file.defaults(section["defaults"]))
            for number, rule in enumerate(section["rules"]):
                rules.append(of_file.rule(rule, ("rules", number)))
                self._require_new(document, number, rules[-1])
            said = section.get("unmatched") or section["defaults"].get("unmatched")
            drops = said == "drop" if said else drops
            self.problems += of_file.problems
            self.doubtful |= of_file.doubtful
        return RuleSet(
            defaults=defaults,
            rules=rules,
            tables=list(self._tables.values()),
            backends=frozenset(self.backends) if self.backends is not None else None,
            default_backend=default_backend,
            drops_unmatched=drops,
            version=self._digest.hexdigest(),
        )

    def _add_table(
        self, document: Document, name: str, section: Mapping[str, Any], folder: Path
    ) -> None:
        where = ("tables", name)
        if name in self._tables or name in NAMES:
            remedy = "choose another name"
            self.problems.append(document.problem(where, f"{name!r} is taken already", remedy))
            return
        try:
            table = compile_table(name, section, document, folder)
        except ConfigurationError as error:
            self.problems += error.problems
            table = _no_table(name, document)
        self._tables[name] = table
        self._digest.update(repr(table).encode("utf-8", "surrogatepass"))

    def _require_new(self, document: Document, number: int, rule: Rule) -> None:
        first = self._places.setdefault(rule.name, rule.place)
        if first is not rule.place:
            self.problems.append(
                document.problem(
                    ("rules", number, "id"),
                    f"the rule {rule.name!r} stands already in {first}",
                    "give each rule an id of its own",
                )
            )

    def _refuse(self, path: Path, message: str, remedy: str) -> None:
        self.is_unreadable = True
        self.problems.append(Place(str(path)).problem(message, remedy))


def _no_table(name: str, document: Document) -> Table:
    """Stand in for a broken table, so that what uses its name is not wrong as well."""
    return Table(name=name, keys=1, rows=(), miss="", place=document.place(("tables", name)))


def _deciding(document: Document) -> object:
    """Give what of a file can change a decision: all but its tests."""
    data = document.data
    return {k: v for k, v in data.items() if k != "tests"} if isinstance(data, Mapping) else data
