"""`/api/telemetry/imports/`: files of readings that a person brings."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from celery import current_app
from django.http import StreamingHttpResponse
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import clock
from shared.auth.drf import needs, principal_of
from shared.errors import invalid
from shared.jobs.celery import nudge
from shared.web.cursors import instant_and_id_after
from shared.web.pages import page_body, read_page
from telemetry_service.imports import operations, queries
from telemetry_service.imports.bodies import (
    CheckBody,
    ImportsQuery,
    NoteBody,
    PreviewQuery,
    detailed,
    read_mapping,
    shown,
)
from telemetry_service.imports.files.shape import MOST_BYTES
from telemetry_service.imports.keeping import bytes_of
from telemetry_service.imports.mapping.mapping import pack
from telemetry_service.imports.models import Import
from telemetry_service.imports.modes import Mode
from telemetry_service.imports.states import State
from telemetry_service.imports.who import Who

READ, WRITE = needs("telemetry:read"), needs("telemetry:write")
ENVELOPE = 64 * 1024  # what multipart puts around a file


def who_asks(request: Request) -> Who:
    principal = principal_of(request)
    return Who(principal.actor, principal.points, principal.kind == "user")


class _ReadOrWrite(APIView):
    def get_permissions(self) -> list[BasePermission]:
        return [READ() if self.request.method == "GET" else WRITE()]


class Imports(_ReadOrWrite):
    parser_classes = [MultiPartParser]
    takes = ("multipart/form-data",)

    def get(self, request: Request) -> Response:
        query = ImportsQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        page = read_page(request)
        kind = query.validated_data.get("kind", "")
        rows = queries.imports_page(
            who=who_asks(request), kind=kind, after=instant_and_id_after(page), limit=page.limit + 1
        )
        body = page_body(rows, limit=page.limit, key=lambda batch: (batch.created_at.isoformat(), str(batch.id)))
        return Response({**body, "results": [shown(batch) for batch in body["results"]]})

    def post(self, request: Request) -> Response:
        _check_length(request)
        file = request.FILES.get("file")
        if file is None or set(request.data) != {"file"}:
            raise invalid("file", "falta, o viene algo más", expected="un solo campo «file» con el archivo")
        who = who_asks(request)
        brought = operations.bring(stream=file.file, name=file.name or "", who=who, now=clock.now())
        body = detailed(brought.batch) | {"same_file": _others(brought.batch, who)} | _preview(brought.batch, "")
        return Response(body, status=201 if brought.is_new else 200)


class OneImport(APIView):
    permission_classes = [READ]

    def get(self, request: Request, import_id: UUID) -> Response:
        who = who_asks(request)
        batch = queries.find_import(import_id=import_id, who=who)
        return Response(detailed(batch) | {"same_file": _others(batch, who)})


class Preview(APIView):
    permission_classes = [READ]

    def get(self, request: Request, import_id: UUID) -> Response:
        query = PreviewQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        batch = queries.find_import(import_id=import_id, who=who_asks(request))
        return Response(_preview(batch, query.validated_data["sheet"]))


class Check(APIView):
    permission_classes = [WRITE]

    def post(self, request: Request, import_id: UUID) -> Response:
        """The report at once where the file is small, else a worker makes it: 202, and ask for the import again."""
        asked = CheckBody(data=request.data)
        asked.is_valid(raise_exception=True)
        said, who, now = asked.validated_data, who_asks(request), clock.now()
        batch = queries.find_import(import_id=import_id, who=who)
        named = said["mapping_name"]
        mapping = read_mapping(queries.saved_mapping(named) if named else said["mapping"])
        if said["save_as"]:
            operations.save_mapping(name=said["save_as"], mapping=pack(mapping), who=who, now=now)
        batch = operations.request_check(batch=batch, mapping=mapping, mode=Mode(said["mode"]), who=who, now=now)
        return _answer(batch, waits=batch.state == State.CHECKING)


class Run(APIView):
    permission_classes = [WRITE]
    act: Callable[..., Import] = staticmethod(operations.request_run)

    def post(self, request: Request, import_id: UUID) -> Response:
        asked = NoteBody(data=request.data)
        asked.is_valid(raise_exception=True)
        who = who_asks(request)
        batch = queries.find_import(import_id=import_id, who=who)
        batch = self.act(batch=batch, note=asked.validated_data["note"], who=who, now=clock.now())
        return _answer(batch, waits=batch.state in (State.QUEUED, State.RUNNING))


class Undo(Run):
    act = staticmethod(operations.undo)


class Redo(Run):
    act = staticmethod(operations.redo)


class Result(APIView):
    permission_classes = [READ]
    produces = ("text/csv",)

    def get(self, request: Request, import_id: UUID) -> StreamingHttpResponse:
        batch = queries.find_import(import_id=import_id, who=who_asks(request))
        return _download(queries.result_of(batch), f"resultado-{batch.id}.csv", "text/csv; charset=utf-8")


class Original(APIView):
    permission_classes = [READ]
    produces = ("application/octet-stream",)

    def get(self, request: Request, import_id: UUID) -> StreamingHttpResponse:
        """Byte for byte what came."""
        batch = queries.find_import(import_id=import_id, who=who_asks(request))
        return _download(bytes_of(batch.file), f"original-{batch.id}", "application/octet-stream")


def look_now(task: str) -> bool:
    """By name: the pipeline lies above this folder. False when the broker is away; the sweep looks by itself."""
    return nudge(current_app.tasks[task])


def _answer(batch: Import, *, waits: bool) -> Response:
    if waits:
        look_now("telemetry.run_imports")
    elif batch.state in (State.DONE, State.UNDONE):
        look_now("telemetry.process_backlog")
    return Response(detailed(batch), status=202 if waits else 200)


def _others(batch: Import, who: Who) -> list[dict[str, Any]]:
    return [shown(other) for other in queries.same_file(batch, who=who)]


def _preview(batch: Import, sheet: str) -> dict[str, Any]:
    found = queries.preview(batch, sheet=sheet)
    shape = found.shape
    return {
        "preview": {
            "format": shape.format,
            "delimiter": shape.delimiter,
            "encoding": shape.encoding,
            "sheets": list(shape.sheets),
            "sheet": found.sheet,
            "rows": queries.as_texts(found.rows),
        },
        "suggested": found.suggestion.mapping,
        "doubts": found.suggestion.doubts,
    }


def _check_length(request: Request) -> None:
    """Before the body is read."""
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    if length > MOST_BYTES + ENVELOPE:
        raise invalid("file", f"ocupa {length / 2**20:.1f} MB", expected=f"hasta {MOST_BYTES // 2**20} MB")


def _download(pieces: Any, name: str, content_type: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(pieces, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
