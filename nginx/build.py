"""Writes nginx's configuration from one list of services.

`python nginx/build.py` writes `nginx/nginx.conf`, the one that Compose uses; the native backend calls `build` itself.
nginx-config-builder escapes nothing, and two blocks of one name in one parent overwrite each other without a word: so
every value here is our own, and every block is wrapped in an EmptyBlock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
LARGE_BODIES = {"/api/telemetry/imports/": ("telemetry", "51m"), "/api/telemetry/readings/": ("telemetry", "6m")}
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
class Layout:
    """Where nginx listens, who answers behind it, and the folders it writes to and reads from."""

    listen: str
    upstreams: Mapping[str, str]
    folder: str
    static: str


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
        *upstreams,
        block("server", *_server(layout)),
    ]


def _server(layout: Layout) -> list[Any]:
    routes = [_proxy(f"location {path}", name) for name, paths in SERVICES.items() for path in paths]
    routes += [_proxy(f"location {path}", name, body=limit) for path, (name, limit) in LARGE_BODIES.items()]
    checks = [
        _proxy(f"location = /{check}/{name}", name, f"/{check}") for name in SERVICES for check in ("health", "ready")
    ]
    return [
        option("listen", layout.listen),
        option("server_name", "_"),
        option("add_header", "X-Content-Type-Options", "nosniff"),
        # Figures are for Prometheus inside, never for the outside.
        block("location ~ ^/(.*/)?metrics/?$", option("return", "404")),
        block("location /static/", option("alias", f"{layout.static}/"), option("expires", "1h")),
        *checks,
        *routes,
        _proxy("location /", START_PAGE),
    ]


def _proxy(location: str, service: str, path: str = "", *, body: str = "") -> EmptyBlock:
    limit = [option("client_max_body_size", body)] if body else []
    told = [option(*parts) for parts in PROXY]
    return block(location, option("proxy_pass", f"http://{service}{path}"), *limit, *told)


def option(name: str, *values: str) -> EmptyBlock:
    """One directive. Wrapped, so that a second one of the same name is kept."""
    if not values:
        return EmptyBlock(KeyOption(name))
    return EmptyBlock(KeyValueOption(name, values[0]) if len(values) == 1 else KeyMultiValueOption(name, list(values)))


def block(name: str, *inside: Any) -> EmptyBlock:
    return EmptyBlock(Block(name, *inside))


if __name__ == "__main__":
    Path(__file__).with_name("nginx.conf").write_text(build(COMPOSE))
