"""What is loaded is not garbage, and nobody looks whether it is."""

import gc
from collections.abc import Iterator

import pytest

from bridge.bootstrap import spare_what_is_loaded


@pytest.fixture(autouse=True)
def _collector_as_it_was() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_what_is_loaded_is_left_out_of_later_looks() -> None:
    loaded = len(gc.get_objects())
    spare_what_is_loaded()
    assert len(gc.get_objects()) < loaded / 100


def test_what_comes_later_is_still_collected() -> None:
    class Node:
        me: "Node"

    collected: list[str] = []
    spare_what_is_loaded()
    node = Node()
    node.me = node
    gc.callbacks.append(lambda phase, info: collected.append(phase) if info["collected"] else None)
    try:
        del node
        gc.collect()
    finally:
        gc.callbacks.pop()
    assert collected
