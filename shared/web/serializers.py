"""Serializers for what comes in: a field that nobody knows is an error, not a silence."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty

from shared.web.field_errors import RIGHT


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses unknown fields, naming each, beside every other error of the same body."""

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


class StrictQuery(StrictSerializer):
    """Query parameters: `StrictQuery(data=request.query_params.dict())`."""
