"""The part of a row that says how an account shows who it is."""

from datetime import timedelta
from typing import Any

from telemetry_service.providers.engine.jsonpath import Path
from telemetry_service.providers.engine.node import Node
from telemetry_service.providers.engine.parse_request import read_request
from telemetry_service.providers.engine.row import Apply, Auth, Login, Request
from telemetry_service.providers.engine.templates import Template

MEMBERS: dict[str, tuple[str, ...]] = {
    "none": (),
    "header": ("apply",),
    "query": ("apply",),
    "basic": ("username", "password"),
    "login": ("login", "refresh", "token", "refresh_token", "expires", "apply"),
}


def read_auth(node: Node) -> Auth:
    """One way, or several by name of which `mode` says the one that holds. All of them must make sense."""
    if isinstance(node.value, dict) and not {"mode", "modes"}.isdisjoint(node.value):
        node.object("mode", "modes")
        modes = {name: _one(mode) for name, mode in node.at("modes").items()}
        return modes[node.at("mode").choice(modes)]
    return _one(node)


def _one(node: Node) -> Auth:
    kind = node.object().at("type").choice(MEMBERS)
    node.object("type", *MEMBERS[kind])
    apply = _apply(node.at("apply"), kind) if "apply" in MEMBERS[kind] else None
    if apply is not None and kind == "login" and "token" not in {place.name for place in apply.value.places}:
        node.at("apply").at("value").refuse("no lleva el token de la sesión", "{session.token}")
    basic = (_shown_by(node.at("username")), _shown_by(node.at("password"))) if kind == "basic" else None
    return Auth(kind, apply, basic, _login(node) if kind == "login" else None)


def _shown_by(node: Node, *more: str) -> Template:
    template = node.template({"cred", "point", *more})
    if not template.places:
        node.refuse("una credencial escrita en la fila viajaría con ella", "{cred.nombre} o {point.nombre}")
    return template


def _apply(node: Node, kind: str) -> Apply:
    node.object("header", "query", "value")
    places: list[Any] = [place for place in ("header", "query") if node.maybe(place) is not None]
    if len(places) != 1 or (kind in {"header", "query"} and places != [kind]):
        node.refuse("debe decir dónde va la credencial", '"header" o "query", uno solo, y el de type')
    name = node.at("header").header_name() if places[0] == "header" else node.at("query").text()
    return Apply(places[0], name, _shown_by(node.at("value"), *(["session"] if kind == "login" else [])))


def _login(node: Node) -> Login:
    expires = node.read("expires", lambda one: one, Node("auth.expires", {}))
    expires.object("from", "margin_s", "min_s", "fallback_s")
    expires.read("from", lambda one: one.choice({"jwt_exp"}), "jwt_exp")
    return Login(
        login=read_request(node.at("login"), spaces={"cred", "now"}),
        refresh=node.read("refresh", _refresh, None),
        token=node.at("token").jsonpath(),
        refresh_token=_refresh_token(node),
        margin=_seconds(expires, "margin_s", 60),
        shortest=_seconds(expires, "min_s", 300),
        fallback=_seconds(expires, "fallback_s", 3300),
    )


def _refresh(node: Node) -> Request:
    request = read_request(node, spaces={"cred", "session", "now"})
    if not any(place.name == "refresh" for text in request.templates for place in text.places):
        node.refuse("no lleva el token de renovación", "{session.refresh}")
    return request


def _refresh_token(node: Node) -> Path | None:
    """One is nothing without the other: `at` refuses the absent one."""
    if node.maybe("refresh") is None and node.maybe("refresh_token") is None:
        return None
    node.at("refresh")
    return node.at("refresh_token").jsonpath()


def _seconds(node: Node, name: str, default: int) -> timedelta:
    return timedelta(seconds=node.read(name, lambda one: one.integer(0, 604_800), default))
