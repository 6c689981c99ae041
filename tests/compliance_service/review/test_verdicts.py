from dataclasses import replace

import pytest

from compliance_service.authorities.dga.forms import RESOURCES, Form
from compliance_service.review.verdicts import Action, Asked, Held, Kind, Outcome, judge, kind_of, proposed
from tests.compliance_service.conftest import SLOT

GOOD = {"flow": {"value": 1.005}, "total": {"value": 101.9}, "water_table": {"value": 9.85}}
WELL = Form(RESOURCES["subterranea"])
DATA = Held(Kind.DATA, "truncated_reading", SLOT, GOOD, {})
TAKEN = replace(DATA, kind=Kind.TAKEN, reason="accepted_without_voucher")
UNKNOWN = replace(DATA, kind=Kind.ANSWER, reason="unknown_answer", document={"caudal": "1.00"})
VALUES = {"flow": 1.0, "total": 1010.0, "water_table": 9.85}


def asked(action: Action, voucher: str = "", **values: float) -> Asked:
    return Asked(action, values, voucher)


def told(held: Held, said: Asked) -> Outcome:
    return judge(held, said, WELL)


def test_accepting_sends_what_was_measured_and_nothing_else() -> None:
    document = told(DATA, asked(Action.ACCEPT, flow=99.0)).document
    assert document is not None
    assert (document["caudal"], document["totalizador"]) == ("1.01", "101")


def test_correcting_sends_what_the_person_says() -> None:
    document = told(DATA, asked(Action.CORRECT, **VALUES)).document
    assert document is not None
    assert document["totalizador"] == "1010"


@pytest.mark.parametrize("missing", list(GOOD))
def test_what_is_not_there_is_not_sent(missing: str) -> None:
    held = replace(DATA, evidence={name: said for name, said in GOOD.items() if name != missing})
    assert told(held, asked(Action.ACCEPT)).refusal == f"no_{missing}"
    some = {name: value for name, value in VALUES.items() if name != missing}
    assert told(held, asked(Action.CORRECT, **some)).refusal == f"no_{missing}"
    assert proposed(held, WELL) is None


def test_a_negative_number_is_never_sent_even_by_a_person() -> None:
    held = replace(DATA, evidence=GOOD | {"flow": {"value": -0.3}})
    assert told(held, asked(Action.ACCEPT)).refusal == "negative_value"
    assert told(DATA, asked(Action.CORRECT, **(VALUES | {"flow": -0.3}))).refusal == "negative_value"


def test_what_the_regulator_has_is_never_sent_again() -> None:
    assert told(TAKEN, asked(Action.CORRECT, **VALUES)).refusal == "never_sent_again"
    assert told(TAKEN, asked(Action.ACCEPT)).refusal == "needs_voucher"
    assert told(TAKEN, asked(Action.ACCEPT, voucher="short")).refusal == "needs_voucher"
    assert told(TAKEN, asked(Action.ACCEPT, voucher="a" * 32)) == told(TAKEN, asked(Action.DISCARD))


def test_an_answer_that_nobody_knows_is_sent_again_as_it_was_or_not_at_all() -> None:
    assert told(UNKNOWN, asked(Action.ACCEPT)).document == {"caudal": "1.00"}
    assert told(UNKNOWN, asked(Action.CORRECT, **VALUES)).refusal == "answer_unknown"


def test_where_nobody_corrects_by_hand_nothing_is_made_up() -> None:
    assert judge(DATA, asked(Action.CORRECT, **VALUES), None).refusal == "no_form"
    assert judge(DATA, asked(Action.ACCEPT), None).refusal == "no_form"


def test_anything_may_be_discarded() -> None:
    assert [told(held, asked(Action.DISCARD)).refusal for held in (DATA, TAKEN, UNKNOWN)] == ["", "", ""]


@pytest.mark.parametrize(
    "changes", [{"reason": "x"}, {"evidence": {}}, {"document": {"caudal": "2.00"}}, {"kind": Kind.TAKEN}]
)
def test_what_was_seen_changes_with_everything_that_is_looked_at(changes: dict[str, object]) -> None:
    assert replace(DATA, **changes).seen != DATA.seen  # type: ignore[arg-type]
    assert replace(DATA).seen == DATA.seen


def test_the_kind_of_a_held_hour() -> None:
    kinds = [
        kind_of(is_taken=True, attempts=1),
        kind_of(is_taken=False, attempts=1),
        kind_of(is_taken=False, attempts=0),
    ]
    assert kinds == [Kind.TAKEN, Kind.ANSWER, Kind.DATA]
