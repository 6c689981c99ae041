from django.urls import path

from telemetry_service.push import api

urlpatterns = [
    path("readings/", api.Readings.as_view()),
]
