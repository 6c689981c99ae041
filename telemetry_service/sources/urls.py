from django.urls import path

from telemetry_service.sources import account_api, api, trial_api

urlpatterns = [
    path("sources/", api.Sources.as_view()),
    path("sources/test/", trial_api.TestBody.as_view()),
    path("sources/<uuid:source_id>/", api.OneSource.as_view()),
    path("sources/<uuid:source_id>/test/", trial_api.TestSource.as_view()),
    path("sources/<uuid:source_id>/activate/", trial_api.ActivateSource.as_view()),
    path("sources/<uuid:source_id>/pause/", api.PauseSource.as_view()),
    path("sources/<uuid:source_id>/resume/", api.ResumeSource.as_view()),
    path("providers/<uuid:provider_id>/", account_api.OneProvider.as_view()),
    path("points/active", api.ActivePoints.as_view()),
]
