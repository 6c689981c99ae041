"""The parts of a row that say what is asked."""

import sys
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from telemetry_service.providers.engine.node import Node
from telemetry_service.providers.engine.row import Body, Discovery, History, Page, Request
from telemetry_service.providers.engine.templates import Template, parse_template

REQUEST = ("method", "path", "query", "headers", "json")
DATA = frozenset({"point", "cred", "variable", "page", "now"})
# What `batch.keys` can say, and the place of the keys that goes with it.
KEY_PLACES: Mapping[str, frozenset[str]] = {
    "one": frozenset({"key"}),
    "comma": frozenset({"keys"}),
    "all": frozenset(),
}


def read_request(node: Node, *more: str, spaces: Collection[str]) -> Request:
    """`spaces`: whose places its texts may hold."""
    node.object(*REQUEST, *more)
    path = node.at("path").template(spaces)
    if not path.text.startswith("/") or "?" in path.text or "#" in path.text:
        node.at("path").refuse("no es una ruta", "una ruta que empieza con /; los parámetros van en query")
    method: Any = node.read("method", lambda one: one.choice({"GET", "POST"}), "GET")
    if method == "GET" and node.maybe("json") is not None:
        node.at("json").refuse("un GET no lleva cuerpo", '"method": "POST"')
    return Request(
        method=method,
        path=path,
        query=node.read("query", lambda one: _named(one, spaces), ()),
        headers=node.read("headers", lambda one: _headers(one, spaces), ()),
        body=node.read("json", lambda one: Body(_named(one, spaces)), None),
    )


def read_latest(node: Node) -> Request:
    span = node.read("window", Node.duration, None) if isinstance(node.value, dict) else None
    request = read_request(node, "batch", "window", spaces=DATA if span is None else DATA | {"window"})
    if span is not None:
        _must_use(node, request, {"window": ("start", "end")})
    return replace(_batched(node, request), window=span)


def read_history(node: Node) -> History:
    request = read_request(node, "batch", "page", "max_window", "keeps", spaces=DATA | {"window"})
    page_node = node.at("page").object("kind", "order", "limit", "limit_param", "granularity_ms", "max_pages")
    is_whole = page_node.at("kind").choice({"time", "none"}) == "none"
    limit_param = page_node.read("limit_param", Node.text, None)
    if limit_param and limit_param not in dict(request.query):
        request = replace(request, query=(*request.query, (limit_param, parse_template("{page.limit}"))))
    _must_use(node, request, {"window": ("start", "end"), "page": () if is_whole else ("limit",)})
    return History(
        _batched(node, request),
        _whole(page_node) if is_whole else _page(page_node),
        most_window=node.read("max_window", Node.duration, timedelta(days=31)),
        keeps=node.read("keeps", Node.duration, None),
    )


def read_discovery(node: Node) -> Discovery:
    request = read_request(node, "keys", spaces={"point", "cred", "now"})
    return Discovery(request, node.at("keys").jsonpath())


def _page(node: Node) -> Page:
    return Page(
        order=node.read("order", lambda one: one.choice({"auto", "asc", "desc"}), "auto"),
        limit=node.at("limit").integer(1, 100_000),
        granularity=timedelta(milliseconds=node.read("granularity_ms", lambda one: one.integer(1, 60_000), 1)),
        most_pages=node.read("max_pages", lambda one: one.integer(1, 10_000), 200),
    )


def _whole(node: Node) -> Page:
    """A page that is never full."""
    node.object("kind", "granularity_ms")
    milliseconds = node.read("granularity_ms", lambda one: one.integer(1, 60_000), 1)
    return Page(order="auto", limit=sys.maxsize, granularity=timedelta(milliseconds=milliseconds), most_pages=1)


def _batched(node: Node, request: Request) -> Request:
    batch = node.maybe("batch")
    kind = batch.object("keys", "max_keys").at("keys").choice(KEY_PLACES) if batch else "one"
    used = {place.name for text in request.templates for place in text.places if place.namespace == "variable"}
    if used != KEY_PLACES[kind]:
        (batch or node.at("path")).refuse(
            "no dice qué claves pide, o lo dice de otro modo que batch.keys",
            "{variable.key} sin batch; {variable.keys} con comma; ninguna con all, que las pide todas",
        )
    if batch is None or kind == "one":
        return request
    most_keys = batch.read("max_keys", lambda one: one.integer(1, 500), 50 if kind == "comma" else 500)
    return replace(request, most_keys=most_keys, gives_all=kind == "all")


def _must_use(node: Node, request: Request, wanted: Mapping[str, Collection[str]]) -> None:
    """A window or a limit that the provider is not told of would lose readings in silence."""
    used = {(place.namespace, place.name) for text in request.templates for place in text.places}
    for space, names in wanted.items():
        for name in names:
            if (space, name) not in used:
                node.refuse(f"no usa {{{space}.{name}}}", f"{{{space}.{name}}} en path, query o json")


def _named(node: Node, spaces: Collection[str]) -> tuple[tuple[str, Template], ...]:
    return tuple((name, _said(name, _text_or_number(one), spaces)) for name, one in node.items())


def _headers(node: Node, spaces: Collection[str]) -> tuple[tuple[str, Template], ...]:
    return tuple((Node(one.path, name).header_name(), _said(name, one, spaces)) for name, one in node.items())


def _said(name: str, node: Node, spaces: Collection[str]) -> Template:
    template = node.template(spaces)
    if not template.places and node.is_secret:
        node.refuse("una credencial escrita en la fila viajaría con ella", "{cred.nombre} o {point.nombre}")
    return template


def _text_or_number(node: Node) -> Node:
    value: Any = node.value
    if isinstance(value, bool):
        return Node(node.path, "true" if value else "false")
    return Node(node.path, str(value)) if isinstance(value, int) else node
