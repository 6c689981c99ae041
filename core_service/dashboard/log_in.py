"""The admin's log-in, throttled as the API's is."""

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError

from core_service.tokens.throttles import LogInsByAddress, LogInsByEmail


class ThrottledLogInForm(AdminAuthenticationForm):
    def clean(self) -> dict[str, Any]:
        request: Any = self.request
        view: Any = None
        if not all(throttle().allow_request(request, view) for throttle in (LogInsByAddress, LogInsByEmail)):
            raise ValidationError("Demasiados intentos: espere un minuto.", code="too_many")
        return super().clean()
