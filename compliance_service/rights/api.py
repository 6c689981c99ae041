"""Rights, and what is used and left of them."""

from datetime import date
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance_service.points.queries import known_points
from compliance_service.rights.models import WaterRight
from compliance_service.rights.operations import RightBody, create_right, replace_right
from compliance_service.rights.queries import rights_page, usages, warnings_of
from compliance_service.rights.usage import Forecast, Usage
from shared import clock
from shared.auth.drf import needs, principal_of
from shared.clock import REGULATOR_TIME
from shared.errors import NotFound
from shared.web.cursors import text_after
from shared.web.field_errors import RIGHT
from shared.web.pages import page_body, read_page
from shared.web.serializers import StrictQuery, StrictSerializer

READ, WRITE = needs("compliance:read"), needs("compliance:write")


class RightSerializer(StrictSerializer):
    name = serializers.CharField(max_length=200)
    resolution = serializers.CharField(max_length=200, allow_blank=True, default="")
    flow_l_s = serializers.FloatField(min_value=0.001, max_value=1e6, allow_null=True, default=None)
    yearly_m3 = serializers.FloatField(min_value=0.001, max_value=1e12, allow_null=True, default=None)
    monthly_m3 = serializers.ListField(child=serializers.FloatField(min_value=0), default=list)
    year_starts_in = serializers.IntegerField(min_value=1, max_value=12, default=1)
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True, default=None)
    points = serializers.ListField(child=serializers.UUIDField(), allow_empty=False)

    def validate_monthly_m3(self, value: list[float]) -> list[float]:
        if len(value) not in {0, 12}:
            raise serializers.ValidationError(f"no son doce{RIGHT}el volumen de cada mes desde enero, o ninguno")
        return value

    def validate_points(self, value: list[UUID]) -> list[UUID]:
        unknown = [str(point) for point in value if point not in known_points(value)]
        if unknown:
            raise serializers.ValidationError(f"no se conoce {unknown[0]}{RIGHT}el id de un punto de Core")
        return sorted(set(value))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["flow_l_s"] is None and attrs["yearly_m3"] is None:
            raise serializers.ValidationError({"yearly_m3": f"no otorga nada{RIGHT}un volumen anual o un caudal"})
        if attrs["valid_to"] and attrs["valid_to"] < attrs["valid_from"]:
            raise serializers.ValidationError({"valid_to": f"es anterior a valid_from{RIGHT}un día posterior"})
        monthly, yearly = attrs["monthly_m3"], attrs["yearly_m3"]
        if monthly and yearly and sum(monthly) > yearly * 1.000001:
            raise serializers.ValidationError({"monthly_m3": f"suma más que yearly_m3{RIGHT}a lo más {yearly}"})
        return attrs


class Rights(APIView):
    def get_permissions(self) -> list[Any]:
        return [READ() if self.request.method == "GET" else WRITE()]

    def get(self, request: Request) -> Response:
        page = read_page(request)
        after = text_after(page) or ""
        rows = rights_page(points=principal_of(request).points, after=after, limit=page.limit + 1)
        body = page_body(rows, limit=page.limit, key=lambda right: (right.name,))
        return Response({**body, "results": [shown(right) for right in body["results"]]})

    def post(self, request: Request) -> Response:
        right = create_right(body=_body(request), by=principal_of(request).actor, now=clock.now())
        return Response(shown(right), status=201)


class OneRight(APIView):
    permission_classes = [WRITE]

    def put(self, request: Request, right_id: UUID) -> Response:
        return Response(shown(replace_right(right_id=right_id, body=_body(request))))


class UsageQuery(StrictQuery):
    day = serializers.DateField(required=False)


class RightUsage(APIView):
    permission_classes = [READ]

    def get(self, request: Request, right_id: UUID) -> Response:
        """The year in which `day` lies, by default today's."""
        query = UsageQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        day: date = query.validated_data.get("day") or clock.now().astimezone(REGULATOR_TIME).date()
        found = usages(points=principal_of(request).points, today=day, rights=[right_id])
        if not found:
            raise NotFound("No hay un derecho con ese id.")
        right, used = found[0]
        warnings = [
            {"year_from": one.year_from, "percent": one.percent, "used_m3": one.used_m3, "at": one.at}
            for one in warnings_of(right.id)
        ]
        return Response({**shown_usage(right, used), "warnings": warnings})


def _body(request: Request) -> RightBody:
    asked = RightSerializer(data=request.data)
    asked.is_valid(raise_exception=True)
    return RightBody(**asked.validated_data)


def shown(right: WaterRight) -> dict[str, Any]:
    return {
        "id": str(right.id),
        "name": right.name,
        "resolution": right.resolution,
        "flow_l_s": right.flow_l_s,
        "yearly_m3": right.yearly_m3,
        "monthly_m3": right.monthly_m3,
        "year_starts_in": right.year_starts_in,
        "valid_from": right.valid_from,
        "valid_to": right.valid_to,
        "points": sorted(str(point.id) for point in right.points.all()),
    }


def shown_usage(right: WaterRight, used: Usage) -> dict[str, Any]:
    return {
        "right": str(right.id),
        "name": right.name,
        "year_from": used.year[0],
        "year_to": used.year[1],
        "granted_m3": right.yearly_m3,
        "used_m3": used.used_m3,
        "left_m3": used.left_m3,
        "percent": used.percent,
        "by_month": {str(month): m3 for month, m3 in used.by_month.items()},
        "months_over": list(used.over_months),
        "forecast": _shown_forecast(used.forecast) if used.forecast else None,
    }


def _shown_forecast(forecast: Forecast) -> dict[str, Any]:
    return {
        "mean_m3_day": forecast.mean_m3_day,
        "expected_m3": forecast.expected_m3,
        "low_m3": forecast.low_m3,
        "high_m3": forecast.high_m3,
        "exhausted_on": forecast.exhausted_on,
        "earliest": forecast.earliest,
    }
