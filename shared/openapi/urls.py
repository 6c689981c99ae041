"""What every service says of its own API, under its own prefix."""

from django.urls import path

from shared.openapi.api import SchemaFile, SchemaPage

schema_urls = [
    path("schema/", SchemaFile.as_view()),
    path("docs/", SchemaPage.as_view()),
]
