"""The ledger over REST: its roots, their mail, a file to verify elsewhere, and what the service checks itself."""

from datetime import date
from typing import Any

from django.http import StreamingHttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance_service.ledger import queries
from compliance_service.ledger.check import WINDOW, check
from compliance_service.ledger.export import export
from compliance_service.ledger.mail import root_mail
from compliance_service.ledger.models import LedgerRoot
from compliance_service.ledger.roots import signature_text
from shared import clock
from shared.auth.drf import needs, principal_of
from shared.errors import Forbidden, NotFound
from shared.web.cursors import bad_cursor, number_after
from shared.web.field_errors import RIGHT
from shared.web.pages import Page, encode_cursor, page_body, read_page
from shared.web.serializers import StrictQuery

NDJSON = "application/x-ndjson"


class Span(StrictQuery):
    """Days of UTC-4, both included."""

    to = serializers.DateField(required=False, default=None)

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"from": serializers.DateField(required=False, default=None)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["from"] and attrs["to"] and attrs["to"] < attrs["from"]:
            raise serializers.ValidationError({"to": f"es anterior a «from»{RIGHT}el mismo día o uno posterior"})
        return attrs


class Days(Span):
    work = serializers.CharField(required=False, default="")


class PagedDays(Days):
    limit = serializers.CharField(required=False)  # these two are read by `read_page`
    cursor = serializers.CharField(required=False)


class Roots(APIView):
    permission_classes = [needs("compliance:read")]

    def get(self, request: Request) -> Response:
        asked, page = _asked(request, PagedDays), read_page(request)
        chains = _chains(request, asked["work"])
        found = queries.roots(chains, start=asked["from"], end=asked["to"], after=_key(page))
        body = page_body(list(found[: page.limit + 1]), limit=page.limit, key=lambda root: (root.day, root.work))
        return Response({**body, "results": [shown(root) for root in body["results"]]})


class OneDay(StrictQuery):
    day = serializers.DateField()
    work = serializers.CharField(required=False, default="")


class RootMail(APIView):
    permission_classes = [needs("compliance:read")]

    def get(self, request: Request) -> Response:
        """The text of the mail that gives the holder the roots of a day."""
        asked = _asked(request, OneDay)
        day: date = asked["day"]
        roots = list(queries.roots(_chains(request, asked["work"]), start=day, end=day))
        if not roots:
            raise NotFound(f"No hay una raíz del {day.isoformat()}: se hace cuando el día termina.")
        mail = root_mail(day, roots)
        return Response({"subject": mail.subject, "body": mail.body})


class Export(APIView):
    permission_classes = [needs("compliance:read")]
    produces = (NDJSON,)

    def get(self, request: Request) -> StreamingHttpResponse:
        """A file for `verify-ledger`, a page of it in memory at a time."""
        asked = _asked(request, Days)
        chains = _chains(request, asked["work"])
        lines = export(chains, start=asked["from"], end=asked["to"], now=clock.now())
        response = StreamingHttpResponse(lines, content_type=NDJSON)
        response["Content-Disposition"] = 'attachment; filename="libro.ndjson"'
        return response


class PagedSpan(Span):
    cursor = serializers.CharField(required=False)


class Verify(APIView):
    permission_classes = [needs("compliance:read")]

    def get(self, request: Request) -> Response:
        """Checks up to fifty thousand entries; `next` goes on. For who may see every work: it tells of all."""
        asked, page = _asked(request, PagedSpan), read_page(request)
        if principal_of(request).points is not None:
            raise Forbidden("El libro entero lo comprueba quien ve todos los puntos; exporte el de sus obras.")
        part = queries.slice_of("", start=asked["from"], end=asked["to"])
        first = max(part.first, number_after(page) or 1)
        checked = check(first, min(part.last, first + WINDOW - 1))
        return Response(
            {
                "first": first,
                "last": checked.last,
                "is_intact": not checked.problems,
                "results": [problem._asdict() for problem in checked.problems],
                "next": encode_cursor((checked.last + 1,)) if checked.last < part.last else None,
            }
        )


def shown(root: LedgerRoot) -> dict[str, Any]:
    return {
        "work": root.work,
        "day": root.day,
        "first": root.first,
        "last": root.last,
        "count": root.last - root.first + 1,
        "head": bytes(root.head).hex(),
        "key": root.key,
        "signature": signature_text(root),
    }


def _asked(request: Request, query: type[StrictQuery]) -> dict[str, Any]:
    read = query(data=request.query_params.dict())
    read.is_valid(raise_exception=True)
    return dict(read.validated_data)


def _chains(request: Request, work: str) -> list[str]:
    found = queries.chains_of(principal_of(request).points, work)
    if not found:
        raise NotFound("No hay una obra con ese código." if work else "No hay obras de sus puntos.")
    return found


def _key(page: Page) -> tuple[date, str] | None:
    if page.after is None:
        return None
    try:
        day, work = page.after
        return date.fromisoformat(day), str(work)
    except (ValueError, TypeError) as error:
        raise bad_cursor(page) from error
