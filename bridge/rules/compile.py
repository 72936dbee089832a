"""From a rules file as read to rules as compiled; every mistake is said with its place."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any, TypeVar

from bridge.domain.errors import Problem
from bridge.domain.policy import Policy
from bridge.domain.spec import ATTRIBUTES, public_name
from bridge.expressions import Compiler, Literal, Template
from bridge.rules.keys import Key, KeyByLabels, KeyByNames, KeyByTemplate
from bridge.rules.matchers import Match, Matcher, parse_matcher
from bridge.rules.memo import texts_read
from bridge.rules.model import Behaviour, Path, Rule, Setting
from bridge.rules.reading import getter
from bridge.rules.values import (
    CustomValue,
    LineValue,
    TextsValue,
    TextValue,
    Value,
    json_template,
)
from bridge.yamlfile import Document, Where, unknown_key

T = TypeVar("T")

_POLICIES = tuple(f.name for f in fields(Policy))
_EMPTY = Literal("")


@dataclass(slots=True)
class FileCompiler:
    """Compiles one rules file; what cannot be compiled becomes a problem and is left out."""

    document: Document
    compiler: Compiler
    backends: Collection[str] | None
    problems: list[Problem] = field(default_factory=list)
    doubtful: set[str] = field(default_factory=set)  #: ids of rules that lack something of theirs

    def defaults(self, section: Mapping[str, Any]) -> Behaviour:
        """Compile `defaults:`."""
        where: Where = ("defaults",)
        settings = [*self._settings("defaults", section["set"], (*where, "set"))]
        if "backend" in section:
            settings += self._setting(
                "defaults", (*where, "backend"), "backend", section["backend"]
            )
        return Behaviour(
            name="defaults",
            place=self.document.place(where),
            settings=settings,
            key=self._key(section, where),
            key_place=self.document.place((*where, "key")),
            policies=_policies("defaults", section),
        )

    def rule(self, section: Mapping[str, Any], where: Where) -> Rule:
        """Compile one of `rules:`."""
        name = section["id"]
        said = section.get("when")
        when = self._try(lambda: self.compiler.condition(said), (*where, "when")) if said else None
        return Rule(
            name=name,
            place=self.document.place((*where, "id")),
            settings=list(self._settings(name, section["set"], (*where, "set"))),
            key=self._key(section, where),
            key_place=self.document.place((*where, "key")),
            policies=_policies(name, section),
            match=self._match(section["match"], (*where, "match")),
            when=when,
            when_place=self.document.place((*where, "when")),
            when_reads=texts_read(when.reads) if when is not None else None,
            drop=section.get("drop"),
            is_final=section["final"],
        )

    def _match(self, section: Mapping[str, Sequence[str]], where: Where) -> Match:
        is_plain = isinstance(self.document.at(where), list)
        read = {
            kind: tuple(self._matchers(texts, where if is_plain else (*where, kind)))
            for kind, texts in section.items()
        }
        return Match(
            all_of=read.get("all", ()), any_of=read.get("any", ()), none_of=read.get("none", ())
        )

    def _matchers(self, texts: Sequence[str], where: Where) -> Iterator[Matcher]:
        for number, text in enumerate(texts):
            matcher = self._try(partial(parse_matcher, text), (*where, number))
            if matcher is not None:
                yield replace(matcher, place=self.document.place((*where, number)))

    def _key(self, section: Mapping[str, Any], where: Where) -> Key | None:
        said = section.get("key")
        match said:
            case None:
                return None
            case str():
                template = self._template(said, (*where, "key"))
                return KeyByTemplate(template) if template is not None else None
            case {"by": "labels", "except": left_out}:
                return KeyByLabels(frozenset(left_out))
            case _:
                return KeyByNames([(name, getter(name)) for name in said["by"]])

    def _settings(self, rule: str, section: Mapping[str, Any], where: Where) -> Iterator[Setting]:
        for attribute, said in section.items():
            name = public_name(attribute)
            yield from self._setting(rule, (*where, name), name, said)

    def _setting(self, rule: str, where: Where, name: str, said: Any) -> Iterator[Setting]:
        match name:
            case "CustomFields":
                for custom, typed in said.items():
                    yield from self._custom(rule, (*where, custom), (name, custom), typed)
            case "links" | "attachments":
                for of, text in said.items():
                    yield from self._text(rule, (*where, of), (name, of), text)
            case "raw":
                for backend, inner in said.items():
                    self._require_backend(backend, (*where, backend))
                    yield from self._raw(rule, (*where, backend), (name, backend), inner)
            case "cc" | "tags":
                texts = [self._template(t, (*where, i)) or _EMPTY for i, t in enumerate(said)]
                yield self._set(rule, where, (name,), TextsValue(texts))
            case _:
                yield from self._text(rule, where, (name,), said)

    def _text(self, rule: str, where: Where, path: Path, said: str | None) -> Iterator[Setting]:
        template = self._template(said or "", where)
        if template is None:
            return
        if path == ("backend",) and isinstance(template, Literal):
            self._require_backend(template.text, where)
        yield self._set(
            rule, where, path, LineValue(template) if path == ("subject",) else TextValue(template)
        )

    def _custom(
        self, rule: str, where: Where, path: Path, typed: Mapping[str, Any]
    ) -> Iterator[Setting]:
        value = self._try(lambda: json_template(typed["value"], self.compiler.template), where)
        if value is not None:
            yield self._set(rule, where, path, CustomValue(typed["type"], value))

    def _raw(self, rule: str, where: Where, path: Path, said: Any) -> Iterator[Setting]:
        if isinstance(said, Mapping):
            for name, inner in said.items():
                yield from self._raw(rule, (*where, name), (*path, name), inner)
            return
        value = self._try(lambda: json_template(said, self.compiler.template), where)
        if value is not None:
            yield self._set(rule, where, path, value)

    def _set(self, rule: str, where: Where, path: Path, value: Value) -> Setting:
        place = self.document.place(where)
        return Setting(
            path=path,
            value=value,
            rule=rule,
            place=place,
            name=".".join(path),
            target=(ATTRIBUTES.get(path[0], path[0]), *path[1:]),
            location=str(place),
            reads=texts_read({read for of in value.templates for read in of.reads}),
        )

    def _template(self, text: str, where: Where) -> Literal | Template | None:
        return self._try(lambda: self.compiler.template(text), where)

    def _require_backend(self, name: str, where: Where) -> None:
        if self.backends is not None and name and name not in self.backends:
            message, _, remedy = unknown_key(name, self.backends).partition("; ")
            self._report(where, message.replace("unknown key", "unknown backend"), remedy)

    def _try(self, compile_: Callable[[], T], where: Where) -> T | None:
        try:
            return compile_()
        except ValueError as error:
            message, _, remedy = str(error).rpartition("; ")
            self._report(where, message, remedy)
            return None

    def _report(self, where: Where, message: str, remedy: str) -> None:
        kind, *rest = where
        if kind == "rules":
            name = str(self.document.at((*where[:2], "id")))
            self.doubtful.add(name)
            kind, rest = f"rule {name}", rest[1:]
        field_name = ".".join(str(step) for step in rest if step != "set")
        said = f"{kind}, {field_name}: {message}"
        self.problems.append(self.document.problem(where, said, remedy))


def _policies(rule: str, section: Mapping[str, Any]) -> Mapping[str, Any]:
    said = {name: section[name] for name in _POLICIES if name in section}
    if said.get("budget") is not None:
        said["budget"] = replace(said["budget"], rule=rule)
    return said
