"""Dead letters have an end: by age, by device, by account."""

from datetime import timedelta

import pytest

from telemetry_service.listen.models import DeadLetter, LetterState
from telemetry_service.listen.store import letters
from telemetry_service.listen.store.letters import Counts, drop_old, prune
from tests.telemetry_service.listen.conftest import NOW, TS, Make, keep, sent

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def speak(account: object, device: str, count: int) -> None:
    keep(
        *(
            sent(account, {"q": n, "ts": TS + n}, topic=f"telemetry/{device}/data", at=NOW + n * MINUTE)
            for n in range(count)
        )
    )


def left() -> list[tuple[str, int]]:
    rows = DeadLetter.objects.order_by("device", "last_at").values_list("device", "last_at")
    return [(device, (at - NOW) // MINUTE) for device, at in rows]


def test_a_flood_of_one_device_takes_its_own_oldest(make_account: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "MOST_OF_DEVICE", 2)
    speak(account := make_account(), "loud", 5)
    speak(account, "quiet", 1)
    assert prune() == 3
    assert left() == [("loud", 3), ("loud", 4), ("quiet", 0)]


def test_an_account_has_an_end_and_the_others_their_letters(
    make_account: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "MOST_OF_ACCOUNT", 3)
    account, other = make_account("uno"), make_account("otro")
    for n in range(4):
        speak(account, f"sn-{n}", 1)
    speak(other, "x", 3)
    assert prune() == 1
    assert DeadLetter.objects.filter(provider=other).count() == 3


def test_what_is_settled_goes_first(make_account: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "MOST_OF_DEVICE", 2)
    speak(make_account(), "loud", 3)
    newest = DeadLetter.objects.order_by("-last_at")[:1].values("id")
    DeadLetter.objects.filter(id__in=list(newest.values_list("id", flat=True))).update(
        state=LetterState.DISCARDED, settled_at=NOW, settled_by="x"
    )
    assert prune() == 1
    assert left() == [("loud", 0), ("loud", 1)]


def test_nothing_to_prune(make_account: Make) -> None:
    speak(make_account(), "sn", 2)
    assert prune() == 0


def test_after_thirty_days_they_go(make_account: Make) -> None:
    speak(make_account(), "sn", 2)
    assert drop_old(now=NOW + timedelta(days=30, seconds=30)) == 1
    assert left() == [("sn", 1)]


def test_a_key_is_counted_at_once_and_then_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    at = [100.0]
    monkeypatch.setattr("telemetry_service.listen.store.letters.time.monotonic", lambda: at[0])
    counts = Counts()
    assert [counts.due(b"a") for _ in range(3)] == [1, 0, 0]
    assert counts.due(b"b") == 1
    at[0] += 61
    assert counts.due(b"a") == 3
    assert counts.due(b"a") == 0


def test_what_was_stored_and_is_dead_again_waits_again(make_account: Make) -> None:
    speak(account := make_account(), "sn", 1)
    DeadLetter.objects.update(state=LetterState.STORED, settled_at=NOW, settled_by="x")
    speak(account, "sn", 1)
    letter = DeadLetter.objects.get()
    assert (letter.state, letter.settled_at, letter.settled_by, letter.count) == ("waiting", None, "", 2)
