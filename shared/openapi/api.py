"""`/api/<service>/schema/` and a page of it that asks no other host for anything."""

from functools import lru_cache
from html import escape
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.views import APIView

from shared.openapi.page import page_of

MEDIA_TYPE = "application/vnd.oai.openapi"


def schema_text() -> str:
    """The service's OpenAPI document as YAML, always the same for the same code."""
    import yaml

    return yaml.safe_dump(_schema(), allow_unicode=True, sort_keys=False, width=120)


@lru_cache(maxsize=1)
def _schema() -> dict[str, Any]:
    # A worker that nobody asks for it does without: the generator weighs megabytes.
    from drf_spectacular.generators import SchemaGenerator

    document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return document


class Open(APIView):
    """What the API is like is nobody's secret."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    schema = None


class SchemaFile(Open):
    def get(self, request: Request) -> HttpResponse:
        return HttpResponse(schema_text(), content_type=MEDIA_TYPE)


class SchemaPage(Open):
    def get(self, request: Request) -> HttpResponse:
        response = HttpResponse(page_of(_schema(), title=escape(f"Stack VPS · {settings.SERVICE}")))
        response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
        return response
