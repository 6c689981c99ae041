from django.urls import path

from telemetry_service.providers import api

urlpatterns = [
    path("providers/", api.Providers.as_view()),
    path("providers/<uuid:provider_id>/", api.OneProvider.as_view()),
]
