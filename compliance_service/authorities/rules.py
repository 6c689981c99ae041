"""The rules of a source as data: which part of its row they are, what a version must say, which one is in force when.

Plain Python: no clock, no database.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from shared.errors import FieldError, InvalidInput

# How to reach a source is no rule of it: an operator changes that at once.
TECHNICAL = frozenset({"base_url", "timeout_s"})
# Before anything was ever reported.
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
LONGEST_LAG_DAYS = 400
ROUNDINGS = ("half_up", "down")
MOST_SECONDS = 31 * 86_400
MEAN_LIMITS: Mapping[str, tuple[float, float]] = {
    "coverage": (0.01, 1),
    "gap_s": (1, MOST_SECONDS),
    "settle_s": (0, MOST_SECONDS),
}


@dataclass(frozen=True, slots=True)
class Version:
    number: int
    valid_from: datetime
    rules: Mapping[str, Any]


def first_rules(config: Mapping[str, Any]) -> dict[str, Any]:
    """What of a source's row is its rules."""
    return {name: said for name, said in config.items() if name not in TECHNICAL}


def in_force(versions: Sequence[Version], at: datetime) -> Version:
    """`versions`: ascending, the first valid always."""
    return [version for version in versions if version.valid_from <= at][-1]


def spans(versions: Sequence[Version], start: datetime, end: datetime) -> list[tuple[Version, datetime, datetime]]:
    """[start, end) cut where another version begins: each part with its version."""
    cuts = [version.valid_from for version in versions if start < version.valid_from < end]
    edges = [start, *cuts, end]
    return [(in_force(versions, low), low, high) for low, high in pairwise(edges) if low < high]


def duty_rules(rules: Mapping[str, Any]) -> Any:
    """The part of the rules that makes duties: another one begins only where no duty is made yet."""
    return rules.get("standards")


def checked(
    rules: Mapping[str, Any], *, known: Mapping[str, Any], rhythms: Sequence[str], shipped: Collection[str] = ()
) -> dict[str, Any]:
    """`known`: the rules in force, whose members a new version must have too; `shipped`: what it may have besides.

    Raises InvalidInput naming each field.
    """
    names = [*known, *sorted(set(shipped) - known.keys())]
    errors = [_error(f"rules.{name}", "falta", "como en la versión vigente") for name in known if name not in rules]
    errors += [_error(f"rules.{name}", "miembro desconocido", ", ".join(names)) for name in rules if name not in names]
    errors += [
        _error(f"rules.{name}", "no es un número", f"de 0 a {MOST_SECONDS}")
        for name, said in rules.items()
        if _is_number(known.get(name), 0, MOST_SECONDS) and not _is_number(said, 0, MOST_SECONDS)
    ]
    standards, pacing, formats = (_mapping(rules, name) for name in ("standards", "pacing", "formats"))
    if not standards:
        errors.append(_error("rules.standards", "no nombra ningún estándar", "al menos uno"))
    errors += [error for name, said in standards.items() for error in _standard(name, said, rhythms)]
    gone = [name for name in _mapping(known, "standards") if name not in standards]
    errors += [_error(f"rules.standards.{name}", "falta, y puede haber obras en él", "conservarlo") for name in gone]
    errors += [
        _error(f"rules.pacing.{name}", "no es un número de segundos", f"de 0 a {MOST_SECONDS}")
        for name, said in pacing.items()
        if not _is_number(said, 0, MOST_SECONDS)
    ]
    errors += [error for name, said in formats.items() for error in _format(name, said)]
    errors += [error for name, said in _mapping(rules, "means").items() for error in _mean(name, said, rhythms)]
    if errors:
        raise InvalidInput("Las reglas no se pueden aceptar.", errors=errors)
    return dict(rules)


def _standard(name: str, said: Any, rhythms: Sequence[str]) -> list[FieldError]:
    where = f"rules.standards.{name}"
    if not isinstance(said, Mapping):
        return [_error(where, "no es un objeto", "{every, lag_days}")]
    errors = []
    if said.get("every") not in rhythms:
        errors.append(_error(f"{where}.every", "ritmo desconocido", f"uno de {', '.join(rhythms)}"))
    if not _is_number(said.get("lag_days"), 0, LONGEST_LAG_DAYS):
        errors.append(_error(f"{where}.lag_days", "no es un número de días", f"de 0 a {LONGEST_LAG_DAYS}"))
    return errors


def _format(name: str, said: Any) -> list[FieldError]:
    where = f"rules.formats.{name}"
    if not isinstance(said, Mapping):
        return [_error(where, "no es un objeto", "{decimals, rounding}")]
    errors = []
    if said.get("decimals") not in range(7):
        errors.append(_error(f"{where}.decimals", "no es un número de decimales", "de 0 a 6"))
    if said.get("rounding") not in ROUNDINGS:
        errors.append(_error(f"{where}.rounding", "redondeo desconocido", f"uno de {', '.join(ROUNDINGS)}"))
    return errors


def _mean(name: str, said: Any, rhythms: Sequence[str]) -> list[FieldError]:
    """What the mean of a rhythm's period asks for."""
    where = f"rules.means.{name}"
    if name not in rhythms:
        return [_error(where, "ritmo desconocido", f"uno de {', '.join(rhythms)}")]
    if not isinstance(said, Mapping):
        return [_error(where, "no es un objeto", "{coverage, gap_s, settle_s}")]
    unknown = sorted(set(said) - MEAN_LIMITS.keys())
    errors = [_error(f"{where}.{one}", "miembro desconocido", ", ".join(MEAN_LIMITS)) for one in unknown]
    for one, (low, high) in MEAN_LIMITS.items():
        if one in said and not _is_number(said[one], low, high):
            errors.append(_error(f"{where}.{one}", "no es un número permitido", f"de {low} a {high}"))
    return errors


def _is_number(said: Any, low: float, high: float) -> bool:
    return isinstance(said, int | float) and not isinstance(said, bool) and low <= said <= high


def _mapping(rules: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    said = rules.get(name)
    return said if isinstance(said, Mapping) else {}


def _error(field: str, problem: str, expected: str) -> FieldError:
    return FieldError(field, problem, expected=expected)


def earliest(now: datetime, horizon: timedelta) -> datetime:
    """From when another rhythm or lag may hold: duties are made up to `horizon` ahead, and keep their version."""
    return now + horizon + timedelta(hours=1)
