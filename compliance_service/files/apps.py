from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "compliance_service.files"
    label = "files"
