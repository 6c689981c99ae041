from django.apps import AppConfig


class WeatherConfig(AppConfig):
    name = "compliance_service.weather"
    label = "weather"
