from django.urls import path

from core_service.tokens import api

urlpatterns = [
    path("token", api.LogIn.as_view()),
    path("token/refresh", api.Refresh.as_view()),
    path("logout", api.LogOut.as_view()),
    path("session-token/", api.SessionToken.as_view()),
    path("confirm/", api.Confirm.as_view()),
    path("jwks.json", api.Keys.as_view()),
]
