from django.urls import path

from telemetry_service.keys import api

urlpatterns = [
    path("keys/sync/", api.SyncKeys.as_view()),
]
