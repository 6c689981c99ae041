from django.urls import path

from telemetry_service.gaps import api

urlpatterns = [
    path("completeness/", api.CompletenessDays.as_view()),
    path("gaps/", api.Gaps.as_view()),
    path("gaps/search/", api.SearchAgain.as_view()),
    path("gaps/rhythms/", api.Rhythms.as_view()),
    path("gaps/<int:gap_id>/", api.OneGap.as_view()),
    path("gaps/<int:gap_id>/close/", api.CloseGap.as_view()),
]
