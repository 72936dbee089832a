"""A desk that quotes whatever it was sent, credentials and all, as careless ones do."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson


@dataclass
class Echo:
    """Answers every call with one status and the request, from one of some words on."""

    status: int
    words: Sequence[str]
    as_json: bool
    heard: list[str] = field(default_factory=list)
    url: str = ""

    def quote(self, heard: str) -> str:
        """Begin where it hurts: errors quote the beginning of an answer only."""
        places = [heard.find(word) for word in self.words]
        return heard[min((at for at in places if at >= 0), default=0) :]


@contextmanager
def echo_server(status: int, words: Sequence[str], *, as_json: bool) -> Iterator[Echo]:
    """Run a desk for the length of a block."""
    echo = Echo(status, words, as_json)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            heard = f"{self.requestline}\n{self.headers}\n{body}"
            echo.heard.append(heard)
            said = _in_json(echo.quote(heard)) if as_json else echo.quote(heard).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = do_PATCH = do_PUT = answer  # noqa: N815  # http.server's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    echo.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield echo
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _in_json(heard: str) -> bytes:
    """Quote it where each of the vendors puts its words."""
    return orjson.dumps(
        {
            "Errors": heard,
            "returnCode": "ERROR",
            "userMessage": heard,
            "error": {"message": "Operation Failed", "detail": heard},
            "errorMessages": [heard],
        }
    )
