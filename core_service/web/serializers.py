"""Serializers whose errors say what would be right."""

from datetime import UTC, datetime
from typing import Any

from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import DateTimeField, empty

from shared.web.field_errors import RIGHT
from shared.web.serializers import StrictSerializer

# What is said of a range knows no unit; a description does.
OUT_OF_RANGE = {"min_value", "max_value"}


class DescribedSerializer(StrictSerializer):
    """A field's `help_text` says what is right for it: every error of that field carries it to the caller."""

    def run_validation(self, data: Any = empty) -> Any:
        try:
            return super().run_validation(data)
        except ValidationError as error:
            if not isinstance(error.detail, dict):
                raise
            raise ValidationError({name: self._describe(name, said) for name, said in error.detail.items()}) from error

    def _describe(self, name: str, said: Any) -> Any:
        right = str(self.fields[name].help_text or "") if name in self.fields else ""
        if not right or not isinstance(said, list):
            return said
        return [
            ErrorDetail(f"{item.partition(RIGHT)[0]}{RIGHT}{right}", item.code)
            if isinstance(item, ErrorDetail) and (RIGHT not in item or item.code in OUT_OF_RANGE)
            else item
            for item in said
        ]


class AwareDateTimeField(DateTimeField):
    """An instant with its zone: a naive one would be read differently by everybody."""

    default_error_messages = {"naive": "no dice su zona horaria"}

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None:
            self.fail("naive")
        try:
            return value.astimezone(UTC)
        except OverflowError:
            self.fail("overflow")
