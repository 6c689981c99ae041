import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance_service.authorities.answers import Answer, Meaning
from compliance_service.authorities.classify import Row, classified
from compliance_service.authorities.interface import Token
from compliance_service.authorities.sma.answers import read_answer, read_log_in
from compliance_service.authorities.wire import Exchange

NOW = datetime(2026, 5, 17, 18, 5, tzinfo=UTC)
DAY = timedelta(hours=24)
ID = "f0e1d2c3"


@pytest.mark.parametrize(
    ("status", "body", "meaning", "voucher"),
    [
        (200, {"mensaje": "ok", "IdVerificacion": ID}, Meaning.ACCEPTED, ID),
        (201, {"mensaje": "ok", "IdVerificacion": ID}, Meaning.ACCEPTED, ID),
        (200, {"idVerificacion": 12345}, Meaning.ACCEPTED, "12345"),
        (200, {"mensaje": "ok"}, Meaning.WITHOUT_VOUCHER, ""),
        (200, {"IdVerificacion": ""}, Meaning.WITHOUT_VOUCHER, ""),
        (200, {"IdVerificacion": None}, Meaning.WITHOUT_VOUCHER, ""),
        (200, {"IdVerificacion": "x" * 65}, Meaning.WITHOUT_VOUCHER, ""),
        (200, {"IdVerificacion": "con espacio"}, Meaning.WITHOUT_VOUCHER, ""),
        (200, {"IdVerificacion": True}, Meaning.WITHOUT_VOUCHER, ""),
        (400, {"mensaje": "parámetros incorrectos"}, Meaning.INVALID, ""),
        (400, {"mensaje": "Ya existen registros", "IdVerificacion": ID}, Meaning.DUPLICATE, ID),
        (400, {"mensaje": "registro duplicado"}, Meaning.DUPLICATE_WITHOUT_VOUCHER, ""),
        (401, {"mensaje": "expirado"}, Meaning.SESSION_ENDED, ""),
        (403, {"mensaje": "sin acceso"}, Meaning.NOT_ALLOWED, ""),
        (404, {"mensaje": "no existe"}, Meaning.REFUSED, ""),
        (429, {"mensaje": "espere"}, Meaning.REFUSED, ""),
        (500, {"mensaje": "error"}, Meaning.UNREADABLE, ""),
        (503, {}, Meaning.UNREADABLE, ""),
    ],
)
def test_each_answer_has_its_meaning(status: int, body: Any, meaning: Meaning, voucher: str) -> None:
    answer = read_answer(status, json.dumps(body).encode())
    assert (answer.meaning, answer.voucher) == (meaning, voucher)


@pytest.mark.parametrize("status", [200, 201, 400, 403, 404, 429, 500, 502])
@pytest.mark.parametrize(
    "body", [b"", b"<html>502</html>", b'{"mensaje": "Regis', b"[]", b'"x"', b"\xff", b"[" * 99999]
)
def test_what_is_no_object_may_have_been_stored(status: int, body: bytes) -> None:
    assert read_answer(status, body).meaning is Meaning.UNREADABLE


def test_a_401_is_about_the_session_in_any_form() -> None:
    assert read_answer(401, b"<html>").meaning is Meaning.SESSION_ENDED


@given(
    st.integers(100, 599),
    st.binary(max_size=200) | st.dictionaries(st.text(), st.text()).map(lambda d: json.dumps(d).encode()),
)
def test_only_an_identifier_is_an_acceptance(status: int, body: bytes) -> None:
    answer = read_answer(status, body)
    assert (answer.meaning in (Meaning.ACCEPTED, Meaning.DUPLICATE)) is bool(answer.voucher)


def token_of(**claims: Any) -> str:
    return jwt.encode(claims, "k" * 32, algorithm="HS256")


def logged_in(status: int | None, body: bytes, *, sent: bool = True) -> Token | Answer:
    return read_log_in(Exchange(sent, status, body, error="ConnectError"), lifetime=DAY, now=NOW)


