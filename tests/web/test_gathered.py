"""What is sent of an answer, and when."""

import socket
from collections.abc import Iterator

import pytest

from bridge.web.gathered import Gathered


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    theirs.settimeout(0)
    with ours, theirs:
        yield ours, theirs


Ends = tuple[socket.socket, socket.socket]


def received(theirs: socket.socket) -> bytes:
    try:
        return theirs.recv(1_000_000)
    except BlockingIOError:
        return b""


def test_head_and_body_are_sent_together(ends: Ends) -> None:
    gathered = Gathered(ends[0])
    gathered.sendall(b"head")
    gathered.sendall(b"body")
    assert received(ends[1]) == b""
    gathered.flush()
    gathered.flush()
    assert received(ends[1]) == b"headbody"


def test_a_long_answer_is_not_held_back(ends: Ends) -> None:
    gathered = Gathered(ends[0])
    gathered.sendall(b"x" * 65_000)
    gathered.sendall(b"y" * 1_000)
    assert received(ends[1]) == b"x" * 65_000 + b"y" * 1_000


def test_what_else_is_done_to_the_socket_comes_after_what_was_sent(ends: Ends) -> None:
    gathered = Gathered(ends[0])
    gathered.sendall(b"first")
    gathered.send(b" second")
    assert received(ends[1]) == b"first second"
    gathered.sendall(b" third")
    gathered.shutdown(socket.SHUT_WR)
    assert received(ends[1]) == b" third"
