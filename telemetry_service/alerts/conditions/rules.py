"""What breaks the rules of an ALERT schema: below a minimum, above a maximum, absent though required.

A value that the quality tests refuse says nothing of the water; it has a quality, and needs no alert besides.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from telemetry_service.alerts.kinds import Kind
from telemetry_service.alerts.signs import Key, Sign
from telemetry_service.measurements.fields import iso
from telemetry_service.measurements.quality import Quality
from telemetry_service.schemas.grouping import Layout, Shown
from telemetry_service.schemas.queries import Group

BELIEVED = (int(Quality.GOOD), int(Quality.NOT_EVALUATED))
NAMES = {Kind.BELOW_MIN: ("min", "bajo el mínimo"), Kind.ABOVE_MAX: ("max", "sobre el máximo")}


@dataclass(frozen=True, slots=True)
class Rules:
    """An ALERT schema as it is applied: `version` is when it was last changed."""

    name: str
    version: datetime
    layout: Layout


def signs_of_rules(rules: Rules, groups: Iterable[Group], *, raised: Collection[Key]) -> list[Sign]:
    """`raised`: what there is an alert of already, which is over only where a value is back by the rule's `margin`."""
    return [sign for group in groups for sign in _of_group(rules, group, raised)]


def joined(signs: Iterable[Sign]) -> list[Sign]:
    """Of several schemas that break by one thing there is one alert, with the evidence of each."""
    found: dict[Key, Sign] = {}
    for sign in signs:
        there = found.get(sign.key)
        more = [*there.evidence["rules"], *sign.evidence["rules"]] if there else sign.evidence["rules"]
        first = there or sign
        found[sign.key] = Sign(sign.key, min(first.since, sign.since), first.says, {**first.evidence, "rules": more})
    return list(found.values())


def _of_group(rules: Rules, group: Group, raised: Collection[Key]) -> Iterator[Sign]:
    cells = {code: cell for part in group.said["grouped_data"].values() for code, cell in part.items()}
    cells |= group.said["calculated_fields"]
    for code, rule in rules.layout.rules.items():
        cell, shown = cells[code], rules.layout.shown[code]
        since = _instant(cell.get("time") or group.timestamp)
        if cell["value"] is None:
            if rule.get("required"):
                says = f"«{shown.label}» no tiene valor y el esquema «{rules.name}» lo exige."
                yield _sign(rules, group.point_id, code, Kind.REQUIRED, since, says, {"value": None})
        elif cell["quality"] in BELIEVED:
            yield from _of_value(rules, group.point_id, code, rule, cell, since, raised)


def _of_value(
    rules: Rules,
    point_id: UUID,
    code: str,
    rule: Mapping[str, Any],
    cell: Mapping[str, Any],
    since: datetime,
    raised: Collection[Key],
) -> Iterator[Sign]:
    shown = rules.layout.shown[code]
    value = _in_our_unit(cell["value"], shown)
    for kind, (name, words) in NAMES.items():
        limit = rule.get(name)
        if limit is None:
            continue
        margin = float(rule.get("margin", 0)) if Key(point_id, code, kind) in raised else 0.0
        if value < limit + margin if kind is Kind.BELOW_MIN else value > limit - margin:
            says = f"«{shown.label}» está en {value:g}, {words} de {limit:g} del esquema «{rules.name}»."
            seen = {"value": value, "limit": limit, "margin": rule.get("margin", 0), "quality": cell["quality"]}
            yield _sign(rules, point_id, code, kind, since, says, seen)


def _sign(
    rules: Rules, point_id: UUID, code: str, kind: Kind, since: datetime, says: str, seen: Mapping[str, Any]
) -> Sign:
    said = {"schema": rules.layout.id, "name": rules.name, "version": iso(rules.version), "time": iso(since), **seen}
    return Sign(Key(point_id, code, kind), since, says, {"interval": rules.layout.interval, "rules": [said]})


def _in_our_unit(value: float, shown: Shown) -> float:
    """Rules are said in our units, cells are shown in those that the schema wants."""
    return (value - shown.convert.offset) / shown.convert.factor


def _instant(at: datetime | date) -> datetime:
    return at if isinstance(at, datetime) else datetime(at.year, at.month, at.day, tzinfo=UTC)
