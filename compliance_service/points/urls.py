from django.urls import path

from compliance_service.points import api

urlpatterns = [
    path("points/sync/", api.SyncPoints.as_view()),
]
