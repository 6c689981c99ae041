"""What a device has to tell at one instant, whatever the format it tells it in."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from deploy.simulators.tracks import Value

# Topic and payload.
Message = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Sample:
    """`device` is its id, token or serial number, `at` its own time in epoch ms; `number` counts what it sent before.

    `is_late` says that it was kept in the device until the link came back.
    """

    device: str
    at: int
    values: Mapping[str, Value]
    units: Mapping[str, str] = field(default_factory=dict)
    number: int = 0
    is_late: bool = False


def as_json(body: Mapping[str, Any] | Sequence[Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
