"""Writes nginx's configuration from one list of services.

`python nginx/build.py` writes `nginx/nginx.conf`, the one that Compose uses; the native backend calls `build` itself.
nginx-config-builder escapes nothing, and two blocks of one name in one parent overwrite each other without a word: so
every value here is our own, and every block is wrapped in an EmptyBlock.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nginx.config.api import Block, EmptyBlock, KeyMultiValueOption, KeyOption, KeyValueOption

SERVICES: Mapping[str, Sequence[str]] = {
    "core": ("/api/auth/", "/api/users/", "/api/core/", "/admin/"),
    "telemetry": ("/api/telemetry/",),
    "compliance": ("/api/compliance/",),
}
START_PAGE = "core"
BODY_LIMIT = "5m"
# Files that people bring: fifty megabytes, and what a form puts around them.
# Pushes get a little more than they may have, so that the service says which limit it was.
PUSHES = "/api/telemetry/readings/"
LARGE_BODIES = {"/api/telemetry/imports/": ("telemetry", "51m"), PUSHES: ("telemetry", "6m")}
# As the service says it: telemetry_service.keys.errors.TooManyOfKey.
TOO_MANY = (
    """'{"type": "urn:stack-vps:problem:key_too_many", "title": "Demasiados envíos con esta clave", "status": 429, """
    """"detail": "Demasiados envíos con esta clave: junte las lecturas en menos envíos y espere los segundos """
    """de Retry-After.", "code": "key_too_many", "request_id": "$stack_request_id"}'"""
)
PROXY = (
    ("proxy_http_version", "1.1"),
    ("proxy_set_header", "Connection", '""'),
    ("proxy_set_header", "Host", "$http_host"),
    ("proxy_set_header", "X-Request-ID", "$stack_request_id"),
    ("proxy_set_header", "X-Forwarded-For", "$remote_addr"),
    ("proxy_set_header", "X-Forwarded-Proto", "$scheme"),
    ("proxy_connect_timeout", "2s"),
    ("proxy_read_timeout", "65s"),
    # Only a request that reached nobody is given to another: a write must not happen twice.
    ("proxy_next_upstream", "error"),
)


@dataclass(frozen=True, slots=True)
class KeyLimits:
    """What the service lets one API key do: requests a second, of them at once after a silence, and under way.

    The front lets through twice that, so that it is the service that says no to a device a little too quick. What a
    flood sends beyond stops here: it would wait in one line with everybody else.
    """

    rate: int = 20
    burst: int = 60
    at_once: int = 2


@dataclass(frozen=True, slots=True)
class Layout:
    """Where nginx listens, who answers behind it, and the folders it writes to and reads from."""

    listen: str
    upstreams: Mapping[str, str]
    folder: str
    static: str
    limits: KeyLimits = field(default_factory=KeyLimits)


COMPOSE = Layout(
    listen="8080",
    upstreams={name: f"{name}:{port}" for name, port in zip(SERVICES, (8000, 8001, 8002), strict=True)},
    folder="/tmp/nginx",  # noqa: S108 - a tmpfs of the container's own
    static="/srv/static",
)


def build(layout: Layout) -> str:
    """The whole configuration as text."""
    return str(
        EmptyBlock(
            option("worker_processes", "1"),
            option("pid", f"{layout.folder}/nginx.pid"),
            option("error_log", "stderr", "warn"),
            block("events", option("worker_connections", "1024")),
            block("http", *_http(layout)),
        )
    ).lstrip()


def _http(layout: Layout) -> list[Any]:
    temporary = [
        option(f"{kind}_temp_path", f"{layout.folder}/{kind}")
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    ]
    upstreams = [
        block(f"upstream {name}", option("server", address), option("keepalive", "16"))
        for name, address in layout.upstreams.items()
    ]
    return [
        option("default_type", "application/octet-stream"),
        block(
            "types",
            option("text/css", "css"),
            option("application/javascript", "js"),
            option("image/svg+xml", "svg"),
            option("image/png", "png"),
            option("font/woff2", "woff2"),
        ),
        *temporary,
        option("access_log", "off"),
        option("server_tokens", "off"),
        option("sendfile", "on"),
        option("gzip", "on"),
        option("gzip_types", "application/json", "application/problem+json", "text/css", "application/javascript"),
        option("client_max_body_size", BODY_LIMIT),
        # A token names the points that its owner may see: five hundred of them make 26 kB.
        option("large_client_header_buffers", "4", "32k"),
        # A caller's id is kept when it is a harmless one; the services check it again.
        block(
            "map $http_x_request_id $stack_request_id",
            option("default", "$request_id"),
            option('"~^[A-Za-z0-9._-]{8,64}$"', "$http_x_request_id"),
        ),
        *_zones(layout.limits),
        *upstreams,
        block("server", *_server(layout)),
    ]


