from django.urls import path

from core_service.catchment import api
from core_service.catchment.schemas import api as schemas

urlpatterns = [
    path("core/points/", api.Points.as_view()),
    path("core/points/changes/", api.Changes.as_view()),
    path("core/points/<uuid:point_id>/", api.Point.as_view()),
    path("core/schema-templates/", schemas.Templates.as_view()),
    path("core/schema-templates/<uuid:template_id>/", schemas.Template.as_view()),
    path("core/dynamic-schemas/", schemas.Uses.as_view()),
    path("core/dynamic-schemas/<uuid:schema_id>/", schemas.Use.as_view()),
    path("users/owners/", api.Owners.as_view()),
]
