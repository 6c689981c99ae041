"""What queries of points must look like."""

from rest_framework import serializers

from telemetry_service.measurements.fields import SeriesQuery


class PlacesQuery(SeriesQuery):
    """With `variables`, each point comes with the latest measurement of each of them."""

    limit = serializers.CharField(required=False)  # these two are read by `read_page`
    cursor = serializers.CharField(required=False)
