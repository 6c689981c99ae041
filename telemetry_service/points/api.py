"""Core's hint that points changed."""

from celery import current_app
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared.auth.drf import needs
from shared.jobs.celery import nudge
from shared.web.serializers import StrictSerializer


class NoBody(StrictSerializer):
    """An empty object."""


class SyncPoints(APIView):
    permission_classes = [needs("points:sync")]

    def post(self, request: Request) -> Response:
        return take_hint(request, task="telemetry.sync_points")


def take_hint(request: Request, *, task: str) -> Response:
    """A hint says nothing but "look now". The task by name: the pipeline lies above this folder."""
    NoBody(data=request.data).is_valid(raise_exception=True)
    # False when the broker is away; the sweep looks in a minute.
    return Response({"queued": nudge(current_app.tasks[task])}, status=202)
