"""Bodies that come packed."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.sources.auth import BearerAuth
from tests.web.fakes import JSON, Web

BODY = b'{"alerts": []}'


def gzipped(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


def post(web: Web, packed: bytes, encoding: str) -> int:
    headers = {**JSON, "Content-Encoding": encoding}
    return web.client().post("/webhooks/am", data=packed, headers=headers).status_code


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzipped(BODY)),
        ("GZIP", gzipped(BODY)),
        ("x-gzip", gzipped(BODY)),
        ("deflate", zlib.compress(BODY)),
        ("deflate", raw_deflate(BODY)),
        ("identity", BODY),
        ("", BODY),
    ],
)
def test_a_packed_body_is_handed_on_unpacked(encoding: str, packed: bytes) -> None:
    web = Web()
    assert post(web, packed, encoding) == 202
    assert web.intake.received == [("am", BODY, "application/json")]


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", BODY),
        ("gzip", b""),
        ("gzip", gzipped(BODY)[:-1]),
        ("gzip", gzipped(BODY) + b"x"),
        ("gzip", gzipped(BODY) + gzipped(BODY)),
        ("deflate", BODY),
        ("deflate", zlib.compress(BODY)[:-1]),
    ],
)
def test_what_is_not_packed_as_it_says_is_400_and_kept_as_it_came(
    encoding: str, packed: bytes
) -> None:
    web = Web()
    assert post(web, packed, encoding) == 400
    reason = f"the body is not packed by {encoding}, as its header says"
    assert web.intake.kept == [("am", packed, "application/json", reason)]
    assert web.intake.received == []


@pytest.mark.parametrize("pack", [gzipped, zlib.compress, raw_deflate])
def test_a_body_is_unpacked_up_to_the_limit_and_no_further(pack: Callable[[bytes], bytes]) -> None:
    encoding = "gzip" if pack is gzipped else "deflate"
    web = Web(max_body=10_000)
    assert post(web, pack(b"x" * 10_000), encoding) == 202
    assert post(web, pack(b"x" * 10_001), encoding) == 413
    (kept,) = web.intake.kept
    assert kept[1] == pack(b"x" * 10_001)
    assert kept[3].startswith("the unpacked body is larger than 10000 bytes")


def test_a_bomb_does_not_go_off() -> None:
    bomb = gzipped(b"\0" * 200_000_000)
    web = Web(max_body=1_000_000)
    tracemalloc.start()
    assert post(web, bomb, "gzip") == 413
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000


def test_a_stranger_has_nothing_unpacked_or_kept() -> None:
    web = Web()
    client = web.client(BearerAuth(secrets=("right",)))
    headers = {**JSON, "Content-Encoding": "gzip"}
    assert client.post("/webhooks/am", data=b"junk", headers=headers).status_code == 401
    assert web.intake.kept == []


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate"]))
def test_no_bytes_are_a_crash(body: bytes, encoding: str) -> None:
    assert post(Web(), body, encoding) in (202, 400)
