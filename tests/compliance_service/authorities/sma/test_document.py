"""The bytes, exactly."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from compliance_service.authorities.judgement import CannotSend
from compliance_service.authorities.sma import defaults
from compliance_service.authorities.sma.document import WORK_CODE, body, log_in_body, path, registro
from compliance_service.authorities.sma.terms import Device, Parameter
from tests.compliance_service.authorities.sma.rows import DEVICES, SLOT

# The example of what a sender in production writes, byte for byte.
GOLDEN = (
    b'[{"dispositivoId":"8901","parametros":['
    b'{"nombre":"Q","valor":"42.5","unidad":"l/s","estampaTiempo":"2026-05-17T14:05:00"},'
    b'{"nombre":"VA","valor":"42500","unidad":"m3","estampaTiempo":"2026-05-17T14:05:00"}]}]'
)
GOLDEN_LOG_IN = b'{"usuario":"76000000-0","password":"synthetic-secret"}'


def flow(**changes: Any) -> Parameter:
    return Parameter(**({"name": "Q", "unit": "l/s", "variable": "flow", "decimals": 2} | changes))


def said(parameter: Parameter, value: float, slot: datetime = SLOT) -> dict[str, str]:
    return dict(registro(Device("1", (parameter,)), {parameter.name: value}, slot)["parametros"][0])


def test_the_records_of_a_stamp_byte_for_byte() -> None:
    document = {"registros": [registro(DEVICES[0], {"Q": 42.5, "VA": 42500.9}, SLOT)]}
    assert body(document) == GOLDEN


def test_the_log_in_byte_for_byte() -> None:
    assert log_in_body("76000000-0", "synthetic-secret") == GOLDEN_LOG_IN


def test_the_bytes_are_the_same_after_the_database_put_the_members_in_its_own_order() -> None:
    document = {"registros": [registro(DEVICES[0], {"Q": 42.5, "VA": 42500.9}, SLOT)]}
    assert body(json.loads(json.dumps(document, sort_keys=True))) == GOLDEN


def test_additional_members_come_last_in_their_order() -> None:
    document = {"registros": [registro(Device("1", (flow(extra={"z": "1", "estado": "NORMAL"}),)), {"Q": 1.0}, SLOT)]}
    assert body(document).endswith(b'"estampaTiempo":"2026-05-17T14:05:00","estado":"NORMAL","z":"1"}]}]')


@pytest.mark.parametrize(
    ("slot", "stamp"),
    [
        (datetime(2026, 1, 15, 18, 5, tzinfo=UTC), "2026-01-15T14:05:00"),  # summer in Chile: still UTC-4
        (datetime(2026, 7, 15, 18, 5, tzinfo=UTC), "2026-07-15T14:05:00"),
        (datetime(2026, 4, 5, 3, 30, tzinfo=UTC), "2026-04-04T23:30:00"),  # the night the clocks go back
        (datetime(2026, 9, 6, 4, 30, tzinfo=UTC), "2026-09-06T00:30:00"),  # the night they go forward
        (datetime(2028, 2, 29, 4, 0, tzinfo=UTC), "2028-02-29T00:00:00"),
        (datetime(2027, 1, 1, 3, 59, tzinfo=UTC), "2026-12-31T23:59:00"),
    ],
)
def test_stamps_are_winter_time_all_year(slot: datetime, stamp: str) -> None:
    assert said(flow(), 1.0, slot)["estampaTiempo"] == stamp


@pytest.mark.parametrize(
    ("parameter", "value", "text"),
    [
        (flow(), 2.675, "2.68"),
        (flow(decimals=0), 0.5, "1"),
        (flow(), 0.0, "0.00"),
        (flow(unit="m3/h"), 1.0, "3.60"),
        (flow(unit="m3/s", decimals=6), 42.5, "0.042500"),
        (flow(variable="total", unit="m3", decimals=0), 1010.999, "1010"),
        (flow(variable="total", unit="l", decimals=0), 1.0009, "1000"),
        (flow(variable="water_table", unit="cm", decimals=0), 9.854, "985"),
        (flow(variable="temperature", unit="°C", decimals=1, may_be_negative=True), -0.04, "0.0"),
        (flow(variable="temperature", unit="°C", decimals=1, may_be_negative=True), -3.25, "-3.3"),
        (flow(), 1e-7, "0.00"),
    ],
)
def test_values_are_rounded_and_converted_once(parameter: Parameter, value: float, text: str) -> None:
    assert said(parameter, value)["valor"] == text


@pytest.mark.parametrize(
    ("value", "reason"),
    [(-0.1, "negative_value"), (1e12, "value_too_long"), (1e300, "value_too_long"), (float("nan"), "value_too_long")],
)
def test_what_does_not_fit_is_not_sent(value: float, reason: str) -> None:
    with pytest.raises(CannotSend, match=reason):
        said(flow(), value)


@given(st.floats(0, 1e12, exclude_max=True), st.integers(0, 6))
def test_a_value_is_never_off_by_more_than_its_last_decimal(value: float, decimals: int) -> None:
    text = said(flow(decimals=decimals), value)["valor"]
    assert abs(Decimal(text) - Decimal(repr(value))) <= Decimal(5).scaleb(-decimals - 1)
    assert len(text.partition(".")[2]) == decimals


def test_a_document_is_what_the_source_says_it_must_be() -> None:
    schema = Draft202012Validator(defaults.REQUIRED_SCHEMA)
    assert schema.is_valid({"registros": [registro(DEVICES[0], {"Q": 42.5, "VA": 42500.9}, SLOT)]})
    assert not schema.is_valid({"registros": []})


def test_the_path_names_unidad_fiscalizable_and_proceso() -> None:
    assert path("1234/567") == "/ufs/1234/procesos/567/registros"


@pytest.mark.parametrize("code", ["1234", "1234/", "/567", "12/34/56", "12 /3", "a/b?c", "../../x", "1234/567\n"])
def test_what_is_no_process_is_no_work_code(code: str) -> None:
    assert WORK_CODE.fullmatch(code) is None
    with pytest.raises(ValueError, match="proceso"):
        path(code)
