"""Settings under which `shared/` itself is tested: a service that has nothing of its own."""

from shared.settings.base import service_settings

globals().update(
    service_settings(
        "core",
        apps=["django.contrib.contenttypes"],  # a schema is made where there is something to migrate
        service_scopes={"telemetry": ["points:sync"]},
        ROOT_URLCONF="shared.testing.urls",
        PIPELINE_MODULE="shared.testing.pipeline",
    )
)
globals()["DATABASES"]["default"]["TEST"]["NAME"] = "test_shared"
