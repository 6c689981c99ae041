from django.urls import path

from compliance_service.review import api

urlpatterns = [
    path("review/", api.Queue.as_view()),
    path("review/<uuid:submission_id>/", api.Reviews.as_view()),
]
