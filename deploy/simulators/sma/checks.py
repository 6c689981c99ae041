"""Whether SMA takes a call: its form, each dispositivo's parameters, one time stamp; regulators.md §4.3, §7."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Any

from deploy.simulators.sma import messages
from shared.clock import REGULATOR_TIME

VALUE = re.compile(r"-?\d{1,15}(\.\d{1,6})?")
STAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")
MEMBERS = frozenset({"nombre", "valor", "unidad", "estampaTiempo"})
Devices = Mapping[str, Mapping[str, str]]


def refusal(body: Any, devices: Devices, now: datetime, *, strict: bool) -> str | None:
    """The message of the first thing that is wrong, None when all is well."""
    if not isinstance(body, list) or not body or not all(_is_device(row) for row in body):
        return messages.NOT_AN_ARRAY
    # In this order: what is asked of a parameter needs its device to be a known one.
    for problem in chain(_devices(body, devices), _parameters(body, devices, strict=strict)):
        return problem
    return _stamps(body, now)


def stamp_of(body: Any) -> str:
    """The call's time stamp, where it has one."""
    try:
        return str(body[0]["parametros"][0]["estampaTiempo"])
    except (TypeError, KeyError, IndexError):
        return ""


def _is_device(row: Any) -> bool:
    if not isinstance(row, dict) or not isinstance(row.get("dispositivoId"), str):
        return False
    parameters = row.get("parametros")
    return isinstance(parameters, list) and all(isinstance(one, dict) and set(one) >= MEMBERS for one in parameters)


def _devices(body: list[dict[str, Any]], devices: Devices) -> Iterator[str]:
    seen: set[str] = set()
    for row in body:
        device = row["dispositivoId"]
        if device not in devices:
            yield messages.UNKNOWN_DEVICE.format(device=device)
        elif device in seen:
            yield messages.DEVICE_TWICE.format(device=device)
        # Missing or surplus parameters are refused (Res. 254).
        elif sorted(one["nombre"] for one in row["parametros"]) != sorted(devices[device]):
            yield messages.WRONG_PARAMETERS.format(device=device)
        seen.add(device)


def _parameters(body: list[dict[str, Any]], devices: Devices, *, strict: bool) -> Iterator[str]:
    for row in body:
        for one in row["parametros"]:
            name, value = one["nombre"], one["valor"]
            if strict and one["unidad"] != devices[row["dispositivoId"]][name]:
                yield messages.WRONG_UNIT.format(name=name)
            if not _is_value(value, strict=strict):
                yield messages.BAD_VALUE.format(name=name)
            if _instant(one["estampaTiempo"]) is None:
                yield messages.BAD_STAMP.format(name=name)


def _is_value(value: Any, *, strict: bool) -> bool:
    if isinstance(value, str):
        return VALUE.fullmatch(value) is not None
    return not strict and isinstance(value, int | float) and not isinstance(value, bool)


def _stamps(body: list[dict[str, Any]], now: datetime) -> str | None:
    stamps = {one["estampaTiempo"] for row in body for one in row["parametros"]}
    if len(stamps) != 1:
        return messages.STAMPS_DIFFER
    at = _instant(stamps.pop())
    return messages.FUTURE if at is None or at > now else None


def _instant(text: Any) -> datetime | None:
    """Winter time all year, without a zone (Res. 252)."""
    if not isinstance(text, str) or not STAMP.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=REGULATOR_TIME)
    except ValueError:
        return None
