"""A copy of the database while others write."""

from pathlib import Path

import pytest

from bridge.domain.errors import StoreUnavailable
from bridge.store import Store, open_store
from tests.builders import make_incident
from tests.store.given import save, stored


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=False)
def test_a_copy_holds_what_was_committed(store: Store, tmp_path: Path) -> None:
    save(store, make_incident())
    with store.intake() as transaction:
        transaction.live_incidents(["01"])
        store.backup(tmp_path / "copy.db")
    copy = open_store(f"sqlite:///{tmp_path / 'copy.db'}")
    assert stored(copy) == make_incident()
    copy.dispose()


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_copy_never_takes_the_place_of_a_file(store: Store, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("precious")
    with pytest.raises(StoreUnavailable, match="exists; name a new file"):
        store.backup(tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "precious"


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_server_is_copied_by_its_own_tool(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="run pg_dump"):
        store.backup(tmp_path / "copy.db")
