import base64
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from compliance_service.ledger.mail import root_mail
from compliance_service.ledger.models import LedgerEntry, LedgerRoot
from compliance_service.ledger.operations import seal
from compliance_service.ledger.roots import make_roots, signature_text
from shared.auth.keys import key_id, read_private
from tests.compliance_service.conftest import DAY, LOOK

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
# 13 May in UTC-4 ends here.
MIDNIGHT = datetime(2024, 5, 14, 4, tzinfo=UTC)


def test_a_day_has_its_root_when_it_is_over_in_the_authoritys_time(told: Make) -> None:
    told()
    assert make_roots(MIDNIGHT - timedelta(seconds=1)) == 0
    made = make_roots(MIDNIGHT)
    assert [root.work for root in LedgerRoot.objects.order_by("work")] == ["", "DGA", "DGA/OB-0601-101", "SMA"]
    assert (made, {root.day for root in LedgerRoot.objects.all()}) == (4, {date(2024, 5, 13)})
    assert make_roots(MIDNIGHT) == 0


def test_a_root_is_the_last_digest_the_first_and_last_number_and_their_count(told: Make) -> None:
    told()
    told("OB-0601-102", at=MIDNIGHT)
    make_roots(MIDNIGHT + DAY)
    first, second = LedgerRoot.objects.filter(work="").order_by("day")
    assert (first.first, second.first, second.last) == (1, first.last + 1, LedgerEntry.objects.count())
    assert bytes(second.head) == bytes(LedgerEntry.objects.get(seq=second.last).digest)
    said = json.loads(bytes(second.body))
    assert (said["head"], said["count"], said["day"]) == (
        bytes(second.head).hex(),
        second.last - second.first + 1,
        "2024-05-14",
    )


def test_a_root_of_a_work_counts_its_own_entries(told: Make) -> None:
    told()
    told("OB-0601-102", at=LOOK + timedelta(hours=1))
    make_roots(MIDNIGHT)
    root = LedgerRoot.objects.get(work="DGA/OB-0601-102")
    entries = LedgerEntry.objects.filter(work="DGA/OB-0601-102").order_by("work_seq")
    assert (root.first, root.last) == (1, entries.count())
    assert bytes(root.head) == bytes(list(entries)[-1].digest)


def test_a_day_on_which_nothing_happened_says_so(told: Make) -> None:
    told()
    make_roots(MIDNIGHT + 3 * DAY)
    days = list(LedgerRoot.objects.filter(work="").order_by("day").values_list("day", "first", "last"))
    last = LedgerEntry.objects.count()
    assert days == [
        (date(2024, 5, 13), 1, last),
        (date(2024, 5, 14), last + 1, last),
        (date(2024, 5, 15), last + 1, last),
        (date(2024, 5, 16), last + 1, last),
    ]
    assert LedgerRoot.objects.filter(work="DGA").count() == 1


def test_without_entries_there_are_no_days(db: None) -> None:
    assert make_roots(LOOK) == 0


def test_a_day_whose_root_is_made_takes_no_more_entries(told: Make) -> None:
    told()
    make_roots(MIDNIGHT)
    told("OB-0601-102", sealed_at=MIDNIGHT - timedelta(hours=1))
    late = LedgerEntry.objects.filter(work="DGA/OB-0601-102")
    assert {entry.sealed_at for entry in late} == {MIDNIGHT}


def test_a_root_is_signed_with_the_services_key(told: Make) -> None:
    told()
    make_roots(MIDNIGHT)
    public = read_private(Path(settings.SIGNING_KEY_FILE)).public_key()
    for root in LedgerRoot.objects.all():
        assert root.key == key_id(public)
        public.verify(bytes(root.signature), bytes(root.body))
        assert base64.urlsafe_b64decode(signature_text(root) + "==") == bytes(root.signature)


def test_a_jump_of_the_clock_is_worked_off_in_parts(told: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compliance_service.ledger.roots.MOST_DAYS", 10)
    told()
    made = [make_roots(MIDNIGHT + 14 * DAY) for _ in range(3)]
    assert made == [10 + 3, 5, 0]


def test_the_mail_says_what_the_holder_needs(told: Make) -> None:
    told()
    make_roots(MIDNIGHT)
    root = LedgerRoot.objects.get(work="DGA/OB-0601-101")
    mail = root_mail(root.day, [root])
    assert mail.subject == "Raíz del libro de envíos, 2024-05-13"
    assert f"Obra: DGA/OB-0601-101\nAsientos: {root.last} (1 a {root.last})\nAsiento: {root.last}\n" in mail.body
    assert f"Raíz: {bytes(root.head).hex()}\nClave: {root.key}\nFirma: {signature_text(root)}\n" in mail.body


def test_an_entry_of_a_later_day_is_in_the_later_root(told: Make) -> None:
    told(sealed_at=MIDNIGHT)
    make_roots(MIDNIGHT + DAY)
    assert [root.day for root in LedgerRoot.objects.filter(work="")] == [date(2024, 5, 14)]
    assert seal(MIDNIGHT + DAY) == 0
