"""People. They log in by e-mail."""

from typing import Any, ClassVar
from uuid import uuid4

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

from shared import clock


def normal_email(text: str) -> str:
    """One spelling for an address: people write their own in many."""
    return text.strip().lower()


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=normal_email(username or ""))

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=normal_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})


class User(AbstractBaseUser, PermissionsMixin):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    email = models.EmailField("correo", max_length=254)
    name = models.CharField("nombre", max_length=200, blank=True, default="")
    phone = models.CharField("teléfono", max_length=30, blank=True, default="")
    is_staff = models.BooleanField("personal", default=False, help_text="Ve y administra todo.")
    is_active = models.BooleanField("activo", default=True, help_text="Si no, no puede entrar.")
    preferences = models.JSONField("preferencias", default=dict, blank=True)
    created_at = models.DateTimeField("creado", default=clock.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = "usuario"
        verbose_name_plural = "usuarios"
        constraints = [
            # Together these two make the address unique whatever its capitals are.
            models.UniqueConstraint(
                fields=["email"], name="user_email_once", violation_error_message="Ya hay un usuario con este correo."
            ),
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lowercase"),
        ]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        self.email = normal_email(self.email)

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name or self.email
