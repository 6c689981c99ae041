from django.urls import path

from telemetry_service.sensorthings import api

urlpatterns = [
    path("sensorthings/v1.1/", api.Index.as_view()),
    path("sensorthings/v1.1", api.Index.as_view(schema=None)),
    path("sensorthings/v1.1/<path:path>", api.Entities.as_view()),
]
