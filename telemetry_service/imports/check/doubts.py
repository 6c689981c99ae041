"""What is no fault of any one row, and yet may be one of the whole file."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from telemetry_service.imports.check.summary import Summary, plain
from telemetry_service.imports.mapping.mapping import unpack
from telemetry_service.imports.mapping.units import plain_unit
from telemetry_service.imports.models import Import
from telemetry_service.imports.modes import Mode, Verdict
from telemetry_service.points.queries import config_at
from telemetry_service.process.setup import setup_of

MANY = 0.2


def warnings_of(batch: Import, summary: Summary, series: Sequence[dict[str, Any]]) -> list[str]:
    """In Spanish, for whoever decides whether to run it."""
    return [*_of_counts(batch, summary), *_of_effects(batch, series), *_of_counters(batch, series)]


def _of_counts(batch: Import, summary: Summary) -> Iterator[str]:
    total, rejected = summary.counts.total(), summary.counts[Verdict.REJECTED]
    if not total:
        yield "Ninguna fila trae una lectura."
    elif rejected > total * MANY:
        yield f"Se rechazaría el {100 * rejected // total} % de las lecturas: revise el mapeo."
    if batch.mode == Mode.REPLACE and rejected:
        yield "Entre la primera y la última lectura callará también lo que había donde una fila se rechaza."


def _of_effects(batch: Import, series: Sequence[dict[str, Any]]) -> Iterator[str]:
    effects = [one["effect"] for one in series if one["effect"]]
    silenced = sum(effect["silenced"] for effect in effects)
    unheard = sum(effect["unheard"] for effect in effects)
    if silenced and batch.mode != Mode.REPLACE:
        yield f"Callarían {silenced} lecturas de fuentes de respaldo, junto a las de este archivo."
    if unheard:
        yield f"{unheard} lecturas se guardarían sin que valgan: un reemplazo anterior cubre ese tramo."


def _of_counters(batch: Import, series: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A total said in m³ where the meter counts otherwise would be wrong by that factor."""
    mapping = unpack(batch.mapping or {})
    names = mapping.long.names if mapping.long else mapping.values
    if not any(one.variable == "total" and plain_unit(one.unit) == "m3" for one in names):
        return
    for one in series:
        factor = _m3_per_count(UUID(one["point"]), datetime.fromisoformat(one["last"]))
        if one["variable"] == "total" and factor not in (None, Decimal(1)):
            counts = f"cuentas del medidor, de {plain(factor)} m³ cada una"
            yield f"{one['code']}: el totalizador se toma en {counts}, no en m³."


def _m3_per_count(point_id: UUID, at: datetime) -> Decimal | None:
    version = config_at(point_id, at)
    if version is None:
        return None
    return setup_of(version=version.version, valid_from=version.valid_from, config=version.config).m3_per_count
