"""What is looked at before a work goes live. Plain Python: no clock, no database, no network.

Each check says whether it is right, and what would be; `None` is a check that could not be made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from compliance_service.authorities.dga import rut
from compliance_service.authorities.interface import Authority, Work
from compliance_service.authorities.judgement import Decision, Hold, Measured, Send, Wait
from compliance_service.authorities.means import Mean
from compliance_service.authorities.schema import Schema
from shared.clock import REGULATOR_TIME

# A logger that runs ahead of us, or a reading that is older than its rhythm allows.
AHEAD = timedelta(minutes=2)
OLDEST = {
    "minute": timedelta(hours=1),
    "hour": timedelta(hours=3),
    "day": timedelta(days=2),
    "month": timedelta(days=40),
    "half_year": timedelta(days=200),
}


@dataclass(frozen=True, slots=True)
class Check:
    check: str
    ok: bool | None
    says: str


def static_checks(work: Work, authority: Authority) -> list[Check]:
    """Of the configuration alone."""
    return [
        _code(work, authority),
        _rut("company_rut", work.company_rut),
        _informant(work, authority),
        Check("password", bool(work.password), "está" if work.password else "falta la contraseña del informante"),
        _standard(work),
    ]


def _code(work: Work, authority: Authority) -> Check:
    fits = authority.is_work_code(work.code)
    return Check("work_code", fits, work.code if fits else f"{work.code} no es como {authority.work_code_example}")


def _rut(name: str, text: str) -> Check:
    try:
        normal = rut.normalise(text)
    except ValueError as error:
        return Check(name, False, str(error))
    return Check(name, normal == text, normal if normal == text else f"se escribe {normal}")


def _informant(work: Work, authority: Authority) -> Check:
    if not authority.needs_informant and not work.informant_rut:
        return Check("informant_rut", True, "esta fuente no pide informante")
    return _rut("informant_rut", work.informant_rut)


def _standard(work: Work) -> Check:
    said = work.rules["standards"].get(work.standard)
    if said is None:
        return Check("standard", False, f"{work.standard} no está en las reglas vigentes")
    return Check("standard", True, f"{work.standard}: {said['every']}, plazo de {said['lag_days']} días")


def clock_check(rows: Sequence[Measured], *, every: str, now: datetime) -> Check:
    """Of the newest reading: neither ahead of our clock, nor older than its rhythm allows."""
    newest = max((row.time for row in rows), default=None)
    if newest is None:
        return Check("clock", False, "no hay ninguna medición reciente del punto")
    if newest > now + AHEAD:
        return Check("clock", False, f"el registrador va adelantado {_minutes(newest - now)} min")
    age = now - newest
    if age > OLDEST.get(every, OLDEST["hour"]):
        return Check("clock", False, f"la última medición tiene {_minutes(age)} min: atrasada, o el reloj lo está")
    return Check("clock", True, f"la última medición tiene {_minutes(age)} min")


def data_check(decision: Decision) -> Check:
    """What would happen to the last hour that was due."""
    if isinstance(decision, Send):
        return Check("data", True, "la última hora podría enviarse")
    if isinstance(decision, Hold):
        return Check("data", False, f"la última hora quedaría retenida: {decision.reason}")
    return Check("data", False, f"a la última hora le falta algo: {getattr(decision, 'reason', 'no llegará')}")


def flow_check(means: Sequence[Mean], decision: Decision) -> Check:
    """Which number is reported, and how much of its period is measured where it is a mean."""
    if not means:
        return Check("flow_value", True, "la muestra del instante")
    is_thin = isinstance(decision, Hold) and decision.reason == "thin_period"
    return Check("flow_value", None if isinstance(decision, Wait) else not is_thin, _mean(means[0]))


def _mean(mean: Mean) -> str:
    start, end = (f"{at.astimezone(REGULATOR_TIME):%d-%m-%Y %H:%M}" for at in (mean.span.start, mean.span.end))
    covered = f"{float(mean.coverage):.1%}".replace(".", ",")
    good = mean.count - mean.bad
    return f"media del período, {start} a {end} (UTC-4): {covered} cubierto por {good} mediciones buenas"


def schema_check(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Check:
    misfit = Schema(schema).misfit(document)
    return Check("required_schema", not misfit, misfit or "el documento tiene la forma que pide la fuente")


def is_ready(checks: Sequence[Check]) -> bool:
    return all(check.ok is not False for check in checks)


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)
