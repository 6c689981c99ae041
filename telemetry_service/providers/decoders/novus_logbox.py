"""NOVUS LogBox: `novus/{sn}/status/channels` (the last) and `novus/{sn}/log/channels` (what it stored meanwhile).

Values are by position: the keys are `channel_0`, `channel_1`, … and `battery`. The time is Unix seconds, or a
TDateTime (days since 1899-12-30) without a zone: the device's own zone where one is set, else the subscription's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from telemetry_service.providers.decoders.instants import DECIMAL
from telemetry_service.providers.decoders.message import Decoded, Message, Reading, Undecodable, read_document
from telemetry_service.providers.decoders.places import Place, default_place, read_place
from telemetry_service.providers.decoders.values import read_member, zone
from telemetry_service.providers.engine.node import Node

FRAMES = "channels"
TDATETIME_BELOW = 100_000
# TDateTime's day 0, in whichever zone the logger's clock shows.
DAY_0 = datetime(1899, 12, 30, tzinfo=UTC)
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Options:
    device: Place
    zone: tzinfo


def read_options(node: Node) -> Options:
    node.object("device", "zone")
    return Options(
        device=node.read("device", read_place, default_place("novus/{device}/+/+")),
        zone=node.read("zone", zone, ZoneInfo("America/Santiago")),
    )


def decode(message: Message, options: Options) -> Decoded:
    """Events and the answers to commands are no readings."""
    if message.topic.rpartition("/")[2] != FRAMES:
        return Decoded()
    document = read_document(message.payload)
    device = options.device.find(message.topic, document)
    found = Decoded()
    for frame in document if isinstance(document, list) else [document]:
        found.readings += _frame(device, frame, message.zones.get(device, options.zone))
    return found


def _frame(device: str, frame: Any, local: tzinfo) -> Iterator[Reading]:
    values = frame.get("value_channels") if isinstance(frame, dict) else None
    if not isinstance(values, list):
        raise Undecodable("no hay una lista en value_channels", device=device)
    if str(frame.get("n_channels", len(values))) != str(len(values)):
        raise Undecodable("n_channels no es el número de canales que vienen", device=device)
    said = _instant(frame.get("timestamp"), local)
    for index, value in enumerate(values):
        yield from read_member(device, f"channel_{index}", value, said, local)
    yield from read_member(device, "battery", frame.get("battery"), said, local, unit="V")


def _instant(said: Any, local: tzinfo) -> Any:
    """A TDateTime as ISO text; anything else as it is."""
    if not isinstance(said, str) or not DECIMAL.fullmatch(said) or Decimal(said) >= TDATETIME_BELOW:
        return said
    # Eight decimals of a day are a millisecond: the logger stamps whole seconds.
    seconds = int((Decimal(said) * DAY_S).to_integral_value(ROUND_HALF_EVEN))
    return (DAY_0 + timedelta(seconds=seconds)).replace(tzinfo=local).isoformat()
