"""Read bridge.yaml; whatever is wrong with it is said at once, each with its place."""

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from marshmallow import ValidationError

from bridge.backends import BACKENDS
from bridge.domain.errors import ConfigurationError, Problem
from bridge.domain.retention import Retention
from bridge.settings.interpolate import interpolate
from bridge.settings.model import (
    BackendSettings,
    ServerSettings,
    Settings,
    SourceSettings,
)
from bridge.settings.schema import BridgeSection
from bridge.sources import SOURCES
from bridge.sources.auth import NoAuth
from bridge.yamlfile import Document, Section, load, schema_problems

_LOOPBACK = ("127.", "localhost", "::1", "[::1]")


class _Type(Protocol):
    @property
    def schema(self) -> type[Section]: ...


T = TypeVar("T", bound=_Type)


def load_settings(file: Path, environ: Mapping[str, str]) -> Settings:
    """Read and check a configuration; raise ConfigurationError with every problem found."""
    document = load(file, lambda text: interpolate(text, environ))
    reading = _Reading(document)
    return reading.settings(file)


class _Reading:
    """One pass over the document, collecting problems."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.folder = Path(document.file).parent
        self.problems: list[Problem] = list(document.problems)
        self.warnings: list[Problem] = []

    def settings(self, file: Path) -> Settings:
        top = self._top()
        sources = {
            name: SourceSettings(
                type=type_, auth=section["auth"], allow=section["allow"], section=section
            )
            for name, type_, section in self._entries("sources", top, SOURCES)
        }
        backends = {
            name: BackendSettings(type=type_, section=section)
            for name, type_, section in self._entries("backends", top, BACKENDS)
        }
        default = self._default_backend(top, list(top.get("backends", ())))
        self._warn(sources, backends, top)
        if self.problems:
            raise ConfigurationError(self.problems)
        return Settings(
            file=file,
            database=_beside(top["database"], file),
            rules=file.parent / top["rules"],
            instance=top["instance"],
            timezone=ZoneInfo(top["timezone"]),
            server=_server(top["server"]),
            sources=sources,
            backends=backends,
            default_backend=default,
            retention=Retention(
                inbox=top["retention"]["inbox"],
                inbox_bytes=top["retention"]["inbox_size"],
                resolved=top["retention"]["resolved"],
            ),
            warnings=tuple(self.warnings),
        )

    def _top(self) -> Mapping[str, Any]:
        data = self.document.data if self.document.data is not None else {}
        try:
            loaded: Mapping[str, Any] = BridgeSection().load(data)  # type: ignore[arg-type]
        except ValidationError as error:
            self.problems += schema_problems(self.document, error)
            valid = error.valid_data
            return valid if isinstance(valid, Mapping) else {}
        return loaded

    def _entries(
        self, kind: str, top: Mapping[str, Any], types: Mapping[str, T]
    ) -> Sequence[tuple[str, T, Mapping[str, Any]]]:
        loaded = []
        for name, raw in top.get(kind, {}).items():
            type_ = self._type(kind, name, raw, types)
            section = self._section(kind, name, raw, type_) if type_ is not None else None
            if type_ is not None and section is not None:
                loaded.append((name, type_, section))
        return loaded

    def _type(self, kind: str, name: str, raw: object, types: Mapping[str, T]) -> T | None:
        said = raw.get("type") if isinstance(raw, Mapping) else None
        if said in types:
            return types[str(said)]
        close = difflib.get_close_matches(str(said), types, n=1)
        known = f"did you mean {close[0]!r}?" if close else f"choose one of {', '.join(types)}"
        message = f"{name} has no type" if said is None else f"unknown type {said!r}"
        self.problems.append(self.document.problem((kind, name, "type"), message, known))
        return None

    def _section(self, kind: str, name: str, raw: object, type_: _Type) -> Mapping[str, Any] | None:
        try:
            section: Mapping[str, Any] = type_.schema(folder=self.folder).load(raw)  # type: ignore[arg-type]
        except ValidationError as error:
            self.problems += schema_problems(self.document, error, (kind, name))
            return None
        except ConfigurationError as error:
            # A file that this section names is wrong in itself.
            self.problems += error.problems
            return None
        return section

    def _default_backend(self, top: Mapping[str, Any], names: Sequence[str]) -> str:
        default = top.get("default_backend")
        if default is None and len(names) == 1:
            return names[0]
        if default in names:
            return str(default)
        if names:
            message = f"{default!r} is none of the backends" if default else "is missing"
            remedy = f"choose one of {', '.join(names)}"
            problem = self.document.problem(
                ("default_backend",), f"default_backend: {message}", remedy
            )
            self.problems.append(problem)
        return ""

    def _warn(
        self,
        sources: Mapping[str, SourceSettings],
        backends: Mapping[str, BackendSettings],
        top: Mapping[str, Any],
    ) -> None:
        for name, source in sources.items():
            if isinstance(source.auth, NoAuth):
                self._warning(
                    ("sources", name, "auth"),
                    f"anyone may send to the source {name}",
                    "give it a bearer token or a basic password",
                )
        for name, backend in backends.items():
            self._warn_of_backend(name, backend.section)
        server = top.get("server", {})
        host, _ = server.get("bind", ("127.0.0.1", 0))
        if not server.get("console") and not host.startswith(_LOOPBACK):
            self._warning(
                ("server",),
                "the console and the API are open to anyone who can reach them",
                "set server.console.auth",
            )

    def _warn_of_backend(self, name: str, section: Mapping[str, Any]) -> None:
        if section.get("verify") is False:
            self._warning(
                ("backends", name, "verify"),
                f"the certificate of {name} is not verified",
                "give its issuer as `ca:` and remove `verify: false`",
            )
        url = urlsplit(str(section.get("url", "")))
        if url.scheme == "http" and not (url.hostname or "").startswith(_LOOPBACK):
            self._warning(
                ("backends", name, "url"),
                f"credentials travel to {name} in clear",
                "use https://",
            )

    def _warning(self, where: tuple[str, ...], message: str, remedy: str) -> None:
        self.warnings.append(self.document.problem(where, message, remedy, is_warning=True))


def _server(section: Mapping[str, Any]) -> ServerSettings:
    said = dict(section)
    host, port = said.pop("bind")
    console = said.pop("console")
    return ServerSettings(
        host=host, port=port, console_auth=console["auth"] if console else None, **said
    )


def _beside(database: str, file: Path) -> str:
    """Take a relative SQLite path as relative to the configuration, whatever the working folder."""
    prefix = "sqlite:///"
    if not database.startswith(prefix) or database.removeprefix(prefix).startswith("/"):
        return database
    return f"{prefix}{(file.parent / database.removeprefix(prefix)).absolute()}"
