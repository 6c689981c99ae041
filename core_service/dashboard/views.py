from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

APIS = (
    ("POST", "/api/auth/token", "entrar: correo y contraseña por un token de 10 minutos"),
    ("POST", "/api/auth/token/refresh", "el token siguiente"),
    ("POST", "/api/auth/logout", "salir"),
    ("GET", "/api/users/me/", "quién soy y qué puedo hacer"),
    ("GET POST", "/api/users/owners/", "propietarios de los puntos"),
    ("GET POST", "/api/core/points/", "puntos de captación y su configuración"),
    ("GET POST", "/api/core/keys/", "claves de equipos que mandan lecturas; la página es /claves/"),
    ("GET", "/api/telemetry/data/", "mediciones con su calidad y sus motivos; as_of: lo que se sabía entonces"),
    ("GET", "/api/telemetry/latest/", "lo último de cada punto y variable"),
    ("GET", "/api/telemetry/aggregate/", "horas, días y meses: mínimos, máximos, medias y lo extraído"),
    ("GET", "/api/telemetry/chart/", "una serie con tantos puntos como el gráfico es ancho"),
    ("GET", "/api/telemetry/export/", "mediciones en un archivo: csv, xlsx o ndjson"),
    ("GET POST", "/api/telemetry/alerts/", "lo que está mal, con su evidencia; la página es /alertas/"),
    ("GET", "/api/telemetry/points/active", "puntos con datos recientes"),
    ("POST", "/api/telemetry/process/", "volver a procesar un período"),
    ("GET POST", "/api/telemetry/imports/", "cargar lecturas de un archivo CSV o XLSX; la página es /cargas/"),
    ("POST", "/api/telemetry/readings/manual/", "anotar lecturas tomadas a mano"),
    ("GET", "/api/compliance/sources/", "autoridades a las que se informa"),
    ("GET POST", "/api/compliance/configs/", "qué se informa por cada obra"),
    ("PATCH", "/api/compliance/configs/<id>/", "quién informa, y hasta cuándo"),
    ("POST", "/api/compliance/configs/<id>/resume/", "seguir con una obra detenida"),
    ("GET", "/api/compliance/data/", "lo enviado, con su comprobante o el motivo"),
    ("GET", "/api/compliance/data/<id>/", "un envío con cada intento"),
    ("GET POST", "/api/compliance/rights/", "derechos de agua"),
    ("GET", "/api/compliance/rights/<id>/usage/", "usado, disponible y pronóstico del año"),
    ("GET", "/api/compliance/plan/", "cuándo queda al día cada obra y qué horas pasarán su plazo"),
    ("GET", "/api/compliance/receipts/verification/", "comprobantes leídos de vuelta en la autoridad"),
    ("GET", "/api/compliance/receipts/incidents/", "lo que la autoridad tiene distinto de lo enviado"),
    (
        "GET POST",
        "/api/compliance/review/",
        "horas retenidas y lo que se decide de ellas; la página es /revision/",
    ),
    ("GET", "/api/compliance/review/decisions/", "quién decidió qué de cada hora retenida, y cuándo"),
    ("GET", "/api/compliance/book/", "lo debido y cómo terminó, por obra y período; la página es /libro/"),
    ("GET", "/api/compliance/book/<id>/certificate/", "el certificado firmado de una obra y período: json o pdf"),
    ("GET POST", "/api/compliance/sources/<code>/rules/", "las reglas de una autoridad, por versiones"),
    ("GET POST", "/api/compliance/sources/<code>/answers/", "qué significa cada respuesta de una autoridad"),
    ("GET", "/api/compliance/files/<config>/", "el archivo de una obra que se informa por archivo o formulario"),
    ("POST", "/api/compliance/configs/<id>/preflight/", "la revisión previa de una obra"),
    ("GET", "/api/compliance/obligations/summary/", "horas debidas, comprobadas, explicadas y abiertas"),
    ("POST", "/api/compliance/obligations/explain/", "explicar las horas que no se pudieron informar"),
)


# Nothing but our own files: no inline script, no other host.
POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{what}-src 'self'" for what in ("script", "style", "img", "connect")),
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def start(request: HttpRequest) -> HttpResponse:
    return render(request, "dashboard/start.html", {"apis": APIS, "service": settings.SERVICE})


@login_required
@require_safe
def imports(request: HttpRequest) -> HttpResponse:
    """The page where files of readings are brought. The browser asks Telemetry, with a token of the session."""
    return _page(request, "dashboard/imports.html", may_write=_is_staff(request))


@login_required
@require_safe
def book(request: HttpRequest) -> HttpResponse:
    """The page of what was due and how it ended. The browser asks Compliance, with a token of the session."""
    return _page(request, "dashboard/book.html")


@login_required
@require_safe
def review(request: HttpRequest) -> HttpResponse:
    """The page where a person decides about held hours. The browser asks Compliance, with a token of the session."""
    return _page(request, "dashboard/review.html", may_write=_is_staff(request))


@login_required
@require_safe
def alerts(request: HttpRequest) -> HttpResponse:
    """The page of what is wrong. The browser asks Telemetry, and Core where a finding is confirmed."""
    return _page(request, "dashboard/alerts.html", may_write=_is_staff(request))


@login_required
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """The page where keys of devices are made, changed and revoked."""
    return _page(request, "dashboard/keys.html", may_write=_is_staff(request))


def _is_staff(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_staff", False))


def _page(request: HttpRequest, template: str, **said: object) -> HttpResponse:
    response = render(request, template, said)
    response["Content-Security-Policy"] = POLICY
    return response
