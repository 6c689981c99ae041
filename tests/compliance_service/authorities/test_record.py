"""Whether what DGA holds is what was sent."""

import json
from typing import Any

import pytest

from compliance_service.authorities.dga.record import Difference, Verdict, compare, question

SENT = {
    "caudal": "25.70",
    "fechaMedicion": "2023-09-07",
    "horaMedicion": "10:00:00",
    "nivelFreaticoDelPozo": "9.85",
    "totalizador": "1010",
}
HELD: dict[str, Any] = {
    "fechaMedicion": "07-09-2023",
    "horaMedicion": "10:00:00",
    "caudal": "25.7",
    "totalizador": "1010",
    "nivelFreaticoDelPozo": "9.85",
}


def answered(changes: dict[str, Any], sent: dict[str, str] = SENT) -> Any:
    body = {"status": "00", "message": "", "data": HELD | changes}
    return compare(sent, status=200, body=json.dumps(body).encode())


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"caudal": "25.700"},
        {"caudal": 25.7},
        {"totalizador": 1010},
        {"totalizador": "1010.0"},
        {"fechaMedicion": "2023-09-07"},
        {"estado": "a member that the manual does not know"},
    ],
)
def test_numbers_are_compared_as_numbers_and_dates_as_dates(changes: dict[str, Any]) -> None:
    assert answered(changes).verdict is Verdict.MATCHES


@pytest.mark.parametrize(
    ("field", "held"),
    [
        ("caudal", "25.71"),
        ("caudal", "2.57"),
        ("caudal", ""),
        ("caudal", None),
        ("caudal", "25,70"),
        ("caudal", "NaN"),
        ("totalizador", "101"),
        ("nivelFreaticoDelPozo", "-9.85"),
        ("fechaMedicion", "09-07-2023"),
        ("horaMedicion", "11:00:00"),
    ],
)
def test_what_differs_is_named_with_both_sides(field: str, held: Any) -> None:
    found = answered({field: held})
    assert found.verdict is Verdict.DIFFERS
    assert found.differences == (Difference(field, SENT[field], "" if held is None else str(held)),)


def test_an_empty_level_is_held_empty() -> None:
    sent = SENT | {"nivelFreaticoDelPozo": ""}
    assert answered({"nivelFreaticoDelPozo": ""}, sent).verdict is Verdict.MATCHES
    assert answered({"nivelFreaticoDelPozo": None}, sent).verdict is Verdict.MATCHES
    assert answered({"nivelFreaticoDelPozo": "0.0"}, sent).verdict is Verdict.DIFFERS


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (None, b"", Verdict.NO_ANSWER),
        (200, b"", Verdict.UNREADABLE),
        (502, b"<html>502</html>", Verdict.UNREADABLE),
        (403, b"<html>blocked</html>", Verdict.UNREADABLE),
        (500, b'{"status":"500","message":"x"}', Verdict.UNREADABLE),
        (200, b'{"status":"00","data":null}', Verdict.UNREADABLE),
        (200, b'["00"]', Verdict.UNREADABLE),
        (400, b'{"status":"400","message":"no existe","data":null}', Verdict.NOT_FOUND),
        (200, b'{"status":"01","data":{}}', Verdict.NOT_FOUND),
    ],
)
def test_what_is_no_record(status: int | None, body: bytes, verdict: Verdict) -> None:
    assert compare(SENT, status=status, body=body).verdict is verdict


def test_the_question_can_be_opened_by_a_person() -> None:
    url = question("https://dga.example/api/v1/mediciones/subterraneas", work_code="OB-0101-114", voucher="zk7DOAl3")
    assert url.endswith("/subterraneas?codigoObra=OB-0101-114&numeroComprobante=zk7DOAl3")
