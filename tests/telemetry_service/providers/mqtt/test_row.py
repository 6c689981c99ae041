import pytest

from telemetry_service.providers.decoders.message import Message, Undecodable
from telemetry_service.providers.mqtt.row import Subscription
from tests.telemetry_service.providers.mqtt.test_parse import THINGS, parsed

TOPIC = "v2/things/token-000"


@pytest.fixture
def subscription() -> Subscription:
    return parsed(**THINGS).subscriptions[0]


def test_a_device_with_a_secret_name_comes_out_under_its_digest(subscription: Subscription) -> None:
    payload = b'{"values": [{"key": "pulsos", "value": 1}, {"key": "LWT", "value": "offline"}]}'
    found = subscription.decode(Message(TOPIC, payload))
    called = subscription.called("token-000")
    assert [one.device for one in (*found.readings, *found.statuses)] == [called, called]
    assert "token-000" not in repr(found)


def test_an_error_does_not_say_the_secret(subscription: Subscription) -> None:
    with pytest.raises(Undecodable) as caught:
        subscription.decode(Message(TOPIC, b'{"x": 1}'))
    assert "token-000" not in f"{caught.value} {caught.value.device}"
