"""What changes people."""

import logging

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from core_service.users.models import User, normal_email
from shared.errors import Conflict, FieldError, InvalidInput

logger = logging.getLogger(__name__)


def create_user(*, email: str, password: str, name: str, phone: str, who: str) -> User:
    """An ordinary user. Raises InvalidInput for a weak password, Conflict when the e-mail is taken."""
    check_password_strength(password, User(email=normal_email(email), name=name))
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password, name=name, phone=phone)
    except IntegrityError as error:
        taken = FieldError("email", "ya hay un usuario con este correo", email, "un correo que nadie use")
        raise Conflict("El usuario ya existe.", errors=[taken]) from error
    logger.info("user created", extra={"user": str(user.id), "who": who})
    return user


def ensure_admin(*, email: str, password: str, name: str, who: str) -> tuple[User, bool]:
    """An administrator with this e-mail and password, and whether it is new. Doing it twice changes nothing."""
    user = User.objects.filter(email=normal_email(email)).first()
    created = user is None
    user = user or User(email=normal_email(email), name=name)
    check_password_strength(password, user)
    if created or not user.check_password(password):
        user.set_password(password)
    user.is_staff = user.is_superuser = user.is_active = True
    user.save()
    logger.info("admin ensured", extra={"user": str(user.id), "who": who, "is_new": created})
    return user, created


def check_password_strength(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        problems = [FieldError("password", message, "***", "una contraseña más fuerte") for message in error.messages]
        raise InvalidInput("La contraseña no se puede aceptar.", errors=problems) from error
