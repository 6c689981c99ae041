"""`GET /api/telemetry/sensorthings/v1.1/…`: OGC SensorThings API 1.1 (18-088), to read."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared.auth.drf import needs, principal_of
from shared.web.replica import reads_replica
from telemetry_service.sensorthings.answers import Asked, answer
from telemetry_service.sensorthings.catalog import catalog_of
from telemetry_service.sensorthings.language.options import read_options
from telemetry_service.sensorthings.language.paths import SETS, read_path
from telemetry_service.sensorthings.sets import point_of

ROOT = "/api/telemetry/sensorthings/v1.1/"
SPECIFIED = "http://www.opengis.net/spec/iot_sensing/1.1/req/"
CONFORMANCE = [
    *(
        f"datamodel/{name}"
        for name in ("thing", "location", "datastream", "sensor", "observed-property", "observation")
    ),
    *(
        f"request-data/{name}"
        for name in ("orderby", "top", "skip", "count", "filter", "select", "expand", "pagination")
    ),
]

OPTIONS = {
    "$filter": "`and or not`, parentheses, `eq ne gt ge lt le`, as `result gt 1.5 and resultQuality eq 'good'`",
    "$top": "how many, 100 unless said, up to 10,000",
    "$skip": "how many to leave out",
    "$orderby": "as `phenomenonTime desc`",
    "$select": "names separated by commas",
    "$expand": "one level, with options of its own, as `Observations($top=1;$orderby=phenomenonTime desc)`",
    "$count": "`true` says how many there are in all",
    "$skiptoken": "only as `@iot.nextLink` has it",
}


class Index(APIView):
    """What there is to ask for."""

    permission_classes = [needs("telemetry:read")]

    @reads_replica
    def get(self, request: Request) -> Response:
        root = request.build_absolute_uri(ROOT)
        sets: list[dict[str, Any]] = [{"name": name, "url": f"{root}{name}"} for name in SETS]
        return Response({"value": sets, "serverSettings": {"conformance": [SPECIFIED + name for name in CONFORMANCE]}})


class Entities(APIView):
    """Entities of a set, one of them, or where it leads."""

    options_said = OPTIONS
    permission_classes = [needs("telemetry:read")]

    @reads_replica
    def get(self, request: Request, path: str) -> Response:
        address, said = read_path(path), request.query_params.dict()
        options = read_options(said)
        point = point_of(address.entity_set, address.id) if address.id is not None else None
        catalog = catalog_of(principal_of(request).points, point=point)
        asked = Asked(request.build_absolute_uri(ROOT), request.build_absolute_uri(request.path), said)
        return Response(answer(address, options, catalog, asked))
