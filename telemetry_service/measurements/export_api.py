"""`GET /api/telemetry/export/`: measurements as a file."""

from typing import Any

from django.http import StreamingHttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from shared import clock
from shared.auth.drf import needs, principal_of
from shared.web.replica import may_read_there
from telemetry_service.measurements.api import DataQuery, wanted_of
from telemetry_service.measurements.fields import Instant
from telemetry_service.measurements.files.export import FORMATS, export
from telemetry_service.points.queries import known_points


class ExportQuery(DataQuery):
    to = Instant()
    format = serializers.ChoiceField(choices=list(FORMATS), default="csv")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields() | {"from": Instant()}
        return {name: field for name, field in fields.items() if name not in {"limit", "cursor"}}


class Export(APIView):
    """Measurements as a file: CSV, NDJSON, XLSX or Parquet."""

    permission_classes = [needs("telemetry:read")]
    produces = [form.media_type for form in FORMATS.values()]

    def get(self, request: Request) -> StreamingHttpResponse:
        query = ExportQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        asked, now = query.validated_data, clock.now()
        wanted, form = wanted_of(asked, principal_of(request)), asked["format"]
        codes = {str(point.id): point.code for point in known_points(wanted.points).values()}
        response = StreamingHttpResponse(
            export(wanted, codes=codes, form=form, now=now, on_replica=may_read_there(request)),
            content_type=FORMATS[form].media_type,
        )
        name = f"mediciones-{asked['from']:%Y%m%d}-{asked['to']:%Y%m%d}.{form}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
