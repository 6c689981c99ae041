from django.urls import path

from telemetry_service.points import api

urlpatterns = [
    path("points/sync/", api.SyncPoints.as_view()),
]
