"""`manage.py make_admin`: the first person who may enter. The password comes on standard input."""

import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import EmailValidator

from core_service.users.operations import ensure_admin
from shared.errors import InvalidInput


class Command(BaseCommand):
    help = "Crea un administrador, o le pone esta contraseña si ya existe. Repetirlo no cambia nada."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", default="Administración")
        parser.add_argument("--password-stdin", action="store_true", required=True, help="lee la contraseña de stdin")

    def handle(self, *args: Any, **options: Any) -> None:
        email, password = options["email"], sys.stdin.readline().rstrip("\r\n")
        try:
            EmailValidator()(email)
            user, created = ensure_admin(email=email, password=password, name=options["name"], who="command:make_admin")
        except ValidationError as error:
            raise CommandError(f"--email {email!r} no es un correo: escriba uno como nombre@empresa.cl") from error
        except InvalidInput as error:
            raise CommandError(" ".join(item.problem for item in error.errors)) from error
        self.stdout.write(f"{user.email}: administrador {'creado' if created else 'al día'}")
