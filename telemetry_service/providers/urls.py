from django.urls import path

from telemetry_service.providers import api
from telemetry_service.providers.presets import api as presets

urlpatterns = [
    path("providers/", api.Providers.as_view()),
    path("providers/types/", api.ProviderTypes.as_view()),
    path("providers/import/", api.ImportProvider.as_view()),
    path("providers/<uuid:provider_id>/export/", api.ExportProvider.as_view()),
    path("presets/", presets.Presets.as_view()),
    path("presets/<str:name>/", presets.OnePreset.as_view()),
]
