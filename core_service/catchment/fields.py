"""What comes in about points and owners, and what each field may be."""

import re
from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from core_service.catchment.models import OwnershipType, PointType, Status
from core_service.catchment.operations import NewConfig
from core_service.web.serializers import AwareDateTimeField, DescribedSerializer
from shared.checks import Problem
from shared.point_config.whole import problems_of_part
from shared.web.field_errors import RIGHT


class ConfigField(serializers.Field[Any, Any, Any, Any]):
    """A point's own configuration, or a template's; each thing wrong in it is named by its own path."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        found = problems_of_part(data)
        if found:
            raise serializers.ValidationError(_nested(found))
        return dict(data)


class PermissionsField(serializers.Field[Any, Any, Any, Any]):
    """What an owner may do, by name."""

    default_error_messages = {"invalid": "no es un objeto de permisos"}

    def to_internal_value(self, data: Any) -> dict[str, bool]:
        named = isinstance(data, dict) and all(re.fullmatch("[a-z_]{1,40}", name) for name in data)
        if not named or not all(isinstance(value, bool) for value in data.values()):
            self.fail("invalid")
        return dict(data)


def degrees(most: int) -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=9,
        decimal_places=6,
        min_value=-most,
        max_value=most,
        help_text=f"grados WGS84 de -{most} a {most}, con hasta 6 decimales",
    )


class PointFields(DescribedSerializer):
    name = serializers.CharField(max_length=200, help_text="un nombre de 1 a 200 caracteres")
    code = serializers.CharField(max_length=100, help_text="un código de 1 a 100 caracteres que nadie más use")
    point_type = serializers.ChoiceField(choices=PointType.values, help_text=f"uno de: {', '.join(PointType.values)}")
    latitude = degrees(90)
    longitude = degrees(180)
    altitude = serializers.DecimalField(
        max_digits=7,
        decimal_places=2,
        min_value=-500,
        max_value=9000,
        allow_null=True,
        default=None,
        help_text="metros de -500 a 9000 con hasta 2 decimales, o null",
    )
    status = serializers.ChoiceField(
        choices=Status.values, default=Status.ACTIVE.value, help_text=f"uno de: {', '.join(Status.values)}"
    )
    sampling_frequency = serializers.IntegerField(
        min_value=1, max_value=44_640, default=60, help_text="minutos, un entero de 1 a 44640"
    )
    device_id = serializers.CharField(
        max_length=200, allow_blank=True, default="", help_text="hasta 200 caracteres, vacío si no hay dispositivo"
    )
    provider = serializers.CharField(max_length=100, allow_blank=True, default="", help_text="hasta 100 caracteres")
    owner = serializers.UUIDField(allow_null=True, default=None, help_text="el id de un usuario, o null")
    config = ConfigField(default=dict)
    config_valid_from = AwareDateTimeField(
        allow_null=True,
        required=False,
        help_text="un instante con zona como 2026-03-01T00:00:00-03:00, o null para «siempre»; va junto con config",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "config_valid_from" in attrs and "config" not in attrs:
            raise serializers.ValidationError({"config_valid_from": f"vino sin config{RIGHT}enviarlo junto con config"})
        return attrs


class OwnerFields(DescribedSerializer):
    user = serializers.UUIDField(help_text="el id de un usuario")
    point = serializers.UUIDField(help_text="el id de un punto")
    ownership_type = serializers.ChoiceField(
        choices=OwnershipType.values,
        default=OwnershipType.PRIMARY.value,
        help_text=f"uno de: {', '.join(OwnershipType.values)}",
    )
    permissions = PermissionsField(default=dict, help_text='un objeto de nombres y true o false, como {"ver": true}')


class PointFilters(DescribedSerializer):
    code = serializers.CharField(required=False, help_text="el código de un punto")
    status = serializers.ChoiceField(
        choices=Status.values, required=False, help_text=f"uno de: {', '.join(Status.values)}"
    )
    point_type = serializers.ChoiceField(
        choices=PointType.values, required=False, help_text=f"uno de: {', '.join(PointType.values)}"
    )
    limit = serializers.CharField(required=False)
    cursor = serializers.CharField(required=False, allow_blank=True)


def point_fields(given: dict[str, Any]) -> dict[str, Any]:
    """The model's fields of what was given: without the configuration, the owner by its id."""
    fields = {name: value for name, value in given.items() if not name.startswith("config")}
    if "owner" in fields:
        fields["owner_id"] = fields.pop("owner")
    return fields


def new_config(given: dict[str, Any], *, otherwise_from: Any) -> NewConfig | None:
    """The configuration given, if one was; `otherwise_from` is since when it holds where that was not said."""
    if "config" not in given:
        return None
    return NewConfig(given["config"], given.get("config_valid_from", otherwise_from))


def _nested(found: Sequence[Problem]) -> Any:
    """The problems as nested members, as REST framework tells them."""
    errors: dict[str, Any] = {}
    for one in found:
        said = [f"{one.problem}{RIGHT}{one.expected}"]
        if not one.path:
            return said
        inner = errors
        for name in one.path[:-1]:
            inner = inner.setdefault(name, {})
        inner[one.path[-1]] = said
    return errors
