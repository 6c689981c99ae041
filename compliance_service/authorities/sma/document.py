"""What SMA gets of one time stamp of a proceso, byte for byte (Res. Ex. 254 of 2020; members as senders in production
write them).

`valor` is a string with the parameter's decimals: half up, a totaliser cut. `estampaTiempo` is winter time (UTC-4) all
year without a zone (Res. 252). All parameters of one stamp go in one call.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from compliance_service.authorities.judgement import CannotSend
from compliance_service.authorities.sma.terms import Device, Parameter
from shared.clock import REGULATOR_TIME

# Unidad fiscalizable and proceso, as SMA hands them out.
WORK_CODE = re.compile(r"(?P<uf>[A-Za-z0-9_-]{1,19})/(?P<proceso>[A-Za-z0-9_-]{1,19})")
# A database gives a stored document back in an order of its own.
MEMBERS = ("nombre", "valor", "unidad", "estampaTiempo")
TOO_GREAT = 1e12


def registro(device: Device, values: Mapping[str, float | Decimal], slot: datetime) -> dict[str, Any]:
    """The device's member of the array. `values`: of each parameter, by its name, in our units."""
    stamp = f"{slot.astimezone(REGULATOR_TIME):%Y-%m-%dT%H:%M:%S}"
    parameters = [_parameter(one, values[one.name], stamp) for one in device.parameters]
    return {"dispositivoId": device.id, "parametros": parameters}


def _parameter(parameter: Parameter, value: float | Decimal, stamp: str) -> dict[str, str]:
    if value < 0 and not parameter.may_be_negative:
        raise CannotSend("negative_value")
    said = {"nombre": parameter.name, "valor": _number(parameter, value), "unidad": parameter.unit}
    return {**said, "estampaTiempo": stamp, **parameter.extra}


def _number(parameter: Parameter, value: float | Decimal) -> str:
    # By its shortest text: 2.675 is what was measured, not 2.67499999999999982236431605997495353221893310546875.
    if not abs(float(value)) < TOO_GREAT:
        raise CannotSend("value_too_long")
    exact = (value if isinstance(value, Decimal) else Decimal(repr(value))) * Decimal(parameter.factor)
    rounding = ROUND_DOWN if parameter.variable == "total" else ROUND_HALF_UP
    text = f"{exact.quantize(Decimal(1).scaleb(-parameter.decimals), rounding=rounding):f}"
    return text.removeprefix("-") if not text.strip("-0.") else text


def body(document: Mapping[str, Any]) -> bytes:
    """The request's bytes; they hold no secret."""
    return records_body(document["registros"])


def records_body(registros: Sequence[Mapping[str, Any]]) -> bytes:
    rows = [
        {"dispositivoId": row["dispositivoId"], "parametros": [_ordered(one) for one in row["parametros"]]}
        for row in registros
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()


def _ordered(parameter: Mapping[str, str]) -> dict[str, str]:
    more = sorted(set(parameter) - set(MEMBERS))
    return {name: parameter[name] for name in (*MEMBERS, *more)}


def path(work_code: str) -> str:
    found = WORK_CODE.fullmatch(work_code)
    if found is None:
        raise ValueError(f"not a unidad fiscalizable and proceso: {work_code!r}")
    return f"/ufs/{found['uf']}/procesos/{found['proceso']}/registros"


def log_in_body(user: str, password: str) -> bytes:
    """It holds the password: it goes to the wire and nowhere else."""
    return json.dumps({"usuario": user, "password": password}, ensure_ascii=False, separators=(",", ":")).encode()
