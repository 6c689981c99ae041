"""The flow of a report as the mean of its period: the work's terms, and what may leave."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from compliance_service.authorities.dga import flow
from compliance_service.authorities.dga.decide import decide
from compliance_service.authorities.dga.forms import RESOURCES, Form
from compliance_service.authorities.dga.terms import read_terms
from compliance_service.authorities.interface import BadTerms
from compliance_service.authorities.judgement import Decision, Hold, Send, Wait
from compliance_service.authorities.means import Span, mean_of
from compliance_service.authorities.rules import checked
from compliance_service.obligations.calendar import RHYTHMS
from shared.errors import InvalidInput
from tests.compliance_service.authorities.test_means import POINT, Row

SLOT = datetime(2024, 5, 13, 4, tzinfo=UTC)  # midnight of the regulator
DAY = timedelta(days=1)
SPAN = Span(POINT, "flow", SLOT - DAY, SLOT, timedelta(hours=1))
AT_SLOT = [Row(SLOT, 1010.9, variable="total"), Row(SLOT, 9.854, variable="water_table")]
LATER = timedelta(hours=2)


def hours(*values: float | None) -> list[Row]:
    """An hourly flow from the beginning of the day on; None is an hour without any."""
    return [Row(SLOT - DAY + timedelta(hours=hour), value) for hour, value in enumerate(values) if value is not None]


def ask(flows: list[Row], rest: list[Row] = AT_SLOT, *, after: timedelta = LATER) -> Decision:
    mean = flow.Flow(mean_of(SPAN, flows), 0.8, timedelta(seconds=3000), SLOT + after)
    return decide(SLOT, [*rest, *(row for row in flows if row.time >= SLOT)], Form(RESOURCES["subterranea"]), mean)


def test_the_mean_is_sent_and_the_rest_is_the_slots_sample() -> None:
    decision = ask(hours(*[1.0] * 12, *[2.01] * 12))
    assert isinstance(decision, Send)
    said = {name: decision.document[name] for name in ("caudal", "totalizador", "horaMedicion", "fechaMedicion")}
    assert said == {"caudal": "1.51", "totalizador": "1010", "horaMedicion": "00:00:00", "fechaMedicion": "2024-05-13"}
    pinned = decision.evidence["flow"]
    assert (pinned["exact"], pinned["value"], pinned["mean"]["count"], pinned["mean"]["coverage"]) == (
        "1.505", 1.505, 24, "1.000000",
    )  # fmt: skip


def test_a_sample_of_the_slot_itself_is_no_part_of_the_period() -> None:
    """Neither its number nor its doubt: it is the next day's."""
    decision = ask([*hours(*[1.0] * 24), Row(SLOT, 99.0, 4, ("spike",))])
    assert isinstance(decision, Send)
    assert decision.document["caudal"] == "1.00"


def test_half_way_is_rounded_up_once() -> None:
    """0.004999… for ever is 0.00 and not 0.01, however few digits a float has."""
    decision = ask([Row(SLOT - DAY + timedelta(hours=hour), 0.005) for hour in range(24)])
    assert isinstance(decision, Send)
    assert decision.document["caudal"] == "0.01"
    below = ask(hours(*[0.005] * 23, 0.004999999999999999))
    assert isinstance(below, Send)
    assert below.evidence["flow"]["value"] == 0.005
    assert below.document["caudal"] == "0.00"


@pytest.mark.parametrize(
    ("flows", "rest", "after", "decision"),
    [
        ([], [], LATER, Wait("no_data")),
        ([], AT_SLOT, LATER, Wait("no_flow")),
        (hours(*[1.0] * 24), AT_SLOT[:1], LATER, Wait("no_water_table")),
        (hours(*[1.0] * 23, None), AT_SLOT, timedelta(minutes=2), Wait("thin_period")),  # the rest may still come
    ],
)
def test_what_is_not_there_is_waited_for(
    flows: list[Row], rest: list[Row], after: timedelta, decision: Decision
) -> None:
    assert ask(flows, rest, after=after) == decision


@pytest.mark.parametrize(("there", "leaves"), [(24, True), (20, True), (19, False), (1, False)])
def test_too_little_of_the_period_is_held(there: int, leaves: bool) -> None:
    decision = ask(hours(*[1.0] * there))
    assert isinstance(decision, Send if leaves else Hold)
    if isinstance(decision, Hold):
        assert (decision.reason, decision.evidence["flow"]["quality"]) == ("thin_period", 3)


