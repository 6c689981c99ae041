"""Alive: the process answers. Ready: its database, its migrations and the broker are there."""

from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

OK = "ok"


def alive(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": OK, "service": settings.SERVICE})


def ready(request: HttpRequest) -> JsonResponse:
    """200 when the service can do its work. Without the broker it still does, late: that alone is not a 503."""
    checks = {name: check() for name, check in CHECKS.items()}
    works = all(checks[name] == OK for name in NEEDED)
    status = "ready" if works else "not ready"
    return JsonResponse({"status": status, "service": settings.SERVICE, "checks": checks}, status=200 if works else 503)


def check_database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return f"database does not answer ({type(error).__name__})"
    return OK


def check_migrations() -> str:
    global _migrated  # once up to date, a running process stays so
    if _migrated:
        return OK
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return f"unknown ({type(error).__name__})"
    if missing:
        return f"{len(missing)} migrations to apply: run `migrate {settings.SERVICE}`"
    _migrated = True
    return OK


def check_broker() -> str:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        client.ping()
    except redis.RedisError as error:
        return f"broker does not answer ({type(error).__name__}): the sweep does the work"
    finally:
        client.close()
    return OK


CHECKS: dict[str, Callable[[], str]] = {
    "database": check_database,
    "migrations": check_migrations,
    "broker": check_broker,
}
NEEDED = ("database", "migrations")
_migrated = False
