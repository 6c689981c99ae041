"""One provider account, and its changes: they reach into its sources, so they are made here and not in providers."""

from uuid import UUID

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import clock
from shared.auth.drf import needs, principal_of
from telemetry_service.providers.api import shown
from telemetry_service.providers.bodies import ProviderChange
from telemetry_service.providers.operations import AccountChange
from telemetry_service.providers.queries import get_provider
from telemetry_service.sources.accounts import change_account

READ, WRITE = needs("telemetry:read"), needs("telemetry:write")


class OneProvider(APIView):
    def get_permissions(self) -> list[BasePermission]:
        return [READ() if self.request.method == "GET" else WRITE()]

    def get(self, request: Request, provider_id: UUID) -> Response:
        return Response(shown(get_provider(provider_id)))

    def patch(self, request: Request, provider_id: UUID) -> Response:
        asked = ProviderChange(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        wanted = AccountChange(
            name=said.get("name"),
            config=said["changes"],
            credentials=said.get("credentials"),
            is_active=said.get("is_active"),
        )
        provider = change_account(
            provider_id=provider_id,
            change=wanted,
            untested=said["untested"],
            actor=principal_of(request).actor,
            now=clock.now(),
        )
        return Response(shown(provider))
