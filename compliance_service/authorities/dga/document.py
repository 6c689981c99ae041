"""What DGA gets of one hour of a work, byte for byte (Manual Técnico N° 1/2025, sections 4 and 5).

The fields are those of `forms`. Date and time are UTC-4 all year.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from compliance_service.authorities.dga.forms import Resource
from shared.clock import REGULATOR_TIME

WORK_CODE = re.compile(r"O[BR]-\d{4}-[1-9]\d*")
# What senders in production really put; none was ever refused for it. The first is our default.
TIMESTAMP_STYLES = ("utc-4 -0000", "utc-4", "utc-4 offset", "utc Z")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who reports: the informant with his password, for the company (Centro de Control)."""

    informant_rut: str
    company_rut: str
    password: str


def body(resource: Resource, fields: Mapping[str, str], sender: Sender) -> bytes:
    """The request's bytes. They hold the password: they go to the wire and nowhere else."""
    return _render(resource, fields, sender, sender.password)


def concealed_body(resource: Resource, fields: Mapping[str, str], sender: Sender, *, mark: str) -> bytes:
    """The same bytes with `mark` in the password's place: what an attempt keeps."""
    return _render(resource, fields, sender, mark)


def headers(work_code: str, now: datetime, *, style: str = TIMESTAMP_STYLES[0]) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "codigoObra": work_code,
        "timeStampOrigen": _stamp(now, style),
    }


def _render(resource: Resource, fields: Mapping[str, str], sender: Sender, password: str) -> bytes:
    who = {"password": password, "rutEmpresa": sender.company_rut, "rutUsuario": sender.informant_rut}
    # The order of the manual's examples. A database gives a stored document back in an order of its own.
    ordered = {name: fields[name] for name in sorted(fields)}
    said = {"autenticacion": who, resource.object: ordered}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _stamp(now: datetime, style: str) -> str:
    local = now.astimezone(REGULATOR_TIME)
    if style == "utc Z":
        return now.strftime("%Y-%m-%dT%H:%M:%SZ")
    suffix = {"utc-4 -0000": "-0000", "utc-4": "", "utc-4 offset": "-04:00"}[style]
    return f"{local:%Y-%m-%dT%H:%M:%S}{suffix}"
