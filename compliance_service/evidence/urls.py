from django.urls import path

from compliance_service.evidence import api

urlpatterns = [path("book/<uuid:config_id>/evidence/", api.EvidenceFile.as_view())]
