"""thethings.iO: `v2/things/{token}`, `{"values": [{"key", "value", "datetime"?}]}` or the bare list.

The last will comes in the same envelope, with the key `LWT`. https://developers.thethings.io
"""

from telemetry_service.providers.decoders import records
from telemetry_service.providers.decoders.records import Options, decode
from telemetry_service.providers.engine.node import Node

DEFAULTS = {
    "device": "v2/things/{device}",
    "records": "$.values",
    "key": "$.key",
    "value": "$.value",
    "time": "$.datetime",
    "status_key": "LWT",
}


def read_options(node: Node) -> Options:
    return records.read_options(node, DEFAULTS)


__all__ = ["decode", "read_options"]
