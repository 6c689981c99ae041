"""`/api/telemetry/alerts/`: what is wrong, since when, on which evidence, and who does something about it."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import clock
from shared.auth.drf import needs, principal_of
from shared.web.cursors import instant_and_number_after
from shared.web.pages import page_body, read_page
from telemetry_service.alerts.bodies import shown, shown_kinds, shown_move
from telemetry_service.alerts.forms import AlertsQuery, Closing, Taking
from telemetry_service.alerts.operations import acknowledge, close, find
from telemetry_service.alerts.queries import AlertsWanted, alerts_page, counts
from telemetry_service.measurements.fields import asked_points

READ, WRITE = needs("telemetry:read"), needs("telemetry:write")


class Alerts(APIView):
    """The newest first. By default all states: `state=open,acknowledged` are those that somebody should look at."""

    permission_classes = [READ]

    def get(self, request: Request) -> Response:
        query = AlertsQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        page, asked = read_page(request), query.validated_data
        wanted = AlertsWanted(
            points=asked_points(asked, principal_of(request)),
            states=asked.get("state", ()),
            kinds=asked.get("kind", ()),
            severities=asked.get("severity", ()),
            variables=asked.get("variables", ()),
            start=asked.get("from"),
            end=asked.get("to"),
        )
        rows = alerts_page(wanted, after=instant_and_number_after(page), limit=page.limit + 1)
        body = page_body(rows, limit=page.limit, key=lambda alert: (alert.opened_at.isoformat(), alert.id))
        return Response({**body, "results": [shown(alert) for alert in body["results"]]})


class OneAlert(APIView):
    permission_classes = [READ]

    def get(self, request: Request, alert_id: int) -> Response:
        """With each of its moves."""
        alert = find(alert_id, points=principal_of(request).points)
        moves = alert.moves.select_related("digest").order_by("id")
        return Response({**shown(alert), "moves": [shown_move(one) for one in moves]})


class Acknowledge(APIView):
    permission_classes = [WRITE]

    def post(self, request: Request, alert_id: int) -> Response:
        """Somebody takes it on. 409 where somebody did, or where it is over."""
        asked = Taking(data=request.data)
        asked.is_valid(raise_exception=True)
        who, note = principal_of(request), asked.validated_data["note"]
        alert = acknowledge(alert_id=alert_id, points=who.points, note=note, actor=who.actor, now=clock.now())
        return Response(shown(alert))


class Close(APIView):
    permission_classes = [WRITE]

    def post(self, request: Request, alert_id: int) -> Response:
        """Over, because a person says so: while its cause stays there is no other alert of it."""
        asked = Closing(data=request.data)
        asked.is_valid(raise_exception=True)
        who, note = principal_of(request), asked.validated_data["note"]
        alert = close(alert_id=alert_id, points=who.points, note=note, actor=who.actor, now=clock.now())
        return Response(shown(alert))


class Kinds(APIView):
    """What there are alerts about, how grave, and how long a thing must last or be gone."""

    permission_classes = [READ]

    def get(self, request: Request) -> Response:
        return Response({"results": shown_kinds()})


class Summary(APIView):
    """How many are open or taken, by state, severity and kind."""

    permission_classes = [READ]

    def get(self, request: Request) -> Response:
        return Response(counts(principal_of(request).points))
