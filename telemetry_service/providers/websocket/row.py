"""A ThingsBoard that is listened to, as a configuration row (`thingsboard-ws/1`), from JSON or an InvalidInput.

Its `http` is a whole `http-poll/1` row: by it the account logs in, and what was missed while nobody listened is read
from the provider's history. Without it the account has a token of its own, and what is missed is missed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from shared.errors import InvalidInput
from telemetry_service.providers.engine.node import Node
from telemetry_service.providers.engine.parse import parse_row
from telemetry_service.providers.engine.row import Param, Row
from telemetry_service.providers.engine.templates import Template

ENGINE = "thingsboard-ws/1"
DEVICE, ENTITY = "device", "entity"
PARAMS = (Param(DEVICE, secret=False, required=True), Param(ENTITY, secret=False, required=False))


@dataclass(frozen=True, slots=True)
class SocketRow:
    """`url` with ws(s) in place of http(s). `token` None: the one of the login."""

    url: str
    allow_plain: bool
    http: Row | None
    token: Template | None
    params: tuple[Param, ...]
    ping_s: int

    @property
    def credentials(self) -> frozenset[str]:
        own = frozenset(place.name for place in self.token.places) if self.token else frozenset()
        return own | (self.http.credentials if self.http else frozenset())

    @property
    def history(self) -> bool:
        """Whether what was missed can be had."""
        return self.http is not None


def parse_socket(config: Mapping[str, Any]) -> SocketRow:
    node = Node("", config).object("engine", "http", "base_url", "allow_plain", "path", "token", "ping_s")
    node.at("engine").choice({ENGINE})
    http = node.read("http", _http, None)
    token = node.read("token", _token, None)
    if token is None and (http is None or http.auth.login is None):
        node.at("token").refuse("falta", "un token, {cred.token}, o en http una fila que hace login")
    base = _base_url(node, http)
    path = node.read("path", _path, "/api/ws")
    return SocketRow(
        url=base.replace("http", "ws", 1) + path,
        allow_plain=http.allow_http if http else node.read("allow_plain", Node.boolean, False),
        http=http,
        token=token,
        params=http.params if http else PARAMS,
        ping_s=node.read("ping_s", lambda one: one.integer(5, 300), 30),
    )


def _http(node: Node) -> Row:
    try:
        row = parse_row(node.object().value)
    except InvalidInput as error:
        inside = [replace(one, field=f"{node.path}.{one.field}") for one in error.errors]
        raise InvalidInput(f"{node.path}.{error.detail}", errors=inside) from error
    if DEVICE not in {param.name for param in row.params}:
        node.refuse("no declara «device», que dice a quién se escucha", "params.device en la fila")
    return row


def _base_url(node: Node, http: Row | None) -> str:
    if http is not None:
        if node.maybe("base_url") is not None:
            node.at("base_url").refuse("ya está en http", "solo el de http")
        return http.base_url
    text = node.at("base_url").text().rstrip("/")
    parts = urlsplit(text)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.query or parts.username or "{" in text:
        node.at("base_url").refuse("no es una dirección", "https://servidor, sin usuario, parámetros ni plantillas")
    return text


def _path(node: Node) -> str:
    text = node.text()
    if not text.startswith("/") or any(sign in text for sign in "?#{} "):
        node.refuse("no es un camino", "/api/ws")
    return text


def _token(node: Node) -> Template:
    # Whatever stands there may be a secret: it is not shown again.
    template = Node(node.path, node.text()).template({"cred"}) if "{" in node.text() else None
    if template is None or not template.places:
        Node(node.path, "***").refuse("no es una plantilla de una credencial", "{cred.token}")
    return template
