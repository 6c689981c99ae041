"""`/api/compliance/book/{config}/evidence/`: one ZIP with all that proves what was reported of a work."""

from datetime import timedelta
from tempfile import SpooledTemporaryFile
from uuid import UUID

from django.http import FileResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from compliance_service.book.api import Days, must_be_over
from compliance_service.clients.telemetry import telemetry
from compliance_service.evidence.make import make
from compliance_service.evidence.queries import count_duties
from compliance_service.obligations.api import seen_config
from compliance_service.obligations.models import ComplianceConfig
from compliance_service.obligations.sums import Period
from shared import clock
from shared.auth.drf import needs
from shared.errors import invalid
from shared.web.field_errors import RIGHT

LONGEST = timedelta(days=31)
# Each may bring an answer of its own to be asked for.
MOST_DUTIES = 3_000
IN_MEMORY = 8 * 1024 * 1024


class EvidenceQuery(Days):
    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        for name in ("from", "to"):
            if attrs[name] is None:
                raise serializers.ValidationError({name: f"falta{RIGHT}un día como 2025-12-31"})
        if attrs["to"] - attrs["from"] >= LONGEST:  # type: ignore[operator]  # both are dates
            raise serializers.ValidationError(
                {"to": f"es un período demasiado largo{RIGHT}a lo más {LONGEST.days} días"}
            )
        return super().validate(attrs)


class EvidenceFile(APIView):
    permission_classes = [needs("compliance:read")]

    def get(self, request: Request, config_id: UUID) -> FileResponse:
        """Of days that are over. Made when asked for, and kept nowhere."""
        config = seen_config(request, config_id)
        query = EvidenceQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        first, last = query.validated_data["from"], query.validated_data["to"]
        must_be_over(last)
        now = clock.now()
        _must_be_few(config, Period.of_days(first, last, now=now))
        file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 the response closes it
        try:
            make(config, first=first, last=last, file=file, client=telemetry(), now=now)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        name = f"evidencia-{config.work_code}-{first}-{last}.zip"
        return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")


def _must_be_few(config: ComplianceConfig, period: Period) -> None:
    count = count_duties(config.id, start=period.start, end=period.end)
    if count > MOST_DUTIES:
        raise invalid(
            "to", f"abarca {count} deberes", received=count, expected=f"un período con a lo más {MOST_DUTIES} deberes"
        )