@pytest.mark.parametrize(
    ("claims", "expires_at"),
    [
        ({"exp": NOW + timedelta(minutes=10)}, NOW + timedelta(minutes=10)),
        ({"exp": NOW + DAY}, NOW + DAY),
        ({"exp": NOW + 30 * DAY}, NOW + DAY),  # the manual's word is 24 hours
        ({"exp": NOW - DAY}, NOW + DAY),  # another clock's
        ({}, NOW + DAY),
    ],
)
def test_a_token_lives_24_hours_or_less_where_it_says_so(claims: dict[str, Any], expires_at: datetime) -> None:
    found = logged_in(200, json.dumps({"token": token_of(**claims)}).encode())
    assert isinstance(found, Token)
    assert found.expires_at == expires_at


def test_a_token_that_is_no_jwt_is_one_all_the_same() -> None:
    assert logged_in(200, b'{"token": "opaque-token-1"}') == Token("opaque-token-1", NOW + DAY)


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (401, b'{"mensaje": "no"}', Meaning.LOG_IN_REFUSED),
        (401, b"", Meaning.LOG_IN_REFUSED),
        (400, b'{"mensaje": "no"}', Meaning.LOG_IN_REFUSED),
        (403, b'{"mensaje": "no"}', Meaning.LOG_IN_REFUSED),
        (403, b"<html>blocked</html>", Meaning.NOT_SENT),
        (400, b"", Meaning.NOT_SENT),
        (500, b'{"mensaje": "error"}', Meaning.NOT_SENT),
        (502, b"<html>", Meaning.NOT_SENT),
        (200, b"", Meaning.NOT_SENT),
        (200, b'{"token": ""}', Meaning.NOT_SENT),
        (200, b'{"token": 5}', Meaning.NOT_SENT),
        (200, b'{"token": "with\\r\\nHeader: x"}', Meaning.NOT_SENT),
        (200, b'{"token": "' + b"x" * 5000 + b'"}', Meaning.NOT_SENT),
        (None, b"", Meaning.NOT_SENT),
    ],
)
def test_without_a_token_nothing_left(status: int | None, body: bytes, meaning: Meaning) -> None:
    found = logged_in(status, body)
    assert isinstance(found, Answer)
    assert (found.meaning, found.message.startswith("ingreso a SMA")) == (meaning, True)


def test_a_log_in_that_never_arrived_says_why() -> None:
    found = logged_in(None, b"", sent=False)
    assert isinstance(found, Answer)
    assert found.message == "ingreso a SMA: ConnectError"


def test_a_token_is_not_shown() -> None:
    assert "opaque" not in repr(logged_in(200, b'{"token": "opaque-token-1"}'))


@pytest.mark.parametrize(
    ("status", "message", "meaning"),
    [
        (400, "parámetro sobrante", Meaning.REFUSED),
        (403, "dispositivo en mantención", Meaning.REFUSED),
        (400, "otra cosa", Meaning.INVALID),
        (403, "otra cosa", Meaning.NOT_ALLOWED),
    ],
)
def test_words_that_somebody_wrote_down_say_better_than_a_status_code(
    status: int, message: str, meaning: Meaning
) -> None:
    rows = [Row("sobrante|mantención", Meaning.REFUSED)]
    body = json.dumps({"mensaje": message}).encode()
    assert classified(read_answer(status, body), rows).meaning is meaning


def test_no_words_take_back_what_sma_accepted_or_called_a_duplicate() -> None:
    rows = [Row("registro", Meaning.REFUSED)]
    for status, text, meaning in (
        (200, "registro ok", Meaning.ACCEPTED),
        (400, "registro duplicado", Meaning.DUPLICATE),
    ):
        body = json.dumps({"mensaje": text, "IdVerificacion": "V-1"}).encode()
        assert classified(read_answer(status, body), rows).meaning is meaning


@pytest.mark.parametrize(
    ("body", "meaning", "voucher"),
    [
        ({"mensaje": "estampa informada antes", "IdVerificacion": "V-77"}, Meaning.DUPLICATE, "V-77"),
        ({"mensaje": "estampa informada antes"}, Meaning.DUPLICATE_WITHOUT_VOUCHER, ""),
    ],
)
def test_a_duplicate_in_words_that_somebody_wrote_down_is_a_receipt_or_held(
    body: dict[str, str], meaning: Meaning, voucher: str
) -> None:
    found = classified(read_answer(400, json.dumps(body).encode()), [Row("informada antes", Meaning.DUPLICATE)])
    assert (found.meaning, found.voucher) == (meaning, voucher)
