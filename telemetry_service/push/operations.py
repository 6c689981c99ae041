"""One push: read, held against what is known, and kept together with whatever else arrives meanwhile."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from random import getrandbits
from typing import Any
from uuid import UUID

import prometheus_client as prometheus

from shared import clock
from shared.errors import StackError, invalid
from telemetry_service.push.keep.answers import Verdict
from telemetry_service.push.keep.operations import keep
from telemetry_service.push.keep.push import Push
from telemetry_service.push.keep.together import Together
from telemetry_service.push.place.judge import Arrival, Holder
from telemetry_service.push.read.body import Format, format_of, plain
from telemetry_service.push.read.csv_rows import read_csv
from telemetry_service.push.read.json_rows import read_array, read_lines
from telemetry_service.raw.partitions import kept_from

ROWS = prometheus.Counter("telemetry_pushed_readings", "Readings that were pushed, by verdict.", ["verdict"])
TOGETHER = prometheus.Histogram(
    "telemetry_pushes_together", "Pushes that one transaction kept.", buckets=(1, 2, 4, 8, 16, 32, 64, 128)
)
READERS = {Format.JSON: read_array, Format.NDJSON: read_lines, Format.CSV: read_csv}
LONGEST_KEY = 255


def read_push(
    *, body: bytes, content_type: str, encoding: str, idempotency_key: str, holder: Holder, now: datetime
) -> Push:
    """What came, ready to be kept. Raises a StackError where it cannot be read."""
    form, text = format_of(content_type), plain(body, encoding)
    arrival = Arrival(holder, now, kept_from(now), _new_id())
    return Push(
        key_id=holder.key_id,
        idempotency_key=_checked(idempotency_key),
        digest=hashlib.sha256(form.encode() + b"\0" + text).digest(),
        body=text,
        said=READERS[form](text),
        arrival=arrival,
    )


def push(*, together: Together | None = None, **came: Any) -> bytes:
    """What `read_push` is given: kept, and the answer, a verdict for each row. Raises a StackError where nothing is
    stored.

    The same body with the same `idempotency_key` gives the same answer again, byte for byte.
    """
    one = read_push(**came)
    (together or _together).submit(one)
    count_rows([one])
    return outcome_of(one)


def keep_now(pushes: Sequence[Push]) -> None:
    """Gives each its outcome; all of them in one transaction, where none troubles the others."""
    TOGETHER.observe(len(pushes))
    keep(pushes, now=clock.now())


def outcome_of(one: Push) -> bytes:
    """Of one that was to be kept: its answer. Raises a StackError where nothing of it is stored."""
    if not isinstance(one.outcome, bytes):
        raise one.outcome or StackError("Se interrumpió: repita el mismo envío con la misma Idempotency-Key.")
    return one.outcome


def count_rows(pushes: Iterable[Push]) -> None:
    counts = Counter[Verdict]()
    for one in pushes:
        counts.update(one.counts)
    for verdict, count in counts.items():
        ROWS.labels(verdict.value).inc(count)


def _new_id() -> UUID:
    """As uuid4, without a call to the system, which would let every other thread in between."""
    return UUID(int=getrandbits(128), version=4)


def _checked(key: str) -> str:
    if len(key) > LONGEST_KEY or not key.isascii() or (key and not key.isprintable()):
        expected = f"hasta {LONGEST_KEY} caracteres ASCII, como un UUID"
        raise invalid("Idempotency-Key", "no es una clave", received=key[:60], expected=expected)
    return key.strip()


_together = Together(keep_now)
