import copy
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from compliance_service.authorities.interface import BadTerms
from compliance_service.authorities.sma.form import Stamp
from compliance_service.authorities.sma.terms import devices_of, read_terms
from tests.compliance_service.authorities.sma.rows import DEVICES, SLOT, TERMS, THERE

Change = Callable[[dict[str, Any]], Any]


def test_terms_are_written_out_with_their_defaults() -> None:
    flow, total = read_terms(TERMS)["devices"][0]["parameters"]
    assert (flow["decimals"], total["decimals"]) == (1, 0)
    assert (total["may_be_negative"], total["extra"]) == (False, {})


def test_terms_that_were_read_read_the_same() -> None:
    once = read_terms(TERMS)
    assert read_terms(once) == once
    assert devices_of(once) == DEVICES
    assert DEVICES[1].point == THERE


def first(terms: dict[str, Any]) -> dict[str, Any]:
    return dict(terms["devices"][0]["parameters"][0])


def put(name: str, value: Any) -> Change:
    return lambda terms: terms["devices"][0]["parameters"][0].__setitem__(name, value)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda terms: terms.clear(), "terms.devices"),
        (lambda terms: terms.__setitem__("devices", []), "terms.devices"),
        (lambda terms: terms.__setitem__("devices", "x"), "terms.devices"),
        (lambda terms: terms.__setitem__("devices", [1]), "terms.devices.0"),
        (lambda terms: terms.__setitem__("uf", "1"), "terms.uf"),
        (lambda terms: terms["devices"].append(terms["devices"][0]), "terms.devices"),
        (lambda terms: terms["devices"].extend([terms["devices"][0]] * 60), "terms.devices"),
        (lambda terms: terms["devices"][0].__setitem__("id", ""), "terms.devices.0.id"),
        (lambda terms: terms["devices"][0].__setitem__("id", 8901), "terms.devices.0.id"),
        (lambda terms: terms["devices"][0].__setitem__("point", "x"), "terms.devices.0.point"),
        (lambda terms: terms["devices"][0].__setitem__("point", 5), "terms.devices.0.point"),
        (lambda terms: terms["devices"][0].__setitem__("parameters", []), "terms.devices.0.parameters"),
        (lambda terms: terms["devices"][0]["parameters"].append(first(terms)), "terms.devices.0.parameters"),
        (put("name", ""), "terms.devices.0.parameters.0.name"),
        (put("name", " Q"), "terms.devices.0.parameters.0.name"),
        (put("unit", "gal"), "terms.devices.0.parameters.0.unit"),
        (put("unit", ""), "terms.devices.0.parameters.0.unit"),
        (put("variable", "Flow!"), "terms.devices.0.parameters.0.variable"),
        (put("change", 1), "terms.devices.0.parameters.0.change"),
        (put("change", True), "terms.devices.0.parameters.0.change"),  # of a flow
        (put("decimals", -1), "terms.devices.0.parameters.0.decimals"),
        (put("decimals", 7), "terms.devices.0.parameters.0.decimals"),
        (put("decimals", True), "terms.devices.0.parameters.0.decimals"),
        (put("decimals", "2"), "terms.devices.0.parameters.0.decimals"),
        (put("may_be_negative", "no"), "terms.devices.0.parameters.0.may_be_negative"),
        (put("extra", {"valor": "1"}), "terms.devices.0.parameters.0.extra"),
        (put("extra", {"estado": 1}), "terms.devices.0.parameters.0.extra"),
        (put("extra", ["estado"]), "terms.devices.0.parameters.0.extra"),
        (put("units", "l/s"), "terms.devices.0.parameters.0.units"),
    ],
)
def test_what_is_wrong_is_named_with_what_would_be_right(change: Change, field: str) -> None:
    terms = copy.deepcopy(TERMS)
    change(terms)
    with pytest.raises(BadTerms) as wrong:
        read_terms(terms)
    assert wrong.value.field == field
    assert wrong.value.problem
    assert wrong.value.expected


def test_a_variable_that_nobody_converts_keeps_its_unit() -> None:
    row = {"name": "pH", "unit": "unidad de pH", "variable": "ph"}
    (device,) = devices_of(read_terms({"devices": [{"id": "1", "point": str(uuid4()), "parameters": [row]}]}))
    assert (device.parameters[0].factor, device.parameters[0].unit) == ("1", "unidad de pH")


def test_a_person_gives_each_value_by_its_device_and_name() -> None:
    form = Stamp(DEVICES)
    assert form.variables == ("8901/Q", "8901/VA", "8902/Q", "8902/VA")
    values = dict.fromkeys(form.variables, 1.0)
    assert [row["dispositivoId"] for row in form.measurement(values, SLOT)["registros"]] == ["8901", "8902"]
