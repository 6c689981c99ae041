from django.urls import path

from telemetry_service.alerts import api

urlpatterns = [
    path("alerts/", api.Alerts.as_view()),
    path("alerts/kinds/", api.Kinds.as_view()),
    path("alerts/summary/", api.Summary.as_view()),
    path("alerts/<int:alert_id>/", api.OneAlert.as_view()),
    path("alerts/<int:alert_id>/acknowledge/", api.Acknowledge.as_view()),
    path("alerts/<int:alert_id>/close/", api.Close.as_view()),
]
