"""Core's hint that keys changed."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared.auth.drf import needs
from telemetry_service.points.api import take_hint


class SyncKeys(APIView):
    permission_classes = [needs("keys:sync")]

    def post(self, request: Request) -> Response:
        return take_hint(request, task="telemetry.sync_keys")
