from django.urls import path

from compliance_service.obligations import api, rules_api, source_api

urlpatterns = [
    path("configs/", api.Configs.as_view()),
    path("configs/<uuid:config_id>/", api.OneConfig.as_view()),
    path("sources/<str:code>/", source_api.OneSource.as_view()),
    path("sources/<str:code>/rules/", rules_api.Rules.as_view()),
    path("obligations/summary/", api.Summary.as_view()),
]
