"""Measurements, page by page; the latest of each series; hours, days and months."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared.auth.drf import needs, principal_of
from shared.auth.principal import Principal
from shared.web.cursors import bad_cursor
from shared.web.pages import Page, encode_cursor, page_body, read_page
from shared.web.replica import reads_replica
from telemetry_service.measurements.data_page import data_page
from telemetry_service.measurements.fields import Instant, IntervalQuery, Listed, SeriesQuery, iso, visible_points
from telemetry_service.measurements.quality import LABELS, Quality, reason_names
from telemetry_service.measurements.queries import Key, Latest, Wanted, latest, units
from telemetry_service.measurements.rollups import ZONES
from telemetry_service.measurements.sums import QUERIES, Sums, SumsWanted, sums

MOST_ROWS = 10_000
QUALITIES = [quality.value for quality in Quality]
READ = needs("telemetry:read")


class DataQuery(IntervalQuery):
    quality = Listed(serializers.ChoiceField(choices=QUALITIES))
    as_of = Instant(required=False)


class Data(APIView):
    """Measurements by point, variable and time, page by page."""

    permission_classes = [READ]

    @reads_replica
    def get(self, request: Request) -> HttpResponse:
        query = DataQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        page = read_page(request, default=1000, most=MOST_ROWS)
        wanted = wanted_of(query.validated_data, principal_of(request))
        rows, last = data_page(wanted, after=_instant_key(page), limit=page.limit)
        following = f'"{encode_cursor((*last[:2], last[2].isoformat()))}"' if last else "null"
        body = f'{{"results":[{",".join(rows)}],"next":{following}}}'
        return HttpResponse(body.encode(), content_type="application/json")


class LatestValues(APIView):
    """The newest measurement of each series, of many points in one call."""

    permission_classes = [READ]

    @reads_replica
    def get(self, request: Request) -> Response:
        query = SeriesQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        points = visible_points(asked.get("points"), principal_of(request), area=asked.get("area"))
        rows = latest(points=points, variables=asked.get("variables") or sorted(units()))
        return Response({"results": [_shown_latest(row) for row in rows]})


class AggregateQuery(IntervalQuery):
    interval = serializers.ChoiceField(choices=list(QUERIES))
    zone = serializers.ChoiceField(choices=list(ZONES), default="utc")
    to = Instant()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return super().get_fields() | {"from": Instant()}


class Aggregate(APIView):
    """Sums of hours, days and months: count, extremes, means, change."""

    permission_classes = [READ]

    @reads_replica
    def get(self, request: Request) -> Response:
        query = AggregateQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        page = read_page(request, default=1000, most=MOST_ROWS)
        wanted = _wanted_sums(query.validated_data, principal_of(request))
        rows = sums(wanted, after=_key(page, datetime if wanted.interval == "hour" else date), limit=page.limit + 1)
        body = page_body(rows, limit=page.limit, key=lambda row: (row.point_id, row.variable, row.bucket.isoformat()))
        return Response({**body, "results": [_shown_sums(row) for row in body["results"]]})


def _shown_latest(row: Latest) -> dict[str, Any]:
    return {
        "point": row.point_id,
        "variable": row.variable,
        "time": iso(row.time),
        "value": row.value,
        "unit": units().get(row.variable, ""),
        "quality": row.quality,
        "quality_label": LABELS[row.quality],
        "reasons": reason_names(row.reasons) if row.reasons else [],
        "source": row.source_id,
        "config_version": row.config_version,
    }


def _shown_sums(row: Sums) -> dict[str, Any]:
    return {
        "point": row.point_id,
        "variable": row.variable,
        "bucket": iso(row.bucket) if isinstance(row.bucket, datetime) else row.bucket.isoformat(),
        "unit": units().get(row.variable, ""),
        "count": row.count,
        "good": row.good,
        "first": row.first,
        "last": row.last,
        "min": row.min,
        "max": row.max,
        "mean": row.mean,
        "weighted_mean": row.weighted_mean,
        "change": row.change,
    }


def wanted_of(asked: dict[str, Any], principal: Principal) -> Wanted:
    return Wanted(
        points=visible_points(asked.get("points"), principal, area=asked.get("area")),
        variables=asked.get("variables") or sorted(units()),
        start=asked.get("from"),
        end=asked.get("to"),
        qualities=asked.get("quality", []),
        as_of=asked.get("as_of"),
    )


def _wanted_sums(asked: dict[str, Any], principal: Principal) -> SumsWanted:
    return SumsWanted(
        points=visible_points(asked.get("points"), principal, area=asked.get("area")),
        variables=asked.get("variables") or sorted(units()),
        interval=asked["interval"],
        zone=asked["zone"],
        start=asked["from"],
        end=asked["to"],
    )


def _instant_key(page: Page) -> Key | None:
    key = _key(page, datetime)
    return (*key[:2], datetime.fromisoformat(key[2])) if key else None


def _key(page: Page, kind: type[date]) -> tuple[UUID, str, str] | None:
    """The third member is a time of `kind`, as text."""
    if page.after is None:
        return None
    try:
        point, variable, time = page.after
        kind.fromisoformat(time)
        return UUID(point), str(variable), time
    except (ValueError, TypeError, AttributeError) as error:
        raise bad_cursor(page) from error
