"""Mail about alerts through a server that speaks SMTP: one letter for many moves, once, however often it is tried."""

import ipaddress
import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared import clock
from shared.errors import Refused, Unreachable
from shared.settings.env import Env, EnvironmentProblem
from telemetry_service.alerts.kinds import Kind
from telemetry_service.alerts.mail.digest import WAITS, send_digest
from telemetry_service.alerts.mail.server import MailServer, hand_over, read_mail_server
from telemetry_service.alerts.models import AlertMove, Digest
from tests.telemetry_service.alerts.mailbox import Mailbox, mailbox

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Make = Callable[..., Any]
PASSWORD = "clave-muy-secreta"


def server(box: Mailbox, login: str = "") -> MailServer:
    said = {"ALERT_MAIL_SERVER": f"smtp://{login}127.0.0.1:{box.port}", "ALERT_MAIL_FROM": "stack@example.cl"}
    found = read_mail_server(Env(said | {"ALERT_MAIL_TO": "ana@example.cl, jorge@example.cl"}))
    assert found is not None
    return found


@pytest.fixture
def box(settings: Any) -> Iterator[Mailbox]:
    with mailbox() as made:
        settings.ALERT_MAIL = server(made)
        yield made


# --- the letter


@pytest.mark.django_db
def test_one_letter_says_all_that_is_new(box: Mailbox, look: Make, sign: Make, make_point: Make, now: datetime) -> None:
    point = make_point("OB-1", name="Pozo del norte")
    look(now, sign(point=point.id), sign(Kind.STALE, "level", point=point.id), sign(Kind.STOPPED))
    assert send_digest(now) == 1
    (letter,), (envelope,) = box.letters, box.envelopes
    assert envelope == ("stack@example.cl", ["ana@example.cl", "jorge@example.cl"])
    assert letter["Subject"] == "Stack VPS: 3 alertas nuevas, 2 críticas"
    body = letter.get_content()
    assert "OB-1 · Pozo del norte" in body
    assert "- [crítica] sin comunicación, desde el 02-01-2026 09:00: " in body
    assert "- [advertencia] variable sin lecturas (level), desde el 02-01-2026 09:00: " in body
    assert body.index("[crítica]") < body.index("[advertencia]")


@pytest.mark.django_db
def test_nothing_is_said_twice_and_nothing_too_often(box: Mailbox, look: Make, sign: Make, now: datetime) -> None:
    look(now, sign())
    assert [send_digest(now + minute * MINUTE) for minute in (0, 1, 5, 20)] == [1, 0, 0, 0]
    look(now + 21 * MINUTE, sign(), sign(Kind.STALE, "flow"))
    look(now + 40 * MINUTE)
    assert [send_digest(now + minute * MINUTE) for minute in (40, 41, 56)] == [1, 0, 0]
    assert box.letters[1]["Subject"] == "Stack VPS: 1 alerta nueva, 1 cerrada"
    assert "sin comunicación: cerrada el 02-01-2026 09:40, desde el 02-01-2026 09:00." in box.letters[1].get_content()


@pytest.mark.django_db
def test_a_flood_is_one_letter_of_bounded_length(box: Mailbox, look: Make, sign: Make, now: datetime) -> None:
    look(now, *(sign(point=uuid4()) for _ in range(500)))
    assert send_digest(now) == 1
    assert len(box.letters) == 1
    body = box.letters[0].get_content()
    assert "Y 440 más: están en la página de alertas." in body
    assert body.count("[crítica]") == 60


@pytest.mark.django_db
def test_who_turns_mail_on_later_is_not_told_of_years(
    box: Mailbox, settings: Any, look: Make, sign: Make, now: datetime
) -> None:
    there, settings.ALERT_MAIL = settings.ALERT_MAIL, None
    look(now - 2 * DAY, sign())
    look(now - HOUR, sign(), sign(Kind.STALE, "flow"))
    assert send_digest(now) == 0
    settings.ALERT_MAIL = there
    assert send_digest(now) == 1
    assert box.letters[0]["Subject"] == "Stack VPS: 1 alerta nueva"


# --- when the server does not take it


