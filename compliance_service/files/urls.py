from django.urls import path

from compliance_service.files import api

urlpatterns = [
    path("files/<uuid:config_id>/", api.File.as_view()),
    path("files/<uuid:config_id>/uploads/", api.Uploads.as_view()),
]
