"""What a field would take is said with what is wrong with it, in the body and in the address."""

from typing import Any

import pytest
from rest_framework import serializers

from shared.web.field_errors import flatten
from shared.web.serializers import StrictSerializer


class Form(StrictSerializer):
    kind = serializers.ChoiceField(choices=["well", "river"], required=False)
    kinds = serializers.ListField(child=serializers.ChoiceField(choices=["well", "river"]), required=False)
    days = serializers.IntegerField(min_value=1, max_value=90, required=False)
    depth = serializers.DecimalField(max_digits=6, decimal_places=2, min_value=0, required=False)
    level = serializers.FloatField(max_value=3000, required=False)


@pytest.mark.parametrize(
    ("said", "field", "problem", "expected"),
    [
        ({"kind": "lake"}, "kind", "«lake» no es una de las opciones", "una de: well, river"),
        ({"kinds": ["well", "lake"]}, "kinds.1", "«lake» no es una de las opciones", "una de: well, river"),
        ({"days": 0}, "days", "fuera de rango", "un número de 1 a 90"),
        ({"days": 91}, "days", "fuera de rango", "un número de 1 a 90"),
        ({"depth": "-0.5"}, "depth", "fuera de rango", "un número de 0 o más"),
        ({"level": 3001}, "level", "fuera de rango", "un número de 3000 o menos"),
    ],
)
def test_what_would_be_right_is_said(said: dict[str, Any], field: str, problem: str, expected: str) -> None:
    form = Form(data=said)
    assert not form.is_valid()
    (error,) = flatten(form.errors, said)
    assert (error.field, error.problem, error.expected) == (field, problem, expected)


def test_one_form_does_not_change_another() -> None:
    class Other(StrictSerializer):
        kind = serializers.ChoiceField(choices=["pump"])

    Form(data={"kind": "lake"}).is_valid()
    form = Other(data={"kind": "lake"})
    form.is_valid()
    assert "una de: pump" in str(form.errors)
