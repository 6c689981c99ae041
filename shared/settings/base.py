"""The settings that all three services share. A service names itself and its apps; the environment says the rest."""

from typing import Any

from shared.observability.process_files import name_files_by_process
from shared.settings.celery import celery_settings
from shared.settings.database import databases
from shared.settings.env import Env
from shared.settings.logs import logging_settings

SHARED_APPS = ["shared.db", "shared.jobs", "rest_framework"]
MIDDLEWARE = [
    "shared.observability.middleware.RequestIdMiddleware",
    "shared.observability.middleware.MetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]


def service_settings(
    name: str,
    *,
    apps: list[str],
    service_scopes: dict[str, list[str]] | None = None,
    middleware: list[str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Django settings of the service `name`.

    `service_scopes` says what other services may do here: issuer to scopes. `more` overrides or adds settings.
    """
    name_files_by_process()
    env = Env()
    settings: dict[str, Any] = {
        "SERVICE": name,
        "DEBUG": False,
        "SECRET_KEY": env.secret("SECRET_KEY"),
        "ALLOWED_HOSTS": env.listing("ALLOWED_HOSTS", "localhost,127.0.0.1"),
        "INSTALLED_APPS": [*SHARED_APPS, *apps],
        "MIDDLEWARE": [*MIDDLEWARE, *(middleware or [])],
        "ROOT_URLCONF": f"{name}_service.urls",
        "WSGI_APPLICATION": f"{name}_service.wsgi.application",
        "PIPELINE_MODULE": f"{name}_service.pipeline",
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "DATABASES": databases(env, schema=name),
        "REPLICA_MAX_LAG_S": env.integer("REPLICA_MAX_LAG_S", 60, low=0, high=86_400),
        "CACHES": {"default": {"BACKEND": "shared.web.cache.ForgivingRedisCache", "LOCATION": _redis(env)}},
        "REDIS_URL": _redis(env),
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "LANGUAGE_CODE": "es",
        "USE_I18N": True,
        "REST_FRAMEWORK": REST_FRAMEWORK,
        "SPECTACULAR_SETTINGS": {"TITLE": f"Stack VPS: {name}", "VERSION": "1", **SPECTACULAR},
        "LOGGING": logging_settings(name, level=_level(env)),
        "SIGNING_KEY_FILE": env.path("SIGNING_KEY_FILE", exists=True),
        "JWKS_DIR": env.path("JWKS_DIR", exists=True),
        "SERVICE_SCOPES": service_scopes or {},
        "FIELD_ENCRYPTION_KEYS": env.fernet_keys("FIELD_ENCRYPTION_KEYS"),
        "OUTBOUND_ALLOW": env.listing("OUTBOUND_ALLOW", ""),
        "CORE_URL": env.url("CORE_URL", "http://127.0.0.1:8000"),
        "TELEMETRY_URL": env.url("TELEMETRY_URL", "http://127.0.0.1:8001"),
        "COMPLIANCE_URL": env.url("COMPLIANCE_URL", "http://127.0.0.1:8002"),
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 5 * 1024 * 1024,
        "APPEND_SLASH": False,
        **celery_settings(env),
    }
    return settings | more


REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["shared.auth.drf.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["shared.auth.drf.Authenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["shared.web.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "shared.openapi.schema.ServiceSchema",
    "EXCEPTION_HANDLER": "shared.web.problems.handle",
    "UNAUTHENTICATED_USER": None,
    "COERCE_DECIMAL_TO_STRING": True,
    "URL_FORMAT_OVERRIDE": None,  # there is one renderer: `format` is a parameter like any other
}

SPECTACULAR = {
    "LICENSE": {"name": "Apache-2.0"},
    "POSTPROCESSING_HOOKS": ["shared.openapi.problems.add_problems"],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}


def _redis(env: Env) -> str:
    return env.url("REDIS_URL", schemes=("redis", "rediss", "unix"))


def _level(env: Env) -> str:
    return env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
