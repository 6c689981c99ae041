from django.urls import path

from compliance_service.review import answers_api, api, looks_api

urlpatterns = [
    path("review/", api.Queue.as_view()),
    path("review/decisions/", looks_api.Decisions.as_view()),
    path("review/<uuid:submission_id>/", api.Reviews.as_view()),
    path("review/<uuid:submission_id>/around/", looks_api.Around.as_view()),
    path("sources/<str:code>/answers/", answers_api.Answers.as_view()),
    path("sources/<str:code>/answers/unknown/", answers_api.UnknownAnswers.as_view()),
    path("sources/<str:code>/answers/<int:rule_id>/end/", answers_api.EndAnswer.as_view()),
]
