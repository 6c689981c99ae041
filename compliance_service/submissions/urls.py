from django.urls import path

from compliance_service.submissions import api, plan_api

urlpatterns = [
    path("data/", api.Data.as_view()),
    path("data/<uuid:submission_id>/", api.Datum.as_view()),
    path("plan/", plan_api.Plan.as_view()),
    path("configs/<uuid:config_id>/resume/", api.Resume.as_view()),
    path("obligations/explain/", api.Explain.as_view()),
]
