from django.urls import path

from telemetry_service.places import api

urlpatterns = [
    path("points/", api.Points.as_view()),
    path("points/geojson/", api.GeoJson.as_view()),
]
