"""The query options of a request: `$filter $top $skip $orderby $select $expand $count`, and our own `$skiptoken`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.errors import invalid
from telemetry_service.sensorthings.errors import NotSupported
from telemetry_service.sensorthings.language.parser import parse_filter
from telemetry_service.sensorthings.language.tree import Condition

USUAL_TOP, MOST_TOP, MOST_SKIP, MOST_DIGITS = 100, 10_000, 100_000, 9
# What OData or SensorThings has besides; said by name, so that nobody takes silence for an answer.
ELSEWHERE = {"$resultFormat", "$search", "$apply", "$compute", "$format", "$levels", "$value", "$ref"}


@dataclass(frozen=True, slots=True)
class Order:
    name: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Options:
    """`expand`: the options of each expanded entity, by name. `top` None is the usual. `said`: as they came."""

    condition: Condition | None = None
    top: int | None = None
    skip: int = 0
    order: tuple[Order, ...] = ()
    select: tuple[str, ...] = ()
    expand: "Mapping[str, Options]" = field(default_factory=dict)
    count: bool = False
    token: str = ""
    said: Mapping[str, str] = field(default_factory=dict)


def read_options(said: Mapping[str, str], *, nested: bool = False) -> Options:
    """Raises InvalidInput for what cannot be read, NotSupported for what is not offered; both name the option."""
    for name in said:
        if name in ELSEWHERE or (nested and name in {"$expand", "$skiptoken"}):
            raise NotSupported(f"«{name}» no se ofrece{' dentro de $expand' if nested else ''}.")
        if name not in KNOWN:
            raise invalid(name, "opción desconocida", expected=f"una de {', '.join(KNOWN)}")
    return Options(
        condition=parse_filter(said["$filter"]) if "$filter" in said else None,
        top=_number("$top", said["$top"], MOST_TOP) if "$top" in said else None,
        skip=_number("$skip", said.get("$skip", "0"), MOST_SKIP),
        order=_order(said["$orderby"]) if "$orderby" in said else (),
        select=_names("$select", said["$select"]) if "$select" in said else (),
        expand=_expand(said["$expand"]) if "$expand" in said else {},
        count=_truth("$count", said.get("$count", "false")),
        token=said.get("$skiptoken", ""),
        said=said,
    )


KNOWN = ("$filter", "$top", "$skip", "$orderby", "$select", "$expand", "$count", "$skiptoken")


def _number(name: str, text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS and int(text) <= most):
        raise invalid(name, "fuera de rango", received=text, expected=f"un entero de 0 a {most}")
    return int(text)


def _truth(name: str, text: str) -> bool:
    if text not in {"true", "false"}:
        raise invalid(name, "no es un valor de verdad", received=text, expected="true o false")
    return text == "true"


def _names(option: str, text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(","))
    if not all(names):
        raise invalid(option, "falta un nombre", received=text, expected="nombres separados por comas")
    return names


def _order(text: str) -> tuple[Order, ...]:
    found = []
    for part in _names("$orderby", text):
        name, *direction = part.split()
        if direction not in ([], ["asc"], ["desc"]):
            raise invalid("$orderby", "no se entiende", received=part, expected="nombre, nombre asc o nombre desc")
        found.append(Order(name, direction == ["desc"]))
    return tuple(found)


def _expand(text: str) -> dict[str, Options]:
    found = {}
    for part in _split(text, ","):
        name, opened, inner = part.strip().partition("(")
        if not name or (opened and not inner.endswith(")")):
            raise invalid("$expand", "no se entiende", received=part, expected="Datastreams o Observations($top=1)")
        if "/" in name:
            raise NotSupported(f"$expand: «{name}» baja más de un nivel; se ofrece uno.")
        pairs = (one.partition("=") for one in _split(inner[:-1], ";")) if opened else ()
        found[name] = read_options({key.strip(): value for key, _, value in pairs}, nested=True)
    return found


def _split(text: str, mark: str) -> list[str]:
    """At the marks that stand outside parentheses and quotes."""
    parts, depth, quoted = [""], 0, False
    for sign in text:
        quoted ^= sign == "'"
        depth += 0 if quoted else (sign == "(") - (sign == ")")
        if sign == mark and depth == 0 and not quoted:
            parts.append("")
        else:
            parts[-1] += sign
    return parts
