from django.urls import path

from core_service.catchment import api

urlpatterns = [
    path("core/points/", api.Points.as_view()),
    path("core/points/changes/", api.Changes.as_view()),
    path("core/points/<uuid:point_id>/", api.Point.as_view()),
    path("users/owners/", api.Owners.as_view()),
]
