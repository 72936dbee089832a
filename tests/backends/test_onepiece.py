"""Requests to a desk leave in one piece, also over TLS and to a proxy; large ones do not."""

import http.client
from datetime import timedelta

import pytest
from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPSConnection

from bridge.backends.desk import Limits
from bridge.backends.http import Call, HttpClient
from bridge.backends.onepiece import send_in_one_piece
from bridge.backends.sending import Connection
from tests.backends.raw_server import answer, raw_server

READ = Call(operation="read", method="GET", path="/ticket/7", repeatable=True)


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Gather what http.client hands to its socket."""
    seen: list[bytes] = []
    original = http.client.HTTPConnection.send

    def send(self: http.client.HTTPConnection, data: bytes) -> None:
        seen.append(bytes(data))
        original(self, data)

    monkeypatch.setattr(http.client.HTTPConnection, "send", send)
    return seen


def write(text: str) -> Call:
    return Call(
        operation="create", method="POST", path="/ticket", json={"text": text}, repeatable=False
    )


def send(url: str, *calls: Call, proxy: str | None = None) -> None:
    limits = Limits(timeout=timedelta(seconds=5))
    client = HttpClient("desk", Connection(url=url, limits=limits, proxy=proxy))
    try:
        for call in calls:
            client.send(call)
    finally:
        client.close()


def test_a_small_request_is_one_piece_each_time(pieces: list[bytes]) -> None:
    with raw_server(answer()) as server:
        send(server.url, write("disk full"), write("disk full"), READ)
    assert [piece.split()[0] for piece in pieces] == [b"POST", b"POST", b"GET"]
    assert all(piece.endswith(b'\r\n\r\n{"text":"disk full"}') for piece in pieces[:2])
    assert [got.body for got in server.received] == [b'{"text":"disk full"}'] * 2 + [b""]


def test_a_small_request_to_a_proxy_is_one_piece(pieces: list[bytes]) -> None:
    with raw_server(answer()) as proxy:
        send("http://desk.invalid", write("disk full"), proxy=proxy.url)
    assert len(pieces) == 1
    assert proxy.received[0].target == "http://desk.invalid/ticket"


def test_a_large_request_is_not_copied_together(pieces: list[bytes]) -> None:
    text = "x" * 100_000
    with raw_server(answer()) as server:
        send(server.url, write(text))
    assert len(pieces) > 1
    assert server.received[0].body == b'{"text":"%s"}' % text.encode()


def test_a_small_request_is_one_piece_over_tls_too(pieces: list[bytes]) -> None:
    pool = HTTPSConnectionPool("desk.invalid")
    send_in_one_piece(pool)
    connection = pool.ConnectionCls("desk.invalid")
    assert isinstance(connection, HTTPSConnection)
    connection.connect = lambda: None  # type: ignore[method-assign]  # nobody is there
    with pytest.raises(AttributeError, match="sendall"):
        connection.request("POST", "/ticket", b"disk full")
    assert [piece.endswith(b"\r\n\r\ndisk full") for piece in pieces] == [True]
