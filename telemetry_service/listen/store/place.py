"""From what a message says to rows and dead letters. No database, no clock: what is known of its devices is given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from telemetry_service.listen.models import Reason
from telemetry_service.listen.store.arrivals import Arrival, Fate, Letter
from telemetry_service.listen.store.routes import Known, Nowhere, Target
from telemetry_service.providers.decoders.message import Decoded, Reading
from telemetry_service.raw.flags import Flag
from telemetry_service.raw.store import Answer, Incoming

# Beyond these a time is a broken clock, not a reading's.
IMPOSSIBLE = timedelta(days=1)
OLDEST_YEAR = 2000

Devices = Mapping[tuple[UUID, str], Known]


@dataclass(slots=True)
class Batch:
    """What is to be stored together. `fates`: the fate of the message that each row came in, in the rows' order."""

    rows: list[Incoming] = field(default_factory=list)
    fates: list[Fate] = field(default_factory=list)
    answers: dict[UUID, Answer] = field(default_factory=dict)
    points: dict[UUID, UUID] = field(default_factory=dict)  # of sources
    hints: set[UUID] = field(default_factory=set)  # sources to be asked now
    undated: dict[Arrival, datetime] = field(default_factory=dict)  # when each was received first
    devices: dict[UUID, datetime] = field(default_factory=dict)  # when each was heard
    statuses: dict[UUID, tuple[bool, datetime]] = field(default_factory=dict)


def place(arrival: Arrival, said: Decoded, devices: Devices, *, received_at: datetime, batch: Batch) -> Fate:
    """Puts the message's readings into the batch. `received_at`: when it was received first."""
    fate = Fate(has_status=bool(said.statuses))
    placed = _Placed(arrival, received_at, batch, fate)
    for reading in said.readings:
        placed.put(reading, devices.get((arrival.provider_id, reading.device)))
    for device, is_online in said.statuses:
        if known := devices.get((arrival.provider_id, device)):
            batch.statuses[known.device_id] = (is_online, arrival.received_at)
    if said.problem:
        placed.reject(Reason.UNDECODABLE, said.problem, said.readings[0].device if said.readings else "")
    placed.close()
    return fate


def possible(at: datetime, *, now: datetime) -> bool:
    return at.year >= OLDEST_YEAR and at <= now + IMPOSSIBLE


@dataclass(slots=True)
class _Placed:
    arrival: Arrival
    received_at: datetime
    batch: Batch
    fate: Fate
    answer_id: UUID = field(default_factory=uuid4)
    sources: set[UUID] = field(default_factory=set)
    of_devices: set[str] = field(default_factory=set)  # of which something found its place
    unassigned: dict[tuple[str, str], bool] = field(default_factory=dict)  # device and key: is it undated

    def put(self, reading: Reading, known: Known | None) -> None:
        is_undated = reading.device_time is None and not reading.trouble
        if known is None:
            self.reject(Reason.UNKNOWN_DEVICE, "", reading.device, is_undated=is_undated)
            return
        self.batch.devices[known.device_id] = self.arrival.received_at
        way = known.way(reading.key)
        if way is Nowhere.UNKNOWN_KEY:
            if not reading.trouble:  # a text that nobody asked for is nobody's trouble
                self.unassigned[reading.device, reading.key] = is_undated
        elif way is Nowhere.NOT_LIVE:
            self.reject(Reason.NOT_LIVE, "", reading.device, is_undated=is_undated)
        elif isinstance(way, Nowhere):
            self.fate.left_out += 1
            self.of_devices.add(reading.device)
        else:
            self._keep(reading, *way)

    def reject(self, reason: Reason, problem: str, device: str, *, is_undated: bool = False) -> None:
        """One letter for each device and reason, whatever else of the message shares them."""
        if not any((one.reason, one.device) == (reason, device) for one in self.fate.letters):
            self.fate.letters.append(Letter(reason, problem, device, is_undated=is_undated))

    def close(self) -> None:
        """A message of which nothing found a place is kept whole; else its answer is, and its key is only counted."""
        for (device, key), is_undated in self.unassigned.items():
            if device in self.of_devices:
                self.fate.letters.append(Letter(Reason.UNKNOWN_KEY, "", device, key))
            else:
                self.reject(
                    Reason.UNKNOWN_KEY, f"ninguna de sus claves está asignada: {key}", device, is_undated=is_undated
                )
        if self.sources:
            owner = next(iter(self.sources)) if len(self.sources) == 1 else self.arrival.provider_id
            self.batch.answers[self.answer_id] = Answer(owner, self.arrival.body)

    def _keep(self, reading: Reading, target: Target, key: str) -> None:
        self.of_devices.add(reading.device)
        if reading.value is None:
            self.reject(Reason.UNREADABLE, reading.trouble, reading.device)
            return
        at = reading.device_time or self._time_of_undated(target)
        if at is None:
            self.fate.left_out += 1
            return
        if not possible(at, now=self.received_at):
            self.reject(Reason.IMPOSSIBLE_TIME, f"{reading.key}: {at.isoformat()}", reading.device)
            return
        flags = 0 if reading.device_time else int(Flag.RECEIVE_TIME)
        row = Incoming(target.source_id, key, at, reading.value, reading.unit, self.answer_id, flags)
        self.batch.rows.append(row)
        self.batch.fates.append(self.fate)
        self.batch.points[target.source_id] = target.point_id
        self.sources.add(target.source_id)

    def _time_of_undated(self, target: Target) -> datetime | None:
        """None where ours would be no time of the reading's."""
        if self.arrival.is_retained:
            return None  # the broker kept it since nobody knows when
        if target.is_asked:
            # The provider stamped it with a time of its own, under which its history has it: two rows for one reading.
            self.batch.hints.add(target.source_id)
            return None
        self.batch.undated[self.arrival] = self.received_at
        return self.received_at
