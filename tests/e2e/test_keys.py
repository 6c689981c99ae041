"""A device's key through the whole system: made in Core, it pushes to Telemetry, also while others are away."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from deploy.demo.api import Api
from deploy.demo.settings import Settings
from deploy.native.state import Installation
from shared.clock import VirtualClock
from tests.e2e.test_when_something_is_away import away

CODE = "OB-EMPUJE-1"
CORE = ["core-web", "core-worker", "core-beat"]


@pytest.fixture(scope="module")
def api(stack: Settings) -> Iterator[Api]:
    with Api(stack.url, stack.email, stack.password) as opened:
        yield opened


@pytest.fixture(scope="module")
def source(api: Api) -> str:
    """Of a point whose device pushes."""
    fields = {"name": "Pozo que manda solo", "point_type": "WELL", "latitude": "-33.45", "longitude": "-70.66"}
    point = api.post("/api/core/points/", {"code": CODE, **fields})
    provider = api.post("/api/telemetry/providers/", {"name": "Equipos que mandan", "type": "PUSH"})
    wanted = {
        "provider": provider["id"],
        "point": point["id"],
        "variables": [{"key": "caudal", "variable": "flow"}],
        "activate": True,
    }
    return str(soon(lambda: api.post("/api/telemetry/sources/", wanted))["id"])


@pytest.fixture
def key(api: Api, source: str, request: pytest.FixtureRequest) -> dict[str, Any]:
    made = api.post("/api/core/keys/", {"name": request.node.name, "sources": [source], "expires_at": None})
    return {"id": made["id"], "text": made["key"]}


@pytest.fixture
def push(stack: Settings, source: str) -> Callable[[str], httpx.Response]:
    """One reading of the minute after the last one's."""
    at = VirtualClock(stack.clock_file).read() - timedelta(days=1)

    def send(text: str) -> httpx.Response:
        nonlocal at
        at += timedelta(minutes=1)
        rows = [{"source": source, "key": "caudal", "time": at.isoformat(), "value": 12.5}]
        headers = {"X-Api-Key": text}
        return httpx.post(f"{stack.url}/api/telemetry/readings/", json=rows, headers=headers, trust_env=False)

    return send


def soon(ask: Callable[[], Any], *, within_s: float = 60.0) -> Any:
    """What `ask` gives once it gives something: a hint is on its way, and every minute looks without one."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            if found := ask():
                return found
        except Exception:
            if time.monotonic() > deadline:
                raise
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.2)


def test_made_it_opens_in_seconds_and_revoked_it_opens_no_more(
    api: Api, key: dict[str, Any], push: Callable[[str], httpx.Response]
) -> None:
    soon(lambda: push(key["text"]).status_code == 200)
    answer = push(key["text"]).json()
    assert answer["counts"]["stored"] + answer["counts"]["late"] == 1
    api.post(f"/api/core/keys/{key['id']}/revoke/", {"reason": "equipo robado"})
    assert soon(lambda: (said := push(key["text"])).status_code == 401 and said).json()["code"] == "key_revoked"


def test_rotated_both_texts_open(api: Api, key: dict[str, Any], push: Callable[[str], httpx.Response]) -> None:
    second = api.post(f"/api/core/keys/{key['id']}/rotate/", {"overlap_h": 24})["key"]
    assert soon(lambda: push(second).status_code == 200)
    assert push(key["text"]).status_code == 200
    third = api.post(f"/api/core/keys/{key['id']}/rotate/", {"overlap_h": 0})["key"]
    assert soon(lambda: push(third).status_code == 200)
    assert soon(lambda: push(second).json().get("code") == "key_expired")


def test_core_learns_of_the_use(api: Api, key: dict[str, Any], push: Callable[[str], httpx.Response]) -> None:
    assert soon(lambda: push(key["text"]).status_code == 200)
    # Each minute, by the clock on the wall.
    assert soon(lambda: api.get(f"/api/core/keys/{key['id']}/")["last_used_at"], within_s=120)


@pytest.mark.parametrize("names", [CORE, ["redis"]], ids=["core", "redis"])
def test_devices_go_on_while_it_is_away(
    installation: Installation, key: dict[str, Any], push: Callable[[str], httpx.Response], names: list[str]
) -> None:
    assert soon(lambda: push(key["text"]).status_code == 200)
    with away(installation, names):
        assert [push(key["text"]).status_code for _ in range(5)] == [200] * 5
