"""What DGA gets of one hour of a groundwater work, byte for byte (Manual Técnico N° 1/2025, sections 4 and 5).

All values are JSON strings: flow and depth with two decimals, half up; the totaliser cut to whole cubic metres, at most
fifteen characters. Rounding happens here and nowhere before. Date and time are UTC-4 all year.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from compliance_service.authorities.judgement import CannotSend
from shared.clock import REGULATOR_TIME

PATH = "/mediciones/subterraneas"
OBJECT = "medicionSubterranea"
WORK_CODE = re.compile(r"O[BR]-\d{4}-[1-9]\d*")
LONGEST_TOTAL = 15
HUNDREDTH, WHOLE = Decimal("0.01"), Decimal(1)
VARIABLES = ("flow", "total", "water_table")
# The order of the manual's example. A database gives a stored document back in an order of its own.
FIELDS = ("caudal", "fechaMedicion", "horaMedicion", "nivelFreaticoDelPozo", "totalizador")
# What senders in production really put; none was ever refused for it. The first is our default.
TIMESTAMP_STYLES = ("utc-4 -0000", "utc-4", "utc-4 offset", "utc Z")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who reports: the informant with his password, for the company (Centro de Control)."""

    informant_rut: str
    company_rut: str
    password: str


def measurement(values: Mapping[str, float], slot: datetime) -> dict[str, str]:
    """The measurement's fields. `values`: flow L/s, total m³, water_table m."""
    if any(value < 0 for value in values.values()):
        raise CannotSend("negative_value")
    local = slot.astimezone(REGULATOR_TIME)
    total = str(_decimal(values["total"]).quantize(WHOLE, rounding=ROUND_DOWN))
    if len(total) > LONGEST_TOTAL:
        raise CannotSend("total_too_long")
    return {
        "caudal": _two_decimals(values["flow"]),
        "fechaMedicion": f"{local:%Y-%m-%d}",
        "horaMedicion": f"{local:%H:%M:%S}",
        "nivelFreaticoDelPozo": _two_decimals(values["water_table"]),
        "totalizador": total,
    }


@dataclass(frozen=True, slots=True)
class Groundwater:
    variables: tuple[str, ...] = VARIABLES

    def measurement(self, values: Mapping[str, float], slot: datetime) -> dict[str, str]:
        return measurement(values, slot)


GROUNDWATER = Groundwater()


def body(fields: Mapping[str, str], sender: Sender) -> bytes:
    """The request's bytes. They hold the password: they go to the wire and nowhere else."""
    return _render(fields, sender.informant_rut, sender.company_rut, sender.password)


def concealed_body(fields: Mapping[str, str], sender: Sender, *, mark: str) -> bytes:
    """The same bytes with `mark` in the password's place: what an attempt keeps."""
    return _render(fields, sender.informant_rut, sender.company_rut, mark)


def headers(work_code: str, now: datetime, *, style: str = TIMESTAMP_STYLES[0]) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "codigoObra": work_code,
        "timeStampOrigen": _stamp(now, style),
    }


def _render(fields: Mapping[str, str], informant: str, company: str, password: str) -> bytes:
    who = {"password": password, "rutEmpresa": company, "rutUsuario": informant}
    ordered = {name: fields[name] for name in FIELDS}
    return json.dumps({"autenticacion": who, OBJECT: ordered}, ensure_ascii=False, separators=(",", ":")).encode()


def _stamp(now: datetime, style: str) -> str:
    local = now.astimezone(REGULATOR_TIME)
    if style == "utc Z":
        return now.strftime("%Y-%m-%dT%H:%M:%SZ")
    suffix = {"utc-4 -0000": "-0000", "utc-4": "", "utc-4 offset": "-04:00"}[style]
    return f"{local:%Y-%m-%dT%H:%M:%S}{suffix}"


def _two_decimals(value: float) -> str:
    return str(_decimal(value).quantize(HUNDREDTH, rounding=ROUND_HALF_UP))


def _decimal(value: float) -> Decimal:
    # By its shortest text: 2.675 is what was measured, not 2.67499999999999982236431605997495353221893310546875.
    return Decimal(repr(value))
