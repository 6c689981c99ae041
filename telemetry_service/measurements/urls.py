from django.urls import path

from telemetry_service.measurements import api, chart_api, export_api, statistics_api

urlpatterns = [
    path("data/", api.Data.as_view()),
    path("latest/", api.LatestValues.as_view()),
    path("aggregate/", api.Aggregate.as_view()),
    path("statistics/", statistics_api.StatisticsOf.as_view()),
    path("chart/", chart_api.Chart.as_view()),
    path("export/", export_api.Export.as_view()),
]
