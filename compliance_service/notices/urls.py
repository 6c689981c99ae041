from django.urls import path

from compliance_service.notices import api

urlpatterns = [
    path("notices/", api.Notices.as_view()),
    path("notices/<uuid:notice_id>/", api.OneNotice.as_view()),
    path("notices/<uuid:notice_id>/deliver/", api.Deliver.as_view()),
]
