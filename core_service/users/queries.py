"""Who the people are."""

from uuid import UUID

from core_service.users.models import User
from shared.auth.principal import Principal
from shared.errors import NotFound


def user_of(principal: Principal) -> User:
    """The person behind a token. Raises NotFound for a service, which is nobody's account."""
    user = User.objects.filter(id=principal.subject, is_active=True).first() if principal.kind == "user" else None
    if user is None:
        raise NotFound("Este token no es de una persona con cuenta activa.")
    return user


def page_of_users(*, after: str | None, limit: int) -> list[User]:
    """`limit + 1` users by e-mail."""
    users = User.objects.order_by("email")
    if after:
        users = users.filter(email__gt=after)
    return list(users[: limit + 1])


def user_exists(user_id: UUID) -> bool:
    return User.objects.filter(id=user_id).exists()
