from django.urls import include, path

# Whoever answers requests also sends messages: the application and its tasks must be known here.
from compliance_service import pipeline as pipeline
from shared.openapi.urls import schema_urls
from shared.web.urls import operational_urls

urlpatterns = [
    *operational_urls,
    path("api/compliance/", include(schema_urls)),
    path("api/compliance/", include("compliance_service.points.urls")),
    path("api/compliance/", include("compliance_service.authorities.urls")),
    path("api/compliance/", include("compliance_service.obligations.urls")),
    path("api/compliance/", include("compliance_service.submissions.urls")),
    path("api/compliance/", include("compliance_service.receipts.urls")),
    path("api/compliance/", include("compliance_service.weather.urls")),
    path("api/compliance/", include("compliance_service.review.urls")),
    path("api/compliance/", include("compliance_service.files.urls")),
    path("api/compliance/", include("compliance_service.golive.urls")),
    path("api/compliance/", include("compliance_service.book.urls")),
    path("api/compliance/", include("compliance_service.rights.urls")),
    path("api/compliance/", include("compliance_service.ledger.urls")),
    path("api/compliance/", include("compliance_service.evidence.urls")),
    path("api/compliance/", include("compliance_service.impact.urls")),
    path("api/compliance/", include("compliance_service.history.urls")),
    path("api/compliance/", include("compliance_service.notices.urls")),
]
handler404 = "shared.web.problems.not_found"
handler500 = "shared.web.problems.server_error"
