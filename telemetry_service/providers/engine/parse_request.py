"""The parts of a row that say what is asked."""

from datetime import timedelta
from typing import Any

from telemetry_service.providers.engine.node import Node
from telemetry_service.providers.engine.row import Body, History, Page, Request
from telemetry_service.providers.engine.templates import Template, parse_template

REQUEST = ("method", "path", "query", "headers", "json", "batch")


def read_request(node: Node, *more: str) -> Request:
    node.object(*REQUEST, *more)
    path = node.at("path").template()
    if not path.text.startswith("/") or "?" in path.text or "#" in path.text:
        node.at("path").refuse("no es una ruta", "una ruta que empieza con /; los parámetros van en query")
    most_keys = node.read("batch", _most_keys, 1)
    request = Request(
        method=node.read("method", lambda one: one.choice({"GET", "POST"}), "GET"),
        path=path,
        query=node.read("query", _named, ()),
        headers=node.read("headers", _headers, ()),
        body=node.read("json", lambda one: Body(_named(one)), None),
        most_keys=most_keys,
    )
    names = {place.name for template in request.templates for place in template.places if place.namespace == "variable"}
    if most_keys > 1 and names != {"keys"}:
        node.at("batch").refuse(
            "pide varias claves a la vez sin decir dónde van", "{variable.keys}, y no {variable.key}"
        )
    return request


def read_history(node: Node) -> History:
    request = read_request(node, "page", "max_window")
    page_node = node.at("page").object("kind", "order", "limit", "limit_param", "granularity_ms", "max_pages")
    page_node.at("kind").choice({"time"})
    limit_param = page_node.read("limit_param", Node.text, None)
    if limit_param and limit_param not in dict(request.query):
        limit = (limit_param, parse_template("{page.limit}"))
        request = Request(
            request.method, request.path, (*request.query, limit), request.headers, request.body, request.most_keys
        )
    return History(request, _page(page_node), node.read("max_window", Node.duration, timedelta(days=31)))


def _page(node: Node) -> Page:
    return Page(
        order=node.read("order", lambda one: one.choice({"auto", "asc", "desc"}), "auto"),
        limit=node.at("limit").integer(1, 100_000),
        granularity=timedelta(milliseconds=node.read("granularity_ms", lambda one: one.integer(1, 60_000), 1)),
        most_pages=node.read("max_pages", lambda one: one.integer(1, 10_000), 200),
    )


def _most_keys(node: Node) -> int:
    node.object("keys", "max_keys").at("keys").choice({"comma"})
    return node.read("max_keys", lambda one: one.integer(1, 500), 50)


def _named(node: Node) -> tuple[tuple[str, Template], ...]:
    return tuple((name, _text_or_number(one).template()) for name, one in node.items())


def _headers(node: Node) -> tuple[tuple[str, Template], ...]:
    return tuple((Node(one.path, name).header_name(), one.template()) for name, one in node.items())


def _text_or_number(node: Node) -> Node:
    value: Any = node.value
    if isinstance(value, bool):
        return Node(node.path, "true" if value else "false")
    return Node(node.path, str(value)) if isinstance(value, int) else node
