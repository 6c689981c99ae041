from django.urls import path

from compliance_service.impact import api

urlpatterns = [path("book/<uuid:config_id>/impact/", api.ImpactReport.as_view())]
