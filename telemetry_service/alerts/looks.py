"""Looks at everything there may be an alert about: reads, asks the conditions, and takes in what they show."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from telemetry_service.alerts.conditions.completeness import Day, last_day, signs_of_days
from telemetry_service.alerts.conditions.devices import signs_of_devices
from telemetry_service.alerts.conditions.faults import WINDOW, signs_of_faults
from telemetry_service.alerts.conditions.meters import signs_of_meters
from telemetry_service.alerts.conditions.rules import Rules, joined, signs_of_rules
from telemetry_service.alerts.kinds import Family, Kind
from telemetry_service.alerts.models import FaultLook
from telemetry_service.alerts.operations import Look, take_in
from telemetry_service.alerts.queries import points_to_search, present_signs
from telemetry_service.alerts.signs import Key, Sign
from telemetry_service.gaps.queries import DaysWanted, days_page
from telemetry_service.health.bodies import Shown, looked_at
from telemetry_service.health.queries import known_states
from telemetry_service.health.survey import survey
from telemetry_service.measurements.queries import units
from telemetry_service.points.queries import config_versions, point_ids
from telemetry_service.process.findings import findings
from telemetry_service.process.models import Meter, MeterStatus
from telemetry_service.schemas.grouping import layout_of
from telemetry_service.schemas.models import SchemaType, TelemetrySchema
from telemetry_service.schemas.newest import newest_groups

# Two weeks of raw rows of a point are read for it: a few points at a look, each of them several times a day.
SEARCH_EVERY = timedelta(hours=6)
POINTS_A_LOOK = 25
MOST_DAYS = 100_000


def check_alerts(now: datetime) -> int:
    """Says how many alerts were opened or closed."""
    present = present_signs()
    looks = (look for look in _looks(now, present) if look.signs or any(map(look.is_about, present)))
    return sum(take_in(look, now=now) for look in looks) + search_for_faults(now)


def search_for_faults(now: datetime) -> int:
    """Of the points whose turn it is, each a look of its own: one that cannot be read keeps none of the others."""
    changed = 0
    for point_id in points_to_search(before=now - SEARCH_EVERY, limit=POINTS_A_LOOK):
        # Kept first: a point that cannot be searched must not be the first of every look.
        FaultLook.objects.update_or_create(point_id=point_id, defaults={"looked_at": now})
        found = findings(point_id=point_id, start=now - WINDOW, end=now)
        signs = signs_of_faults(point_id, found, config_versions(point_id), now=now)
        changed += take_in(Look(Family.FAULTS, signs, [point_id]), now=now)
    return changed


def _looks(now: datetime, present: Mapping[Key, bool]) -> Iterator[Look]:
    """`present`: the signs that there are, with whether there was an alert of it."""
    rules, everywhere = list(_rules()), point_ids(points=None, area=None)
    devices = signs_of_devices(_devices(now), now=now)
    yield Look(Family.DEVICES, devices)
    raised = {key for key, was_raised in present.items() if was_raised}
    yield _at_rules(rules, everywhere, raised, now)
    yield _at_days(rules, _silent(devices), now)
    proposed = Meter.objects.filter(status=MeterStatus.PROPOSED, point_id__in=everywhere)
    yield Look(Family.METERS, signs_of_meters(proposed))
    # Nobody searches a point that is no more: what was found there is over.
    yield Look(Family.FAULTS, [], {key.point_id for key in present} - {*everywhere})


def _devices(now: datetime) -> list[Shown]:
    before = known_states()
    return [looked_at(one, before.get(one.source_id), now=now) for one in survey(now=now)]


def _rules() -> Iterator[Rules]:
    for schema in TelemetrySchema.objects.filter(schema_type=SchemaType.ALERT).order_by("name"):
        yield Rules(schema.name, schema.updated_at, layout_of(schema, units=units()))


def _at_rules(rules: list[Rules], everywhere: list[UUID], raised: Collection[Key], now: datetime) -> Look:
    signs = [
        sign
        for one in rules
        for sign in signs_of_rules(one, newest_groups(one.layout, _watched(one, everywhere), now=now), raised=raised)
    ]
    return Look(Family.RULES, joined(signs))


def _watched(rules: Rules, everywhere: list[UUID]) -> list[UUID]:
    said = rules.layout.processing.get("points")
    wanted = {UUID(one) for one in said or ()}
    return [one for one in everywhere if said is None or one in wanted]


def _at_days(rules: list[Rules], silent: Collection[UUID], now: datetime) -> Look:
    day = last_day(now)
    wanted = DaysWanted(points=None, sources=None, zone="santiago", first=day, last=day)
    best: dict[Key, Day] = {}
    for row in days_page(wanted, after=None, limit=MOST_DAYS):
        key = Key(row.point_id, row.variable, Kind.INCOMPLETE)
        one = Day(row.point_id, row.variable, row.day, row.received, row.missing)
        best[key] = max(best.get(key, one), one, key=lambda known: known.received)
    codes = {code for one in rules for code in one.layout.rules}
    least = {code: max(rule["completeness"] for rule in said) for code in codes if (said := _saying(rules, code))}
    return Look(Family.COMPLETENESS, signs_of_days(best.values(), least=least, silent=silent))


def _saying(rules: list[Rules], code: str) -> list[dict[str, float]]:
    found = (one.layout.rules.get(code) or {} for one in rules)
    return [dict(rule) for rule in found if rule.get("completeness") is not None]


def _silent(signs: Iterable[Sign]) -> Collection[UUID]:
    return {sign.key.point_id for sign in signs if sign.key.kind in {Kind.OFFLINE, Kind.NEVER}}
