"""WEBSOCKET against the simulated ThingsBoard: what it says as it comes, and by HTTP what came meanwhile."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.simulators.providers.app import providers
from deploy.simulators.scenario import make_scenario
from deploy.simulators.web import running
from shared.clock import VirtualClock
from telemetry_service.collect.poll import close_collector, collect_due
from telemetry_service.listen.models import Connection
from telemetry_service.providers.models import Provider, ProviderType
from telemetry_service.providers.presets import override, preset
from telemetry_service.raw.models import RawAnswer, RawTelemetryData
from telemetry_service.sources.models import Source, State
from tests.telemetry_service.listen.conftest import NOW, Make
from tests.telemetry_service.listen.connections.proxy import Wire, wire
from tests.telemetry_service.listen.connections.running import (
    Listener,
    listening,
    states,
    wait_for_connection,
    wait_until,
)

pytestmark = pytest.mark.django_db(transaction=True)
USER = {"username": "ops@example.cl", "password": "synthetic-secret-1"}
DEVICE = "8f1d2c30-0000-11f0-8fb8-000000000001"
THING = {
    "name": "Pozo 1",
    "engine": "thingsboard",
    "device": DEVICE,
    "entity": "ASSET",
    "data": {"synthetic": "cubic_metres", "seed": 1, "start": "2024-05-01T00:00:00Z", "hours": 2000},
    "keys": {"nivel": {"column": "level"}, "total": {"column": "total"}},
}
HOUR = timedelta(hours=1)
START, NEVER = datetime(2024, 5, 13, 14, 30, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


@pytest.fixture
def time(tmp_path: Path) -> VirtualClock:
    """The simulator's and the listener's: it stands still until a test moves it."""
    clock = VirtualClock(tmp_path / "clock.json")
    clock.freeze(START)
    return clock


@pytest.fixture
def cloud(time: VirtualClock) -> Iterator[Wire]:
    """The way to the provider, which a test may cut."""
    scenario = make_scenario({"seed": 7, "things": [THING], "users": [USER]})
    with running(providers(scenario, time.read)) as url, wire(int(url.rpartition(":")[2])) as way:
        yield way


@pytest.fixture
def make_socket(cloud: Wire, make_point: Make) -> Callable[..., Source]:
    """An account with one device, of which two keys are wanted."""
    from telemetry_service.raw.operations import map_series

    def make(config: Any = None, credentials: Any = USER) -> Source:
        url = f"http://127.0.0.1:{cloud.port}"
        http = override(preset("nettra"), {"base_url": url, "allow_http": True, "limits": {"retries": 0}})
        provider = Provider.objects.create(
            name="nettra",
            type=ProviderType.WEBSOCKET,
            config=config or {"engine": "thingsboard-ws/1", "http": http, "ping_s": 5},
            credentials=credentials,
            created_at=NOW,
            created_by="user:ops@example.cl",
        )
        point = make_point()
        params = {"device": DEVICE, "entity": "ASSET"}
        said = {"period_s": 86_400, "created_at": START - HOUR, "created_by": "user:ops@example.cl", "params": params}
        said |= {"state": State.ACTIVE}
        source = Source.objects.create(provider=provider, point=point, history_from=START - 3 * HOUR, **said)
        variables = {"nivel": "level", "total": "total"}
        map_series(source_id=source.id, origin="x", point_id=point.id, variables=variables)
        return source

    return make


@pytest.fixture
def listener(time: VirtualClock, make_socket: Callable[..., Source]) -> Iterator[Callable[[], Any]]:
    yield lambda: listening(STACK_CLOCK_FILE=str(time.path))
    close_collector()


def hours() -> list[int]:
    """At which full hours after the start's there is a row of each key."""
    rows = RawTelemetryData.objects.order_by("device_time").values_list("key", "device_time")
    found: dict[int, set[str]] = {}
    for key, at in rows:
        found.setdefault(int((at - START.replace(minute=0)) / HOUR), set()).add(key)
    return sorted(hour for hour, keys in found.items() if keys == {"nivel", "total"})


def wait_for(last: int, running_listener: Listener) -> None:
    wait_until(lambda: last in hours(), listener=running_listener)


