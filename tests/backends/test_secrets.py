"""No credential of a desk reaches a log, an error, a timeline, a metric or a preview."""

import base64
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from prometheus_client import generate_latest

from bridge.backends import Desk
from bridge.bootstrap.parts import build_desks, open_bridge
from bridge.settings import load_settings
from bridge.telemetry.logging import configure_logging
from tests.backends.echo_server import Echo, echo_server
from tests.backends.stands import SPEC, STANDS, TOKEN, Stand, planted
from tests.logs import kept_logging
from tests.world import World

#: With what JSON, YAML and addresses write otherwise.
MARKER = 'pl4nted"mark&r/of-a secret'
#: How it can come back from a desk that quotes what it heard, in whole or in part.
SPELLINGS = (
    MARKER[:7],
    base64.b64encode(MARKER.encode()).decode()[:12],
    base64.b64encode(f"api:{MARKER}".encode()).decode()[:16],
)


@pytest.fixture(autouse=True)
def _restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave the logging of the test run as it was."""
    with kept_logging(monkeypatch):
        yield


def desk_of(stand: Stand, auth: Mapping[str, str], url: str, folder: Path) -> Desk:
    """Make a desk as the bridge does: from a file, with its secret out of the environment."""
    secret = planted(auth, "${MARKER}") | ({"client_id": "api"} if "client_id" in auth else {})
    section = {"type": stand.type, "url": url + stand.path, **stand.said, "auth": secret}
    file = folder / "bridge.yaml"
    sources = {"am": {"type": "alertmanager", "auth": "none"}}
    file.write_bytes(orjson.dumps({"sources": sources, "backends": {"desk": section}}))
    settings = load_settings(file, {"MARKER": MARKER})
    open_bridge(settings).store.dispose()
    return build_desks(settings)["desk"]


def everything_said(desk: Desk) -> str:
    """Fire, clear and look; give all that anybody can read of it."""
    world = World(desk=desk)  # type: ignore[arg-type]  # a real one
    world.clock.time = datetime.now(UTC)
    world.restart_worker()
    world.fire()
    world.work_until(20)
    world.resolve()
    world.work_until(20)
    assert {"failed", "parked"} & set(world.said())
    timeline = [f"{entry}" for entry in world.store.timeline]
    incident = repr(world.incident())
    previewed = str(desk.preview(SPEC, TOKEN))
    metrics = generate_latest().decode()
    return "\n".join([*timeline, incident, previewed, metrics, *desk.check(), repr(desk)])


def _auths() -> list[Any]:
    return [
        pytest.param(stand, auth, id=f"{stand.name}-{'-'.join(auth)}")
        for stand in STANDS
        for auth in (stand.said["auth"], stand.token_auth)
        if auth is not None
    ]


def was_told(echo: Echo) -> bool:
    heard = "\n".join(echo.heard)
    return any(spelling in heard for spelling in SPELLINGS)


@pytest.mark.parametrize("status", [200, 401, 500])
@pytest.mark.parametrize("as_json", [True, False], ids=["json", "html"])
@pytest.mark.parametrize(("stand", "auth"), _auths())
def test_a_desk_that_quotes_the_credentials_does_not_get_them_told(
    stand: Stand,
    auth: Mapping[str, str],
    status: int,
    as_json: bool,  # noqa: FBT001  # a parameter of the test
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    configure_logging(json=True)
    with echo_server(status, SPELLINGS, as_json=as_json) as echo:
        desk = desk_of(stand, auth, echo.url, tmp_path)
        said = everything_said(desk)
        desk.close()
    logged = capfd.readouterr()
    assert was_told(echo)
    assert "delivery failed" in logged.err
    for spelling in SPELLINGS:
        assert spelling not in said
        assert spelling not in logged.err + logged.out
