from django.urls import path

from telemetry_service.measurements import api

urlpatterns = [
    path("data/", api.Data.as_view()),
    path("latest/", api.LatestValues.as_view()),
    path("aggregate/", api.Aggregate.as_view()),
]
