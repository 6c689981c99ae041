from django.urls import include, path

from shared.web.urls import operational_urls

urlpatterns = [
    *operational_urls,
    path("api/telemetry/", include("telemetry_service.points.urls")),
]
handler404 = "shared.web.problems.not_found"
handler500 = "shared.web.problems.server_error"
