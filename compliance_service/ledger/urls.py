from django.urls import path

from compliance_service.ledger import api

urlpatterns = [
    path("ledger/roots/", api.Roots.as_view()),
    path("ledger/roots/mail/", api.RootMail.as_view()),
    path("ledger/export/", api.Export.as_view()),
    path("ledger/verify/", api.Verify.as_view()),
]
