"""Settings of the Core service. What a deployment chooses comes from the environment (see .env.example)."""

from shared.settings.base import MIDDLEWARE, REST_FRAMEWORK, service_settings
from shared.settings.env import Env

env = Env()
over_https = env.boolean("HTTPS_ONLY", False)

globals().update(
    service_settings(
        "core",
        apps=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.staticfiles",
            "core_service.users",
            "core_service.catchment",
            "core_service.tokens",
            "core_service.keys",
            "core_service.dashboard",
        ],
        service_scopes={
            "telemetry": ["points:sync", "keys:sync", "core:read"],
            "compliance": ["points:sync", "core:read"],
        },
        MIDDLEWARE=[
            *MIDDLEWARE,
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
            "core_service.dashboard.middleware.ChileanTimeMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        AUTH_USER_MODEL="users.User",
        AUTH_PASSWORD_VALIDATORS=[
            {"NAME": f"django.contrib.auth.password_validation.{name}"}
            for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
        ],
        LOGIN_URL="admin:login",
        STATIC_URL="/static/",
        STATIC_ROOT=env.path("STATIC_ROOT", "var/static").absolute(),
        # Behind a proxy that ends TLS the browser's origin is not the one that Django sees.
        CSRF_TRUSTED_ORIGINS=env.listing("CSRF_TRUSTED_ORIGINS", ""),
        SESSION_COOKIE_SECURE=over_https,
        CSRF_COOKIE_SECURE=over_https,
        # One proxy in front: the address it saw is the last of X-Forwarded-For, the others anybody may write.
        REST_FRAMEWORK=REST_FRAMEWORK | {"NUM_PROXIES": 1},
    )
)
