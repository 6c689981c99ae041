from django.urls import include, path

from shared.openapi.urls import schema_urls
from shared.web.urls import operational_urls

# Whoever answers requests also sends messages: the application and its tasks must be known here.
from telemetry_service import pipeline as pipeline

urlpatterns = [
    *operational_urls,
    # First: it is asked more often than all the others together.
    path("api/telemetry/", include("telemetry_service.push.urls")),
    path("api/telemetry/", include(schema_urls)),
    path("api/telemetry/", include("telemetry_service.points.urls")),
    path("api/telemetry/", include("telemetry_service.places.urls")),
    path("api/telemetry/", include("telemetry_service.keys.urls")),
    path("api/telemetry/", include("telemetry_service.sensorthings.urls")),
    path("api/telemetry/", include("telemetry_service.providers.urls")),
    path("api/telemetry/", include("telemetry_service.sources.urls")),
    path("api/telemetry/", include("telemetry_service.gaps.urls")),
    path("api/telemetry/", include("telemetry_service.health.urls")),
    path("api/telemetry/", include("telemetry_service.listen.urls")),
    path("api/telemetry/", include("telemetry_service.measurements.urls")),
    path("api/telemetry/", include("telemetry_service.process.urls")),
    path("api/telemetry/", include("telemetry_service.schemas.urls")),
    path("api/telemetry/", include("telemetry_service.imports.urls")),
    path("api/telemetry/", include("telemetry_service.lineage.urls")),
    path("api/telemetry/", include("telemetry_service.alerts.urls")),
]
handler404 = "shared.web.problems.not_found"
handler500 = "shared.web.problems.server_error"
