"""Addresses for the tests of `shared/web`: one that validates, one that pages, one that breaks."""

from typing import Any

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared.auth.drf import needs, principal_of
from shared.web.pages import page_body, read_page
from shared.web.serializers import StrictSerializer
from shared.web.urls import operational_urls


class Reading(StrictSerializer):
    depth_m = serializers.FloatField(min_value=0)
    password = serializers.CharField(required=False, max_length=8)


class Echo(APIView):
    permission_classes = [needs("core:write")]

    def post(self, request: Request) -> Response:
        reading = Reading(data=request.data)
        reading.is_valid(raise_exception=True)
        return Response({"by": principal_of(request).actor})


class Numbers(APIView):
    def get(self, request: Request) -> Response:
        page = read_page(request, default=2, most=5)
        after = page.after[0] if page.after else 0
        rows = list(range(after + 1, 8))[: page.limit + 1]
        return Response(page_body(rows, limit=page.limit, key=lambda number: (number,)))


class Broken(APIView):
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []

    def get(self, request: Request) -> Response:
        raise RuntimeError("broken on purpose")


urlpatterns = [
    *operational_urls,
    path("echo", Echo.as_view()),
    path("numbers", Numbers.as_view()),
    path("broken", Broken.as_view()),
]
handler404 = "shared.web.problems.not_found"
handler500 = "shared.web.problems.server_error"
