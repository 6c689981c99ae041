"""One PostgreSQL database, a schema and a role for each service."""

from typing import Any

from shared.settings.env import DatabaseURL, Env


def databases(env: Env, *, schema: str) -> dict[str, dict[str, Any]]:
    """Django's `DATABASES`. `replica` where DATABASE_REPLICA_URL names one: see shared.db.replica."""
    found = {"default": database_settings(env, env.database(), schema=schema)}
    if env.text("DATABASE_REPLICA_URL", ""):
        url = env.replica()
        replica = database_settings(env, url, schema=schema)
        replica["OPTIONS"]["options"] += " -c default_transaction_read_only=on"
        found["replica"] = replica | {"TEST": {"MIRROR": "default"}}
    return found


def database_settings(env: Env, url: DatabaseURL, *, schema: str) -> dict[str, Any]:
    """Every connection sees the service's own schema and no other."""
    timeout_ms = env.integer("STATEMENT_TIMEOUT_MS", 60_000)
    # No compiling of queries: with a temporary table the planner guesses high, and compiled 350 ms for what takes one.
    session = f"-c search_path={schema} -c timezone=UTC -c statement_timeout={timeout_ms} -c jit=off"
    options = {
        "options": session,
        "application_name": schema,
        "connect_timeout": 5,
    }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.name,
        "USER": url.user,
        "PASSWORD": url.password,
        "HOST": url.host,
        "PORT": url.port,
        "OPTIONS": options | url.options,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        # Three services on one server are tested at once: each needs a test database of its own.
        "TEST": {"NAME": f"test_{schema}"},
    }
