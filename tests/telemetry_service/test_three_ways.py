"""The same reading polled, published and pushed, by processes that run: one raw row, one measurement, in any order."""

import json
import os
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import httpx
import pytest
from werkzeug import Request, Response

from deploy.simulators.mqtt.broker import Broker, running_broker
from telemetry_service.collect.poll import collect_due
from telemetry_service.listen.models import DeadLetter, Device, Route
from telemetry_service.measurements.models import Measurement
from telemetry_service.process.operations import process_backlog
from telemetry_service.providers.models import Provider, ProviderType
from telemetry_service.raw.models import RawConflict, RawTelemetryData
from telemetry_service.raw.partitions import make_partitions_ahead
from tests.telemetry_service.collect.conftest import Many
from tests.telemetry_service.conftest import NOW
from tests.telemetry_service.keys.conftest import keep_secret
from tests.telemetry_service.listen.connections import running
from tests.telemetry_service.listen.connections.running import (
    Listener,
    listening,
    publishing,
    row,
    wait_for_connection,
    wait_until,
)
from tests.telemetry_service.push.world import URL, Web, World, serving

pytestmark = pytest.mark.django_db(transaction=True)
POLL, PUBLISH, PUSH = "poll", "publish", "push"
ORDERS = list(permutations((POLL, PUBLISH, PUSH)))
TIMES = [NOW - timedelta(minutes=30 - n) for n in range(len(ORDERS))]  # a reading for each order
LAST = NOW - timedelta(minutes=1)


@pytest.fixture
def source(make_provider: Callable[..., Any], make_source: Callable[..., Any]) -> Iterator[Any]:
    """A source that is polled; its provider has all the readings."""
    make_partitions_ahead(now=NOW)

    def answer(request: Request) -> Response:
        start, end = (datetime.fromisoformat(request.args[name]) for name in ("start_date", "end_date"))
        said = [
            {"variable": "caudal", "value": 10.0 + n, "time": at.isoformat()}
            for n, at in enumerate(TIMES)
            if start <= at < end
        ]
        return Response(json.dumps({"status": True, "result": said}), 200, content_type="application/json")

    cloud = Many(NOW)
    cloud.answer = answer
    with cloud.running() as url:
        account = make_provider("tago", base_url=url)
        yield make_source(provider=account, variables={"caudal": "flow"})


@pytest.fixture
def key(source: Any) -> str:
    from telemetry_service.keys.models import ApiKey

    made = ApiKey.objects.create(id=uuid.uuid4(), name="Pozo norte", updated_at=NOW, sources=[source.id])
    return keep_secret(made.id).text


@pytest.fixture
def broker(source: Any) -> Iterator[Broker]:
    """What the device publishes there is the source's too, under another name."""
    with running_broker() as made:
        account = Provider.objects.create(
            name="broker", type=ProviderType.MQTT, config=row(made), created_at=NOW, created_by="user:ops@example.cl"
        )
        device = Device.objects.create(provider=account, identity="sn-1", created_at=NOW, created_by="user:ops")
        Route.objects.create(device=device, key="q", source=source, source_key="caudal")
        yield made


@pytest.fixture
def web(db: None) -> Iterator[Web]:
    with serving(World({**os.environ, "DATABASE_URL": running.test_database(None), "LOG_LEVEL": "ERROR"})) as web:
        yield web


def push(web: Web, key: str, source: Any, rows: list[tuple[datetime, float]]) -> list[str]:
    body = [
        {"source": str(source.id), "key": "caudal", "time": at.isoformat(), "value": f"{value:.2f}"}
        for at, value in rows
    ]
    answer = httpx.post(web.url + URL, json=body, headers={"X-Api-Key": key}, trust_env=False, timeout=30)
    assert answer.status_code == 200, answer.text
    return [one["verdict"] for one in answer.json()["verdicts"]]


def times() -> set[datetime]:
    return set(RawTelemetryData.objects.values_list("device_time", flat=True))


def test_the_same_reading_by_poll_by_mqtt_and_by_push_is_one(source: Any, key: str, broker: Broker, web: Web) -> None:
    readings = [(at, 10.0 + n) for n, at in enumerate(TIMES)]
    before = {
        way: [one for one, order in zip(readings, ORDERS, strict=True) if _is_before(way, order)] for way in ORDERS[0]
    }
    after = {way: [one for one in readings if one not in before[way]] for way in ORDERS[0]}

    with listening() as listener, publishing(broker) as publish:
        wait_for_connection(listener, "broker")

        def published(rows: list[tuple[datetime, float]]) -> None:
            publish("telemetry/sn-1/data", *({"q": value, "ts": round(at.timestamp())} for at, value in rows))

        both = [one for one in before[PUSH] if one in before[PUBLISH]]
        pushed_first = [one for one in both if _order(one).index(PUSH) == 0]
        assert push(web, key, source, pushed_first) == ["late"] * len(pushed_first)
        published(before[PUBLISH])
        _wait_for([at for at, _ in before[PUBLISH]], listener)
        rest = [one for one in before[PUSH] if one not in pushed_first]
        assert set(push(web, key, source, rest)) <= {"late", "duplicate"}

        assert collect_due(NOW) == 1
        assert times() == set(TIMES)

        assert push(web, key, source, after[PUSH]) == ["duplicate"] * len(after[PUSH])
        published(after[PUBLISH])
        published([(LAST, 99.0)])  # behind the others: when it is here, they have been looked at
        _wait_for([LAST], listener)
        assert listener.stop() == 0

    rows = RawTelemetryData.objects.order_by("device_time").values_list("source_id", "key", "device_time", "value")
    assert [(one[0], one[1], one[2], float(one[3])) for one in rows] == [
        (source.id, "caudal", at, value) for at, value in [*readings, (LAST, 99.0)]
    ]
    assert not RawConflict.objects.exists()
    assert not DeadLetter.objects.exists()

    process_backlog(now=NOW)
    made = Measurement.objects.filter(point_id=source.point_id, variable="flow").order_by("time")
    assert list(made.values_list("time", "value")) == [*readings, (LAST, 99.0)]


def _order(reading: tuple[datetime, float]) -> tuple[str, ...]:
    return ORDERS[TIMES.index(reading[0])]


def _is_before(way: str, order: tuple[str, ...]) -> bool:
    """Whether it comes that way before the provider is asked."""
    return order.index(way) < order.index(POLL)


def _wait_for(wanted: list[datetime], listener: Listener) -> None:
    wait_until(lambda: set(wanted) <= times(), listener=listener)
