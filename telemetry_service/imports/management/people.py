"""Who types a command, as the API would know him."""

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.core.validators import EmailValidator

from telemetry_service.imports.who import Who


def add_author(parser: CommandParser) -> None:
    parser.add_argument("--author", required=True, help="el correo de quien responde por esto")


def who_types(author: str) -> Who:
    """Whoever has a shell here may write to every point."""
    try:
        EmailValidator()(author)
    except ValidationError as error:
        raise CommandError(f"--author {author!r} no es un correo: escriba uno como nombre@empresa.cl") from error
    return Who(f"user:{author}", None, is_person=True)
