"""What comes in about templates and their uses, and what each field may be."""

from typing import Any

from rest_framework import serializers

from core_service.catchment.fields import ConfigField
from core_service.web.serializers import AwareDateTimeField, DescribedSerializer
from shared.web.field_errors import RIGHT

ALWAYS = "un instante con zona como 2026-03-01T00:00:00-03:00, o null para «siempre»"


class TemplateFields(DescribedSerializer):
    name = serializers.CharField(max_length=200, help_text="un nombre de 1 a 200 caracteres que nadie más use")
    category = serializers.CharField(max_length=100, allow_blank=True, default="", help_text="hasta 100 caracteres")
    description = serializers.CharField(
        max_length=2000, allow_blank=True, default="", help_text="hasta 2000 caracteres"
    )
    config = ConfigField(default=dict)
    config_valid_from = AwareDateTimeField(allow_null=True, required=False, help_text=f"{ALWAYS}; va junto con config")
    dry_run = serializers.BooleanField(default=False, help_text="true o false")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "config_valid_from" in attrs and "config" not in attrs:
            raise serializers.ValidationError({"config_valid_from": f"vino sin config{RIGHT}enviarlo junto con config"})
        return attrs


class UseFields(DescribedSerializer):
    point = serializers.UUIDField(help_text="el id de un punto")
    template = serializers.UUIDField(help_text="el id de una plantilla")
    valid_from = AwareDateTimeField(allow_null=True, required=False, help_text=ALWAYS)
    valid_to = AwareDateTimeField(
        allow_null=True, default=None, help_text="un instante con zona, posterior a valid_from, o null: sin término"
    )
    custom_config = ConfigField(required=False)
    dry_run = serializers.BooleanField(default=False, help_text="true o false")


class UseEnd(DescribedSerializer):
    valid_to = AwareDateTimeField(allow_null=True, help_text="un instante con zona, o null: sin término")
    dry_run = serializers.BooleanField(default=False, help_text="true o false")


class TemplateFilters(DescribedSerializer):
    category = serializers.CharField(required=False, help_text="una categoría")
    limit = serializers.CharField(required=False)
    cursor = serializers.CharField(required=False, allow_blank=True)


class UseFilters(DescribedSerializer):
    point = serializers.UUIDField(required=False, help_text="el id de un punto")
    template = serializers.UUIDField(required=False, help_text="el id de una plantilla")
    limit = serializers.CharField(required=False)
    cursor = serializers.CharField(required=False, allow_blank=True)
