from django.urls import path

from compliance_service.weather import api

urlpatterns = [
    path("weather/", api.NowWeather.as_view()),
    path("weather/outages/", api.Outages.as_view()),
    path("weather/outages/<int:outage_id>/duties/", api.DelayedDuties.as_view()),
]
