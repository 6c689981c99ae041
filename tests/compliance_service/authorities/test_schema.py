"""`required_schema`: what fits, what does not and why, and that the quick way says what the validator says."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from compliance_service.authorities.dga import defaults as dga
from compliance_service.authorities.dga.forms import form_of
from compliance_service.authorities.judgement import CannotSend, Hold, Send, Wait
from compliance_service.authorities.schema import Fitted, Schema, fitting, wrong_with
from compliance_service.authorities.sma import defaults as sma

HOUR = {
    "caudal": "12.35",
    "totalizador": "1010",
    "nivelFreaticoDelPozo": "9.85",
    "fechaMedicion": "2024-05-13",
    "horaMedicion": "10:00:00",
}
STAMP = {"nombre": "Q", "valor": "42.5", "unidad": "l/s", "estampaTiempo": "2026-05-17T14:05:00"}
RECORDS = {"registros": [{"dispositivoId": "8901", "parametros": [STAMP]}]}
SLOT = datetime(2024, 5, 13, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schema", "document"), [(dga.REQUIRED_SCHEMA, HOUR), (sma.REQUIRED_SCHEMA, RECORDS), ({}, {"x": 1})]
)
def test_what_we_send_fits(schema: dict[str, Any], document: dict[str, Any]) -> None:
    assert Schema(schema).misfit(document) == ""


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"caudal": "12.3"}, "12.3"),
        ({"caudal": 12.35}, "12.35"),
        ({"totalizador": "1010.5"}, "1010.5"),
        ({"otro": "x"}, "otro"),
    ],
)
def test_what_does_not_is_said(change: dict[str, Any], says: str) -> None:
    assert says in Schema(dga.REQUIRED_SCHEMA).misfit(HOUR | change)


def test_where_is_said() -> None:
    wrong = deepcopy(RECORDS)
    wrong["registros"][0]["parametros"][0]["valor"] = "mucho"  # type: ignore[index]
    assert Schema(sma.REQUIRED_SCHEMA).misfit(wrong).startswith("registros.0.parametros.0.valor: ")


VALUES = st.sampled_from(["12.35", "1010", "", "x", "2024-05-13", "10:00:00", 1, None])


@given(st.dictionaries(st.sampled_from([*HOUR, "alturaLimnimetrica", "otro"]), VALUES))
def test_the_quick_way_says_what_the_validator_says(document: dict[str, Any]) -> None:
    whole = HOUR | document
    for one in (document, whole):
        fits = Draft202012Validator(dga.REQUIRED_SCHEMA).is_valid(one)
        assert (Schema(dga.REQUIRED_SCHEMA).misfit(one) == "") is fits


def test_what_does_not_fit_is_held_and_the_rest_stays() -> None:
    schema = Schema(dga.REQUIRED_SCHEMA)
    held = fitting(Send(HOUR | {"caudal": "1"}, {"flow": {"value": 1.0}}), schema)
    assert isinstance(held, Hold)
    assert (held.reason, held.evidence["flow"]) == ("required_schema", {"value": 1.0})
    assert held.evidence["misfit"].endswith("is not valid under any of the given schemas")
    assert fitting(Send(HOUR, {}), schema) == Send(HOUR, {})
    assert fitting(Wait("no_data"), schema) == Wait("no_data")


def test_a_form_gives_no_document_that_does_not_fit() -> None:
    values = {"flow": 1.0, "total": 5.0, "water_table": 3.0}
    form = form_of({}, {})
    assert Fitted(form, Schema(dga.REQUIRED_SCHEMA)).measurement(values, SLOT)["caudal"] == "1.00"
    other = Schema({"type": "object", "properties": {"caudal": {"pattern": r"^\d+\.\d{3}$"}}})
    with pytest.raises(CannotSend, match="required_schema"):
        Fitted(form, other).measurement(values, SLOT)


def test_what_is_no_schema_is_said() -> None:
    assert (wrong_with(dga.REQUIRED_SCHEMA), wrong_with(sma.REQUIRED_SCHEMA), wrong_with({})) == ("", "", "")
    assert "numero" in wrong_with({"type": "numero"})
