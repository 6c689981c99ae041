import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import ValidationError, validate

from compliance_service.authorities.dga import defaults
from compliance_service.authorities.dga.document import WORK_CODE, Sender, body, concealed_body, headers
from compliance_service.authorities.dga.forms import FORMATS, RESOURCES, Form, form_of, rendered
from compliance_service.authorities.judgement import CannotSend

SENDER = Sender(informant_rut="12345678-5", company_rut="76000000-0", password="synthetic-secret")
AT = datetime(2023, 9, 7, 14, tzinfo=UTC)
# The manual's own example (section 5), with RUTs that pass modulo 11 and a synthetic password.
GOLDEN = (
    b'{"autenticacion":{"password":"synthetic-secret","rutEmpresa":"76000000-0","rutUsuario":"12345678-5"},'
    b'"medicionSubterranea":{"caudal":"1.00","fechaMedicion":"2023-09-07","horaMedicion":"10:00:00",'
    b'"nivelFreaticoDelPozo":"9.85","totalizador":"1010"}}'
)


WELL = Form(RESOURCES["subterranea"])
CHANNEL = Form(RESOURCES["superficial"])
PIPE = Form(RESOURCES["flujometro"])
measurement = WELL.measurement


def test_golden_bytes_of_a_groundwater_request() -> None:
    fields = measurement({"flow": 1.0, "total": 1010.0, "water_table": 9.85}, AT)
    assert body(WELL.resource, fields, SENDER) == GOLDEN


def test_a_document_that_was_stored_leaves_in_the_same_bytes() -> None:
    fields = measurement({"flow": 1.0, "total": 1010.0, "water_table": 9.85}, AT)
    assert body(WELL.resource, dict(sorted(fields.items(), reverse=True)), SENDER) == GOLDEN


def test_what_is_kept_of_a_request_differs_by_the_password_only() -> None:
    fields = measurement({"flow": 1.0, "total": 1010.0, "water_table": 9.85}, AT)
    assert concealed_body(WELL.resource, fields, SENDER, mark="x") == GOLDEN.replace(b"synthetic-secret", b"x")


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
    validate(fields, defaults.REQUIRED_SCHEMA)
    forms = (
        CHANNEL.measurement({"flow": flow, "level": level}, at),
        PIPE.measurement({"flow": flow, "total": total}, at),
    )
    for document in forms:
        validate(document, defaults.REQUIRED_SCHEMA)


def test_a_document_of_two_resources_at_once_is_none() -> None:
    fields = measurement({"flow": 1.0, "total": 1.0, "water_table": 1.0}, AT)
    with pytest.raises(ValidationError):
        validate({**fields, "alturaLimnimetrica": "5"}, defaults.REQUIRED_SCHEMA)


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


# The manual's examples of surface water, with the same sender as above.
GOLDEN_CHANNEL = (
    b'{"autenticacion":{"password":"synthetic-secret","rutEmpresa":"76000000-0","rutUsuario":"12345678-5"},'
    b'"medicionSuperficial":{"alturaLimnimetrica":"5","caudal":"16.54","fechaMedicion":"2023-09-07",'
    b'"horaMedicion":"10:00:00"}}'
)
GOLDEN_PIPE = (
    b'{"autenticacion":{"password":"synthetic-secret","rutEmpresa":"76000000-0","rutUsuario":"12345678-5"},'
    b'"medicionSuperficialFlujometro":{"caudal":"15.31","fechaMedicion":"2023-09-07","horaMedicion":"10:00:00",'
    b'"totalizador":"50"}}'
)


def test_golden_bytes_of_the_surface_resources() -> None:
    channel = CHANNEL.measurement({"flow": 16.54, "level": 0.05}, AT)
    assert body(CHANNEL.resource, channel, SENDER) == GOLDEN_CHANNEL
    pipe = PIPE.measurement({"flow": 15.31, "total": 50.9}, AT)
    assert body(PIPE.resource, pipe, SENDER) == GOLDEN_PIPE


@pytest.mark.parametrize(("level", "text"), [(0.054, "5"), (0.055, "6"), (1.005, "101"), (0.0, "0"), (2.5, "250")])
def test_the_height_is_whole_centimetres_of_what_was_measured_in_metres(level: float, text: str) -> None:
    assert CHANNEL.measurement({"flow": 1.0, "level": level}, AT)["alturaLimnimetrica"] == text


def test_the_level_may_be_empty_where_the_work_is_registered_so() -> None:
    free = form_of({"resource": "subterranea", "level_may_be_empty": True}, {})
    assert (list(free.variables), list(free.optional)) == (["flow", "total"], ["water_table"])
    assert free.measurement({"flow": 1.0, "total": 1.0}, AT)["nivelFreaticoDelPozo"] == ""
    assert free.measurement({"flow": 1.0, "total": 1.0, "water_table": 2.0}, AT)["nivelFreaticoDelPozo"] == "2.00"
    assert list(WELL.variables) == ["flow", "total", "water_table"]


def test_formats_are_data() -> None:
    three = form_of({}, {"formats": {"flow": {**FORMATS["flow"], "decimals": 3}}})
    assert three.measurement({"flow": 1.0005, "total": 1.0, "water_table": 1.0}, AT)["caudal"] == "1.001"


@pytest.mark.parametrize("resource", sorted(RESOURCES))
def test_a_form_tells_others_how_its_numbers_are_made(resource: str) -> None:
    """As the evidence file does, for whoever rebuilds them without us."""
    form = form_of({"resource": resource}, {})
    values = {"flow": 12.345, "total": 1010.9, "water_table": 9.855, "level": 0.735}
    document = form.measurement(values, AT)
    members = form.members()
    assert set(document) - set(members) == {"fechaMedicion", "horaMedicion"}
    assert {name: rendered(values[said["variable"]], said) for name, said in members.items()} == {
        name: document[name] for name in members
    }


@pytest.mark.parametrize("value", [1e30, float("inf")])
def test_what_no_decimal_carries_is_held_like_any_number_that_does_not_fit(value: float) -> None:
    with pytest.raises(CannotSend, match="flow_too_long"):
        WELL.measurement({"flow": value, "total": 1.0, "water_table": 1.0}, AT)
