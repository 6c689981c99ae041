"""The thresholds of one variable, as a configuration says them: what it leaves out is as the variable's kind has it.

{"spike": {}} switches a test on as it stands in `defaults`, {"spike": {"suspect": 0.3}} with another threshold,
{"gross_range": false} off; so does null, which a template that is merged with another would lose.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from math import isfinite
from typing import Any

from telemetry_service.process.qartod.flat_line import FlatLine
from telemetry_service.process.qartod.gap import Gap
from telemetry_service.process.qartod.gross_range import GrossRange
from telemetry_service.process.qartod.rate_of_change import RateOfChange
from telemetry_service.process.qartod.spike import Spike

Test = GrossRange | Spike | RateOfChange | FlatLine | Gap


@dataclass(frozen=True, slots=True)
class Thresholds:
    """None: the test is not run."""

    gross_range: GrossRange | None = None
    spike: Spike | None = None
    rate_of_change: RateOfChange | None = None
    flat_line: FlatLine | None = None
    gap: Gap | None = None


TESTS: dict[str, type[Test]] = {
    "gross_range": GrossRange,
    "spike": Spike,
    "rate_of_change": RateOfChange,
    "flat_line": FlatLine,
    "gap": Gap,
}
SPANS = ("fail", "suspect")
MAY_BE_NEGATIVE = frozenset({"idle"})
MOST_READINGS = 24
LONGEST_S = 31 * 86_400  # what a late row may reach is made anew with it


class Unusable(ValueError):
    """What is wrong at `path`, and what would be right. In Spanish: it is shown to whoever wrote it."""

    def __init__(self, path: tuple[str, ...], problem: str, expected: str, received: object = None) -> None:
        super().__init__(f"{'.'.join(path)}: {problem}")
        self.path, self.problem, self.expected, self.received = path, problem, expected, received


def read_thresholds(said: object, *, standing: Thresholds, kind: Thresholds) -> Thresholds:
    """`standing`: what is run where nothing is said. `kind`: the defaults of all tests. Raises Unusable."""
    if not isinstance(said, Mapping):
        raise Unusable((), "no es un objeto", 'un objeto como {"spike": {"suspect": 0.5}}', said)
    for name in said:
        if name not in TESTS:
            raise Unusable((str(name),), "prueba desconocida", f"una de: {', '.join(TESTS)}", said[name])
    read = {name: _test(name, said[name], getattr(kind, name)) for name in said}
    unsaid = {name: getattr(standing, name) for name in TESTS if name not in said}
    return Thresholds(**{**unsaid, **read})


def _test(name: str, said: object, default: Test | None) -> Test | None:
    if said is None or said is False:
        return None
    if not isinstance(said, Mapping):
        raise Unusable((name,), "no es un objeto", "un objeto con umbrales, {} para los de su tipo, o false", said)
    members = {field.name: field for field in fields(TESTS[name])}
    for member in said:
        if member not in members:
            raise Unusable((name, str(member)), "nombre desconocido", f"uno de: {', '.join(members)}", said[member])
    values = {member: getattr(default, member) for member in members} if default else {}
    values |= {member: _value((name, member), said[member], members[member]) for member in said}
    for member, field in members.items():
        if member not in values and field.default is MISSING:
            raise Unusable((name, member), "falta", "un umbral: este tipo de variable no tiene uno propio")
    made = TESTS[name](**values)
    _check_order(name, made)
    return made


def _value(path: tuple[str, ...], said: object, field: Field[Any]) -> Any:
    if said is None and field.default is None:
        return None
    if path == ("gross_range", path[1]):
        return _span(path, said)
    if field.name == "readings":
        if not isinstance(said, int) or isinstance(said, bool) or not 1 <= said <= MOST_READINGS:
            raise Unusable(path, "no es un valor posible", f"un entero de 1 a {MOST_READINGS}", said)
        return said
    number = _number(path, said)
    if number < 0 and field.name not in MAY_BE_NEGATIVE:
        raise Unusable(path, "no es un valor posible", "un número de 0 o más", said)
    if field.name.endswith("_s") and not 0 < number <= LONGEST_S:
        raise Unusable(path, "no es un valor posible", f"segundos: más de 0 y hasta {LONGEST_S} (31 días)", said)
    return number


def _number(path: tuple[str, ...], said: object) -> float:
    if not isinstance(said, int | float) or isinstance(said, bool) or not isfinite(said):
        raise Unusable(path, "no es un número", "un número", said)
    return float(said)


def _span(path: tuple[str, ...], said: object) -> tuple[float, float]:
    if not isinstance(said, list | tuple) or len(said) != 2:
        raise Unusable(path, "no es un par de límites", "[mínimo, máximo]", said)
    low, high = (_number(path, part) for part in said)
    if low >= high:
        raise Unusable(path, "no es un par de límites", "[mínimo, máximo], con mínimo < máximo", said)
    return low, high


def _check_order(name: str, made: Test) -> None:
    """What is doubtful begins before what is refused."""
    if isinstance(made, GrossRange):
        inside = not (made.fail and made.suspect) or (
            made.fail[0] <= made.suspect[0] and made.suspect[1] <= made.fail[1]
        )
        if not inside:
            raise Unusable(
                (name, "suspect"), "sale de «fail»", f"un par dentro de {list(made.fail or ())}", made.suspect
            )
        return
    doubtful, refused = (
        next(member.name for member in fields(made) if member.name.startswith(begin)) for begin in ("suspect", "fail")
    )
    limit = getattr(made, refused)
    if limit is not None and limit < getattr(made, doubtful):
        expected = f"al menos «{doubtful}», {getattr(made, doubtful):g}"
        raise Unusable((name, refused), f"es menor que «{doubtful}»", expected, limit)
