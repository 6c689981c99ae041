"""The description of a service that has nothing of its own, and its page."""

from typing import Any

import pytest
import yaml
from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from rest_framework.authentication import BasicAuthentication
from rest_framework.views import APIView

from shared.openapi.api import schema_text
from shared.openapi.page import page_of
from shared.testing.urls import Echo


def document() -> Any:
    return yaml.safe_load(schema_text())


def test_a_body_its_scope_and_its_problems() -> None:
    echo = document()["paths"]["/echo"]["post"]
    assert "core:write" in echo["description"]
    assert echo["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("Reading")
    assert echo["security"] == [{"token": []}]
    assert set(echo["responses"]) == {"200", "400", "401", "403"}
    assert echo["responses"]["400"]["$ref"] == "#/components/responses/Problem400"


def test_what_is_open_asks_for_no_token() -> None:
    broken = document()["paths"]["/broken"]["get"]
    assert "security" not in broken
    assert set(broken["responses"]) == {"200", "400"}


def test_problems_are_problem_json_that_names_fields() -> None:
    components = document()["components"]
    assert list(components["responses"]["Problem400"]["content"]) == ["application/problem+json"]
    assert "expected" in components["schemas"]["Problem"]["properties"]["errors"]["items"]["properties"]
    assert components["securitySchemes"]["token"]["scheme"] == "bearer"


class Odd(APIView):
    """Lets people in by a class that does not say what it is."""

    authentication_classes = [BasicAuthentication]
    get = Echo.post


def test_who_authenticates_must_say_how() -> None:
    with pytest.raises(AttributeError, match="described_as"):
        SchemaGenerator(patterns=[path("odd", Odd.as_view())]).get_schema(request=None, public=True)  # type: ignore[no-untyped-call]


def test_the_page_escapes_what_it_shows() -> None:
    operation = {
        "tags": ["<t>"],
        "summary": "<b>",
        "responses": {"200": {"content": {"x": {"examples": {"e": {"value": "<i>"}}}}}},
    }
    page = page_of({"openapi": "3.0.3", "paths": {"/<p>": {"get": operation}}}, title="x")
    assert not [tag for tag in ("<t>", "<i>", "/<p>") if tag in page]
