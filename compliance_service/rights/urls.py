from django.urls import path

from compliance_service.rights import api

urlpatterns = [
    path("rights/", api.Rights.as_view()),
    path("rights/<uuid:right_id>/", api.OneRight.as_view()),
    path("rights/<uuid:right_id>/usage/", api.RightUsage.as_view()),
]
