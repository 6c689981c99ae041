from django.urls import path

from compliance_service.authorities import api

urlpatterns = [path("sources/", api.Sources.as_view())]
