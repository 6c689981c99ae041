"""Whether DGA takes a measurement: who sends it, for which work, in which form."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from deploy.simulators.dga import messages
from deploy.simulators.dga.resources import NUMBER, Resource
from deploy.simulators.scenario import Scenario, Work
from shared.clock import REGULATOR_TIME

# Format only: the manual's own example RUTs fail modulo 11.
RUT = re.compile(r"\d{1,8}-[\dK]")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")
WHO = ("password", "rutEmpresa", "rutUsuario")


def refusal(headers: Mapping[str, str], body: Any, resource: Resource, scenario: Scenario, now: datetime) -> str | None:
    """The message of the first thing that is wrong, None when all is well."""
    if not headers.get("codigoObra"):
        return messages.NO_WORK_HEADER
    # Any spelling is taken, as the real service seems to; none at all is not.
    if not headers.get("timeStampOrigen"):
        return messages.NO_ORIGIN_TIME
    if not _is_well_formed(body, resource):
        return messages.BAD_BODY
    work = scenario.works.get(headers["codigoObra"])
    return _who(body["autenticacion"], work, scenario, resource) or _fields(
        body[resource.name], work, resource, now, strict=scenario.strict
    )


def _is_well_formed(body: Any, resource: Resource) -> bool:
    if not isinstance(body, dict):
        return False
    blocks = (body.get("autenticacion"), body.get(resource.name))
    wanted = (WHO, (*resource.formats, "fechaMedicion", "horaMedicion"))
    return all(
        isinstance(block, dict) and _has_texts(block, names) for block, names in zip(blocks, wanted, strict=True)
    )


def _has_texts(block: Mapping[str, Any], names: tuple[str, ...]) -> bool:
    """Every field is a JSON string and none is missing, numbers too (the manual's "Notas")."""
    return all(isinstance(block.get(name), str) for name in names)


def _who(who: Mapping[str, str], work: Work | None, scenario: Scenario, resource: Resource) -> str | None:
    if not (RUT.fullmatch(who["rutEmpresa"]) and RUT.fullmatch(who["rutUsuario"])):
        return messages.BAD_RUT
    if who["rutEmpresa"] not in scenario.companies:
        return messages.UNKNOWN_COMPANY
    if work is None or work.resource != resource.path:
        return messages.UNKNOWN_WORK
    if who["rutUsuario"] != work.informant:
        return messages.NOT_THE_INFORMANT
    return None if who["password"] == work.password else messages.WRONG_PASSWORD


def _fields(
    sent: Mapping[str, str], work: Work | None, resource: Resource, now: datetime, *, strict: bool
) -> str | None:
    if strict and set(sent) != {*resource.formats, "fechaMedicion", "horaMedicion"}:
        return messages.BAD_BODY
    for name, pattern in resource.formats.items():
        may_be_empty = name == resource.may_be_empty and work is not None and work.level_may_be_empty
        if not (sent[name] == "" and may_be_empty) and not (pattern if strict else NUMBER).fullmatch(sent[name]):
            return messages.BAD_FIELD.format(name=name)
    text = f"{sent['fechaMedicion']} {sent['horaMedicion']}"
    try:
        measured = datetime.fromisoformat(text) if MOMENT.fullmatch(text) else None
    except ValueError:
        measured = None
    if measured is None:
        return messages.BAD_FIELD.format(name="fechaMedicion, horaMedicion")
    return messages.FUTURE if measured.replace(tzinfo=REGULATOR_TIME) > now else None
