"""Finds the points whose derived variables are defined otherwise than before, and asks for what that makes stale."""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from shared.formulas.order import ring_in
from telemetry_service.measurements.models import Variable
from telemetry_service.points.versions import Version, changed_from
from telemetry_service.virtual.backlog import request_derived, wait_for_notes
from telemetry_service.virtual.definitions import Series, definitions_of, units_of
from telemetry_service.virtual.models import DerivedInput, SeenDerived

logger = logging.getLogger(__name__)
# All points, every pass: compared in the database, where equal JSON is equal.
CHANGED = """
WITH present AS (
    SELECT point_id, bool_or(config ? 'virtual_variables' OR config ? 'composite') AS derives,
           jsonb_agg(jsonb_build_array(version, valid_from, jsonb_strip_nulls(jsonb_build_object(
               'virtual_variables', config->'virtual_variables', 'composite', config->'composite',
               'constants', config->'constants', 'quality', config->'quality',
               'limits', config->'limits'))) ORDER BY valid_from NULLS FIRST, version) AS versions
      FROM point_config GROUP BY point_id)
SELECT present.point_id, seen.versions::text, present.versions::text
  FROM present LEFT JOIN derived_seen_config seen ON seen.point_id = present.point_id
 WHERE (present.derives OR seen.point_id IS NOT NULL) AND seen.versions IS DISTINCT FROM present.versions
"""


def request_changed(now: datetime) -> int:
    """Says how many points' derived variables are defined otherwise than they were made."""
    with connection.cursor() as cursor:
        cursor.execute(CHANGED)
        rows = cursor.fetchall()
    for point_id, seen, present in rows:
        _take_over(point_id, json.loads(seen or "[]"), json.loads(present), now)
    return len(rows)


def _take_over(point_id: UUID, seen: Sequence[Version], present: Sequence[Version], now: datetime) -> None:
    with transaction.atomic():
        wait_for_notes()
        _know_units(config for _, _, config in present)
        SeenDerived.objects.update_or_create(point_id=point_id, defaults={"versions": list(present)})
        needs = _without_ring(point_id, _needs(point_id, present))
        DerivedInput.objects.filter(point_id=point_id).delete()
        DerivedInput.objects.bulk_create(
            DerivedInput(point_id=point_id, input_point=one.point_id, input_variable=one.variable) for one in needs
        )
        request_derived(point_id=point_id, start=changed_from(seen, present), now=now)


def _needs(point_id: UUID, versions: Iterable[Version]) -> dict[Series, set[Series]]:
    """Each derived variable of the point, and what it is made of under any version."""
    found: dict[Series, set[Series]] = {}
    for _, _, config in versions:
        for one in definitions_of(point_id, config):
            found.setdefault(Series(point_id, one.variable), set()).update(one.inputs.values())
    return found


def _without_ring(point_id: UUID, own: Mapping[Series, set[Series]]) -> set[Series]:
    """What the point's derived variables are made of. Nothing, where they are made of themselves by way of others:

    Core refuses that; made all the same it would never come to an end.
    """
    everything: dict[Series, set[Series]] = dict(own)
    for other, versions in SeenDerived.objects.exclude(point_id=point_id).values_list("point_id", "versions"):
        everything |= _needs(other, versions)
    ring = ring_in(everything)
    if ring and any(one.point_id == point_id for one in ring):
        said = " → ".join(f"{one.point_id}.{one.variable}" for one in ring)
        logger.error("derived variables in a ring", extra={"point": str(point_id), "ring": said})
        return set()
    return set().union(*own.values())


def _know_units(configs: Iterable[Mapping[str, Any]]) -> None:
    found = {code: said for config in configs for code, said in units_of(config).items()}
    Variable.objects.bulk_create(
        [Variable(code=code, name=name, unit=unit) for code, (name, unit) in sorted(found.items())],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "unit"],
    )
