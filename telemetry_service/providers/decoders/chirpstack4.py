"""ChirpStack 4: `application/{app}/device/{devEui}/event/up` with the codec's `object`.

https://www.chirpstack.io/docs/chirpstack/integrations/events.html
"""

from telemetry_service.providers.decoders import lorawan
from telemetry_service.providers.decoders.message import Decoded, Message, Undecodable, read_object
from telemetry_service.providers.engine.jsonpath import MISSING, parse_path

DEV_EUI = parse_path("$.deviceInfo.devEui")
UPLINK = "/event/up"


def decode(message: Message, options: None) -> Decoded:
    """Events other than an uplink (join, ack, log …) bring no reading."""
    if not message.topic.endswith(UPLINK):
        return Decoded()
    document = read_object(message.payload)
    found = DEV_EUI.first(document)
    device = lorawan.uplink_device(None if found is MISSING else found)
    values = document.get("object")
    if not isinstance(values, dict):
        if document.get("data"):
            raise Undecodable("trae bytes sin decodificar: falta el códec en el perfil del dispositivo", device=device)
        return Decoded()
    return Decoded(readings=list(lorawan.readings(device, values, document.get("time"))))
