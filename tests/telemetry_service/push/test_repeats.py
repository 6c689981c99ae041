"""The same push with the same Idempotency-Key is answered the same, byte for byte, and changes nothing."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from shared.errors import InvalidInput
from telemetry_service.push.errors import KeyReused
from telemetry_service.push.keep.operations import ANSWERS_KEPT, forget_old_answers, keep
from telemetry_service.push.keep.together import Together
from telemetry_service.push.models import PushAnswer, SourceChange
from telemetry_service.push.operations import push
from telemetry_service.raw.models import RawAnswer
from tests.telemetry_service.conftest import NOW
from tests.telemetry_service.push.conftest import HOUR, MINUTE, Holder, Make, row, send, stored, verdicts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("months")]
OTHER = Holder(key_id=UUID(int=78))


def test_a_repeat_gets_the_first_answer(make_pushed: Make) -> None:
    rows = [row(make_pushed().id), row("nadie")]
    first = send(rows, idempotency_key="a")
    assert verdicts(first) == ["stored", "rejected"]
    assert send(rows, idempotency_key="a", at=NOW + HOUR) == first
    assert PushAnswer.objects.count() == RawAnswer.objects.count() == 1


def test_the_bytes_are_the_same(make_pushed: Make) -> None:
    body = json.dumps([row(make_pushed().id)]).encode()
    said = {"body": body, "content_type": "application/json", "encoding": "", "idempotency_key": "a"}
    together = Together(lambda pushes: keep(pushes, now=NOW))
    answers = {push(**said, holder=Holder(), now=NOW + n * MINUTE, together=together) for n in range(3)}
    assert len(answers) == 1


def test_the_key_for_another_push_is_refused_and_nothing_of_it_is_stored(make_pushed: Make) -> None:
    source = make_pushed().id
    send([row(source)], idempotency_key="a")
    with pytest.raises(KeyReused, match="ya se usó") as refused:
        send([row(source, NOW - MINUTE)], idempotency_key="a")
    assert refused.value.status == 422
    assert len(stored()) == 1


def test_the_same_bytes_as_another_format_are_another_push(make_pushed: Make) -> None:
    one = json.dumps(row(make_pushed().id)).encode() + b"\n"
    send(one, idempotency_key="a", content_type="application/x-ndjson")
    with pytest.raises(KeyReused):
        send(b"[" + one + b"]", idempotency_key="a")


def test_each_api_key_has_its_own(make_pushed: Make) -> None:
    source = make_pushed().id
    assert verdicts(send([row(source)], idempotency_key="a")) == ["stored"]
    assert verdicts(send([row(source, NOW - MINUTE)], idempotency_key="a", holder=OTHER)) == ["stored"]


def test_without_one_a_repeat_is_known_row_by_row(make_pushed: Make) -> None:
    rows = [row(make_pushed().id)]
    assert verdicts(send(rows)) == ["stored"]
    assert verdicts(send(rows)) == ["duplicate"]
    assert not PushAnswer.objects.exists()


@pytest.mark.parametrize("key", ["x" * 256, "ñ", "a\tb"])
def test_a_key_that_is_none_is_refused(make_pushed: Make, key: str) -> None:
    with pytest.raises(InvalidInput, match="Idempotency-Key"):
        send([row(make_pushed().id)], idempotency_key=key)
    assert stored() == set()


def test_answers_are_forgotten_after_their_time(make_pushed: Make) -> None:
    rows = [row(make_pushed().id)]
    send(rows, idempotency_key="a")
    assert forget_old_answers(now=NOW + ANSWERS_KEPT) == 0
    assert forget_old_answers(now=NOW + ANSWERS_KEPT + timedelta(seconds=1)) == 1
    assert verdicts(send(rows, idempotency_key="a")) == ["duplicate"]


def test_a_process_that_did_not_look_for_long_believes_nothing_old(make_pushed: Make) -> None:
    """Its changes were forgotten meanwhile, but for the newest."""
    source = make_pushed()
    SourceChange.objects.update(at=NOW - HOUR)
    forget_old_answers(now=NOW + MINUTE)
    assert verdicts(send([row(source.id)])) == ["stored"]
    source.state, source.stop_reason = "stopped", "prueba"
    source.save()
    SourceChange.objects.update(at=NOW - HOUR)
    forget_old_answers(now=NOW + MINUTE)
    assert SourceChange.objects.count() == 1
    assert verdicts(send([row(source.id, NOW - MINUTE)])) == ["rejected"]


def test_an_answer_names_its_push_once() -> None:
    said = {"key_id": UUID(int=1), "digest": b"", "body": b"", "received_at": NOW}
    with pytest.raises(IntegrityError, match="push_answer_names_its_push"), transaction.atomic():
        PushAnswer.objects.create(idempotency_key="", **said)
    PushAnswer.objects.create(idempotency_key="a", **said)
    with pytest.raises(IntegrityError, match="push_answer_pkey"), transaction.atomic():
        PushAnswer.objects.create(idempotency_key="a", **said)
