"""Thresholds of quality tests by variable, as a configuration says them. What they do: docs/quality.md."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from shared.checks import Check, Problem, members, number, pair, whole
from shared.point_config.derived import VARIABLES, coded

LONGEST_S = 31 * 86_400
Path = tuple[str, ...]


def quality(path: Path, value: Any) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield Problem(path, "no es un objeto", 'un objeto como {"level": {"spike": {"suspect": 0.5}}}', value)
        return
    yield from members(path, value, dict.fromkeys((*VARIABLES, *coded(value)), _tests))


def _tests(path: Path, value: Any) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield Problem(path, "no es un objeto", f"un objeto con pruebas: {', '.join(TESTS)}", value)
        return
    yield from members(path, value, {name: partial(_test, checks) for name, checks in TESTS.items()})


def _test(checks: Mapping[str, Check], path: Path, value: Any) -> Iterator[Problem]:
    if value is None or value is False:
        return
    if not isinstance(value, Mapping):
        yield Problem(path, "no es un objeto", "un objeto con umbrales, {} para los de su tipo, o false", value)
        return
    found = list(members(path, value, checks))
    yield from found or _in_order(path, value)


def _in_order(path: Path, value: Mapping[str, Any]) -> Iterator[Problem]:
    """What is doubtful begins before what is refused."""
    for end in ("", "_s", "_per_h"):
        match value.get(f"suspect{end}"), value.get(f"fail{end}"):
            case int() | float() as doubt, int() | float() as refusal if refusal < doubt:
                yield Problem((*path, f"fail{end}"), f"es menor que «suspect{end}»", f"{doubt:g} o más", refusal)
            case [low, high] as span, [lowest, highest] as widest if low < lowest or high > highest:
                yield Problem((*path, "suspect"), "sale de «fail»", f"un par dentro de {widest}", span)


def _or_null(check: Check) -> Check:
    return lambda path, value: iter(()) if value is None else check(path, value)


THRESHOLD = number("en la unidad de la variable", low=0, high=1e9)
USUAL = number("veces el cambio habitual", low=0, high=1000)
SECONDS = number("segundos, hasta 31 días", above=0, high=LONGEST_S)
READINGS = whole("lecturas", low=1, high=24)
TESTS: dict[str, dict[str, Check]] = {
    "gross_range": {"fail": _or_null(pair), "suspect": _or_null(pair)},
    "spike": {
        "suspect": THRESHOLD,
        "fail": _or_null(THRESHOLD),
        "relative": number("parte del nivel", low=0, high=100),
        "usual": USUAL,
        "readings": READINGS,
        "within_s": SECONDS,
    },
    "rate_of_change": {
        "suspect_per_h": THRESHOLD,
        "fail_per_h": _or_null(THRESHOLD),
        "usual": USUAL,
        "shortest_s": SECONDS,
        "longest_s": SECONDS,
    },
    "flat_line": {
        "suspect_s": SECONDS,
        "fail_s": _or_null(SECONDS),
        "tolerance": THRESHOLD,
        "readings": READINGS,
        "idle": _or_null(number("en la unidad de la variable", low=-1e9, high=1e9)),
    },
    "gap": {"suspect_s": SECONDS, "fail_s": _or_null(SECONDS)},
}