def test_bad_values_cover_nothing_and_a_doubt_of_the_slot_holds() -> None:
    bad = [Row(row.time, 1e9, 4, ("spike",)) for row in hours(*[1.0] * 5)]
    thin = ask([*bad, *hours(*[None] * 5, *[1.0] * 19)])
    assert isinstance(thin, Hold)
    assert (thin.reason, thin.evidence["flow"]["value"], thin.evidence["flow"]["mean"]["bad"]) == (
        "thin_period",
        1.0,
        5,
    )
    doubted = ask(hours(*[1.0] * 24), [AT_SLOT[0], Row(SLOT, 9.0, 3, ("flat_line",), "water_table")])
    assert isinstance(doubted, Hold)
    assert doubted.reason == "flat_line"


def test_a_negative_mean_is_never_sent() -> None:
    held = ask(hours(*[-1.0] * 24))
    assert isinstance(held, Hold)
    assert held.reason == "negative_value"


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_works_terms_say_which_it_is(resource: str) -> None:
    assert read_terms({"resource": resource})["flow_value"] == "instant"
    said = read_terms({"resource": resource, "flow_value": "mean", "flow_gap_s": 600})
    assert (said["flow_value"], said["flow_gap_s"]) == ("mean", 600)
    assert read_terms(said) == said


@pytest.mark.parametrize(
    ("given", "field", "right"),
    [
        ({"flow_value": "media"}, "terms.flow_value", "instant"),
        ({"flow_value": None}, "terms.flow_value", "mean"),
        ({"flow_gap_s": 600}, "terms.flow_gap_s", "omitirlo"),
        ({"flow_value": "mean", "flow_gap_s": 0}, "terms.flow_gap_s", "un entero de 1 a"),
        ({"flow_value": "mean", "flow_gap_s": True}, "terms.flow_gap_s", "un entero de 1 a"),
        ({"flow_value": "mean", "flow_gap_s": "600"}, "terms.flow_gap_s", "un entero de 1 a"),
    ],
)
def test_a_wrong_term_is_named_with_what_would_be_right(given: dict[str, Any], field: str, right: str) -> None:
    with pytest.raises(BadTerms) as error:
        read_terms(given)
    assert (error.value.field, right in error.value.expected) == (field, True)


def test_the_rules_in_force_say_what_a_mean_needs() -> None:
    rules = {"standards": {"MEDIO": {"every": "day"}}, "means": {"day": {"coverage": 0.95}}}
    assert flow.means_of(rules, "MEDIO") == {**flow.MEANS["day"], "coverage": 0.95}
    terms = {"flow_value": "mean", "flow_gap_s": 86_400}
    span = flow.span_of(UUID(int=1), terms, flow.MEANS["day"], start=SLOT - DAY, slot=SLOT)
    assert (span.gap, span.reads_from) == (DAY, SLOT - 2 * DAY)


KNOWN = {"standards": {"MEDIO": {"every": "day", "lag_days": 15}}, "pacing": {}, "formats": {}}


@pytest.mark.parametrize(
    ("means", "field"),
    [
        ({"day": {"coverage": 80}}, "rules.means.day.coverage"),
        ({"day": {"gap_s": 0}}, "rules.means.day.gap_s"),
        ({"day": {"settle_s": "1"}}, "rules.means.day.settle_s"),
        ({"day": {"more": 1}}, "rules.means.day.more"),
        ({"day": 0.8}, "rules.means.day"),
        ({"week": {}}, "rules.means.week"),
    ],
)
def test_wrong_rules_of_means_are_named(means: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as error:
        checked({**KNOWN, "means": means}, known=KNOWN, rhythms=tuple(RHYTHMS), shipped=["means"])
    assert [one.field for one in error.value.errors] == [field]


def test_a_version_of_before_means_may_have_them_from_now_on() -> None:
    said = {**KNOWN, "means": flow.MEANS}
    assert checked(said, known=KNOWN, rhythms=tuple(RHYTHMS), shipped=["means"]) == said
    with pytest.raises(InvalidInput):
        checked(said, known=KNOWN, rhythms=tuple(RHYTHMS))
