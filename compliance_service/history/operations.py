"""Issuing, using and revoking the credentials of the history."""

import hashlib
import hmac
import secrets
from datetime import datetime
from uuid import UUID

from compliance_service.history import tokens
from compliance_service.history.models import HistoryCredential
from shared.errors import Conflict, NotAuthenticated, NotFound


def issue(*, company_rut: str, note: str, by: str, now: datetime) -> tuple[HistoryCredential, str]:
    """A new credential with its password, which is shown this once and kept nowhere."""
    password = secrets.token_urlsafe(32)
    made = HistoryCredential.objects.create(
        usuario=f"sma-{secrets.token_hex(6)}",
        digest=digest(password),
        company_rut=company_rut,
        note=note,
        issued_at=now,
        issued_by=by,
    )
    return made, password


def revoke(*, credential_id: UUID, by: str, now: datetime) -> HistoryCredential:
    """Ends it at once, and every token that was given for it."""
    changed = HistoryCredential.objects.filter(id=credential_id, revoked_at=None).update(revoked_at=now, revoked_by=by)
    found = HistoryCredential.objects.filter(id=credential_id).first()
    if found is None:
        raise NotFound("No hay una credencial con ese id.")
    if not changed:
        raise Conflict("La credencial ya está revocada.")
    return found


def log_in(*, usuario: str, password: str, now: datetime) -> str:
    """A token for 24 hours. Raises NotAuthenticated: whether the user or the password is wrong is not said."""
    found = HistoryCredential.objects.filter(usuario=usuario, revoked_at=None).first()
    kept = found.digest if found else digest("")
    if not hmac.compare_digest(kept, digest(password)) or found is None:
        raise NotAuthenticated("Usuario o contraseña incorrectos")
    HistoryCredential.objects.filter(id=found.id).update(last_used_at=now)
    return tokens.sign(found.id, now=now)


def digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()
