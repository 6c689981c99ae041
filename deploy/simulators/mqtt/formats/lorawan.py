"""What the LoRaWAN formats share: the frame in Milesight's bytes (channel, type, value), and ids from names."""

import base64
import hashlib
import struct
from collections.abc import Mapping
from typing import Any

F_PORT = 85
FREQUENCY = 916_800_000  # a channel of the plan used in Chile (AU915)
# Keys that a frame can hold; depth is in centimetres.
FIELDS = {"battery": (b"\x01\x75", "<B"), "depth": (b"\x03\x82", "<H"), "pulse": (b"\x05\xc8", "<I")}


def frame(values: Mapping[str, Any]) -> str:
    """Base64. A value that does not fit wraps, as a counter of that size does."""
    parts = (
        head + struct.pack(form, int(values[key]) % 256 ** struct.calcsize(form))
        for key, (head, form) in FIELDS.items()
        if key in values
    )
    return base64.b64encode(b"".join(parts)).decode()


def uuid_of(*parts: object) -> str:
    digest = hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=16).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}"
