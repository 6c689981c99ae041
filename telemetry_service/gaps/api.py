"""How complete each day is, what is missing, and a person's word on it."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import clock
from shared.auth.drf import needs, principal_of
from shared.web.cursors import id_text_and_day_after, instant_and_number_after
from shared.web.pages import page_body, read_page
from telemetry_service.gaps.bodies import shown, shown_day, shown_move, shown_rhythm
from telemetry_service.gaps.forms import Closing, CompletenessQuery, GapsQuery, NewRhythm, Search
from telemetry_service.gaps.operations import change_rhythm, close_gap, search_again
from telemetry_service.gaps.queries import DaysWanted, GapsWanted, days_page, find_gap, gaps_page
from telemetry_service.gaps.states import Cause
from telemetry_service.measurements.fields import asked_points

READ, WRITE = needs("telemetry:read"), needs("telemetry:write")


class CompletenessDays(APIView):
    """How complete each day of each series is."""

    permission_classes = [READ]

    def get(self, request: Request) -> Response:
        query = CompletenessQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        page, asked = read_page(request, default=1000, most=10_000), query.validated_data
        wanted = DaysWanted(
            points=asked_points(asked, principal_of(request)),
            sources=asked.get("sources"),
            zone=asked["zone"],
            variables=asked.get("variables", ()),
            first=asked.get("from"),
            last=asked.get("to"),
        )
        rows = days_page(wanted, after=id_text_and_day_after(page), limit=page.limit + 1)
        body = page_body(rows, limit=page.limit, key=lambda row: (row.source_id, row.key, row.day.isoformat()))
        return Response({**body, "zone": wanted.zone, "results": [shown_day(row) for row in body["results"]]})


class Gaps(APIView):
    """What is missing, the newest first."""

    permission_classes = [READ]

    def get(self, request: Request) -> Response:
        query = GapsQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        page, asked = read_page(request), query.validated_data
        wanted = GapsWanted(
            points=asked_points(asked, principal_of(request)),
            variables=asked.get("variables", ()),
            states=asked.get("state", ()),
            source=asked.get("source"),
            key=asked.get("key"),
            start=asked.get("from"),
            end=asked.get("to"),
        )
        rows = gaps_page(wanted, after=instant_and_number_after(page), limit=page.limit + 1)
        body = page_body(rows, limit=page.limit, key=lambda gap: (gap.from_time.isoformat(), gap.id))
        return Response({**body, "results": [shown(gap) for gap in body["results"]]})


class OneGap(APIView):
    permission_classes = [READ]

    def get(self, request: Request, gap_id: int) -> Response:
        gap = find_gap(gap_id, points=principal_of(request).points)
        moves = sorted(gap.moves.all(), key=lambda one: one.id)
        return Response({**shown(gap), "moves": [shown_move(one) for one in moves]})


class SearchAgain(APIView):
    permission_classes = [WRITE]

    def post(self, request: Request) -> Response:
        """Answered at once: the search itself comes with the source's next polls."""
        asked = Search(data=request.data)
        asked.is_valid(raise_exception=True)
        said, who = asked.validated_data, principal_of(request)
        found = search_again(
            source_id=said["source"],
            points=who.points,
            keys=said.get("keys", []),
            start=said["from"],
            end=said["to"],
            actor=who.actor,
            now=clock.now(),
        )
        return Response({"results": [shown(gap) for gap in found]}, status=202)


class CloseGap(APIView):
    permission_classes = [WRITE]

    def post(self, request: Request, gap_id: int) -> Response:
        asked = Closing(data=request.data)
        asked.is_valid(raise_exception=True)
        said, who = asked.validated_data, principal_of(request)
        gap = close_gap(
            gap_id=gap_id,
            points=who.points,
            reason=Cause(said["reason"]),
            note=said["note"],
            actor=who.actor,
            now=clock.now(),
        )
        return Response(shown(gap))


class Rhythms(APIView):
    permission_classes = [WRITE]

    def post(self, request: Request) -> Response:
        """What lies after `from` is judged anew."""
        asked = NewRhythm(data=request.data)
        asked.is_valid(raise_exception=True)
        said, who = asked.validated_data, principal_of(request)
        rhythm = change_rhythm(
            source_id=said["source"],
            points=who.points,
            valid_from=said["from"],
            cadence_s=said["cadence_s"],
            tolerance_pct=said["tolerance_pct"],
            actor=who.actor,
            now=clock.now(),
        )
        return Response(shown_rhythm(rhythm), status=201)
