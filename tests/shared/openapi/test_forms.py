"""What a handler asks for is found in its own words, and in those of the helpers it hands the request to."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from shared.openapi.examples import schema_of
from shared.openapi.forms import asks_of
from shared.web.serializers import StrictQuery, StrictSerializer


class Wanted(StrictQuery):
    limit = serializers.CharField(required=False)


class Given(StrictSerializer):
    name = serializers.CharField()


def direct(request: Request) -> Response:
    query = Wanted(data=request.query_params.dict())
    query.is_valid(raise_exception=True)
    return Response({})


def made(request: Request) -> Response:
    Given(data=request.data).is_valid(raise_exception=True)
    return Response({}, status=201)


def changed(request: Request) -> Response:
    Given(data=request.data, partial=True).is_valid(raise_exception=True)
    return Response({}, status=404)


def by_another(request: Request) -> Response:
    return Response(_helped(request))


def _helped(request: Request) -> Any:
    return Wanted(data=request.query_params.dict()).initial_data


def plain(request: Request) -> Response:
    return Response({"is": str(request.data)})


def test_a_query_and_a_body() -> None:
    assert (asks_of(direct).query, asks_of(direct).body) == (Wanted, None)
    assert (asks_of(made).query, asks_of(made).body, asks_of(made).statuses) == (None, Given, [201])


def test_what_changes_only_what_is_said() -> None:
    assert (asks_of(changed).partial, asks_of(made).partial) == (True, False)


def test_a_failure_is_no_success() -> None:
    assert asks_of(changed).statuses == []


def test_a_helper_asks_for_the_handler() -> None:
    assert asks_of(by_another).query is Wanted


def test_who_asks_for_nothing() -> None:
    assert (asks_of(plain).query, asks_of(plain).body) == (None, None)


def test_the_shape_of_an_example() -> None:
    shape = schema_of({"a": 1, "b": [1.5], "c": True, "d": None, "e": "x", "f": []})
    assert shape["properties"] == {
        "a": {"type": "integer"},
        "b": {"type": "array", "items": {"type": "number"}},
        "c": {"type": "boolean"},
        "d": {"nullable": True},
        "e": {"type": "string"},
        "f": {"type": "array", "items": {}},
    }
