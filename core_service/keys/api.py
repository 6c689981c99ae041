"""`/api/core/keys/`: API keys of devices. For whoever may write; Telemetry reads them by the change feed."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core_service.keys import feed, operations, queries
from core_service.keys.bodies import change_body, key_body, key_detail
from core_service.keys.fields import KeyFields, Revocation, Rotation, Uses
from core_service.keys.operations import Asker, Made
from core_service.web.cursors import number_key
from core_service.web.feeds import changes_body
from shared import clock
from shared.auth.drf import needs, principal_of
from shared.web.cursors import instant_and_id_after
from shared.web.pages import page_body, read_page

WRITE, SYNC = needs("core:write"), needs("keys:sync")
NOT_KEPT = {"Cache-Control": "no-store"}


class Keys(APIView):
    permission_classes = [WRITE]

    def get(self, request: Request) -> Response:
        """The keys of devices, the newest first; never their texts."""
        page, now = read_page(request), clock.now()
        rows = queries.page_of_keys(
            points=principal_of(request).points, after=instant_and_id_after(page), limit=page.limit
        )
        body = page_body(rows, limit=page.limit, key=lambda key: (key.created_at.isoformat(), key.id))
        return Response(body | {"results": [key_body(key, now) for key in body["results"]]})

    def post(self, request: Request) -> Response:
        """Makes a device's key. `key` is its text: in this answer, and in no other."""
        new = KeyFields(data=request.data)
        new.is_valid(raise_exception=True)
        made = operations.create_key(fields=new.validated_data, asker=asker_of(request), now=clock.now())
        return Response(shown_once(made), status=201, headers=NOT_KEPT)


class Key(APIView):
    permission_classes = [WRITE]

    def get(self, request: Request, key_id: UUID) -> Response:
        """A key, with what was done to it: by whom and when."""
        return Response(key_detail(queries.find_key(key_id=key_id, points=principal_of(request).points), clock.now()))

    def patch(self, request: Request, key_id: UUID) -> Response:
        """Changes a key's name, what it is for, or its end. An expired key may be prolonged, a revoked one not."""
        changes = KeyFields(data=request.data, partial=True)
        changes.is_valid(raise_exception=True)
        now = clock.now()
        key = operations.change_key(key_id=key_id, fields=changes.validated_data, asker=asker_of(request), now=now)
        return Response(key_detail(key, now))


class Rotate(APIView):
    """Gives a key its next text, shown once; the one before holds for `overlap_h` hours more."""

    permission_classes = [WRITE]

    def post(self, request: Request, key_id: UUID) -> Response:
        asked = Rotation(data=request.data)
        asked.is_valid(raise_exception=True)
        overlap = timedelta(hours=asked.validated_data["overlap_h"])
        made = operations.rotate_key(key_id=key_id, overlap=overlap, asker=asker_of(request), now=clock.now())
        return Response(shown_once(made), headers=NOT_KEPT)


class Revoke(APIView):
    """Ends a key for good. Devices that bring it are refused within seconds."""

    permission_classes = [WRITE]

    def post(self, request: Request, key_id: UUID) -> Response:
        asked = Revocation(data=request.data)
        asked.is_valid(raise_exception=True)
        now = clock.now()
        key = operations.revoke_key(key_id=key_id, **asked.validated_data, asker=asker_of(request), now=now)
        return Response(key_detail(key, now))


class Changes(APIView):
    """What Telemetry keeps its copy by. `next` is always there: store it and ask again with it."""

    permission_classes = [SYNC]

    def get(self, request: Request) -> Response:
        page = read_page(request)
        after = number_key(page)
        rows = feed.changes_after(seq=after, limit=page.limit)
        body = changes_body(rows, after=after, limit=page.limit, seq=lambda key: key.change_seq, body=change_body)
        return Response(body, headers=NOT_KEPT)


class UsesOfKeys(APIView):
    """Telemetry tells which keys were used, and when."""

    permission_classes = [SYNC]

    def post(self, request: Request) -> Response:
        told = Uses(data=request.data)
        told.is_valid(raise_exception=True)
        uses = [(one["key"], one["used_at"]) for one in told.validated_data["uses"]]
        return Response({"moved": operations.note_uses(uses)})


def asker_of(request: Request) -> Asker:
    principal = principal_of(request)
    return Asker(principal.actor, principal.points)


def shown_once(made: Made) -> dict[str, Any]:
    """With the text, which nobody can show again."""
    return key_detail(made.key, made.key.updated_at) | {"key": made.text}
