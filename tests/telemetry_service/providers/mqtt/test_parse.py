"""A row of an MQTT account: what makes no sense is refused by the path of the wrong key."""

from pathlib import Path
from typing import Any

import pytest

from deploy.simulators.certificates import make_certificate
from shared.errors import InvalidInput
from telemetry_service.providers.decoders import DECODERS
from telemetry_service.providers.mqtt.parse import parse_mqtt
from telemetry_service.providers.mqtt.row import MqttRow

SUBSCRIPTION = {"topic": "telemetry/+/data", "decoder": "flat"}
ROW: dict[str, Any] = {"engine": "mqtt/1", "host": "broker.example.cl", "subscriptions": [SUBSCRIPTION]}


def parsed(**changes: Any) -> MqttRow:
    return parse_mqtt(ROW | changes)


def test_what_is_not_said_has_a_default() -> None:
    row = parsed()
    assert (row.host, row.port, row.protocol, row.tls) == ("broker.example.cl", 1883, "3.1.1", None)
    assert (row.keepalive_s, row.reconnect_s, row.client_id, row.shared) == (60, (1, 120), "", "")
    assert (row.subscriptions[0].qos, row.subscriptions[0].decoder) == (1, "flat")
    assert [param.name for param in row.params] == ["device"]
    assert row.credentials == frozenset()


def test_everything_said(tmp_path: Path) -> None:
    authority = make_certificate(tmp_path).authority.read_text()
    row = parsed(
        port=8884,
        protocol="5",
        tls={"ca": authority},
        client_id="stack-1",
        keepalive_s=30,
        reconnect_s={"min": 2, "max": 60},
        session="P1D",
        shared="stack",
        credentials={"username": "Token", "password": "{cred.token}"},
        max_bytes=10_000,
    )
    assert (row.port, row.protocol, row.reconnect_s, row.shared, row.most_bytes) == (
        8884,
        "5",
        (2, 60),
        "stack",
        10_000,
    )
    assert row.tls is not None
    assert row.tls.ca == authority
    assert row.credentials == {"token"}
    assert parsed(tls={}).port == 8883


@pytest.mark.parametrize("name", DECODERS)
def test_every_decoder_can_be_named(name: str) -> None:
    options = {"device": "pozo"} if name in {"tago", "thingsboard-device"} else {}
    row = parsed(subscriptions=[{"topic": "a/#", "decoder": name, "options": options}])
    assert row.subscriptions[0].decoder == name


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"hots": "x"}, "hots"),
        ({"engine": "http-poll/1"}, "engine"),
        ({"host": "mqtt://x"}, "host"),
        ({"host": "x:1883"}, "host"),
        ({"host": None}, "host"),
        ({"port": 0}, "port"),
        ({"port": "1883"}, "port"),
        ({"protocol": "3.1"}, "protocol"),
        ({"tls": {"insecure": True}}, "tls.insecure"),
        ({"tls": {"ca": "no es un PEM"}}, "tls.ca"),
        ({"tls": {"cert": "x"}}, "tls.cert"),
        ({"client_id": "a b"}, "client_id"),
        ({"keepalive_s": 1}, "keepalive_s"),
        ({"reconnect_s": {"min": 60, "max": 5}}, "reconnect_s.max"),
        ({"session": "7 días"}, "session"),
        ({"shared": "a/b"}, "shared"),
        ({"credentials": {"user": "x"}}, "credentials.user"),
        ({"credentials": {"password": "hunter2"}}, "credentials.password"),
        ({"credentials": {"username": "{point.device}"}}, "credentials.username"),
        ({"params": {"Device": {}}}, "params.Device"),
        ({"subscriptions": []}, "subscriptions"),
        ({"subscriptions": {}}, "subscriptions"),
        ({"subscriptions": [SUBSCRIPTION | {"topic": "a/#/b"}]}, "subscriptions[0].topic"),
        ({"subscriptions": [SUBSCRIPTION | {"topic": "a+/b"}]}, "subscriptions[0].topic"),
        ({"subscriptions": [SUBSCRIPTION | {"topic": "$share/g/a"}]}, "subscriptions[0].topic"),
        ({"subscriptions": [SUBSCRIPTION | {"topic": "v2/{point.token}"}]}, "subscriptions[0].topic"),
        ({"subscriptions": [SUBSCRIPTION | {"topic": "v2/{cred.token}"}]}, "subscriptions[0].topic"),
        ({"subscriptions": [SUBSCRIPTION, SUBSCRIPTION | {"qos": 2}]}, "subscriptions[1].qos"),
        ({"subscriptions": [SUBSCRIPTION | {"decoder": "xml"}]}, "subscriptions[0].decoder"),
        ({"subscriptions": [SUBSCRIPTION | {"options": {"values": 1}}]}, "subscriptions[0].options.values"),
        ({"subscriptions": [SUBSCRIPTION | {"decoder": "tago"}]}, "subscriptions[0].options.device"),
        (
            {"shared": "g", "subscriptions": [{"topic": "spBv1.0/#", "decoder": "sparkplug-b"}]},
            "subscriptions[0].decoder",
        ),
        ({"max_bytes": 1}, "max_bytes"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_path(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parsed(**changes)
    (error,) = caught.value.errors
    assert error.field == field
    assert error.expected
    assert "hunter2" not in f"{error}"


THINGS = {
    "params": {"thing_token": {"type": "string", "secret": True}},
    "subscriptions": [{"topic": "v2/things/{point.thing_token}", "decoder": "thethings"}],
}


def test_a_topic_that_is_a_secret_is_subscribed_for_each_source_and_shown_to_nobody() -> None:
    (subscription,) = parsed(**THINGS).subscriptions
    sources = [{"thing_token": "token-000"}, {"thing_token": "token/#"}, {}]
    assert list(subscription.filters(sources)) == ["v2/things/token-000"]
    assert subscription.hears("v2/things/token-000")
    assert not subscription.hears("v2/things/token-000/x")
    assert subscription.shown("v2/things/token-000") == "v2/things/***"


def test_whose_source_a_device_is() -> None:
    device = parsed(**THINGS).device_of({"thing_token": "token-000"})
    assert device.startswith("#")
    assert "token-000" not in device
    assert parsed(**THINGS).device_of({"thing_token": "token-001"}) != device
    assert parsed().device_of({"device": "sn-1"}) == "sn-1"
    assert parsed().device_of({}) == ""


def test_the_first_subscription_that_fits_reads_a_message() -> None:
    row = parsed(subscriptions=[SUBSCRIPTION, {"topic": "telemetry/#", "decoder": "status"}])
    found = [row.hearing(topic) for topic in ("telemetry/a/data", "telemetry/a/status", "other")]
    assert [one and one.decoder for one in found] == ["flat", "status", None]
