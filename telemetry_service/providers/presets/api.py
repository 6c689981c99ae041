"""The presets: what there is to choose from, and each whole."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared.auth.drf import needs
from telemetry_service.providers.presets.queries import Described, describe, described

READ = needs("telemetry:read")


class Presets(APIView):
    permission_classes = [READ]

    def get(self, request: Request) -> Response:
        return Response({"results": [shown(one) for one in described()]})


class OnePreset(APIView):
    permission_classes = [READ]

    def get(self, request: Request, name: str) -> Response:
        found = describe(name)
        return Response({**shown(found), "config": found.config})


def shown(one: Described) -> dict[str, Any]:
    config, row = one.config, one.row
    return {
        "name": one.name,
        "type": "HTTP_API",
        "title": config["title"],
        "description": config["description"],
        "legacy": config.get("legacy", False),
        "base_url": config.get("base_url"),  # null: whoever uses it has to say it
        "params": [
            {
                "name": param.name,
                "description": config["params"][param.name].get("description", ""),
                "secret": param.secret,
                "required": param.required,
            }
            for param in row.params
        ],
        "credentials": sorted(row.credentials),
        "modes": [{"name": mode.name, "credentials": mode.credentials} for mode in one.modes if mode.name],
        "has_history": row.history is not None,
        "min_period_s": int(row.limits.min_period.total_seconds()),
    }
