from django.urls import path

from telemetry_service.sources import api

urlpatterns = [
    path("sources/", api.Sources.as_view()),
    path("sources/<uuid:source_id>/resume/", api.ResumeSource.as_view()),
    path("points/active", api.ActivePoints.as_view()),
]
