"""The part of a row that says how an account shows who it is."""

from datetime import timedelta
from typing import Any

from telemetry_service.providers.engine.node import Node
from telemetry_service.providers.engine.parse_request import read_request
from telemetry_service.providers.engine.row import Apply, Auth, Login

MEMBERS: dict[str, tuple[str, ...]] = {
    "none": (),
    "header": ("apply",),
    "query": ("apply",),
    "basic": ("username", "password"),
    "login": ("login", "refresh", "token", "refresh_token", "expires", "apply"),
}


def read_auth(node: Node) -> Auth:
    kind = node.object().at("type").choice(MEMBERS)
    node.object("type", *MEMBERS[kind])
    apply = _apply(node.at("apply"), kind) if "apply" in MEMBERS[kind] else None
    basic = (node.at("username").template(), node.at("password").template()) if kind == "basic" else None
    return Auth(kind, apply, basic, _login(node) if kind == "login" else None)


def _apply(node: Node, kind: str) -> Apply:
    node.object("header", "query", "value")
    places: list[Any] = [place for place in ("header", "query") if node.maybe(place) is not None]
    if len(places) != 1 or (kind in {"header", "query"} and places != [kind]):
        node.refuse("debe decir dónde va la credencial", '"header" o "query", uno solo, y el de type')
    name = node.at("header").header_name() if places[0] == "header" else node.at("query").text()
    return Apply(places[0], name, node.at("value").template())


def _login(node: Node) -> Login:
    expires = node.read("expires", lambda one: one, Node("auth.expires", {}))
    expires.object("from", "margin_s", "min_s", "fallback_s")
    expires.read("from", lambda one: one.choice({"jwt_exp"}), "jwt_exp")
    return Login(
        login=read_request(node.at("login")),
        refresh=node.read("refresh", read_request, None),
        token=node.at("token").jsonpath(),
        refresh_token=node.read("refresh_token", Node.jsonpath, None),
        margin=_seconds(expires, "margin_s", 60),
        shortest=_seconds(expires, "min_s", 300),
        fallback=_seconds(expires, "fallback_s", 3300),
    )


def _seconds(node: Node, name: str, default: int) -> timedelta:
    return timedelta(seconds=node.read(name, lambda one: one.integer(0, 604_800), default))
