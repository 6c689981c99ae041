"""Where a supposition got to, in the hands of whoever asks: a long one is answered in pieces, each from the one before.

No checkpoint that is stored holds under a configuration that nobody stored: without this each piece would begin where
the configuration does, and the last of many would take longest.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core import signing

from shared.errors import invalid
from telemetry_service.process import counter as states
from telemetry_service.process.checkpoints import Checkpoint

SALT = "replay.resume"
# Rows and decisions come in meanwhile: a question is answered in one go, not over days.
HOLDS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Supposed:
    """A version of the configuration that nobody stored yet: holds from `valid_from` to the next version."""

    config: Mapping[str, Any]
    valid_from: datetime


def written(point_id: UUID, supposed: Supposed, reached: Checkpoint, now: datetime) -> str:
    """The checkpoint as a text that only we can have written."""
    said = {"of": _of(point_id, supposed), "at": reached.at.isoformat(), "counter": reached.pack()}
    return signing.dumps(said | {"made_at": now.isoformat()}, salt=SALT, compress=True)


def read(text: str, point_id: UUID, supposed: Supposed, now: datetime) -> Checkpoint:
    """Raises InvalidInput for what we did not write, or wrote about something else, or long ago."""
    try:
        said = signing.loads(text, salt=SALT)
    except signing.BadSignature as error:
        raise _refused("no es uno de los que entrega esta consulta") from error
    if said["of"] != _of(point_id, supposed):
        raise _refused("es de otro punto o de otra suposición")
    if now - datetime.fromisoformat(said["made_at"]) > HOLDS:
        raise _refused("venció")
    return Checkpoint(datetime.fromisoformat(said["at"]), states.unpack(said["counter"]))


def _refused(problem: str) -> Exception:
    return invalid("resume", problem, expected="el «token» de «resume» de la respuesta anterior, o nada")


def _of(point_id: UUID, supposed: Supposed) -> str:
    said = [str(point_id), supposed.config, supposed.valid_from.isoformat()]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
