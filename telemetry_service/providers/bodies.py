"""What comes in about provider accounts."""

from typing import Any

from rest_framework import serializers

from shared.web.field_errors import RIGHT
from shared.web.serializers import StrictSerializer
from telemetry_service.providers.models import ProviderType
from telemetry_service.providers.presets import preset_names
from telemetry_service.providers.travel import FORMAT


class Secrets(serializers.DictField):
    child = serializers.CharField(max_length=2000, trim_whitespace=False)


class JsonObject(serializers.JSONField):
    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            raise serializers.ValidationError(f"no es un objeto{RIGHT}un objeto JSON")
        return super().to_internal_value(data)


class Typed(StrictSerializer):
    """An adapter is CUSTOM's alone to name."""

    name = serializers.CharField(max_length=100)
    type = serializers.ChoiceField(choices=ProviderType.choices, default=ProviderType.HTTP_API)
    adapter = serializers.CharField(max_length=100, default="", allow_blank=True)
    credentials = Secrets(default=dict)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        is_custom = attrs["type"] == ProviderType.CUSTOM
        if is_custom and not attrs["adapter"]:
            raise serializers.ValidationError({"adapter": f"falta{RIGHT}el nombre de un adaptador instalado"})
        if not is_custom and attrs["adapter"]:
            raise serializers.ValidationError({"adapter": f"solo CUSTOM lo nombra{RIGHT}nada"})
        return attrs


class NewProvider(Typed):
    """With a preset, `config` changes it; without one, `config` is the whole. `base_url` is a short cut into it."""

    preset = serializers.ChoiceField(choices=preset_names(), default="")
    base_url = serializers.CharField(max_length=500, required=False)
    config = JsonObject(default=dict)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if attrs["type"] != ProviderType.HTTP_API:
            for name in ("preset", "base_url"):
                if attrs.get(name):
                    raise serializers.ValidationError({name: f"es de las cuentas HTTP_API{RIGHT}todo en config"})
        elif not attrs["preset"] and not attrs["config"]:
            raise serializers.ValidationError({"preset": f"falta{RIGHT}un preset, o toda la fila en config"})
        base_url = {"base_url": attrs["base_url"]} if "base_url" in attrs else {}
        return {**attrs, "changes": {**attrs["config"], **base_url}}


class ImportedProvider(Typed):
    """What an export gave, and beside it the credentials."""

    format = serializers.ChoiceField(choices=[FORMAT])
    type = serializers.ChoiceField(choices=ProviderType.choices)
    preset = serializers.CharField(max_length=40, default="", allow_blank=True)
    config = JsonObject()
    credentials_needed = serializers.ListField(child=serializers.CharField(max_length=100))


class ProviderChange(StrictSerializer):
    """What is not said stays. `config` is laid over what is there; `untested` takes new credentials on trust."""

    name = serializers.CharField(max_length=100, required=False)
    base_url = serializers.CharField(max_length=500, required=False)
    config = JsonObject(required=False)
    credentials = Secrets(required=False)
    is_active = serializers.BooleanField(required=False)
    untested = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        base_url = {"base_url": attrs["base_url"]} if "base_url" in attrs else {}
        changes = {**attrs.get("config", {}), **base_url}
        return {**attrs, "changes": changes or None}
