from django.urls import path

from compliance_service.history import api, public

RECORDS = "sma/v1/ufs/<str:uf>/procesos/<str:proceso>/dispositivos/<str:dispositivo>/registros/<str:fecha>"

urlpatterns = [
    path("sma/v1/auth", public.Auth.as_view()),
    path(RECORDS, public.Registros.as_view()),
    path("history-credentials/", api.Credentials.as_view()),
    path("history-credentials/<uuid:credential_id>/revoke/", api.Revoke.as_view()),
]
