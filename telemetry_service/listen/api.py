"""Devices that speak by themselves, what of them nobody could place, and how the connections stand."""

from uuid import UUID

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import clock
from shared.auth.drf import needs, principal_of
from shared.errors import Forbidden
from shared.web.cursors import instant_and_id_after, text_and_id_after
from shared.web.pages import Page, decode_cursor, encode_cursor, page_body, read_page
from shared.web.serializers import StrictQuery
from telemetry_service.listen import bodies, queries
from telemetry_service.listen.models import DeadLetter
from telemetry_service.listen.operations import change_device, create_device, delete_device, discard
from telemetry_service.listen.store.replay import replay

READ, WRITE = needs("telemetry:read"), needs("telemetry:write")
AT_ONCE = 500


class Operators(READ):  # type: ignore[valid-type, misc]  # `needs` makes classes
    """A message of a device that nobody knows belongs to no point: it is for those who see them all."""

    def has_permission(self, request: Request, view: object) -> bool:
        allowed = super().has_permission(request, view)
        if principal_of(request).points is not None:
            raise Forbidden("Solo quien puede ver todos los puntos.")
        return bool(allowed)


class WritingOperators(Operators):
    scope = "telemetry:write"


class Devices(APIView):
    def get_permissions(self) -> list[BasePermission]:
        return [READ() if self.request.method == "GET" else WritingOperators()]

    def get(self, request: Request) -> Response:
        query = bodies.DeviceQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        page = read_page(request)
        rows = queries.devices_page(
            points=principal_of(request).points,
            provider_id=query.validated_data.get("provider"),
            after=text_and_id_after(page),
            limit=page.limit + 1,
        )
        body = page_body(rows, limit=page.limit, key=lambda row: (row.identity, str(row.id)))
        return Response({**body, "results": [bodies.shown_device(row) for row in body["results"]]})

    def post(self, request: Request) -> Response:
        asked = bodies.NewDevice(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        device = create_device(
            provider_id=said["provider"],
            identity=said["identity"],
            ways=bodies.ways_of(said) or [],
            zone=said.get("zone", ""),
            actor=principal_of(request).actor,
            now=clock.now(),
        )
        return Response(bodies.shown_device(device), status=201)


class OneDevice(APIView):
    permission_classes = [WritingOperators]

    def get(self, request: Request, device_id: UUID) -> Response:
        return Response(bodies.shown_device(queries.get_device(device_id)))

    def patch(self, request: Request, device_id: UUID) -> Response:
        asked = bodies.Ways(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        device = change_device(device_id=device_id, ways=bodies.ways_of(said), zone=said.get("zone"))
        return Response(bodies.shown_device(device))

    def delete(self, request: Request, device_id: UUID) -> Response:
        delete_device(device_id=device_id)
        return Response(status=204)


class DeadLetters(APIView):
    permission_classes = [Operators]

    def get(self, request: Request) -> Response:
        query = bodies.LetterQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        page = read_page(request)
        rows = queries.letters_of(said=query.validated_data, after=instant_and_id_after(page), limit=page.limit + 1)
        body = page_body(rows, limit=page.limit, key=_place)
        return Response({**body, "results": [bodies.shown_letter(row) for row in body["results"]]})


class OneDeadLetter(APIView):
    permission_classes = [Operators]

    def get(self, request: Request, letter_id: UUID) -> Response:
        return Response(bodies.shown_whole(queries.get_letter(letter_id)))


class Speakers(APIView):
    """These devices speak, and nobody knows them."""

    permission_classes = [Operators]

    def get(self, request: Request) -> Response:
        query = bodies.DeviceQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        rows = queries.speakers(
            provider_id=query.validated_data.get("provider"), limit=read_page(request, default=AT_ONCE).limit
        )
        return Response({"results": [bodies.shown_speaker(row) for row in rows]})


class Replay(APIView):
    permission_classes = [WritingOperators]

    def post(self, request: Request) -> Response:
        """`next` where there are more of them: the cursor of the next call."""
        asked = bodies.Again(data=request.data)
        asked.is_valid(raise_exception=True)
        said = dict(asked.validated_data)
        cursor = said.pop("cursor", "")
        verdicts = replay(
            said=said,
            after=instant_and_id_after(Page(AT_ONCE, decode_cursor(cursor) if cursor else None)),
            limit=AT_ONCE,
            actor=principal_of(request).actor,
            now=clock.now(),
        )
        following = encode_cursor(_place(verdicts[-1].letter)) if len(verdicts) == AT_ONCE else None
        return Response({"results": [bodies.shown_verdict(one) for one in verdicts], "next": following})


class Discard(APIView):
    permission_classes = [WritingOperators]

    def post(self, request: Request) -> Response:
        asked = bodies.Meant(data=request.data)
        asked.is_valid(raise_exception=True)
        count = discard(said=asked.validated_data, actor=principal_of(request).actor, now=clock.now())
        return Response({"discarded": count})


class Connections(APIView):
    permission_classes = [Operators]

    def get(self, request: Request) -> Response:
        StrictQuery(data=request.query_params.dict()).is_valid(raise_exception=True)
        return Response({"results": [bodies.shown_connection(one) for one in queries.connections()]})


def _place(letter: DeadLetter) -> tuple[str, str]:
    return letter.received_at.isoformat(), str(letter.id)
