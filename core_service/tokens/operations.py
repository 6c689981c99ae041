"""Log in, refresh, log out."""

import logging
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth import authenticate
from django.db import transaction

from core_service.catchment.queries import point_ids_of
from core_service.tokens.access import scopes_of
from core_service.tokens.models import RefreshToken, TokenFamily
from core_service.tokens.queries import digest_of, find_token
from core_service.users.models import User, normal_email
from shared.auth.tokens import sign_user_token
from shared.errors import NotAuthenticated

logger = logging.getLogger(__name__)
ACCESS_LIFETIME = timedelta(minutes=10)
EXPIRES_IN = int(ACCESS_LIFETIME.total_seconds())
REFRESH_LIFETIME = timedelta(days=14)
FAMILY_LIFETIME = timedelta(days=90)  # then the person logs in again, however often the token was refreshed
NOT_VALID = "El token de refresco no es válido o ya venció: entre de nuevo."


@dataclass(frozen=True, slots=True)
class Issued:
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in: int  # seconds that `access` lives


def log_in(*, email: str, password: str, now: datetime) -> Issued:
    """Raises NotAuthenticated without saying whether the e-mail or the password was wrong."""
    user = authenticate(username=normal_email(email), password=password)
    if not isinstance(user, User):
        raise NotAuthenticated("Correo o contraseña incorrectos.")
    with transaction.atomic():
        User.objects.filter(id=user.id).update(last_login=now)
        family = TokenFamily.objects.create(
            user=user, password_mark=user.get_session_auth_hash(), started_at=now, ends_at=now + FAMILY_LIFETIME
        )
        return _issue(family, user, now)


def confirm(user: User, *, password: str, now: datetime) -> str:
    """An access token that says the password was shown now. Raises NotAuthenticated when it is not the password."""
    if authenticate(username=user.email, password=password) != user:
        raise NotAuthenticated("La contraseña no es correcta.")
    return access_of(user, proved_at=now, now=now)


def refresh(*, secret: str, now: datetime) -> Issued:
    """Uses up `secret` and gives the next tokens. A secret that was used before ends its whole family."""
    token = find_token(secret)
    if token is None or not _is_open(token, now):
        raise NotAuthenticated(NOT_VALID)
    with transaction.atomic():
        if _use_up(token, now):
            return _issue(token.family, token.family.user, now)
    # Outside the transaction, which the exception would undo.
    revoke(token.family, reason="reused", now=now)
    logger.warning("refresh token reused", extra={"user": str(token.family.user_id), "family": str(token.family_id)})
    raise NotAuthenticated(NOT_VALID)


def log_out(*, secret: str, now: datetime) -> None:
    """Ends the family of `secret`. Doing it twice, or with a token that nobody knows, changes nothing."""
    token = find_token(secret)
    if token is not None:
        revoke(token.family, reason="logged_out", now=now)


def revoke(family: TokenFamily, *, reason: str, now: datetime) -> bool:
    """False if it was revoked before."""
    revoked = TokenFamily.objects.filter(id=family.id, revoked_at=None).update(revoked_at=now, revoked_for=reason)
    return revoked == 1


def access_of(user: User, *, proved_at: datetime | None, now: datetime) -> str:
    """An access token for a person whom somebody has made sure of: by password, by refresh token or by session."""
    return sign_user_token(
        user_id=user.id,
        email=user.email,
        scopes=scopes_of(is_staff=user.is_staff),
        points=None if user.is_staff else point_ids_of(user.id),
        now=now,
        lifetime=ACCESS_LIFETIME,
        proved_at=proved_at,
    )


def forget_ended(*, now: datetime) -> int:
    """Deletes families whose time is over; says how many."""
    _, deleted = TokenFamily.objects.filter(ends_at__lt=now).delete()
    return deleted.get("tokens.TokenFamily", 0)


def _is_open(token: RefreshToken, now: datetime) -> bool:
    family, user = token.family, token.family.user
    return (
        family.revoked_at is None
        and now < token.expires_at
        and user.is_active
        and secrets.compare_digest(family.password_mark, user.get_session_auth_hash())
    )


def _use_up(token: RefreshToken, now: datetime) -> bool:
    """Compare-and-set: of two that bring the same token at once, one comes first."""
    return RefreshToken.objects.filter(id=token.id, used_at=None).update(used_at=now) == 1


def _issue(family: TokenFamily, user: User, now: datetime) -> Issued:
    secret = secrets.token_urlsafe(32)
    RefreshToken.objects.create(
        family=family,
        digest=digest_of(secret),
        issued_at=now,
        expires_at=min(now + REFRESH_LIFETIME, family.ends_at),
    )
    # Refreshing shows no password: the family began when it was shown.
    access = access_of(user, proved_at=family.started_at, now=now)
    return Issued(access=access, refresh=secret, expires_in=EXPIRES_IN)
