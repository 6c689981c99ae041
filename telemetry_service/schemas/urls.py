from django.urls import path

from telemetry_service.schemas import api

urlpatterns = [
    path("schemas/", api.Schemas.as_view()),
    path("schemas/<uuid:schema_id>/", api.OneSchema.as_view()),
    path("groups/", api.Groups.as_view()),
    path("groups/latest/", api.LatestGroups.as_view()),
]
