"""`/api/compliance/book/{config}/evidence/`: one ZIP with all that proves what was reported of a work."""

from tempfile import SpooledTemporaryFile
from uuid import UUID

from django.http import FileResponse
from rest_framework.request import Request
from rest_framework.views import APIView

from compliance_service.book.days import ClosedDays, must_be_few
from compliance_service.clients.telemetry import telemetry
from compliance_service.evidence.make import make
from compliance_service.obligations.api import seen_config
from shared import clock
from shared.auth.drf import needs

IN_MEMORY = 8 * 1024 * 1024


class EvidenceFile(APIView):
    permission_classes = [needs("compliance:read")]
    produces = ("application/zip",)

    def get(self, request: Request, config_id: UUID) -> FileResponse:
        """Of days that are over. Made when asked for, and kept nowhere."""
        config = seen_config(request, config_id)
        query = ClosedDays(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        first, last = query.validated_data["from"], query.validated_data["to"]
        must_be_few(config, first, last)
        file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 the response closes it
        try:
            make(config, first=first, last=last, file=file, client=telemetry(), now=clock.now())
        except BaseException:
            file.close()
            raise
        file.seek(0)
        name = f"evidencia-{config.work_code}-{first}-{last}.zip"
        return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")
