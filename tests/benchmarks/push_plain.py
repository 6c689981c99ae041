"""What the push is held against: a plain endpoint as REST framework's own tutorial has it, behind the same keys.

`tests.benchmarks.push_plain` is the root of its addresses.
"""

import uuid
from typing import Any

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import clock
from shared.web.urls import operational_urls
from telemetry_service import pipeline as pipeline
from telemetry_service.keys.current import limiter
from telemetry_service.keys.drf import HoldsKey, KeyAuthentication, holder_of
from telemetry_service.raw.models import RawTelemetryData


class _Readings(serializers.ListSerializer[Any]):
    def create(self, validated_data: list[dict[str, Any]]) -> list[RawTelemetryData]:
        same = {"received_at": clock.now(), "answer_id": uuid.uuid4()}
        rows = [
            RawTelemetryData(
                source_id=row["source"], key=row["key"], device_time=row["time"], value=row["value"], unit="", **same
            )
            for row in validated_data
        ]
        return RawTelemetryData.objects.bulk_create(rows, ignore_conflicts=True)


class _Reading(serializers.Serializer[Any]):
    source = serializers.UUIDField()
    key = serializers.CharField(max_length=200)
    time = serializers.DateTimeField()
    value = serializers.CharField(max_length=200)

    class Meta:
        list_serializer_class = _Readings


class PlainReadings(APIView):
    authentication_classes = [KeyAuthentication]
    permission_classes = [HoldsKey]

    def post(self, request: Request) -> Response:
        with limiter().admit(holder_of(request).key_id):
            said = _Reading(data=request.data, many=True)
            said.is_valid(raise_exception=True)
            said.save()
            return Response({"stored": len(said.validated_data)})


urlpatterns = [path("api/telemetry/readings/", PlainReadings.as_view()), *operational_urls]
