"""Settings under which `shared/` itself is tested: a service that has nothing of its own."""

from shared.settings.base import service_settings

globals().update(
    service_settings(
        "core",
        apps=[],
        service_scopes={"telemetry": ["points:sync"]},
        ROOT_URLCONF="shared.testing.urls",
        PIPELINE_MODULE="shared.testing.pipeline",
    )
)
globals()["DATABASES"]["default"]["TEST"]["NAME"] = "test_shared"
