"""The configuration as the rest of the bridge sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bridge.backends import BackendType
from bridge.domain.errors import Problem
from bridge.domain.retention import Retention
from bridge.sources import SourceType
from bridge.sources.auth import Auth


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """One entry of `sources:`."""

    type: SourceType
    auth: Auth
    allow: tuple[IPv4Network | IPv6Network, ...] = ()  #: where the sender may be; else anywhere
    section: Mapping[str, Any] = field(repr=False)  #: loaded by the type's schema


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendSettings:
    """One entry of `backends:`."""

    type: BackendType
    section: Mapping[str, Any] = field(repr=False)  #: loaded by the type's schema


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """How the web side listens."""

    host: str
    port: int
    workers: int
    threads: int  #: webhooks worked on at once, in each worker
    queue: int  #: webhooks that wait for one of them, in each worker
    max_body: int  #: in bytes
    max_alerts: int  #: in one body
    read_timeout: timedelta  #: for a whole request to arrive
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]  #: whose X-Forwarded-For is believed
    console_auth: Auth | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that bridge.yaml says."""

    file: Path
    database: str = field(repr=False)  #: its URL may hold a password
    rules: Path
    instance: str
    timezone: ZoneInfo  #: whose clock tickets are told the time by
    server: ServerSettings
    sources: Mapping[str, SourceSettings]
    backends: Mapping[str, BackendSettings]
    default_backend: str
    retention: Retention
    warnings: tuple[Problem, ...] = ()
