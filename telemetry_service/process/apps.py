from django.apps import AppConfig


class ProcessConfig(AppConfig):
    name = "telemetry_service.process"
    label = "process"
