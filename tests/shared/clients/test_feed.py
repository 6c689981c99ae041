"""A page of a change feed is read whole or not at all, and what could not be read is not repeated."""

from collections.abc import Mapping
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from shared.clients.feed import read_feed
from shared.clients.service_client import ServiceClient
from shared.errors import BadAnswer

PATH = "/api/core/points/changes/"


def number(row: Mapping[str, Any]) -> int:
    return int(row["n"])


def pages(server: HTTPServer, body: dict[str, Any], *, cursor: str = "") -> Any:
    asked = {"limit": "500", **({"cursor": cursor} if cursor else {})}
    server.expect_request(PATH, query_string=asked).respond_with_json(body)
    client = ServiceClient(server.url_for(""), "core")
    return read_feed(client, PATH, cursor=cursor, limit=500, read=number, what="puntos")


def test_a_page_has_its_changes_in_order_and_where_to_go_on(httpserver: HTTPServer) -> None:
    page = pages(httpserver, {"results": [{"n": 3}, {"n": "1"}], "next": "c2", "more": True}, cursor="c1")
    assert (page.changes, page.cursor, page.more) == ((3, 1), "c2", True)


def test_an_empty_feed_has_no_cursor(httpserver: HTTPServer) -> None:
    page = pages(httpserver, {"results": [], "next": None, "more": False})
    assert (page.changes, page.cursor, page.more) == ((), "", False)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"results": [{}], "next": "", "more": False}, "falta n"),
        ({"next": "", "more": False}, "falta results"),
        ({"results": [{"n": "secret-hash"}], "next": "", "more": False}, "ValueError"),
        ({"results": [None], "next": "", "more": False}, "TypeError"),
    ],
)
def test_one_bad_row_refuses_the_page_and_is_not_repeated(
    httpserver: HTTPServer, body: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadAnswer, match="core respondió una lista de puntos ilegible") as error:
        pages(httpserver, body)
    assert f"({said})" in str(error.value)
    assert "secret-hash" not in str(error.value)
    assert error.value.__cause__ is None
