from django.urls import path

from core_service.dashboard import views

urlpatterns = [
    path("", views.start, name="start"),
    path("libro/", views.book, name="book"),
    path("revision/", views.review, name="review"),
    path("alertas/", views.alerts, name="alerts"),
    path("cargas/", views.imports, name="imports"),
    path("claves/", views.keys, name="keys"),
]
