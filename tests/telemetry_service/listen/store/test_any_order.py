"""However the messages come, shuffled, twice, before anybody knows the device: what is stored at the end is true."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemetry_service.listen.models import DeadLetter
from telemetry_service.listen.store.heard import rows_of
from telemetry_service.listen.store.keep import Keeper
from telemetry_service.listen.store.replay import replay
from telemetry_service.raw.models import RawConflict, RawTelemetryData
from tests.telemetry_service.listen.conftest import NOW, Make, sent
from tests.telemetry_service.providers.decoders.test_sparkplug import payload, topic

pytestmark = pytest.mark.django_db
FLOAT = 9
SUBSCRIPTIONS = [
    {"topic": "telemetry/+/data", "decoder": "flat"},
    {"topic": "v2/things/+", "decoder": "thethings"},
    {"topic": "+/me/telemetry", "decoder": "thingsboard-device", "options": {"device": "{device}/me/telemetry"}},
    {"topic": "v1/gateway/telemetry", "decoder": "thingsboard-gateway"},
    {"topic": "tago/+/post", "decoder": "tago", "options": {"device": "tago/{device}/post"}},
    {"topic": "application/+/device/+/event/up", "decoder": "chirpstack4"},
    {"topic": "v3/+/devices/+/up", "decoder": "tts3"},
    {"topic": "milesight", "decoder": "milesight-gw"},
    {"topic": "novus/#", "decoder": "novus-logbox"},
    {"topic": "spBv1.0/#", "decoder": "sparkplug-b"},
]


class Measured(NamedTuple):
    """`at`: seconds after NOW."""

    at: int
    value: float

    @property
    def time(self) -> datetime:
        return NOW + timedelta(seconds=self.at)

    @property
    def iso(self) -> str:
        return self.time.isoformat()

    @property
    def ms(self) -> int:
        return int(self.time.timestamp()) * 1000


def sparkplug(one: Measured) -> tuple[str, bytes]:
    return topic("NDATA"), payload(one.at % 256, [{"alias": 1, "timestamp": one.ms, "float_value": one.value}])


# By decoder: how its device says a reading, and what the device and the key are called.
DEVICES: dict[str, tuple[Callable[[Measured], tuple[str, Any]], str, str]] = {
    "flat": (lambda one: ("telemetry/flat/data", {"caudal": one.value, "ts": one.ms}), "flat", "caudal"),
    "thethings": (
        lambda one: ("v2/things/tok", {"values": [{"key": "q", "value": str(one.value), "datetime": one.iso}]}),
        "tok",
        "q",
    ),
    "thingsboard-device": (
        lambda one: ("rtu/me/telemetry", {"ts": one.ms, "values": {"5001": one.value}}),
        "rtu",
        "5001",
    ),
    "thingsboard-gateway": (
        lambda one: ("v1/gateway/telemetry", {"Pozo A": [{"ts": one.ms, "values": {"q": one.value}}]}),
        "Pozo A",
        "q",
    ),
    "tago": (lambda one: ("tago/sn/post", [{"variable": "Q", "value": one.value, "time": one.iso}]), "sn", "q"),
    "chirpstack4": (
        lambda one: (
            "application/1/device/24e1/event/up",
            {"deviceInfo": {"devEui": "24E1"}, "time": one.iso, "object": {"depth": one.value}},
        ),
        "24e1",
        "depth",
    ),
    "tts3": (
        lambda one: (
            "v3/app@t/devices/eui/up",
            {
                "end_device_ids": {"device_id": "eui"},
                "received_at": one.iso,
                "uplink_message": {"decoded_payload": {"depth": one.value}},
            },
        ),
        "eui",
        "depth",
    ),
    "milesight-gw": (lambda one: ("milesight", {"devEUI": "AA", "time": one.iso, "depth": one.value}), "aa", "depth"),
    "novus-logbox": (
        lambda one: ("novus/17/log/channels", {"timestamp": one.ms // 1000, "value_channels": [one.value]}),
        "17",
        "channel_0",
    ),
    "sparkplug-b": (sparkplug, "aguas/borde", "q"),
}
READINGS = st.dictionaries(
    st.integers(0, 500), st.integers(-9999, 9999).map(lambda n: n / 8), min_size=1, max_size=5
)  # eighths are exact in 32 bits too


# The fixtures only make rows, and each example rolls its own back.
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    said=st.dictionaries(st.sampled_from(sorted(DEVICES)), READINGS, min_size=1),
    order=st.randoms(use_true_random=False),
)
def test_the_end_is_the_truth(make_account: Make, make_listened: Make, said: Any, order: Any) -> None:
    with transaction.atomic():
        try:
            _play(make_account(f"broker-{order.random()}", subscriptions=SUBSCRIPTIONS), make_listened, said, order)
        finally:
            transaction.set_rollback(True)


def _play(account: Any, make_listened: Make, said: dict[str, dict[int, float]], order: Any) -> None:
    truth, messages = set(), []
    for name, readings in said.items():
        say, device, key = DEVICES[name]
        for at, value in readings.items():
            one = Measured(at, value)
            truth.add((device, key, one.time, value))
            messages.append(say(one))
    if "sparkplug-b" in said:
        messages.append((topic("NBIRTH"), payload(0, [{"name": "q", "alias": 1, "datatype": FLOAT, "is_null": True}])))
    messages += [order.choice(messages) for _ in range(len(messages) // 2)]
    order.shuffle(messages)
    _hear(account, make_listened, said, messages, order)
    assert _stored() == truth
    assert not RawConflict.objects.exists()
    assert not DeadLetter.objects.filter(state="waiting").exists()


def _hear(account: Any, make_listened: Make, said: Any, messages: list[Any], order: Any) -> None:
    """In batches of any size; each device becomes known at some moment; then what was dead is decoded again."""
    keeper = Keeper(lambda: rows_of([account.id]))
    unknown = list(said)
    at = NOW + timedelta(hours=1)
    while messages:
        for name in [name for name in unknown if order.random() < 0.3]:
            _make_known(account, make_listened, name)
            unknown.remove(name)
        batch, messages = messages[: (size := order.randint(1, 6))], messages[size:]
        at += timedelta(minutes=1)
        keeper.keep(
            [sent(account, body, topic=where, at=at, is_repeated=order.random() < 0.5) for where, body in batch], now=at
        )
    for name in unknown:
        _make_known(account, make_listened, name)
    waiting = DeadLetter.objects.filter(state="waiting").values_list("device", flat=True)
    for device in set(waiting):
        replay(said={"provider": account.id, "device": device}, after=None, limit=500, actor="user:ops", now=at)


def _make_known(account: Any, make_listened: Make, name: str) -> None:
    _, device, key = DEVICES[name]
    make_listened(account, device, variables={key: "flow"})


def _stored() -> set[tuple[str, str, datetime, float]]:
    from telemetry_service.sources.models import Source

    devices = {source.id: source.params["device"] for source in Source.objects.all()}
    rows = RawTelemetryData.objects.values_list("source_id", "key", "device_time", "value")
    found = [(devices[source_id], key, at.astimezone(UTC), float(value)) for source_id, key, at, value in rows]
    assert len(found) == len(set(found))
    return set(found)


def test_every_decoder_takes_part() -> None:
    from telemetry_service.providers.decoders import DECODERS

    assert set(DEVICES) == set(DECODERS) - {"status"}
    assert json.dumps(SUBSCRIPTIONS)
