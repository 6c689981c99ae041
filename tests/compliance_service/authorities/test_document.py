import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance_service.authorities.dga import defaults
from compliance_service.authorities.dga.document import (
    WORK_CODE,
    CannotSend,
    Sender,
    body,
    concealed_body,
    headers,
    measurement,
)

SENDER = Sender(informant_rut="12345678-5", company_rut="76000000-0", password="synthetic-secret")
AT = datetime(2023, 9, 7, 14, tzinfo=UTC)
# The manual's own example (section 5), with RUTs that pass modulo 11 and a synthetic password.
GOLDEN = (
    b'{"autenticacion":{"password":"synthetic-secret","rutEmpresa":"76000000-0","rutUsuario":"12345678-5"},'
    b'"medicionSubterranea":{"caudal":"1.00","fechaMedicion":"2023-09-07","horaMedicion":"10:00:00",'
    b'"nivelFreaticoDelPozo":"9.85","totalizador":"1010"}}'
)


def test_golden_bytes_of_a_groundwater_request() -> None:
    fields = measurement({"flow": 1.0, "total": 1010.0, "water_table": 9.85}, AT)
    assert body(fields, SENDER) == GOLDEN


def test_a_document_that_was_stored_leaves_in_the_same_bytes() -> None:
    fields = measurement({"flow": 1.0, "total": 1010.0, "water_table": 9.85}, AT)
    assert body(dict(sorted(fields.items(), reverse=True)), SENDER) == GOLDEN


def test_what_is_kept_of_a_request_differs_by_the_password_only() -> None:
    fields = measurement({"flow": 1.0, "total": 1010.0, "water_table": 9.85}, AT)
    assert concealed_body(fields, SENDER, mark="x") == GOLDEN.replace(b"synthetic-secret", b"x")


@pytest.mark.parametrize(
    ("values", "name", "text"),
    [
        ({"flow": 0.005}, "caudal", "0.01"),
        ({"flow": 2.675}, "caudal", "2.68"),  # as a double it lies below: its shortest text is what was measured
        ({"flow": 0.0}, "caudal", "0.00"),
        ({"water_table": 9.844999}, "nivelFreaticoDelPozo", "9.84"),
        ({"water_table": 100.0}, "nivelFreaticoDelPozo", "100.00"),
        ({"total": 1010.999}, "totalizador", "1010"),
        ({"total": 0.9}, "totalizador", "0"),
        ({"total": 123456789012345.0}, "totalizador", "123456789012345"),
        ({"total": 1e14}, "totalizador", "100000000000000"),
    ],
)
def test_rounding_is_half_up_and_the_totaliser_is_cut(values: dict[str, float], name: str, text: str) -> None:
    assert measurement({"flow": 1.0, "total": 1.0, "water_table": 1.0} | values, AT)[name] == text


@given(
    flow=st.floats(0, 1000), total=st.floats(0, 1e14), level=st.floats(0, 500), at=st.datetimes(timezones=st.just(UTC))
)
def test_every_document_has_the_form_that_the_source_demands(
    flow: float, total: float, level: float, at: datetime
) -> None:
    if at.year < 1000:
        return
    fields = measurement({"flow": flow, "total": total, "water_table": level}, at)
    schema = defaults.REQUIRED_SCHEMA
    assert set(fields) == set(schema["required"])
    for name, text in fields.items():
        import re

        assert re.match(schema["properties"][name]["pattern"], text), (name, text)


@pytest.mark.parametrize("values", [{"flow": -0.1}, {"total": -1.0}, {"water_table": -0.01}])
def test_a_negative_value_never_leaves(values: dict[str, float]) -> None:
    with pytest.raises(CannotSend) as refused:
        measurement({"flow": 1.0, "total": 1.0, "water_table": 1.0} | values, AT)
    assert refused.value.reason == "negative_value"


def test_a_totaliser_of_sixteen_digits_does_not_fit() -> None:
    with pytest.raises(CannotSend) as refused:
        measurement({"flow": 1.0, "total": 1e15, "water_table": 1.0}, AT)
    assert refused.value.reason == "total_too_long"


@pytest.mark.parametrize("month", [1, 4, 7, 9])
def test_the_hour_is_utc_minus_four_all_year(month: int) -> None:
    fields = measurement({"flow": 1.0, "total": 1.0, "water_table": 1.0}, datetime(2024, month, 7, 2, tzinfo=UTC))
    assert (fields["fechaMedicion"], fields["horaMedicion"]) == (f"2024-{month:02d}-06", "22:00:00")


@pytest.mark.parametrize(
    ("style", "stamp"),
    [
        ("utc-4 -0000", "2023-09-07T10:03:12-0000"),
        ("utc-4", "2023-09-07T10:03:12"),
        ("utc-4 offset", "2023-09-07T10:03:12-04:00"),
        ("utc Z", "2023-09-07T14:03:12Z"),
    ],
)
def test_the_time_of_sending_has_the_chosen_style(style: str, stamp: str) -> None:
    said = headers("OB-0101-114", datetime(2023, 9, 7, 14, 3, 12, tzinfo=UTC), style=style)
    assert said == {"Content-Type": "application/json", "codigoObra": "OB-0101-114", "timeStampOrigen": stamp}


@pytest.mark.parametrize(
    ("code", "fits"),
    [("OB-0101-114", True), ("OR-0602-7", True), ("OB-602-7", False), ("OB-0602-0", False), ("XB-0602-7", False)],
)
def test_work_codes(code: str, fits: bool) -> None:
    assert bool(WORK_CODE.fullmatch(code)) is fits


def test_the_document_is_json_of_strings() -> None:
    fields = json.loads(GOLDEN)["medicionSubterranea"]
    assert all(isinstance(value, str) for value in fields.values())
