from django.urls import path

from compliance_service.golive import api

urlpatterns = [
    path("configs/<uuid:config_id>/shadow/", api.ShadowReport.as_view()),
    path("configs/<uuid:config_id>/shadow/compare/", api.Compare.as_view()),
    path("configs/<uuid:config_id>/preflight/", api.Preflight.as_view()),
    path("configs/<uuid:config_id>/go-live/", api.GoLive.as_view()),
]
