"""TagoIO's data list: `[{"variable", "value", "unit"?, "time"?, "group"?}]`.

Neither topic nor payload says whose it is (the broker knows by the token): `device` has to. TagoIO writes every
variable's name in lower case, and so do we: the same reading by HTTP has the same key.
"""

from telemetry_service.providers.decoders import records
from telemetry_service.providers.decoders.records import Options, decode
from telemetry_service.providers.engine.node import Node

DEFAULTS = {
    "records": "$",
    "key": "$.variable",
    "value": "$.value",
    "time": "$.time",
    "unit": "$.unit",
    "lower": True,
}


def read_options(node: Node) -> Options:
    return records.read_options(node, DEFAULTS)


__all__ = ["decode", "read_options"]