@pytest.mark.django_db
def test_a_server_that_is_away_gets_the_same_letter_later(
    box: Mailbox, look: Make, sign: Make, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    look(now, sign())
    box.refuse = {"MAIL": 451}
    with caplog.at_level(logging.WARNING):
        assert send_digest(now) == 0
    assert "alert mail not sent" in caplog.text
    assert Digest.objects.get().problem == "el servidor de correo respondió 451"
    box.refuse = {}
    assert send_digest(now + MINUTE) == 0
    assert send_digest(now + WAITS[0]) == 1
    digest = Digest.objects.get()
    assert (digest.tries, digest.sent_at, digest.problem) == (2, now + WAITS[0], "")
    assert box.letters[0]["Message-ID"] == f"<alertas.{digest.id}.20260102120000@example.cl>"


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_what_a_server_never_takes_is_given_up_and_holds_nothing_up(
    box: Mailbox, look: Make, sign: Make, now: datetime, verb: str
) -> None:
    look(now, sign())
    box.refuse = {verb: 550}
    assert send_digest(now) == 0
    assert Digest.objects.get().given_up_at == now
    box.refuse = {}
    look(now + 20 * MINUTE, sign(), sign(Kind.STALE, "flow"))
    assert send_digest(now + 20 * MINUTE) == 1
    assert box.letters[0]["Subject"] == "Stack VPS: 1 alerta nueva"


@pytest.mark.django_db
def test_after_many_tries_it_ends(box: Mailbox, look: Make, sign: Make, now: datetime) -> None:
    look(now, sign())
    box.refuse = {"MAIL": 451}
    for tries in range(len(WAITS) + 1):
        assert Digest.objects.filter(given_up_at=None).count() == (1 if tries else 0)
        send_digest(now + tries * DAY)
    assert Digest.objects.get(given_up_at__isnull=False).tries == len(WAITS) + 1


@pytest.mark.django_db
def test_one_process_sends_at_a_time(box: Mailbox, look: Make, sign: Make, now: datetime) -> None:
    """Another that looks while the first one waits for the server finds nothing to do."""
    look(now, sign())
    digest = Digest.objects.create(made_at=now, next_try_at=now + 5 * MINUTE, tries=1)
    AlertMove.objects.update(digest=digest)
    assert send_digest(now + MINUTE) == 0
    assert send_digest(now + 5 * MINUTE) == 1
    assert len(box.letters) == 1


# --- the server


def test_nobody_answers() -> None:
    with mailbox() as box:
        gone = server(box)
    with pytest.raises(Unreachable, match="ConnectionRefusedError"):
        hand_over(gone, _letter())


def test_a_password_is_said_only_behind_encryption() -> None:
    with mailbox(login=("ana", PASSWORD)) as box, pytest.raises(Refused, match="cifrado"):
        hand_over(server(box, f"ana:{PASSWORD}@"), _letter())
    assert box.encrypted == []
    assert box.letters == []


def test_log_in_behind_starttls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = _certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with mailbox(login=("ana", PASSWORD), certificate=certificate) as box:
        hand_over(server(box, f"ana:{PASSWORD}@"), _letter())
        assert (box.encrypted, len(box.letters)) == ([True], 1)
        with pytest.raises(Refused, match="535") as refused:
            hand_over(server(box, "ana:otra-clave@"), _letter())
        assert "otra-clave" not in str(refused.value)


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(tmp_path: Path) -> None:
    with mailbox(login=("ana", PASSWORD), certificate=_certificate(tmp_path)) as box:
        with pytest.raises(Unreachable, match="SSL"):
            hand_over(server(box, f"ana:{PASSWORD}@"), _letter())
        assert box.encrypted == []


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({"ALERT_MAIL_SERVER": "http://h"}, "ALERT_MAIL_SERVER"),
        ({"ALERT_MAIL_FROM": ""}, "ALERT_MAIL_FROM"),
        ({"ALERT_MAIL_FROM": "nadie"}, "ALERT_MAIL_FROM"),
        ({"ALERT_MAIL_TO": ""}, "ALERT_MAIL_TO"),
        ({"ALERT_MAIL_TO": "a@b.cl, c d@e.cl"}, "ALERT_MAIL_TO"),
    ],
)
def test_a_setting_that_cannot_be_stops_the_start_by_name(said: dict[str, str], name: str) -> None:
    right = {"ALERT_MAIL_SERVER": f"smtp://ana:{PASSWORD}@h", "ALERT_MAIL_FROM": "a@b.cl", "ALERT_MAIL_TO": "a@b.cl"}
    with pytest.raises(EnvironmentProblem) as stopped:
        read_mail_server(Env(right | said))
    assert str(stopped.value).startswith(f"{name} must")
    assert PASSWORD not in str(stopped.value)


def test_without_a_server_there_is_no_mail_and_no_password_is_shown() -> None:
    assert read_mail_server(Env({})) is None
    said = {"ALERT_MAIL_SERVER": f"smtps://ana:{PASSWORD}@h", "ALERT_MAIL_FROM": "a@b.cl", "ALERT_MAIL_TO": "a@b.cl"}
    found = read_mail_server(Env(said))
    assert found == MailServer("h", 465, True, "ana", PASSWORD, "a@b.cl", ["a@b.cl"])
    assert PASSWORD not in repr(found)


def _letter() -> Any:
    letter = EmailMessage()
    letter["Subject"] = "prueba"
    letter.set_content("hola")
    return letter


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = clock.now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - DAY)
        .not_valid_after(today + DAY)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return paths
