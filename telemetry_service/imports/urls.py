from django.urls import path

from telemetry_service.imports import api, manual_api

urlpatterns = [
    path("imports/", api.Imports.as_view()),
    path("imports/choices/", manual_api.Choices.as_view()),
    path("imports/mappings/", manual_api.Mappings.as_view()),
    path("imports/mappings/<str:name>/", manual_api.OneMapping.as_view()),
    path("imports/<uuid:import_id>/", api.OneImport.as_view()),
    path("imports/<uuid:import_id>/preview/", api.Preview.as_view()),
    path("imports/<uuid:import_id>/check/", api.Check.as_view()),
    path("imports/<uuid:import_id>/run/", api.Run.as_view()),
    path("imports/<uuid:import_id>/result/", api.Result.as_view()),
    path("imports/<uuid:import_id>/file/", api.Original.as_view()),
    path("imports/<uuid:import_id>/undo/", api.Undo.as_view()),
    path("imports/<uuid:import_id>/redo/", api.Redo.as_view()),
    path("readings/manual/", manual_api.ManualReadings.as_view()),
]
