from django.urls import path

from core_service.keys import api

urlpatterns = [
    path("keys/", api.Keys.as_view()),
    path("keys/changes/", api.Changes.as_view()),
    path("keys/uses/", api.UsesOfKeys.as_view()),
    path("keys/<uuid:key_id>/", api.Key.as_view()),
    path("keys/<uuid:key_id>/rotate/", api.Rotate.as_view()),
    path("keys/<uuid:key_id>/revoke/", api.Revoke.as_view()),
]
