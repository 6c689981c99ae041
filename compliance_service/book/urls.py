from django.urls import path

from compliance_service.book import api

urlpatterns = [
    path("book/", api.Book.as_view()),
    path("book/<uuid:config_id>/", api.WorkBook.as_view()),
    path("book/<uuid:config_id>/explained/", api.Explained.as_view()),
    path("book/<uuid:config_id>/certificate/", api.CertificateFile.as_view()),
]
