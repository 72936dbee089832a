"""What a drill showed, out of its incident."""

from bridge.domain.drill import KEY_PREFIX
from bridge.domain.errors import ErrorKind
from bridge.domain.incident import LastError
from bridge.store import Store
from tests.builders import T0, make_incident
from tests.store.given import save


def test_a_drill_that_failed_says_what_the_desk_said(store: Store) -> None:
    error = LastError(kind=ErrorKind.TRANSIENT, message="desk: create answered 503", at=T0)
    save(store, make_incident(None, {"last_error": error}, key=f"{KEY_PREFIX}1"))
    [result] = store.drills()
    assert result.why.endswith(": desk: create answered 503")
    assert not result.has_passed


def test_a_drill_whose_turn_never_came_says_where_to_look(store: Store) -> None:
    save(store, make_incident(key=f"{KEY_PREFIX}1"))
    [result] = store.drills()
    assert "not tried in time; `bridge incidents list`" in result.why