def test_what_it_says_is_stored_as_it_comes(
    time: VirtualClock, make_socket: Callable[..., Source], listener: Callable[[], Any]
) -> None:
    source = make_socket()
    with listener() as running_listener:
        wait_for_connection(running_listener, "nettra")
        for hour in (1, 2):
            time.freeze(START + hour * HOUR)
            wait_for(hour, running_listener)
        assert running_listener.stop() == 0
        assert "synthetic-secret" not in running_listener.log
    assert hours() == [0, 1, 2]
    source.refresh_from_db()
    assert source.newest_at == START.replace(minute=0) + 2 * HOUR
    answers = RawAnswer.objects.values_list("source_id", flat=True)
    assert set(answers) == {source.id}


def test_what_was_missed_is_read_from_the_history_and_nothing_is_there_twice(
    time: VirtualClock, cloud: Wire, make_socket: Callable[..., Source], listener: Callable[[], Any]
) -> None:
    source = make_socket()
    with listener() as running_listener:
        wait_for_connection(running_listener, "nettra")
        source.refresh_from_db()
        assert source.next_poll_at == START  # at once, for what came before anybody listened
        collect_due(START)
        assert hours() == [-2, -1, 0]
        cloud.cut()
        wait_until(lambda: states() == {"nettra": "unreachable"}, listener=running_listener)
        time.freeze(START + 4 * HOUR)
        cloud.mend()
        wait_for_connection(running_listener, "nettra")
        # Its own hour of the day may have come meanwhile.
        wait_until(lambda: (Source.objects.get().next_poll_at or NEVER) <= START + 4 * HOUR, listener=running_listener)
        wait_for(4, running_listener)
        assert hours() == [-2, -1, 0, 4]
        collect_due(START + 4 * HOUR)
        time.freeze(START + 5 * HOUR)
        wait_for(5, running_listener)
        collect_due(START + 30 * HOUR)
        assert running_listener.stop() == 0
    assert hours() == list(range(-2, 6))
    assert RawTelemetryData.objects.count() == 2 * 8


def test_a_new_source_is_heard_too(
    time: VirtualClock, make_socket: Callable[..., Source], listener: Callable[[], Any]
) -> None:
    source = make_socket()
    Source.objects.update(state="draft")
    with listener() as running_listener:
        wait_until(lambda: "listen health" in running_listener.log, listener=running_listener)
        assert states() == {}  # nobody to hear
        Source.objects.update(state="active")
        wait_for_connection(running_listener, "nettra")
        time.freeze(START + HOUR)
        wait_for(1, running_listener)
        Source.objects.filter(id=source.id).update(state="draft")
        wait_until(lambda: states() == {"nettra": "closed"}, listener=running_listener)


@pytest.mark.parametrize(
    ("config", "credentials", "state"),
    [
        (None, USER | {"password": "synthetic-other"}, "refused"),
        ({"token": "{cred.token}"}, {"token": "no-es-un-jwt"}, "refused"),
        ({"token": "{cred.token}", "path": "/nada"}, {"token": "no-es-un-jwt"}, "unreachable"),
    ],
)
def test_what_keeps_it_from_hearing_is_said(
    cloud: Wire,
    make_socket: Callable[..., Source],
    listener: Callable[[], Any],
    config: Any,
    credentials: Any,
    state: str,
) -> None:
    if config:
        config = {"engine": "thingsboard-ws/1", "base_url": f"http://127.0.0.1:{cloud.port}", **config}
    make_socket(config, credentials)
    with listener() as running_listener:
        wait_until(lambda: states() == {"nettra": state}, listener=running_listener)
        assert running_listener.stop() == 0
        assert "no-es-un-jwt" not in running_listener.log
        assert "synthetic-" not in running_listener.log
    assert Connection.objects.get().failures == (1 if state == "refused" else 0)


def test_a_row_that_cannot_be_read_is_said(make_socket: Callable[..., Source], listener: Callable[[], Any]) -> None:
    make_socket({"engine": "thingsboard-ws/1"}, {})
    with listener() as running_listener:
        wait_until(lambda: states() == {"nettra": "wrong"}, listener=running_listener)
