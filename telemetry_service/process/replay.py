"""A replay that writes nothing: what the measurements of a window would be if they were made now, beside those stored.

With what raw rows, configuration and decisions there are. Empty where nothing is left to do: a measurement is a
function of those. To do it, ask for the point's processing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from uuid import UUID

from django.db import connection

from shared.errors import invalid
from telemetry_service.measurements.store import DERIVED
from telemetry_service.process.anew import NEVER
from telemetry_service.process.checkpoints import Checkpoint
from telemetry_service.process.columns import rows_of
from telemetry_service.process.known import known_of
from telemetry_service.process.readings import Measured
from telemetry_service.process.resume import Supposed
from telemetry_service.process.setup import Setup, setup_of
from telemetry_service.process.supposed import check_supposed
from telemetry_service.process.window import made_in, stale_from

MOST = timedelta(days=92)
EXAMPLES = 100
# What is made of other measurements follows from these.
STORED = """
SELECT variable, time, value, value_text, quality, reasons, source_id, config_version, meter_from FROM measurement
 WHERE point_id = %(point)s AND time >= %(start)s AND time < %(end)s AND source_id <> %(derived)s
"""
Key = tuple[str, datetime]


@dataclass(frozen=True, slots=True)
class Difference:
    """`before` or `after` is None where there is no measurement."""

    variable: str
    time: datetime
    before: Measured | None
    after: Measured | None


@dataclass(frozen=True, slots=True)
class Replay:
    """How many measurements would be new, another, gone and the same; `rows` are the first that differ, by time.

    `reached`: from where the same supposition goes on for what lies at or after `goes_on_from`.
    """

    new: int
    changed: int
    gone: int
    same: int
    rows: list[Difference]
    reached: Checkpoint | None = None
    goes_on_from: datetime | None = None


def replay(
    *,
    point_id: UUID,
    start: datetime,
    end: datetime,
    supposed: Supposed | None = None,
    most: int = EXAMPLES,
    reached: Checkpoint | None = None,
) -> Replay:
    """Of `start <= time < end`, the first `most` rows. `reached`: where an earlier piece of this supposition got to.

    With `supposed` as if it held; that it would be another version is no difference. Raises InvalidInput by path where
    Core would not store what is supposed.
    """
    if end - start > MOST:
        expected = f"a lo más {MOST.days} días entre «from» y «to»"
        raise invalid("to", "el intervalo es demasiado largo", received=end.isoformat(), expected=expected)
    known = known_of(point_id)
    if supposed:
        check_supposed(supposed.config)
        known = replace(known, setups=_with(known.setups, supposed))
    since = min(stale_from(point_id), supposed.valid_from if supposed else NEVER)
    made = made_in(known, start=start, end=end, stale_from=since, reached=reached)
    both = chain.from_iterable(map(rows_of, made.columns)), _stored(point_id, start, end)
    after, before = ({(row.variable, row.time): row for row in rows} for rows in both)
    if supposed:
        before = {key: row._replace(config_version=_version(after, key, row)) for key, row in before.items()}
    differing = sorted(
        (key for key in before.keys() | after.keys() if before.get(key) != after.get(key)), key=lambda key: key[::-1]
    )
    return Replay(
        new=sum(key not in before for key in differing),
        changed=sum(key in before and key in after for key in differing),
        gone=sum(key not in after for key in differing),
        same=len(before.keys() | after.keys()) - len(differing),
        rows=[Difference(*key, before.get(key), after.get(key)) for key in differing[:most]],
        reached=made.reached,
        goes_on_from=made.goes_on_from,
    )


def _version(after: Mapping[Key, Measured], key: Key, row: Measured) -> int | None:
    return after[key].config_version if key in after else row.config_version


def _with(setups: Sequence[Setup], supposed: Supposed) -> list[Setup]:
    """Of two from the same time the supposed one holds."""
    new = setup_of(version=None, valid_from=supposed.valid_from, config=supposed.config)
    earlier = [one for one in setups if one.valid_from is None or one.valid_from < supposed.valid_from]
    later = [one for one in setups if one.valid_from is not None and one.valid_from > supposed.valid_from]
    return [*earlier, new, *later]


def _stored(point_id: UUID, start: datetime, end: datetime) -> list[Measured]:
    with connection.cursor() as cursor:
        cursor.execute(STORED, {"point": point_id, "start": start, "end": end, "derived": DERIVED})
        return [Measured(*row) for row in cursor.fetchall()]
