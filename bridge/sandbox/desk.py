"""A stand-in service desk: a vendor's API over a real HTTP server, for tests and for trying out."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from flask import Blueprint, Flask
from werkzeug.wrappers import Request

from bridge.sandbox.book import CallLog, TicketBook
from bridge.sandbox.faults import FaultPlan
from bridge.sandbox.gate import Gate
from bridge.sandbox.ledger import Ledger
from bridge.sandbox.routes import common_routes
from bridge.sandbox.server import HOST, DeskServer
from bridge.sandbox.ticket import SandboxTicket


class Sandbox(ABC):
    """One stand-in desk on the loopback interface.

    Its tickets, and the calls it refused, live as long as the object, or as the file `keep`.
    `latency` is a span such as 50ms and each fault is `KIND` or `KIND=SHARE`; ValueError, with
    the remedy, if one is not.
    """

    #: How people call the desk.
    title: ClassVar[str]
    #: The desk's own words for a field, where it has a fixed choice of them.
    vocabulary: ClassVar[Mapping[str, Collection[str]]]

    def __init__(
        self, latency: str = "0ms", faults: Sequence[str] = (), keep: Path | None = None
    ) -> None:
        self._faults = FaultPlan(latency, faults)
        ledger = Ledger(keep)
        self._book = TicketBook(ledger)
        self._calls = CallLog(ledger)
        self._stopping = threading.Event()
        self._server: DeskServer | None = None
        self._port = 0

    def start(self, port: int = 0) -> None:
        """Serve on this port of 127.0.0.1 (0: any free one); ValueError if it is not to be had."""
        if self._server is not None:
            message = f"{self.title} is already served at {self.url}; stop it first"
            raise ValueError(message)
        self._stopping.clear()
        self._server = DeskServer(self._gate(), port)
        self._port = self._server.port

    def stop(self) -> None:
        """Refuse connections from now on and end those there are; the tickets stay."""
        server, self._server = self._server, None
        if server is not None:
            self._stopping.set()
            server.stop()

    @property
    def url(self) -> str:
        """Where the desk is, or was last, without a slash at the end."""
        return f"http://{HOST}:{self._port}"

    @property
    def refusals(self) -> Sequence[str]:
        """The calls that broke the vendor's rules, a line each, the oldest first."""
        return tuple(str(refused) for refused in self._calls.refused())

    @property
    def tickets(self) -> Sequence[SandboxTicket]:
        """The tickets as they are now, the oldest first."""
        return self._book.all()

    @abstractmethod
    def vendor_routes(self) -> Blueprint:
        """Give the vendor's API."""

    @abstractmethod
    def operation(self, request: Request) -> str:
        """Name what a call asks for, in the vendor's words, from its path and its body."""

    def no_call_left(self, resets_in: timedelta) -> Mapping[str, str]:  # noqa: ARG002  # for desks that tell
        """Give the headers in which the desk says when calls are allowed again, if it has any."""
        return {}

    def _gate(self) -> Gate:
        app = Flask("bridge.sandbox", static_folder=None)
        app.register_blueprint(
            common_routes(
                title=self.title,
                book=self._book,
                calls=self._calls,
                faults=self._faults,
                vocabulary=self.vocabulary,
            )
        )
        app.register_blueprint(self.vendor_routes())
        return Gate(
            app.wsgi_app,
            calls=self._calls,
            faults=self._faults,
            operation=self.operation,
            no_call_left=self.no_call_left,
            stopping=self._stopping,
        )
