"""What left says under which terms it left, whatever the terms are by now."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance_service.authorities.judgement import Decision, Send
from compliance_service.authorities.sma import defaults
from compliance_service.authorities.sma.decide import decide
from compliance_service.authorities.sma.reported import terms_as_reported
from compliance_service.authorities.sma.terms import UNITS, devices_of, read_terms
from tests.compliance_service.authorities.sma.rows import ALL, HERE, SLOT, TERMS, THERE, VA, Q, Row, without

MINUTE = timedelta(minutes=1)
OTHERWISE = {"devices": [{"id": "8901", "parameters": [{"name": "Q", "unit": "m3/h", "variable": "level"}]}]}
VOLUMES = [Row(point, "volume", 5.5 + n, time=SLOT - n * MINUTE) for point in (HERE, THERE) for n in (0, 1)]
ROWS = [*ALL, *VOLUMES, *(Row(point, "water_table", -3.25) for point in (HERE, THERE))]

names = st.text("QVAN0123456789", min_size=1, max_size=6)
parameters = st.builds(
    lambda said, name, decimals, negative, change, extra: {
        "name": name,
        "variable": said[0],
        "unit": said[1],
        "decimals": decimals,
        "may_be_negative": negative or said[0] in {"water_table", "volume"},
        "change": change and said[0] == "volume",
        "extra": extra,
    },
    st.sampled_from([(variable, unit) for variable, units in UNITS.items() for unit in units]),
    names,
    st.integers(0, 6),
    st.booleans(),
    st.booleans(),
    st.dictionaries(st.sampled_from(["estado", "etiqueta"]), st.sampled_from(["NORMAL", "DC"])),
)
devices = st.lists(
    st.builds(
        lambda name, point, some: {"id": name, "point": point, "parameters": some},
        names,
        st.sampled_from([None, str(THERE)]),
        st.lists(parameters, min_size=1, max_size=4, unique_by=lambda one: one["name"]),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda one: one["id"],
)


def decided(terms: Any, rows: Any = ROWS, point: UUID = HERE) -> Decision:
    said: dict[str, Any] = {"point": point, "before": SLOT - MINUTE, "rules": defaults.CONFIG}
    return decide(devices_of(terms), SLOT, rows, **said, now=SLOT + timedelta(hours=1))


def sent(terms: Any, rows: Any = ROWS) -> tuple[Any, Any]:
    """Its document and evidence, as the database gives them back."""
    decision = decided(read_terms(terms), rows)
    assert isinstance(decision, Send)
    document, evidence = json.loads(json.dumps([decision.document, decision.evidence]))
    return document, evidence


@given(terms=st.fixed_dictionaries({"devices": devices}))
def test_the_same_measurements_make_the_same_document_again(terms: Any) -> None:
    document, evidence = sent(terms)
    again = decided(terms_as_reported(document, evidence, read_terms(OTHERWISE)), point=UUID(int=9))
    assert isinstance(again, Send)
    assert (again.document, "left_out" in again.evidence) == (document, False)


def test_other_measurements_make_another_in_the_same_units() -> None:
    terms = terms_as_reported(*sent(TERMS), read_terms(OTHERWISE))
    again = decided(terms, [replace(row, value=50.0) if row.variable == "flow" else row for row in ROWS])
    assert isinstance(again, Send)
    first = again.document["registros"][0]["parametros"][0]
    assert (first["valor"], first["unidad"]) == ("50.0", "l/s")


def test_one_that_was_left_out_is_as_it_is_today() -> None:
    document, evidence = sent(TERMS, without(THERE, "flow"))
    assert [one["dispositivoId"] for one in document["registros"]] == ["8901"]
    now = {"devices": [OTHERWISE["devices"][0], {**TERMS["devices"][1], "parameters": [{**Q, "unit": "m3/h"}]}]}
    found = terms_as_reported(document, evidence, read_terms(now))["devices"]
    assert [(one["id"], one["parameters"][0]["unit"]) for one in found] == [("8901", "l/s"), ("8902", "m3/h")]
    gone = terms_as_reported(document, evidence, read_terms(OTHERWISE))["devices"]
    assert [one["id"] for one in gone] == ["8901"]


def test_a_number_that_a_person_gave_where_nothing_was_measured_is_made_of_what_it_is_today() -> None:
    document, evidence = sent(TERMS)
    held = {name: said for name, said in evidence.items() if name != "8902/VA"}
    changed = {"devices": [TERMS["devices"][0], {**TERMS["devices"][1], "parameters": [Q, {**VA, "decimals": 3}]}]}
    found = terms_as_reported(document, held, read_terms(changed))["devices"][1]
    last = found["parameters"][1]
    assert (found["point"], last["variable"], last["decimals"]) == (str(THERE), "total", 0)
    unknown = terms_as_reported(document, held, read_terms(OTHERWISE))["devices"][1]
    assert [one["name"] for one in unknown["parameters"]] == ["Q"]


@pytest.mark.parametrize(("value", "text"), [(-0.75, "-0.75"), (0.75, "0.75")])
def test_a_negative_number_that_left_was_allowed_to(value: float, text: str) -> None:
    level = {"name": "NF", "unit": "m", "variable": "water_table", "may_be_negative": True}
    said = sent({"devices": [{"id": "1", "parameters": [level]}]}, [Row(HERE, "water_table", value)])
    (found,) = terms_as_reported(*said, read_terms(OTHERWISE))["devices"][0]["parameters"]
    assert said[0]["registros"][0]["parametros"][0]["valor"] == text
    assert found["may_be_negative"] is (value < 0)
