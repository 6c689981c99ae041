from django.urls import path

from telemetry_service.lineage import api

urlpatterns = [
    path("lineage/", api.Lineage.as_view()),
    path("answers/", api.Answers.as_view()),
    path("answers/<uuid:answer_id>/", api.Answer.as_view()),
]
