"""A parameter that is the volume since the stamp before: of two good measurements, or nothing."""

import itertools
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance_service.authorities.judgement import Decision, Explain, Hold, Send, Wait
from compliance_service.authorities.sma import defaults
from compliance_service.authorities.sma.decide import decide
from compliance_service.authorities.sma.terms import devices_of, read_terms
from tests.compliance_service.authorities.sma.rows import HERE, SLOT, Row

MINUTE, LATER = timedelta(minutes=1), timedelta(minutes=20)
VOLUME = {"name": "V", "unit": "m3", "variable": "volume", "decimals": 3, "change": True}
EARLIER = Row(HERE, "volume", 1000.1, time=SLOT - MINUTE)
NOW = Row(HERE, "volume", 1000.3)


def decided(*rows: Row, after: timedelta = LATER, unit: str = "m3") -> Decision:
    devices = devices_of(read_terms({"devices": [{"id": "8901", "parameters": [{**VOLUME, "unit": unit}]}]}))
    said: dict[str, Any] = {"point": HERE, "before": SLOT - MINUTE, "rules": defaults.CONFIG}
    return decide(devices, SLOT, rows, **said, now=SLOT + after)


def number(decision: Decision) -> str:
    assert isinstance(decision, Send)
    return str(decision.document["registros"][0]["parametros"][0]["valor"])


def test_it_is_the_difference_of_what_the_decimals_say() -> None:
    """0.2, where floats say 0.19999999999993179."""
    decision = decided(EARLIER, NOW)
    assert number(decision) == "0.200"
    assert isinstance(decision, Send)
    pinned = decision.evidence["8901/V"]
    assert (pinned["exact"], pinned["value"]) == ("0.2", 0.2)
    assert [pinned["change"][end]["value"] for end in ("from", "to")] == [1000.1, 1000.3]
    assert number(decided(EARLIER, NOW, unit="l")) == "200.000"


def test_a_still_meter_has_moved_nothing() -> None:
    assert number(decided(EARLIER, replace(EARLIER, time=SLOT))) == "0.000"


def test_only_the_minute_before_and_the_stamps_own_count() -> None:
    others = [replace(NOW, time=SLOT - 2 * MINUTE, value=5.0), replace(NOW, time=SLOT + MINUTE, value=9e9)]
    assert number(decided(EARLIER, NOW, *others)) == "0.200"


@pytest.mark.parametrize("rows", [(EARLIER,), (NOW,), (), (replace(EARLIER, time=SLOT - 2 * MINUTE), NOW)])
def test_one_of_the_two_that_is_not_there_is_waited_for_and_explained(rows: tuple[Row, ...]) -> None:
    assert decided(*rows) == Wait("no_V_of_8901")
    assert isinstance(decided(*rows, after=timedelta(days=8)), Explain)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ((replace(EARLIER, quality=3, reasons=("flat_line",)), NOW), "flat_line"),
        ((EARLIER, replace(NOW, quality=4, reasons=("spike",))), "spike"),
        ((EARLIER, replace(NOW, value=None, quality=9)), "missing"),
        ((EARLIER, replace(NOW, value=1000.0)), "negative_value"),
    ],
)
def test_a_doubt_of_either_is_held(rows: tuple[Row, ...], reason: str) -> None:
    decision = decided(*rows)
    assert isinstance(decision, Hold)
    assert decision.reason == reason


@given(st.lists(st.integers(0, 10**7), min_size=2, max_size=20))
def test_the_volumes_of_all_minutes_add_up_to_that_of_the_hour(steps: list[int]) -> None:
    """Of a counter in litres: nothing is lost and nothing counted twice between two stamps."""
    marks = [sum(steps[: place + 1]) / 1000 for place in range(len(steps))]
    parts = [
        decided(replace(EARLIER, value=one), replace(NOW, value=other)) for one, other in itertools.pairwise(marks)
    ]
    assert sum(Decimal(number(part)) for part in parts) == Decimal(repr(marks[-1])) - Decimal(repr(marks[0]))
