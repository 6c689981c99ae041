"""The barrier: what leaves, what waits, what is held, what is explained."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance_service.authorities.judgement import Decision, Explain, Hold, Send, Wait
from compliance_service.authorities.sma import defaults
from compliance_service.authorities.sma.decide import decide
from tests.compliance_service.authorities.sma.rows import ALL, DEVICES, HERE, SLOT, THERE, Row, changed, without

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
BARRIER, GIVE_UP = 15 * MINUTE, 7 * DAY


def decided(rows: Any, after: timedelta = 2 * MINUTE) -> Decision:
    return decide(DEVICES, SLOT, rows, point=HERE, before=SLOT - MINUTE, rules=defaults.CONFIG, now=SLOT + after)


def devices(decision: Decision) -> list[str]:
    assert isinstance(decision, Send)
    return [row["dispositivoId"] for row in decision.document["registros"]]


def test_a_whole_stamp_leaves_at_once_in_one_document() -> None:
    decision = decided(ALL)
    assert devices(decision) == ["8901", "8902"]
    assert isinstance(decision, Send)
    assert "left_out" not in decision.evidence
    assert decision.evidence["8902/Q"]["point"] == str(THERE)
    assert decision.evidence["8902/Q"]["config_version"] == 1


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ((), "no_Q_of_8901"),
        (without(HERE, "total"), "no_VA_of_8901"),
        (without(THERE, "flow"), "no_Q_of_8902"),
        (changed(THERE, "flow", time=SLOT + MINUTE), "no_Q_of_8902"),
        (changed(THERE, "flow", time=SLOT - timedelta(seconds=1)), "no_Q_of_8902"),
        (changed(THERE, "flow", point=HERE), "no_Q_of_8902"),
        (changed(THERE, "flow", quality=3, reasons=("spike",)), "spike"),
    ],
)
def test_before_the_barrier_whatever_lacks_is_waited_for(rows: Any, reason: str) -> None:
    assert decided(rows, BARRIER - timedelta(seconds=1)) == Wait(reason)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (without(THERE, "flow"), "no_Q_of_8902"),
        (changed(THERE, "flow", quality=3, reasons=("spike",)), "spike"),
        (changed(THERE, "flow", quality=2), "not_evaluated"),
        (changed(THERE, "flow", value=None, quality=9), "missing"),
        (changed(THERE, "flow", value=-1.0), "negative_value"),
    ],
)
def test_after_the_barrier_what_is_whole_leaves_and_the_rest_is_named(rows: Any, reason: str) -> None:
    decision = decided(rows, BARRIER)
    assert devices(decision) == ["8901"]
    assert isinstance(decision, Send)
    assert decision.evidence["left_out"] == {"8902": reason}


def test_a_doubt_is_held_where_nothing_is_whole() -> None:
    rows = [row for row in changed(HERE, "flow", quality=4) if row.point == HERE]
    decision = decided(rows, BARRIER)
    assert isinstance(decision, Hold)
    assert (decision.reason, decision.evidence["8901/Q"]["quality"]) == ("fail", 4)


@pytest.mark.parametrize("after", [BARRIER, GIVE_UP - timedelta(seconds=1)])
def test_where_nothing_is_whole_nor_doubtful_it_is_waited_for_longer(after: timedelta) -> None:
    assert decided((), after) == Wait("no_Q_of_8901")


def test_what_never_came_is_explained_with_its_cause_and_what_lacked() -> None:
    decision = decided(without(HERE, "total")[:1], GIVE_UP)
    assert isinstance(decision, Explain)
    assert decision.cause == "incomplete_stamp"
    assert decision.note == (
        "Instante 17-05-2026 14:05 (UTC-4) incompleto: no llegaron datos de dispositivo 8901: VA; "
        "dispositivo 8902: Q, VA."
    )


def test_a_doubt_is_never_explained_by_itself() -> None:
    rows = [row for row in changed(HERE, "flow", quality=4) if row.point == HERE]
    assert isinstance(decided(rows, 10 * GIVE_UP), Hold)


def test_data_that_come_after_all_are_sent_after_all() -> None:
    assert devices(decided(ALL, 10 * GIVE_UP)) == ["8901", "8902"]


def test_the_sample_is_the_earliest_of_its_minute() -> None:
    later = Row(HERE, "flow", 99.0, time=SLOT + timedelta(seconds=30))
    decision = decided([later, *ALL])
    assert isinstance(decision, Send)
    assert decision.evidence["8901/Q"]["value"] == 42.5


QUALITIES = st.sampled_from([1, 2, 3, 4, 9])
READING = st.none() | st.tuples(QUALITIES, st.none() | st.floats(-10, 1e6))


@given(st.tuples(READING, READING, READING, READING), st.timedeltas(timedelta(0), timedelta(days=30)))
def test_only_good_values_leave_and_always_the_whole_set_of_a_device(
    given: tuple[tuple[int, float | None] | None, ...], after: timedelta
) -> None:
    rows = [
        Row(row.point, row.variable, said[1], said[0]) for row, said in zip(ALL, given, strict=True) if said is not None
    ]
    decision = decided(rows, after)
    good = [said is not None and said[0] == 1 and said[1] is not None and said[1] >= 0 for said in given]
    whole = [device for device, fine in (("8901", all(good[:2])), ("8902", all(good[2:]))) if fine]
    if isinstance(decision, Send):
        assert devices(decision) == whole != []
        assert all(len(row["parametros"]) == 2 for row in decision.document["registros"])
        assert len({one["estampaTiempo"] for row in decision.document["registros"] for one in row["parametros"]}) == 1
    else:
        assert len(whole) < 2
        assert not whole or after < BARRIER


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001  # made aware below
def test_a_decision_needs_no_other_clock(at: datetime) -> None:
    now = at.replace(tzinfo=SLOT.tzinfo)
    once = decide(DEVICES, SLOT, ALL, point=HERE, before=SLOT - MINUTE, rules=defaults.CONFIG, now=now)
    assert once == decide(DEVICES, SLOT, ALL, point=HERE, before=SLOT - MINUTE, rules=defaults.CONFIG, now=now)
