"""Serializers for what comes in: a field that nobody knows is an error, not a silence."""

from collections.abc import Mapping
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from rest_framework import serializers
from rest_framework.fields import empty

from shared.web.field_errors import RIGHT


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses unknown fields, naming each, beside every other error of the same body. Says which choices there are."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        for field in fields.values():
            say_right(field)
        return fields

    def run_validation(self, data: Any = empty) -> Any:
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, Mapping) else []
        if not unknown:
            return super().run_validation(data)
        known = ", ".join(name for name, field in self.fields.items() if not field.read_only)
        errors: dict[str, Any] = {name: [f"campo desconocido{RIGHT}uno de: {known}"] for name in unknown}
        try:
            super().run_validation(data)
        except serializers.ValidationError as error:
            if isinstance(error.detail, dict):
                errors = {**error.detail, **errors}
        raise serializers.ValidationError(errors)


def say_right(field: serializers.Field[Any, Any, Any, Any]) -> None:
    """Lets a field's errors say what would be right: the choices there are, the range that a number has."""
    child = getattr(field, "child", None)
    if isinstance(child, serializers.Field):
        say_right(child)
    if isinstance(field, serializers.ChoiceField):
        allowed = ", ".join(str(one) for one in field.choices)
        field.error_messages["invalid_choice"] = f"«{{input}}» no es una de las opciones{RIGHT}una de: {allowed}"
    low, high = getattr(field, "min_value", None), getattr(field, "max_value", None)
    for validator in field.validators:
        if isinstance(validator, MinValueValidator | MaxValueValidator):
            validator.message = f"fuera de rango{RIGHT}{_range(low, high)}"


def _range(low: Any, high: Any) -> str:
    if low is None or high is None:
        return f"un número de {low} o más" if high is None else f"un número de {high} o menos"
    return f"un número de {low} a {high}"


class StrictQuery(StrictSerializer):
    """Query parameters: `StrictQuery(data=request.query_params.dict())`."""
