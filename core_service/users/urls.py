from django.urls import path

from core_service.users import api

urlpatterns = [
    path("", api.Users.as_view()),
    path("me/", api.Me.as_view()),
]
