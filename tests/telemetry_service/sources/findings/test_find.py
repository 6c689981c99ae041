"""All rules together, over whatever a provider may send."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.providers.adapters import Failure, FailureClass, Poll, Reading, Reason
from telemetry_service.raw.variables import COLLECTED
from telemetry_service.sources.findings import RULES, Severity, find
from tests.telemetry_service.sources.findings.conftest import HOUR, NOW, evidence, readings

KEYS = ("uno", "dos", "tres")
VARIABLES = st.dictionaries(
    st.sampled_from(KEYS), st.sampled_from([code.value for code in COLLECTED]), min_size=1, max_size=3
)
VALUES = st.sampled_from(["0", "-5", "true", "false", "1e300", "91755", ".5", "+7", "1e-300", " 12 "])
READINGS = st.builds(
    Reading,
    st.sampled_from(KEYS),
    VALUES,
    st.timedeltas(timedelta(days=-500), timedelta(days=500)).map(lambda age: NOW + age),
    st.sampled_from(["", "L/s", "m3/h", "gpm", "cm"]),
    st.just(0),
)
FAILURES = st.none() | st.builds(
    Failure, st.sampled_from(FailureClass), st.just("x"), st.none(), st.none(), st.none() | st.sampled_from(Reason)
)


@given(VARIABLES, st.lists(READINGS, max_size=40), FAILURES, st.booleans(), st.none() | st.just(Decimal("0.01")))
def test_whatever_comes_is_judged_and_nothing_breaks(
    variables: dict[str, str], seen: list[Reading], failure: Failure | None, has_history: bool, m3: Decimal | None
) -> None:
    mine = Poll(readings=[one for one in seen if one.key in variables])
    found = find(evidence(variables, mine, failure=failure, has_history=has_history, m3_per_count=m3))
    severities = [one.severity for one in found]
    assert severities == sorted(severities, key=lambda one: one is not Severity.BLOCKING)
    for one in found:
        assert one.code
        assert one.problem
        assert one.expected
        assert one.field.split(".")[0] in {"provider", "params", "variables", "period_s"}
    if failure is not None:
        assert found[0].severity is Severity.BLOCKING


def test_a_device_that_is_well_has_nothing_wrong_with_it() -> None:
    seen = evidence(
        {"caudal": "flow", "nivel": "level", "total": "total"},
        readings("caudal", [10 + n % 2 for n in range(24)], unit="L/s"),
        readings("nivel", [23 + n % 3 / 10 for n in range(24)], unit="m"),
        readings("total", [91755 + 37.8 * n for n in range(24)]),
        m3_per_count=Decimal(1),
    )
    assert find(seen) == []


def test_a_code_is_one_rules_own() -> None:
    """So that a program that knows a code knows what it means."""
    worst: list[Any] = [
        evidence({"k": "flow"}, readings("k", [value] * 20, last=NOW + age), has_history=has, cadence=HOUR / 2)
        for value in (-5, 5, 5000, 9e9)
        for age in (HOUR, -3 * HOUR, -40 * HOUR, 40 * HOUR, 20 * HOUR)
        for has in (True, False)
    ]
    by_code: dict[str, set[str]] = {}
    for rule in RULES:
        for seen in worst:
            for one in rule(seen):
                by_code.setdefault(one.code, set()).add(rule.__name__)
    assert all(len(rules) == 1 for rules in by_code.values())
    assert len(by_code) >= 8
