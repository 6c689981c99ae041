from django.urls import path

from telemetry_service.process import api, findings_api, replay_api, trying_api
from telemetry_service.process.derived import supposing
from telemetry_service.virtual.api import TryFormula

urlpatterns = [
    path("process/", api.Process.as_view()),
    path("replay/", replay_api.ReplayView.as_view()),
    path("findings/", findings_api.Findings.as_view()),
    path("rules/try/", trying_api.TryRules.as_view()),
    # It is judged by what lies here.
    path("formulas/try/", TryFormula.as_view(judges=supposing)),
    path("meters/", api.Meters.as_view()),
    path("meters/<int:meter_id>/", api.OneMeter.as_view()),
    path("meters/<int:meter_id>/confirm/", api.ConfirmMeter.as_view()),
    path("meters/<int:meter_id>/reject/", api.RejectMeter.as_view()),
]
