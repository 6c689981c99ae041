from django.urls import path

from telemetry_service.measurements import api, chart_api, export_api

urlpatterns = [
    path("data/", api.Data.as_view()),
    path("latest/", api.LatestValues.as_view()),
    path("aggregate/", api.Aggregate.as_view()),
    path("chart/", chart_api.Chart.as_view()),
    path("export/", export_api.Export.as_view()),
]
