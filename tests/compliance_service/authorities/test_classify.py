import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance_service.authorities.answers import Answer, Meaning
from compliance_service.authorities.classify import ALLOWED, Row, classified, wrong_with
from compliance_service.authorities.dga.answers import read_answer
from compliance_service.authorities.dga.defaults import ANSWERS
from compliance_service.submissions.decision import TAKEN

SHIPPED = [Row(pattern, meaning) for pattern, meaning, _ in ANSWERS]
VOUCHER = "zk7DOAl3uIlGTjvwNtwBF0sBLAR16cI5"


def unknown(message: str) -> Answer:
    return Answer(Meaning.UNKNOWN, message=message)


def test_the_shipped_rows_know_the_refusals_that_were_seen() -> None:
    said = classified(unknown("Usuario no es el informante registrado en la Obra"), SHIPPED)
    assert said.meaning is Meaning.NOT_INFORMANT
    assert classified(unknown("La Obra no existe"), SHIPPED).meaning is Meaning.UNKNOWN


def test_the_first_row_that_fits_decides_whatever_the_case() -> None:
    rows = [Row("mantenci[oó]n", Meaning.REFUSED), Row("MANTENCIÓN programada", Meaning.INVALID)]
    assert classified(unknown("Mantención programada"), rows).meaning is Meaning.REFUSED


def test_a_duplicate_without_a_voucher_in_its_words_is_never_sent_again() -> None:
    rows = [Row("registro previo", Meaning.DUPLICATE)]
    with_voucher = classified(unknown(f"Registro previo ({VOUCHER})"), rows)
    assert (with_voucher.meaning, with_voucher.voucher) == (Meaning.DUPLICATE, VOUCHER)
    assert classified(unknown("Registro previo"), rows).meaning is Meaning.DUPLICATE_WITHOUT_VOUCHER


@given(
    patterns=st.lists(st.tuples(st.sampled_from([".", "registro", "ingresada", "x"]), st.sampled_from(ALLOWED))),
    body=st.sampled_from(
        [
            b'{"status":"00","message":"ingresada"}',
            b'{"status":"00","message":"ingresada","data":{"numeroComprobante":"x"}}',
            b'{"status":"400","message":"Ya existe un registro en esa fecha"}',
        ]
    ),
    http=st.sampled_from([200, 400, 500]),
)
def test_no_rows_whatever_they_say_make_what_was_accepted_sendable(
    patterns: list[tuple[str, Meaning]], body: bytes, http: int
) -> None:
    """The guard: `00` without a voucher, or a duplicate without one, cannot be edited away."""
    answer = classified(read_answer(http, body), [Row(*row) for row in patterns])
    assert answer.meaning in TAKEN


def test_no_row_may_say_that_something_was_accepted() -> None:
    assert not {Meaning.ACCEPTED, Meaning.WITHOUT_VOUCHER, Meaning.DUPLICATE_WITHOUT_VOUCHER} & set(ALLOWED)


@pytest.mark.parametrize("pattern", ["(", "a*", "(a+)+b", "([a-z]*)*", "x" * 201, ""])
def test_what_is_no_pattern_is_refused_with_the_reason(pattern: str) -> None:
    assert wrong_with(pattern)


@pytest.mark.parametrize("pattern", [pattern for pattern, _, _ in ANSWERS] + ["obra .{0,20} no existe", r"^\d+$"])
def test_what_is_one_is_not(pattern: str) -> None:
    assert wrong_with(pattern) == ""
    re.compile(pattern)
