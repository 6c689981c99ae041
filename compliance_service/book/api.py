"""`/api/compliance/book/`: what was due and how it ended, and the certificate of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance_service.book import queries
from compliance_service.book.certificate import certify
from compliance_service.book.days import ClosedDays, Days
from compliance_service.book.document import sentence
from compliance_service.book.pdf import as_pdf
from compliance_service.obligations.api import seen_config
from compliance_service.obligations.models import ComplianceConfig
from compliance_service.obligations.sums import Period, Sum, total
from shared import clock
from shared.auth.drf import needs, principal_of
from shared.web.cursors import instant_after, text_after
from shared.web.pages import page_body, read_page
from shared.web.serializers import StrictQuery

READ = needs("compliance:read")


class BookQuery(Days):
    source = serializers.CharField(required=False, default="")  # type: ignore[assignment]  # named like one of DRF's
    limit = serializers.CharField(required=False)  # these two are read by `read_page`
    cursor = serializers.CharField(required=False)


class Book(APIView):
    permission_classes = [READ]

    def get(self, request: Request) -> Response:
        """A page of works with their sums, and the sum of the page."""
        asked, page = _asked(request, BookQuery), read_page(request, default=200)
        points, after = principal_of(request).points, text_after(page) or ""
        rows = queries.works(points=points, source=asked["source"], after=after, limit=page.limit + 1)
        body = page_body(rows, limit=page.limit, key=lambda row: (row.work_code,))
        found = queries.book(body["results"], period=_period(asked), now=clock.now())
        whole = Sum()
        for one in found:
            whole.add(total(one.months))
        return Response({**body, "results": [_line(one) for one in found], "total": shown(whole)})


class WorkBook(APIView):
    permission_classes = [READ]

    def get(self, request: Request, config_id: UUID) -> Response:
        """One work, month by month, with the causes of what is explained."""
        asked, config = _asked(request, Days), seen_config(request, config_id)
        period = _period(asked)
        (found,) = queries.book([config], period=period, now=clock.now())
        months = [{"month": month, **shown(one)} for month, one in sorted(found.months.items())]
        return Response({**_line(found), "months": months, "causes": queries.causes(config.id, period=period)})


class ExplainedQuery(Days):
    limit = serializers.CharField(required=False)
    cursor = serializers.CharField(required=False)


class Explained(APIView):
    permission_classes = [READ]

    def get(self, request: Request, config_id: UUID) -> Response:
        asked, page = _asked(request, ExplainedQuery), read_page(request)
        config = seen_config(request, config_id)
        rows = queries.explained(config.id, period=_period(asked), after=instant_after(page), limit=page.limit + 1)
        body = page_body(rows, limit=page.limit, key=lambda row: (row.slot_at.isoformat(),))
        return Response(
            {
                **body,
                "results": [
                    {
                        "slot_at": row.slot_at,
                        "cause": row.cause,
                        "note": row.note,
                        "evidence": row.evidence,
                        "by": row.explained_by,
                        "at": row.closed_at,
                    }
                    for row in body["results"]
                ],
            }
        )


class CertificateQuery(ClosedDays):
    longest = timedelta(days=370)
    format = serializers.ChoiceField(choices=["json", "pdf"], required=False, default="json")


class CertificateFile(APIView):
    permission_classes = [READ]

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """`format` is ours here, not the framework's."""
        return super().perform_content_negotiation(request, force=True)

    produces = ("application/pdf",)

    def get(self, request: Request, config_id: UUID) -> HttpResponse:
        """The signed file, or its page for people. Of days that are over."""
        asked, config = _asked(request, CertificateQuery), seen_config(request, config_id)
        made = certify(config, first=asked["from"], last=asked["to"], now=clock.now())
        name = f"certificado-{config.work_code}-{asked['from']}-{asked['to']}.{asked['format']}"
        content, kind = (
            (made.file, "application/json") if asked["format"] == "json" else (as_pdf(made), "application/pdf")
        )
        disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(content, content_type=kind, headers=disposition)


def _asked(request: Request, query: type[StrictQuery]) -> dict[str, Any]:
    read = query(data=request.query_params.dict())
    read.is_valid(raise_exception=True)
    return dict(read.validated_data)


def _period(asked: dict[str, Any]) -> Period:
    return Period.of_days(asked["from"], asked["to"], now=clock.now())


def _line(one: queries.WorkSums) -> dict[str, Any]:
    return {**_named(one.config), **shown(total(one.months))}


def _named(config: ComplianceConfig) -> dict[str, Any]:
    return {
        "config": str(config.id),
        "point": str(config.point_id),
        "source": config.source_id,
        "work_code": config.work_code,
        "standard": config.standard,
    }


def shown(said: Sum) -> dict[str, Any]:
    return {
        "due": said.due,
        "receipts": said.receipts,
        "explained": said.explained,
        "open": said.open,
        "overdue": said.overdue,
        "closes": said.closes,
        "says": sentence(said),
    }
