"""The mail server that the environment names, and one message handed over to it. No Django, no database."""

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from shared.errors import OutsideError, Refused, Unreachable
from shared.settings.env import Env, EnvironmentProblem

PORTS = {"smtp": 25, "smtps": 465}
TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class MailServer:
    """`tls`: from the first byte on. Otherwise as soon as the server offers it; without it no password is said."""

    host: str
    port: int
    tls: bool
    user: str
    password: str = field(repr=False)
    sender: str
    to: Sequence[str]


def read_mail_server(env: Env) -> MailServer | None:
    """None where no mail is wanted. Raises EnvironmentProblem naming the variable, never its value: it is a secret."""
    address = env.text("ALERT_MAIL_SERVER", "")
    if not address:
        return None
    env.url("ALERT_MAIL_SERVER", schemes=tuple(PORTS))
    parts, to = urlsplit(address), env.listing("ALERT_MAIL_TO", "")
    sender = env.text("ALERT_MAIL_FROM", "")
    for name, said in (("ALERT_MAIL_FROM", [sender]), ("ALERT_MAIL_TO", to)):
        if not said or not all(_is_address(one) for one in said):
            raise EnvironmentProblem(f"{name} must hold an address like ops@example.cl where ALERT_MAIL_SERVER is set")
    return MailServer(
        host=parts.hostname or "",
        port=parts.port or PORTS[parts.scheme],
        tls=parts.scheme == "smtps",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        sender=sender,
        to=to,
    )


def hand_over(server: MailServer, message: EmailMessage) -> None:
    """Raises Unreachable where trying again may help, Refused where it does not. Neither says the password."""
    try:
        with _connected(server) as smtp:
            smtp.send_message(message, server.sender, list(server.to))
    except smtplib.SMTPResponseException as error:
        raise _of_code(error.smtp_code) from error
    except smtplib.SMTPRecipientsRefused as error:
        raise _of_code(min(code for code, _ in error.recipients.values())) from error
    except (smtplib.SMTPException, OSError) as error:
        raise Unreachable(f"el servidor de correo no responde: {type(error).__name__}") from error


def _connected(server: MailServer) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.tls:
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=context)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    try:
        _log_in(smtp, server, context)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _log_in(smtp: smtplib.SMTP, server: MailServer, context: ssl.SSLContext) -> None:
    smtp.ehlo()
    if not server.tls and smtp.has_extn("starttls"):
        smtp.starttls(context=context)
        smtp.ehlo()
    elif server.user and not server.tls:
        raise Refused("el servidor de correo no ofrece cifrado: sin él no se dice la contraseña")
    if server.user:
        smtp.login(server.user, server.password)


def _of_code(code: int) -> OutsideError:
    """4xx is a no for now, 5xx for ever."""
    kind = Unreachable if 400 <= code < 500 else Refused
    return kind(f"el servidor de correo respondió {code}")


def _is_address(text: str) -> bool:
    name, at, host = text.rpartition("@")
    return bool(name and at and host) and text.isprintable() and not set(text) & set(' ,;<>"')