def _zones(limits: KeyLimits) -> list[Any]:
    """By the whole key: who knows only its public beginning must not use up its share. Without a key nothing counts."""
    return [
        block(
            'map "$http_authorization $http_x_api_key" $stack_key',
            option("default", '""'),
            option('"~(stk_[a-z2-7]+_[A-Za-z0-9_-]+)"', "$1"),
        ),
        option("limit_req_zone", "$stack_key", "zone=key_pace:10m", f"rate={2 * limits.rate}r/s"),
        option("limit_conn_zone", "$stack_key", "zone=key_busy:10m"),
        # A flood should not fill the disk as well.
        option("limit_req_log_level", "info"),
        option("limit_conn_log_level", "info"),
    ]


def _server(layout: Layout) -> list[Any]:
    routes = [_proxy(f"location {path}", name) for name, paths in SERVICES.items() for path in paths]
    routes += [
        _proxy(f"location {path}", name, body=limit, more=_shares(layout.limits) if path == PUSHES else ())
        for path, (name, limit) in LARGE_BODIES.items()
    ]
    checks = [
        _proxy(f"location = /{check}/{name}", name, f"/{check}") for name in SERVICES for check in ("health", "ready")
    ]
    return [
        option("listen", layout.listen),
        option("server_name", "_"),
        # Once, whatever a service says and however it answers.
        option("proxy_hide_header", "X-Content-Type-Options"),
        option("add_header", "X-Content-Type-Options", "nosniff", "always"),
        # Figures are for Prometheus inside, never for the outside.
        block("location ~ ^/(.*/)?metrics/?$", option("return", "404")),
        block("location /static/", option("alias", f"{layout.static}/"), option("expires", "1h")),
        *checks,
        *routes,
        _proxy("location /", START_PAGE),
        block(
            "location @too_many",
            option("internal"),
            option("default_type", "application/problem+json"),
            option("add_header", "X-Content-Type-Options", "nosniff", "always"),
            option("add_header", "Retry-After", "1", "always"),
            option("return", "429", TOO_MANY),
        ),
    ]


def _shares(limits: KeyLimits) -> list[EmptyBlock]:
    return [
        option("limit_req", "zone=key_pace", f"burst={2 * limits.burst}", "nodelay"),
        option("limit_conn", "key_busy", str(2 * limits.at_once)),
        option("limit_req_status", "429"),
        option("limit_conn_status", "429"),
        # Ours alone: what the service answers with 429 goes through as it is.
        option("error_page", "429", "=", "@too_many"),
    ]


def _proxy(
    location: str, service: str, path: str = "", *, body: str = "", more: Sequence[EmptyBlock] = ()
) -> EmptyBlock:
    limit = [option("client_max_body_size", body)] if body else []
    told = [option(*parts) for parts in PROXY]
    return block(location, option("proxy_pass", f"http://{service}{path}"), *limit, *more, *told)


def option(name: str, *values: str) -> EmptyBlock:
    """One directive. Wrapped, so that a second one of the same name is kept."""
    if not values:
        return EmptyBlock(KeyOption(name))
    return EmptyBlock(KeyValueOption(name, values[0]) if len(values) == 1 else KeyMultiValueOption(name, list(values)))


def block(name: str, *inside: Any) -> EmptyBlock:
    return EmptyBlock(Block(name, *inside))


def limits_of(given: Mapping[str, str]) -> KeyLimits:
    """Those that Telemetry is told, where it is told some. Nonsense is Telemetry's to name: it refuses to start."""
    names = {"rate": "API_KEY_RATE", "burst": "API_KEY_BURST", "at_once": "API_KEY_AT_ONCE"}
    said = {part: given.get(name, "") for part, name in names.items()}
    return KeyLimits(**{part: int(value) for part, value in said.items() if value.isdigit() and int(value) > 0})


if __name__ == "__main__":
    written = build(replace(COMPOSE, limits=limits_of(os.environ)))
    Path(__file__).with_name("nginx.conf").write_text(written)
