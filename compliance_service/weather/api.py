"""`/api/compliance/weather/`: whether the regulators answer, when they did not, and whom that delayed."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance_service.obligations.models import ComplianceConfig
from compliance_service.weather import queries
from compliance_service.weather.models import Outage
from shared import clock
from shared.auth.drf import needs, principal_of
from shared.auth.principal import Principal
from shared.errors import NotFound
from shared.web.cursors import number_after
from shared.web.field_errors import RIGHT
from shared.web.pages import page_body, read_page
from shared.web.serializers import StrictQuery

READ = needs("compliance:read")


class OutagesQuery(StrictQuery):
    source = serializers.CharField(required=False, default="")  # type: ignore[assignment]  # named like one of DRF's
    to = serializers.DateTimeField(required=False, default=None)
    limit = serializers.CharField(required=False)  # these two are read by `read_page`
    cursor = serializers.CharField(required=False)

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"from": serializers.DateTimeField(required=False, default=None)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["from"] and attrs["to"] and attrs["to"] <= attrs["from"]:
            raise serializers.ValidationError({"to": f"no es posterior a «from»{RIGHT}un instante posterior"})
        return attrs


class NowWeather(APIView):
    permission_classes = [READ]

    def get(self, request: Request) -> Response:
        found = queries.reports(now=clock.now())
        return Response({"results": [_shown(one, principal_of(request)) for one in found]})


class Outages(APIView):
    permission_classes = [READ]

    def get(self, request: Request) -> Response:
        query = OutagesQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        asked, page = query.validated_data, read_page(request)
        rows = queries.outages(
            source=asked["source"], start=asked["from"], end=asked["to"], after=number_after(page), limit=page.limit + 1
        )
        body = page_body(rows, limit=page.limit, key=lambda row: (row.id,))
        return Response({**body, "results": [shown_outage(row) for row in body["results"]]})


class DelayedDuties(APIView):
    permission_classes = [READ]

    def get(self, request: Request, outage_id: int) -> Response:
        """Of the points that whoever asks may see."""
        if not Outage.objects.filter(id=outage_id).exists():
            raise NotFound("No hay una caída con ese número.")
        page = read_page(request)
        rows = queries.delayed(
            outage_id, points=principal_of(request).points, after=number_after(page), limit=page.limit + 1
        )
        body = page_body(rows, limit=page.limit, key=lambda row: (row.id,))
        return Response(
            {
                **body,
                "results": [
                    {
                        "config": row.obligation.config_id,
                        "work_code": row.obligation.config.work_code,
                        "slot_at": row.obligation.slot_at,
                        "deadline_at": row.obligation.deadline_at,
                        "outcome": row.obligation.outcome,
                    }
                    for row in body["results"]
                ],
            }
        )


def shown_outage(outage: Outage) -> dict[str, Any]:
    return {
        "id": outage.id,
        "source": outage.source_id,
        "started_at": outage.started_at,
        "noticed_at": outage.noticed_at,
        "ended_at": outage.ended_at,
        "tries": outage.tries,
        "works": outage.works,
    }


def _shown(report: queries.Report, principal: Principal) -> dict[str, Any]:
    """`ours`: works of the asker's that get no answer while others do."""
    works = ComplianceConfig.objects.filter(id__in=report.weather.ours).order_by("work_code")
    if principal.points is not None:
        works = works.filter(point_id__in=principal.points)
    return {
        "source": report.source,
        "sky": report.weather.sky,
        "tries": report.weather.tries,
        "unanswered": report.weather.unanswered,
        "ours": list(works.values_list("work_code", flat=True)),
        "outage": shown_outage(report.outage) if report.outage else None,
    }
