"""Core checks formulas by the units in which Telemetry measures: one file says them to both."""

import json
from pathlib import Path

import pytest

from telemetry_service.measurements.models import Variable

SAID = Path(__file__).parents[2] / "contract" / "telemetry_units.json"


@pytest.mark.django_db
def test_the_units_are_those_of_the_contract() -> None:
    assert dict(Variable.objects.order_by("code").values_list("code", "unit")) == json.loads(SAID.read_bytes())
