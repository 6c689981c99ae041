"""The Things Stack 3: `v3/{app}@{tenant}/devices/{id}/up` with `uplink_message.decoded_payload`.

A field that is zero, empty or false is left out of the envelope (not of the decoded payload): what is absent is
absent, and never read as 0. https://www.thethingsindustries.com/docs/the-things-stack/concepts/data-formats/
"""

from typing import Any

from telemetry_service.providers.decoders import lorawan
from telemetry_service.providers.decoders.message import Decoded, Message, Undecodable, read_object
from telemetry_service.providers.engine.jsonpath import MISSING, Path, parse_path

DEVICE_ID = parse_path("$.end_device_ids.device_id")
PAYLOAD = parse_path("$.uplink_message.decoded_payload")
BYTES = parse_path("$.uplink_message.frm_payload")
UPLINK = "/up"


def decode(message: Message, options: None) -> Decoded:
    if not message.topic.endswith(UPLINK):
        return Decoded()
    document = read_object(message.payload)
    device = lorawan.uplink_device(_at(DEVICE_ID, document))
    values = _at(PAYLOAD, document)
    if not isinstance(values, dict):
        if _at(BYTES, document):
            raise Undecodable("trae bytes sin decodificar: falta el formateador de payload", device=device)
        return Decoded()
    return Decoded(readings=list(lorawan.readings(device, values, document.get("received_at"))))


def _at(path: Path, document: Any) -> Any:
    found = path.first(document)
    return None if found is MISSING else found
