"""Several listeners share the accounts, and one big broker, between them."""

from typing import Any

import pytest

from deploy.simulators.mqtt.broker import Broker
from telemetry_service.listen.models import Connection
from tests.telemetry_service.listen.conftest import TOPIC, Make
from tests.telemetry_service.listen.connections.running import (
    listening,
    messages,
    needs_mosquitto,
    publishing,
    row,
    states,
    values,
    wait_for,
    wait_for_connection,
    wait_until,
)

pytestmark = pytest.mark.django_db(transaction=True)


def own(n: int) -> list[dict[str, Any]]:
    topic = f"broker-{n}/+/data"
    return [{"topic": topic, "decoder": "flat", "options": {"device": topic.replace("+", "{device}")}}]


class TestShards:
    def test_each_account_is_heard_by_one_of_them(self, usual: Broker, make_account: Make, make_listened: Make) -> None:
        for n in range(6):
            make_listened(make_account(f"cuenta-{n}", **row(usual, subscriptions=own(n))), f"sn-{n}")
        with listening("--shard", "1/2") as one, listening("--shard", "2/2") as two, publishing(usual) as publish:
            wait_until(lambda: list(states().values()) == ["connected"] * 6, listener=one)
            for n in range(6):
                publish(f"broker-{n}/sn-{n}/data", *messages(n, n + 1))
            wait_for(6, two)
            assert (one.stop(), two.stop()) == (0, 0)
        assert values() == list(range(6))
        assert set(Connection.objects.values_list("shard", flat=True)) <= {"1/2", "2/2"}

    @needs_mosquitto
    def test_a_big_broker_is_shared_by_all_of_them(
        self, mosquitto: Broker, make_account: Make, make_listened: Make
    ) -> None:
        make_listened(make_account(**row(mosquitto, shared="stack", protocol="5")))
        with listening("--shard", "1/2") as one, listening("--shard", "2/2") as two, publishing(mosquitto) as publish:
            wait_until(
                lambda: list(states(state="connected")) == ["broker"] and Connection.objects.count() == 2, listener=one
            )
            wait_until(lambda: Connection.objects.filter(state="connected").count() == 2, listener=one)
            publish(TOPIC, *messages(0, 200))
            wait_for(200, two)
            assert (one.stop(), two.stop()) == (0, 0)
        assert values() == list(range(200))

    @needs_mosquitto
    def test_mqtt_5_has_a_session_that_lasts(self, mosquitto: Broker, make_account: Make, make_listened: Make) -> None:
        make_listened(make_account(**row(mosquitto, protocol="5")))
        with publishing(mosquitto) as publish:
            with listening() as listener:
                wait_for_connection(listener, "broker")
                assert listener.stop() == 0
            publish(TOPIC, *messages(0, 30))
            with listening() as listener:
                wait_for(30, listener)
        assert values() == list(range(30))
