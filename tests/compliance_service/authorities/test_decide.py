from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance_service.authorities.dga import decide as dga
from compliance_service.authorities.dga.forms import RESOURCES, Form, form_of
from compliance_service.authorities.judgement import Decision, Hold, Send, Wait

SLOT = datetime(2024, 5, 13, 14, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    variable: str
    value: float | None = 1.0
    quality: int = 1
    reasons: tuple[str, ...] = ()
    time: datetime = SLOT
    config_version: int = 1
    known_since: str = "2024-05-13T14:01:00Z"
    point: UUID = field(default_factory=uuid4)


WELL = Form(RESOURCES["subterranea"])


def decide(slot: datetime, rows: Any, form: Form = WELL) -> Decision:
    return dga.decide(slot, rows, form)


GOOD = (Row("flow"), Row("total"), Row("water_table"))


def test_good_values_of_all_variables_leave_with_their_evidence() -> None:
    decision = decide(SLOT, GOOD)
    assert isinstance(decision, Send)
    assert decision.document["caudal"] == "1.00"
    assert decision.evidence["total"]["quality"] == 1


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ((), "no_data"),
        (GOOD[:2], "no_water_table"),
        ((Row("flow", time=SLOT + timedelta(minutes=1)), *GOOD[1:]), "no_flow"),
        ((Row("flow", time=SLOT - timedelta(seconds=1)), *GOOD[1:]), "no_flow"),
    ],
)
def test_what_is_not_there_is_waited_for(rows: tuple[Row, ...], reason: str) -> None:
    assert decide(SLOT, rows) == Wait(reason)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (Row("flow", quality=3, reasons=("truncated_reading",)), "truncated_reading"),
        (Row("flow", quality=2), "not_evaluated"),
        (Row("flow", quality=9, value=None), "missing"),
        (Row("flow", value=None), "unknown_quality"),
        (Row("flow", value=-0.5), "negative_value"),
        (Row("total", quality=4), "fail"),
    ],
)
def test_what_is_not_good_is_held_with_its_reason(row: Row, reason: str) -> None:
    decision = decide(SLOT, [row, *(other for other in GOOD if other.variable != row.variable)])
    assert isinstance(decision, Hold)
    assert decision.reason == reason


def test_the_sample_is_the_earliest_of_its_minute() -> None:
    later = Row("flow", value=7.0, time=SLOT + timedelta(seconds=30))
    decision = decide(SLOT, [later, *GOOD])
    assert isinstance(decision, Send)
    assert decision.document["caudal"] == "1.00"


QUALITIES = st.sampled_from([1, 2, 3, 4, 9])
VALUES = st.none() | st.floats(-10, 1e6)


@given(st.lists(st.tuples(QUALITIES, VALUES), min_size=3, max_size=3))
def test_no_value_that_is_not_good_ever_leaves(given: list[tuple[int, float | None]]) -> None:
    names = ("flow", "total", "water_table")
    rows = [Row(name, value=value, quality=quality) for name, (quality, value) in zip(names, given, strict=True)]
    if isinstance(decide(SLOT, rows), Send):
        assert all(quality == 1 and value is not None and value >= 0 for quality, value in given)


CHANNEL = Form(RESOURCES["superficial"])
FREE = form_of({"level_may_be_empty": True}, {})


def test_a_channel_reports_its_height_and_no_totaliser() -> None:
    decision = decide(SLOT, (Row("flow"), Row("level", 0.125)), CHANNEL)
    assert isinstance(decision, Send)
    assert (decision.document["alturaLimnimetrica"], "totalizador" in decision.document) == ("13", False)
    assert decide(SLOT, (Row("flow"),), CHANNEL) == Wait("no_level")


def test_what_may_be_empty_is_empty_where_nothing_was_measured_and_held_where_it_is_doubtful() -> None:
    sent = decide(SLOT, GOOD[:2], FREE)
    assert isinstance(sent, Send)
    assert sent.document["nivelFreaticoDelPozo"] == ""
    held = decide(SLOT, (*GOOD[:2], Row("water_table", 3.0, 3, ("flat_line",))), FREE)
    assert isinstance(held, Hold)
    assert held.reason == "flat_line"
