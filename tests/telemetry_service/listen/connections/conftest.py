"""Real brokers: amqtt everywhere, and mosquitto where it is installed."""

from collections.abc import Iterator

import pytest

from deploy.simulators.mqtt.broker import Broker, running_broker
from tests.telemetry_service.listen.connections.running import needs_mosquitto

KINDS = ["amqtt", pytest.param("mosquitto", marks=needs_mosquitto)]


@pytest.fixture(params=KINDS)
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    with running_broker(kind=request.param) as made:
        yield made


@pytest.fixture
def usual() -> Iterator[Broker]:
    with running_broker() as made:
        yield made


@pytest.fixture
def mosquitto() -> Iterator[Broker]:
    with running_broker(kind="mosquitto") as made:
        yield made
