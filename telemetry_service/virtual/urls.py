from django.urls import path

from telemetry_service.virtual import api

urlpatterns = [
    path("formulas/try/", api.TryFormula.as_view()),
]
