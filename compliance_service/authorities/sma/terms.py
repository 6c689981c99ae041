"""What a proceso reports: its dispositivos, and each one's parameters with the measurement that they are made of."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from compliance_service.authorities.interface import BadTerms

MOST_DEVICES, MOST_PARAMETERS, MOST_DECIMALS = 50, 50, 6
ID = re.compile(r"[A-Za-z0-9_.-]{1,40}")
VARIABLE = re.compile(r"[a-z][a-z0-9_]{0,39}")
TEXT = re.compile(r"\S(.{0,38}\S)?")
# What one unit of ours is in theirs. Other variables leave in the unit that they are measured in.
UNITS: Mapping[str, Mapping[str, str]] = {
    "flow": {"l/s": "1", "L/s": "1", "m3/h": "3.6", "m3/s": "0.001", "l/min": "60"},
    "total": {"m3": "1", "m³": "1", "l": "1000"},
    "volume": {"m3": "1", "m³": "1", "l": "1000"},
    "water_table": {"m": "1", "cm": "100", "mm": "1000"},
}
NAMED = ("name", "unit", "variable", "decimals", "may_be_negative", "extra", "change")
# What only grows, over any replacement of the meter: what it grew by is a volume.
GROWING = "volume"
RESERVED = frozenset({"nombre", "valor", "unidad", "estampaTiempo"})
SHAPE = '{"devices": [{"id": "8901", "parameters": [{"name": "Q", "unit": "l/s", "variable": "flow"}]}]}'


@dataclass(frozen=True, slots=True)
class Parameter:
    """`extra`: members that this instrument's permit asks for besides (states, labels).

    `change`: what the variable grew by since the stamp before, and not its sample.
    """

    name: str
    unit: str
    variable: str
    decimals: int
    may_be_negative: bool = False
    extra: Mapping[str, str] = field(default_factory=dict)
    change: bool = False

    @property
    def factor(self) -> str:
        return UNITS.get(self.variable, {}).get(self.unit, "1")


@dataclass(frozen=True, slots=True)
class Device:
    """`point` None: the work's own."""

    id: str
    parameters: tuple[Parameter, ...]
    point: UUID | None = None


def read_terms(given: Mapping[str, Any]) -> dict[str, Any]:
    """Checked, and written out with every default. Raises BadTerms."""
    _known(given, ("devices",), "terms")
    rows = _rows(given.get("devices"), "terms.devices", MOST_DEVICES)
    devices = [_device(row, f"terms.devices.{place}") for place, row in enumerate(rows)]
    _unique([device["id"] for device in devices], "terms.devices")
    return {"devices": devices}


def devices_of(terms: Mapping[str, Any]) -> tuple[Device, ...]:
    """Of terms that were read."""
    return tuple(
        Device(
            row["id"],
            tuple(Parameter(**one) for one in row["parameters"]),
            UUID(row["point"]) if row.get("point") else None,
        )
        for row in terms["devices"]
    )


def _device(row: Any, where: str) -> dict[str, Any]:
    _known(row, ("id", "point", "parameters"), where)
    found = _rows(row.get("parameters"), f"{where}.parameters", MOST_PARAMETERS)
    parameters = [_parameter(one, f"{where}.parameters.{place}") for place, one in enumerate(found)]
    _unique([one["name"] for one in parameters], f"{where}.parameters")
    return {"id": _text(row, "id", where, ID, "8901"), "point": _point(row, where), "parameters": parameters}


def _parameter(row: Any, where: str) -> dict[str, Any]:
    _known(row, NAMED, where)
    variable = _text(row, "variable", where, VARIABLE, "flow")
    unit = _text(row, "unit", where, TEXT, "l/s")
    units = UNITS.get(variable)
    if units is not None and unit not in units:
        raise BadTerms(f"{where}.unit", f"no se puede convertir {variable} a «{unit}»", f"una de {', '.join(units)}")
    decimals = row.get("decimals", 0 if variable == "total" else 2)
    if not isinstance(decimals, int) or isinstance(decimals, bool) or not 0 <= decimals <= MOST_DECIMALS:
        raise BadTerms(f"{where}.decimals", "fuera de rango", f"un entero de 0 a {MOST_DECIMALS}")
    negative = row.get("may_be_negative", False)
    if not isinstance(negative, bool):
        raise BadTerms(f"{where}.may_be_negative", "no es sí o no", "true o false")
    change = row.get("change", False)
    if not isinstance(change, bool):
        raise BadTerms(f"{where}.change", "no es sí o no", "true o false")
    if change and variable != GROWING:
        expected = f"la variable {GROWING}, que sigue creciendo aunque se cambie el medidor, u omitirlo"
        raise BadTerms(f"{where}.change", f"no se informa el aumento de {variable}", expected)
    return {
        "name": _text(row, "name", where, TEXT, "Q"),
        "unit": unit,
        "variable": variable,
        "decimals": decimals,
        "may_be_negative": negative,
        "change": change,
        "extra": _extra(row.get("extra", {}), f"{where}.extra"),
    }


def _extra(given: Any, where: str) -> dict[str, str]:
    expected = 'textos por nombre, como {"estado": "NORMAL"}, sin nombre, valor, unidad ni estampaTiempo'
    if not isinstance(given, Mapping) or RESERVED & set(given):
        raise BadTerms(where, "no son miembros adicionales", expected)
    if not all(isinstance(value, str) and len(value) <= 100 and TEXT.fullmatch(name) for name, value in given.items()):
        raise BadTerms(where, "no son textos", expected)
    return dict(given)


def _point(row: Mapping[str, Any], where: str) -> str | None:
    given = row.get("point")
    if given is None:
        return None
    try:
        return str(UUID(given))
    except (ValueError, AttributeError, TypeError) as error:
        raise BadTerms(f"{where}.point", "no es un id", "el id de un punto de Core, o nada: el de la obra") from error


def _text(row: Mapping[str, Any], name: str, where: str, form: re.Pattern[str], example: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not form.fullmatch(value):
        raise BadTerms(f"{where}.{name}", "falta o no tiene la forma esperada", f"un texto como «{example}»")
    return value


def _known(row: Any, names: Sequence[str], where: str) -> None:
    if not isinstance(row, Mapping):
        raise BadTerms(where, "no es un objeto", SHAPE)
    unknown = sorted(set(row) - set(names))
    if unknown:
        raise BadTerms(f"{where}.{unknown[0]}", "campo desconocido", f"uno de {', '.join(names)}")


def _rows(given: Any, where: str, most: int) -> list[Any]:
    if not isinstance(given, list) or not 1 <= len(given) <= most:
        raise BadTerms(where, "falta, o no es una lista de largo permitido", f"de 1 a {most}, como {SHAPE}")
    return given


def _unique(names: list[str], where: str) -> None:
    if len(set(names)) != len(names):
        raise BadTerms(where, "hay uno repetido", "cada uno una vez")
