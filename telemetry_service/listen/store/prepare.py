"""From messages to what is to be stored: decoded, each device found, each reading placed. Reads, and adopts sources."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any
from uuid import UUID

from telemetry_service.listen.models import Reason
from telemetry_service.listen.queries import find_devices, find_targets, first_received, memory_of, zones_of
from telemetry_service.listen.store.adopt import Namer, adopt
from telemetry_service.listen.store.arrivals import Arrival, Fate, Letter, Rejected
from telemetry_service.listen.store.place import Batch, Devices, place
from telemetry_service.listen.store.routes import Nowhere, addressed
from telemetry_service.providers.decoders.message import Command, Decoded, Undecodable

logger = logging.getLogger(__name__)
Rows = Mapping[UUID, Namer]
Memory = dict[str, Any]


@dataclass(slots=True)
class Prepared:
    """`memories`: of accounts, what their nodes said, with this batch's in it."""

    arrivals: Sequence[Arrival]
    fates: list[Fate]
    batch: Batch
    memories: dict[UUID, Memory]
    changed: dict[tuple[UUID, str], Any] = field(default_factory=dict)  # what of the memories this batch changed
    commands: list[tuple[UUID, Command]] = field(default_factory=list)


def prepare(arrivals: Sequence[Arrival], rows: Rows, memories: Mapping[UUID, Memory], *, now: datetime) -> Prepared:
    found = Prepared(arrivals, [], Batch(), {})
    zones = zones_of({one.provider_id for one in arrivals if one.has_zones})
    for one in arrivals:
        if one.has_memory and one.provider_id not in found.memories:
            known = memories.get(one.provider_id)
            found.memories[one.provider_id] = memory_of(one.provider_id) if known is None else dict(known)
    said = [_decode(one, zones, found) for one in arrivals]
    devices = _devices(arrivals, said, rows, now)
    first_at = _first_received(arrivals, said)
    for arrival, decoded in zip(arrivals, said, strict=True):
        if isinstance(decoded, Letter):
            found.fates.append(Fate(letters=[decoded]))
            continue
        received_at = first_at.get((arrival.provider_id, arrival.digest), arrival.received_at)
        found.fates.append(place(arrival, decoded, devices, received_at=received_at, batch=found.batch))
    return found


def _decode(arrival: Arrival, zones: Mapping[UUID, Mapping[str, tzinfo]], found: Prepared) -> Decoded | Letter:
    """In the order of the messages: what one of a node says holds for the next."""
    memory = found.memories.get(arrival.provider_id, {}) if arrival.has_memory else {}
    try:
        said = arrival.decode(zones.get(arrival.provider_id, {}), memory)
    except Undecodable as error:
        reason = error.reason if isinstance(error, Rejected) else Reason.UNDECODABLE
        return Letter(reason, error.problem, error.device)
    except Exception as error:
        # A decoder's surprise is this message's trouble, and nobody else's.
        logger.exception("decoder broke", extra={"provider": str(arrival.provider_id)})
        return Letter(Reason.UNDECODABLE, f"error interno al decodificar ({type(error).__name__})")
    memory.update(said.memory)
    found.changed |= {(arrival.provider_id, node): value for node, value in said.memory.items()}
    found.commands += [(arrival.provider_id, command) for command in said.commands]
    return said


def _devices(arrivals: Sequence[Arrival], said: Sequence[Decoded | Letter], rows: Rows, now: datetime) -> Devices:
    asked = list(_asked(arrivals, said))
    names = {(arrival.provider_id, device) for arrival, device, _ in asked if arrival.source_id is None}
    known = find_devices(names) if names else {}
    lost = {
        name
        for arrival, device, key in asked
        if (name := (arrival.provider_id, device)) in names
        and (name not in known or known[name].way(key) is Nowhere.UNKNOWN_KEY)
    }
    mine = {provider: rows[provider] for provider, _ in lost if provider in rows}
    if mine:
        adopt(mine, lost, now=now)
        known |= find_devices(lost)  # another listener may have been first, since they were looked for
    targets = find_targets({arrival.source_id for arrival, _, _ in asked if arrival.source_id is not None})
    return known | {
        (arrival.provider_id, device): addressed(targets[arrival.source_id])
        for arrival, device, _ in asked
        if arrival.source_id in targets
    }


def _asked(arrivals: Sequence[Arrival], said: Sequence[Decoded | Letter]) -> Iterator[tuple[Arrival, str, str]]:
    """Each device and key that a message speaks of."""
    for arrival, decoded in zip(arrivals, said, strict=True):
        if isinstance(decoded, Decoded):
            for reading in decoded.readings:
                yield arrival, reading.device, reading.key
            for status in decoded.statuses:
                yield arrival, status.device, ""


def _first_received(
    arrivals: Sequence[Arrival], said: Sequence[Decoded | Letter]
) -> dict[tuple[UUID, bytes], datetime]:
    """Of messages without a time that the broker sends again: when we had them before, if we did."""
    again = {
        (arrival.provider_id, arrival.digest)
        for arrival, decoded in zip(arrivals, said, strict=True)
        if arrival.is_repeated
        and isinstance(decoded, Decoded)
        and any(one.device_time is None for one in decoded.readings)
    }
    return first_received(again) if again else {}
