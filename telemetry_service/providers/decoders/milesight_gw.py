"""A Milesight gateway's own network server: an envelope like ChirpStack 3's, on a topic of the operator's choice.

With a codec set, what it decoded stands in `object` or beside the envelope's own members.
"""

from typing import Any

from telemetry_service.providers.decoders import lorawan
from telemetry_service.providers.decoders.message import Decoded, Message, Undecodable, read_object

ENVELOPE = frozenset({
    "adr", "applicationID", "applicationName", "cellularIP", "data", "devEUI", "deviceName", "fCnt", "fPort",
    "gatewayTime", "gpsTime", "object", "rxInfo", "time", "timestamp", "txInfo",
})  # fmt: skip


def decode(message: Message, options: None) -> Decoded:
    document = read_object(message.payload)
    device = lorawan.uplink_device(document.get("devEUI"))
    values = _values(document)
    if not values:
        if document.get("data"):
            raise Undecodable("trae bytes sin decodificar: falta el códec en la pasarela", device=device)
        return Decoded()
    return Decoded(readings=list(lorawan.readings(device, values, document.get("time"))))


def _values(document: dict[str, Any]) -> dict[str, Any]:
    inside = document.get("object")
    if isinstance(inside, dict):
        return inside
    return {name: value for name, value in document.items() if name not in ENVELOPE}
