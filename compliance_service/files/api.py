"""`/api/compliance/files/<config>/`: the file of a work that is registered so, and the record that it was brought."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance_service.authorities.dga.forms import DEFAULT
from compliance_service.files.columns import BadFile, Columns, as_csv, as_xlsx, columns_of, read
from compliance_service.files.models import Upload
from compliance_service.files.operations import TOLERANCE, Brought, record
from compliance_service.files.queries import at_hours, ready, row_of, uploads
from compliance_service.obligations.api import Instant, seen_config
from compliance_service.obligations.models import ComplianceConfig
from compliance_service.obligations.sums import Period
from shared import clock
from shared.auth.drf import needs, proved
from shared.errors import Conflict, FieldError, InvalidInput, invalid
from shared.web.cursors import number_after
from shared.web.pages import page_body, read_page
from shared.web.serializers import StrictQuery, StrictSerializer

READ, WRITE = needs("compliance:read"), needs("compliance:write")
KINDS = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
LARGEST = 5 * 1024 * 1024


class FileQuery(StrictQuery):
    """Days of UTC-4, both included."""

    to = serializers.DateField()
    format = serializers.ChoiceField(choices=list(KINDS), required=False, default="csv")

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"from": serializers.DateField()}


class File(APIView):
    permission_classes = [READ]

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """`format` is ours here, not the framework's."""
        return super().perform_content_negotiation(request, force=True)

    produces = tuple(KINDS.values())

    def get(self, request: Request, config_id: UUID) -> HttpResponse:
        """The hours that are ready and not received yet, with the digest of the file in a header."""
        query = FileQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        asked, config = query.validated_data, by_hand(seen_config(request, config_id))
        period = Period.of_days(asked["from"], asked["to"], now=clock.now())
        rows = [row_of(one) for one in ready(config.id, start=period.start, end=period.end)]
        columns = _columns(config)
        write = as_csv if asked["format"] == "csv" else as_xlsx
        content = write(columns, config.work_code, rows)
        name = f"{config.work_code}_{asked['from']}_{asked['to']}.{asked['format']}"
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Rows": str(len(rows)),
            "X-SHA256": hashlib.sha256(content).hexdigest(),
        }
        return HttpResponse(content, content_type=KINDS[asked["format"]], headers=headers)


class BroughtBody(StrictSerializer):
    """Either the `file` that was uploaded, or the `slots` that were typed into the form as the file shows them."""

    file = serializers.FileField(required=False)
    slots = serializers.ListField(child=Instant(), required=False, max_length=1000)
    brought_at = Instant()
    reference = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    note = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)


class Uploads(APIView):
    parser_classes = [MultiPartParser, JSONParser]

    def get_permissions(self) -> list[Any]:
        return [READ() if self.request.method == "GET" else WRITE()]

    def get(self, request: Request, config_id: UUID) -> Response:
        config, page = seen_config(request, config_id), read_page(request)
        after = number_after(page) or 0
        body = page_body(
            uploads(config.id, after=after, limit=page.limit + 1), limit=page.limit, key=lambda row: (row.id,)
        )
        return Response({**body, "results": [shown(row) for row in body["results"]]})

    def post(self, request: Request, config_id: UUID) -> Response:
        """Records that it was brought. Every hour is compared with what is ready; what differs is not received."""
        principal, config = proved(request), by_hand(seen_config(request, config_id))
        body = BroughtBody(data=request.data)
        body.is_valid(raise_exception=True)
        brought = _brought(config, body.validated_data)
        verdicts = record(config=config, brought=brought, by=principal.actor, now=clock.now())
        rows = [{"slot_at": slot, "verdict": verdict} for slot, verdict in verdicts]
        return Response({"sha256": brought.sha256, "results": rows, "next": None}, status=201)


def by_hand(config: ComplianceConfig) -> ComplianceConfig:
    if not config.is_by_hand:
        raise Conflict("Esta obra se informa en línea: su canal no es archivo ni formulario.")
    return config


def _brought(config: ComplianceConfig, said: dict[str, Any]) -> Brought:
    if said["brought_at"] > clock.now() + TOLERANCE:
        raise invalid("brought_at", "está en el futuro", expected="cuándo se subió o se escribió")
    if ("file" in said) == ("slots" in said):
        raise invalid("file", "va el archivo, o las horas escritas", expected="uno de los dos: «file» o «slots»")
    more = {"at": said["brought_at"], "reference": said["reference"], "note": said["note"]}
    return _from_file(config, said["file"], more) if "file" in said else _typed(config, said["slots"], more)


def _from_file(config: ComplianceConfig, file: Any, more: dict[str, Any]) -> Brought:
    if file.size > LARGEST:
        raise invalid("file", "es demasiado grande", expected="a lo más 5 MB")
    content = file.read()
    try:
        rows = read(content, _columns(config), config.work_code)
    except BadFile as error:
        problem = FieldError(
            f"file[{error.line}]" if error.line else "file", error.problem, expected="como se descargó"
        )
        raise InvalidInput("El archivo no se puede registrar.", errors=[problem]) from error
    return Brought(str(file.name or "archivo"), content, rows, **more)


def _typed(config: ComplianceConfig, slots: list[datetime], more: dict[str, Any]) -> Brought:
    """What was typed is what the file would have said of these hours."""
    found = at_hours(config.id, slots)
    unknown = [slot.isoformat() for slot in slots if slot not in found or not found[slot].document]
    if unknown or not slots:
        raise invalid("slots", "no está lista", received=unknown[:1] or None, expected="horas del archivo de la obra")
    rows = [row_of(found[slot]) for slot in sorted(set(slots))]
    return Brought("formulario", as_csv(_columns(config), config.work_code, rows), rows, **more)


def _columns(config: ComplianceConfig) -> Columns:
    return columns_of(config.source.config, config.terms.get("resource", DEFAULT))


def shown(row: Upload) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "sha256": row.sha256,
        "hours": row.hours,
        "brought_at": row.brought_at,
        "reference": row.reference,
        "note": row.note,
        "by": row.by,
        "recorded_at": row.recorded_at,
    }
