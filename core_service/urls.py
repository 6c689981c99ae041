from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from shared.openapi.urls import schema_urls
from shared.web.urls import operational_urls

urlpatterns = [
    *operational_urls,
    path("api/core/", include(schema_urls)),
    path("", include("core_service.dashboard.urls")),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("api/auth/", include("core_service.tokens.urls")),
    path("api/users/", include("core_service.users.urls")),
    path("api/core/", include("core_service.keys.urls")),
    path("api/", include("core_service.catchment.urls")),
]
handler404 = "shared.web.problems.not_found"
handler500 = "shared.web.problems.server_error"
