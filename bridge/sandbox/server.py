"""The HTTP/1.1 server below a stand-in desk: loopback only, and honest about broken connections."""

import errno
import socket
import struct
import threading
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

HOST = "127.0.0.1"
#: In a request's environment, when its first line was there.
ARRIVED_AT = "bridge.arrived_at"
_LONGEST_QUEUE = 128
#: Close at once and tell the peer with an RST.
_ABORT = struct.pack("ii", 1, 0)


class DeskServer:
    """Serves an application on a port of its own until it is stopped, with all its connections."""

    def __init__(self, app: "WSGIApplication", port: int) -> None:
        """Take the port (0: any free one); ValueError, with the remedy, if it is not to be had."""
        with _listener(port) as listener:
            self._server = _Server(HOST, port, app, _Handler, fd=listener.fileno())
        self.port: int = self._server.port
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="sandbox", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Close the port and every connection."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server.drop_connections()


def _listener(port: int) -> socket.socket:
    """Listen before the server does: it would end the process if the port is taken."""
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(_LONGEST_QUEUE)
    except (OSError, OverflowError) as exc:
        listener.close()
        taken = isinstance(exc, OSError) and exc.errno == errno.EADDRINUSE
        state = "taken" if taken else "not to be had"
        message = f"port {port} is {state}; choose another with --port"
        raise ValueError(message) from exc
    return listener


class _Server(ThreadedWSGIServer):
    """Knows its connections: those kept alive would otherwise outlive it."""

    def __init__(
        self, host: str, port: int, app: "WSGIApplication", handler: "type[_Handler]", *, fd: int
    ) -> None:
        super().__init__(host, port, app, handler, fd=fd)
        self._connections: set[socket.socket] = set()
        self._connections_lock = threading.Lock()

    def process_request(self, request: socket.socket, client_address: tuple[str, int]) -> None:  # type: ignore[override]  # TCP only
        with self._connections_lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]  # TCP only
        with self._connections_lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def drop_connections(self) -> None:
        with self._connections_lock:
            for connection in self._connections:
                _shut(connection)


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        # The peer was faster.
        return


class _Handler(WSGIRequestHandler):
    """Keeps connections alive between requests, which werkzeug's own handler never does."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def parse_request(self) -> bool:
        """Remember when the request came, whatever it takes to read it."""
        self._arrived_at = datetime.now(UTC)
        return super().parse_request()

    def run_wsgi(self) -> None:
        """Answer one request; an aborted one loses its connection, a reset one by RST."""
        environ = self._read_whole()
        try:
            answer = Response.from_app(self.server.app, environ, buffered=True)
        except ConnectionResetError:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
            self._hang_up()
        except ConnectionAbortedError:
            self.close_connection = True
        else:
            self._write(answer)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Stay quiet: the calls are on the page."""

    def _read_whole(self) -> dict[str, object]:
        """Read all of the body, so that the next request on this connection begins with itself."""
        environ = self.make_environ()
        stream = environ["wsgi.input"]
        chunked = environ.get("wsgi.input_terminated", False)
        body = stream.read() if chunked else stream.read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ[ARRIVED_AT] = self._arrived_at
        return environ

    def _write(self, answer: Response) -> None:
        body = b"" if self.command == "HEAD" else answer.get_data()
        self.send_response(answer.status_code)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _hang_up(self) -> None:
        self.close_connection = True
        fd = self.connection.detach()
        if fd >= 0:
            socket.close(fd)
