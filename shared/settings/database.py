"""One PostgreSQL database, a schema and a role for each service."""

from typing import Any

from shared.settings.env import Env


def database_settings(env: Env, *, schema: str) -> dict[str, Any]:
    """Django's `DATABASES` entry. Every connection sees the service's own schema and no other."""
    url = env.database()
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
