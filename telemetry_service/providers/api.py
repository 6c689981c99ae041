"""Provider accounts: made with credentials that never come out again."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import clock
from shared.auth.drf import needs, principal_of
from shared.web.pages import page_body, read_page
from shared.web.serializers import StrictSerializer
from telemetry_service.providers.models import Provider
from telemetry_service.providers.operations import change_provider, create_provider
from telemetry_service.providers.presets import preset_names
from telemetry_service.providers.queries import providers_page

READ, WRITE = needs("telemetry:read"), needs("telemetry:write")


class NewProvider(StrictSerializer):
    name = serializers.CharField(max_length=100)
    preset = serializers.ChoiceField(choices=preset_names())
    base_url = serializers.CharField(max_length=500, required=False)
    config = serializers.JSONField(required=False)
    credentials = serializers.DictField(
        child=serializers.CharField(max_length=2000, trim_whitespace=False), required=False
    )

    def validate_config(self, value: Any) -> Any:
        if not isinstance(value, dict):
            raise serializers.ValidationError('no es un objeto ⇒ cambios sobre el preset, como {"limits": {…}}')
        return value


class ProviderChange(StrictSerializer):
    credentials = serializers.DictField(
        child=serializers.CharField(max_length=2000, trim_whitespace=False), required=False
    )
    is_active = serializers.BooleanField(required=False)


class Providers(APIView):
    def get_permissions(self) -> list[BasePermission]:
        return [READ() if self.request.method == "GET" else WRITE()]

    def get(self, request: Request) -> Response:
        page = read_page(request)
        rows = providers_page(after=str(page.after[0]) if page.after else "", limit=page.limit + 1)
        body = page_body([shown(row) for row in rows], limit=page.limit, key=lambda row: (row["name"],))
        return Response(body)

    def post(self, request: Request) -> Response:
        asked = NewProvider(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        base_url = {"base_url": said["base_url"]} if "base_url" in said else {}
        provider = create_provider(
            name=said["name"],
            preset_name=said["preset"],
            changes={**said.get("config", {}), **base_url},
            credentials=said.get("credentials", {}),
            actor=principal_of(request).actor,
            now=clock.now(),
        )
        return Response(shown(provider), status=201)


class OneProvider(APIView):
    permission_classes = [WRITE]

    def patch(self, request: Request, provider_id: UUID) -> Response:
        asked = ProviderChange(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(shown(change_provider(provider_id=provider_id, **asked.validated_data)))


def shown(provider: Provider) -> dict[str, Any]:
    """Of the credentials only their names."""
    return {
        "id": str(provider.id),
        "name": provider.name,
        "preset": provider.preset,
        "base_url": provider.config["base_url"],
        "config": provider.config,
        "credentials": sorted(provider.credentials),
        "is_active": provider.is_active,
        "postponed_until": provider.postponed_until,
        "failures": provider.failures,
    }
