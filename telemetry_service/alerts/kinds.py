"""What there are alerts about, how grave each is, and how long it must last or be gone. No clock, no database."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from telemetry_service.gaps.labels import Labelled

NOW, MINUTE, HOUR, DAY = timedelta(0), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Severity(Labelled):
    INFO = "info", "aviso"
    WARNING = "warning", "advertencia"
    CRITICAL = "critical", "crítica"


class Family(StrEnum):
    """What is looked at together: a sign of a family that a look at it does not show is gone."""

    DEVICES = "devices"
    COMPLETENESS = "completeness"
    RULES = "rules"
    FAULTS = "faults"
    METERS = "meters"


class Kind(Labelled):
    OFFLINE = "offline", "sin comunicación"
    NEVER = "never", "nunca ha enviado"
    STOPPED = "stopped", "recolección detenida"
    STALE = "stale", "variable sin lecturas"
    CLOCK = "clock", "reloj del equipo"
    BATTERY = "battery", "batería baja"
    INCOMPLETE = "incomplete", "día incompleto"
    BELOW_MIN = "below_min", "bajo el mínimo"
    ABOVE_MAX = "above_max", "sobre el máximo"
    REQUIRED = "required", "falta un valor exigido"
    UNIT_SLIP = "unit_slip", "unidad del caudal"
    PULSE_FACTOR = "pulse_factor", "factor de pulsos"
    TENTH_SCALE = "tenth_scale", "lecturas a la décima parte"
    FROZEN_COUNTER = "frozen_counter", "totalizador detenido"
    FLOW_TOTAL = "FLOW_TOTAL_CONSISTENCY", "caudal y totalizador no concuerdan"
    LEVEL_TOTAL = "LEVEL_ACCUMULATED_CONSISTENCY", "nivel y totalizador no concuerdan"
    ZERO_TOTAL = "ZERO_TOTAL_RESET", "totalizador en cero o en descenso"
    LEVEL_MAX = "LEVEL_MAX_RESET", "nivel sobre el máximo"
    METER = "meter_proposed", "medidor nuevo por confirmar"


class Terms(NamedTuple):
    """An alert is raised once its sign has lasted `raise_after`, and closed once it has been gone for `clear_after`."""

    family: Family
    severity: Severity
    raise_after: timedelta = NOW
    clear_after: timedelta = NOW


F, S = Family, Severity
TERMS: Mapping[Kind, Terms] = {
    # The limits of `health` are patient already; what comes back has to stay.
    Kind.OFFLINE: Terms(F.DEVICES, S.CRITICAL, NOW, 10 * MINUTE),
    Kind.NEVER: Terms(F.DEVICES, S.WARNING, DAY),
    Kind.STOPPED: Terms(F.DEVICES, S.CRITICAL),
    Kind.STALE: Terms(F.DEVICES, S.WARNING, NOW, 30 * MINUTE),
    Kind.CLOCK: Terms(F.DEVICES, S.WARNING, 30 * MINUTE, 2 * HOUR),
    Kind.BATTERY: Terms(F.DEVICES, S.WARNING, 30 * MINUTE, 6 * HOUR),
    Kind.INCOMPLETE: Terms(F.COMPLETENESS, S.WARNING),
    Kind.BELOW_MIN: Terms(F.RULES, S.WARNING, NOW, 15 * MINUTE),
    Kind.ABOVE_MAX: Terms(F.RULES, S.WARNING, NOW, 15 * MINUTE),
    Kind.REQUIRED: Terms(F.RULES, S.WARNING, 15 * MINUTE, 15 * MINUTE),
    # A finding is looked for in two weeks, and stands for three days after it was last seen: see conditions.faults.
    Kind.UNIT_SLIP: Terms(F.FAULTS, S.CRITICAL),
    Kind.PULSE_FACTOR: Terms(F.FAULTS, S.CRITICAL),
    Kind.TENTH_SCALE: Terms(F.FAULTS, S.WARNING),
    Kind.FROZEN_COUNTER: Terms(F.FAULTS, S.CRITICAL),
    Kind.FLOW_TOTAL: Terms(F.FAULTS, S.WARNING),
    Kind.LEVEL_TOTAL: Terms(F.FAULTS, S.WARNING),
    Kind.ZERO_TOTAL: Terms(F.FAULTS, S.INFO),
    Kind.LEVEL_MAX: Terms(F.FAULTS, S.WARNING),
    Kind.METER: Terms(F.METERS, S.CRITICAL),
}


def kinds_of(family: Family) -> list[Kind]:
    return [kind for kind, terms in TERMS.items() if terms.family is family]
