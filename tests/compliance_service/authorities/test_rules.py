from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from compliance_service.authorities.dga.defaults import CONFIG
from compliance_service.authorities.rules import ALWAYS, Version, checked, first_rules, in_force, spans
from compliance_service.authorities.sma import defaults as sma
from compliance_service.obligations.calendar import RHYTHMS
from shared.errors import InvalidInput
from tests.compliance_service.conftest import DAY, SLOT

RULES = first_rules(CONFIG)
VERSIONS = [Version(1, ALWAYS, RULES), Version(2, SLOT, RULES), Version(3, SLOT + DAY, RULES)]


def test_the_address_of_a_source_is_no_rule_of_it() -> None:
    assert set(RULES) == {"timestamp_style", "standards", "pacing", "formats", "means", "file_columns"}


def test_each_instant_has_one_version() -> None:
    numbers = [in_force(VERSIONS, SLOT + shift).number for shift in (-timedelta(1), timedelta(0), DAY)]
    assert numbers == [1, 2, 3]


def test_a_span_is_cut_where_another_version_begins() -> None:
    found = spans(VERSIONS, SLOT - DAY, SLOT + 2 * DAY)
    assert [(version.number, low, high) for version, low, high in found] == [
        (1, SLOT - DAY, SLOT),
        (2, SLOT, SLOT + DAY),
        (3, SLOT + DAY, SLOT + 2 * DAY),
    ]
    assert spans(VERSIONS, SLOT, SLOT) == []


def test_the_shipped_rules_are_right() -> None:
    assert checked(RULES, known=RULES, rhythms=tuple(RHYTHMS)) == RULES


@pytest.mark.parametrize("value", ["15", None, -1, True])
def test_what_was_a_number_stays_one(value: Any) -> None:
    rules = first_rules(sma.CONFIG)
    assert checked(rules, known=rules, rhythms=tuple(RHYTHMS)) == rules
    with pytest.raises(InvalidInput, match="barrier_minutes"):
        checked(rules | {"barrier_minutes": value}, known=rules, rhythms=tuple(RHYTHMS))


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (["standards", "MAYOR", "every"], "second", "rules.standards.MAYOR.every"),
        (["standards", "MAYOR", "lag_days"], -1, "rules.standards.MAYOR.lag_days"),
        (["standards", "MAYOR", "lag_days"], "7", "rules.standards.MAYOR.lag_days"),
        (["standards", "MAYOR"], 7, "rules.standards.MAYOR"),
        (["standards"], {}, "rules.standards"),
        (["pacing", "backlog_gap_s"], -5, "rules.pacing.backlog_gap_s"),
        (["formats", "flow", "decimals"], 9, "rules.formats.flow.decimals"),
        (["formats", "flow", "rounding"], "up", "rules.formats.flow.rounding"),
        (["formats", "flow"], "0.00", "rules.formats.flow"),
        (["more"], 1, "rules.more"),
    ],
)
def test_what_is_wrong_is_named_with_what_would_be_right(path: list[str], value: Any, field: str) -> None:
    rules: Any = deepcopy(RULES)
    place = rules
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    with pytest.raises(InvalidInput) as refused:
        checked(rules, known=RULES, rhythms=tuple(RHYTHMS))
    assert field in [error.field for error in refused.value.errors]
    assert all(error.expected for error in refused.value.errors)


def test_a_standard_that_works_may_be_in_stays() -> None:
    rules = deepcopy(RULES)
    del rules["standards"]["MENOR"]
    with pytest.raises(InvalidInput, match="MENOR"):
        checked(rules, known=RULES, rhythms=tuple(RHYTHMS))
