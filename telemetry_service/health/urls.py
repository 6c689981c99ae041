from django.urls import path

from telemetry_service.health import api

urlpatterns = [
    path("health/", api.Devices.as_view()),
    path("health/points/", api.Points.as_view()),
    path("health/limits/", api.Limits.as_view()),
    path("health/<uuid:source_id>/moves/", api.Moves.as_view()),
]
