"""Each format of the field is a named decoder: plain functions from a message to readings, without a clock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from telemetry_service.providers.decoders import (
    chirpstack4,
    flat,
    milesight_gw,
    novus_logbox,
    sparkplug,
    status,
    tago,
    thethings,
    thingsboard,
    tts3,
)
from telemetry_service.providers.decoders.message import Decoded, Message
from telemetry_service.providers.decoders.values import no_options
from telemetry_service.providers.engine.node import Node


@dataclass(frozen=True, slots=True)
class Decoder:
    """`has_memory`: what a message means depends on earlier ones of its node, so one process must hear them all."""

    read_options: Callable[[Node], Any]
    decode: Callable[[Message, Any], Decoded]
    has_memory: bool = False


DECODERS: Mapping[str, Decoder] = {
    "flat": Decoder(flat.read_options, flat.decode),
    "thethings": Decoder(thethings.read_options, thethings.decode),
    "thingsboard-device": Decoder(thingsboard.read_device_options, thingsboard.decode_device),
    "thingsboard-gateway": Decoder(no_options, thingsboard.decode_gateway),
    "tago": Decoder(tago.read_options, tago.decode),
    "chirpstack4": Decoder(no_options, chirpstack4.decode),
    "tts3": Decoder(no_options, tts3.decode),
    "milesight-gw": Decoder(no_options, milesight_gw.decode),
    "novus-logbox": Decoder(novus_logbox.read_options, novus_logbox.decode),
    "status": Decoder(status.read_options, status.decode),
    "sparkplug-b": Decoder(sparkplug.read_options, sparkplug.decode, has_memory=True),
}
