"""What a device said under a key before anybody assigned it: in the messages that were kept for their other keys."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any

from django.db import connection

from telemetry_service.listen.models import DeadLetter
from telemetry_service.listen.store.arrivals import Arrival, Fate
from telemetry_service.listen.store.heard import Sent, arrival
from telemetry_service.listen.store.keep import write
from telemetry_service.listen.store.prepare import prepare
from telemetry_service.providers.decoders.message import Decoded
from telemetry_service.providers.mqtt.row import MqttRow
from telemetry_service.raw.flags import Flag

AT_ONCE, MOST = 2_000, 100_000
# The messages that brought rows of the device's sources since the key was first seen; found by the rows' own key.
MESSAGES = """
SELECT answer.received_at, answer.body, said.undated_at
  FROM (SELECT raw.received_at, raw.answer_id,
               max(raw.device_time) FILTER (WHERE raw.flags & %(receive_time)s <> 0) AS undated_at
          FROM raw_telemetry_data raw
         WHERE raw.source_id IN (SELECT source_id FROM listen_route WHERE device_id IN (
                   SELECT id FROM listen_device WHERE provider_id = %(provider)s AND identity = %(device)s))
           AND raw.device_time >= %(since)s - interval '1 day' AND raw.received_at >= %(since)s
         GROUP BY raw.received_at, raw.answer_id) said
  JOIN raw_answer answer ON answer.received_at = said.received_at AND answer.id = said.answer_id
 ORDER BY answer.received_at, answer.id LIMIT %(most)s
"""


def recall(letter: DeadLetter, row: MqttRow, *, now: datetime) -> tuple[Fate, datetime | None]:
    """Stores what the letter's device said under its key. Also gives from where on there is more, if there is."""
    messages = list(_messages(letter))
    fate = Fate()
    for start in range(0, len(messages), AT_ONCE):
        arrivals = [_arrival(letter, row, *message) for message in messages[start : start + AT_ONCE]]
        _store(arrivals, row, fate, now)
    return fate, messages[-1][0] if len(messages) == MOST else None


def _messages(letter: DeadLetter) -> Iterator[tuple[datetime, str, bytes, datetime]]:
    """When it was kept, topic, payload, and when it was received; what was polled has no topic."""
    asked: dict[str, Any] = {
        "receive_time": int(Flag.RECEIVE_TIME),
        "provider": letter.provider_id,
        "device": letter.device,
        "since": letter.received_at,
        "most": MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(MESSAGES, asked)
        for kept_at, body, undated_at in cursor.fetchall():
            topic, mark, payload = zlib.decompress(bytes(body)).partition(b"\0")
            yield kept_at, topic.decode() if mark else "", payload, undated_at or kept_at


def _arrival(
    letter: DeadLetter, row: MqttRow, kept_at: datetime, topic: str, payload: bytes, received_at: datetime
) -> Arrival:
    came = arrival(provider_id=letter.provider_id, row=row, sent=Sent(topic, payload), received_at=received_at)
    subscription = row.hearing(topic)
    is_secret = subscription is not None and subscription.is_secret

    def decode(zones: Mapping[str, tzinfo], memory: Mapping[str, Any]) -> Decoded:
        """The letter's key alone. In a topic that is kept masked the device is the letter's."""
        said = came.decode(zones, memory)
        readings = [one._replace(device=letter.device) for one in said.readings] if is_secret else said.readings
        return Decoded([one for one in readings if (one.device, one.key) == (letter.device, letter.key)])

    return replace(came, decode=decode)


def _store(arrivals: Sequence[Arrival], row: MqttRow, fate: Fate, now: datetime) -> None:
    prepared = prepare(arrivals, {arrivals[0].provider_id: row}, {}, now=now)
    write(prepared, received_at=now, now=now, counts=None)
    for one in prepared.fates:
        fate.stored += one.stored
        fate.duplicates += one.duplicates
        fate.conflicts += one.conflicts
        fate.letters += [letter for letter in one.letters if not fate.letters]
