from django.urls import path

from compliance_service.receipts import api

urlpatterns = [
    path("receipts/verification/", api.Verification.as_view()),
    path("receipts/incidents/", api.Incidents.as_view()),
    path("receipts/incidents/<int:incident_id>/close/", api.CloseIncident.as_view()),
]
