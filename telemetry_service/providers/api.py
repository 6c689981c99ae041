"""Provider accounts: made with credentials that never come out again."""

from typing import Any
from uuid import UUID

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import clock
from shared.auth.drf import needs, principal_of
from shared.web.cursors import text_after
from shared.web.pages import page_body, read_page
from telemetry_service.providers.bodies import ImportedProvider, NewProvider
from telemetry_service.providers.models import Provider
from telemetry_service.providers.operations import create_provider
from telemetry_service.providers.queries import TypeState, get_provider, problem_of, providers_page, type_states
from telemetry_service.providers.travel import exported, import_provider

READ, WRITE = needs("telemetry:read"), needs("telemetry:write")


class Providers(APIView):
    def get_permissions(self) -> list[BasePermission]:
        return [READ() if self.request.method == "GET" else WRITE()]

    def get(self, request: Request) -> Response:
        page = read_page(request)
        rows = providers_page(after=text_after(page) or "", limit=page.limit + 1)
        body = page_body([shown(row) for row in rows], limit=page.limit, key=lambda row: (row["name"],))
        return Response(body)

    def post(self, request: Request) -> Response:
        asked = NewProvider(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        provider = create_provider(
            name=said["name"],
            type_=said["type"],
            adapter=said["adapter"],
            preset_name=said["preset"],
            changes=said["changes"],
            credentials=said["credentials"],
            actor=principal_of(request).actor,
            now=clock.now(),
        )
        return Response(shown(provider), status=201)


class ProviderTypes(APIView):
    permission_classes = [READ]

    def get(self, request: Request) -> Response:
        return Response({"results": [shown_type(one) for one in type_states()]})


class ExportProvider(APIView):
    permission_classes = [READ]

    def get(self, request: Request, provider_id: UUID) -> Response:
        return Response(exported(get_provider(provider_id)))


class ImportProvider(APIView):
    permission_classes = [WRITE]

    def post(self, request: Request) -> Response:
        asked = ImportedProvider(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        provider = import_provider(
            document=said, credentials=said["credentials"], actor=principal_of(request).actor, now=clock.now()
        )
        return Response(shown(provider), status=201)


def shown(provider: Provider) -> dict[str, Any]:
    """Of the credentials only their names. `problem` says why nobody can speak with it."""
    return {
        "id": str(provider.id),
        "name": provider.name,
        "type": provider.type,
        "adapter": provider.adapter,
        "preset": provider.preset,
        "base_url": provider.config.get("base_url"),
        "config": provider.config,
        "credentials": sorted(provider.credentials),
        "is_active": provider.is_active,
        "problem": problem_of(provider),
        "postponed_until": provider.postponed_until,
        "last_ok_at": provider.last_ok_at,
        "failures": provider.failures,
        "version": provider.version,
    }


def shown_type(one: TypeState) -> dict[str, Any]:
    return {
        "type": one.type.value,
        "label": one.type.label,
        "available": not one.problem,
        "problem": one.problem,
        "adapters": list(one.adapters),
    }
