"""The keys that a process remembers, and how soon it forgets them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from shared.auth.api_keys import NewSecret, make_secret
from shared.errors import StackError
from telemetry_service.keys.directory import Directory
from telemetry_service.keys.errors import ExpiredKey, MalformedKey, RevokedKey, UnknownKey
from telemetry_service.keys.queries import FoundSecret

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SOURCE = UUID(int=1)


def found(new: NewSecret, **fields: datetime) -> FoundSecret:
    nothing = dict.fromkeys(("expires_at", "revoked_at", "used_at", "ends_at"))
    plain = FoundSecret(uuid4(), "Pozo norte", [SOURCE], [], hash_key=new.hash_key, digest=new.digest, **nothing)
    return plain._replace(**fields)


@dataclass
class Copy:
    """The rows, and who asked for them."""

    rows: dict[str, FoundSecret] = field(default_factory=dict)
    seq: int = 0
    at_s: float = 100.0
    asked: list[str] = field(default_factory=list)
    looks: int = 0
    while_reading: Callable[[], None] = lambda: None

    def put(self, **fields: datetime) -> NewSecret:
        new = make_secret()
        self.rows[new.prefix] = found(new, **fields)
        self.seq += 1
        return new

    def change(self, new: NewSecret, **fields: datetime) -> None:
        self.rows[new.prefix] = self.rows[new.prefix]._replace(**fields)
        self.seq += 1

    def find(self, prefix: str) -> FoundSecret | None:
        self.asked.append(prefix)
        row = self.rows.get(prefix)
        self.while_reading()
        return row

    def generation(self) -> str:
        self.looks += 1
        return str(self.seq)


@pytest.fixture
def copy() -> Copy:
    return Copy()


@pytest.fixture
def directory(copy: Copy) -> Directory:
    return Directory(find=copy.find, generation=copy.generation, most=3, monotonic=lambda: copy.at_s)


def test_a_key_is_read_once(copy: Copy, directory: Directory) -> None:
    new = copy.put()
    holders = {directory.authenticate(new.text, now=NOW).holder for _ in range(50)}
    assert [(one.name, one.sources, one.points) for one in holders] == [("Pozo norte", frozenset({SOURCE}), None)]
    assert (copy.asked, copy.looks) == ([new.prefix], 1)


@pytest.mark.parametrize(
    ("fields", "error", "says"),
    [
        ({"revoked_at": NOW - SECOND}, RevokedKey, "revocada"),
        ({"expires_at": NOW}, ExpiredKey, "venció el 02-01-2026 09:00"),
        ({"ends_at": NOW}, ExpiredKey, "ponga la nueva"),
        ({"expires_at": NOW - SECOND, "revoked_at": NOW - SECOND}, RevokedKey, "revocada"),
    ],
)
def test_a_key_that_lives_no_more(
    copy: Copy, directory: Directory, fields: dict[str, datetime], error: type[StackError], says: str
) -> None:
    new = copy.put(**fields)
    with pytest.raises(error, match=says) as raised:
        directory.authenticate(new.text, now=NOW)
    assert raised.value.status == 401
    assert new.text.split("_", 2)[2] not in str(raised.value)


def test_it_expires_on_the_instant_though_it_is_remembered(copy: Copy, directory: Directory) -> None:
    new = copy.put(expires_at=NOW)
    directory.authenticate(new.text, now=NOW - timedelta(microseconds=1))
    with pytest.raises(ExpiredKey):
        directory.authenticate(new.text, now=NOW)
    assert copy.asked == [new.prefix]


def test_an_unknown_key_and_a_wrong_secret_are_told_alike(copy: Copy, directory: Directory) -> None:
    known, other = copy.put(), make_secret()
    wrong = f"stk_{known.prefix}_{other.text.split('_', 2)[2]}"
    said = set()
    for text in (other.text, wrong):
        with pytest.raises(UnknownKey) as raised:
            directory.authenticate(text, now=NOW)
        said.add(str(raised.value))
        assert text.split("_", 2)[2] not in str(raised.value)
    assert len(said) == 1


def test_a_wrong_secret_of_a_revoked_key_does_not_learn_that_it_was_revoked(copy: Copy, directory: Directory) -> None:
    known, other = copy.put(revoked_at=NOW), make_secret()
    with pytest.raises(UnknownKey):
        directory.authenticate(f"stk_{known.prefix}_{other.text.split('_', 2)[2]}", now=NOW)


@pytest.mark.parametrize("text", ["stk_", "stk_abc_def", "x" * 5000, "stk_ñandú"])
def test_what_is_no_key_asks_nobody(copy: Copy, directory: Directory, text: str) -> None:
    with pytest.raises(MalformedKey, match="cópiela entera"):
        directory.authenticate(text, now=NOW)
    assert copy.asked == []


def test_revoked_it_opens_nothing_a_second_later(copy: Copy, directory: Directory) -> None:
    new = copy.put()
    directory.authenticate(new.text, now=NOW)
    copy.change(new, revoked_at=NOW)
    copy.at_s += 0.9
    directory.authenticate(new.text, now=NOW)
    copy.at_s += 0.1
    with pytest.raises(RevokedKey):
        directory.authenticate(new.text, now=NOW)


def test_a_key_made_just_now_opens_at_once(copy: Copy, directory: Directory) -> None:
    new = make_secret()
    with pytest.raises(UnknownKey):
        directory.authenticate(new.text, now=NOW)
    copy.rows[new.prefix] = found(new)
    assert directory.authenticate(new.text, now=NOW).holder.name == "Pozo norte"


def test_a_row_read_before_a_change_is_not_kept_after_it(copy: Copy, directory: Directory) -> None:
    """The change falls between another request's look at the generation and ours at the row."""
    new = copy.put()
    other = copy.put()

    def revoke_meanwhile() -> None:
        copy.while_reading = lambda: None
        copy.change(new, revoked_at=NOW)
        copy.at_s += 1
        directory.authenticate(other.text, now=NOW)  # sees the change, and forgets everything

    copy.while_reading = revoke_meanwhile
    directory.authenticate(new.text, now=NOW)  # was under way before the revocation
    with pytest.raises(RevokedKey):
        directory.authenticate(new.text, now=NOW)


def test_it_holds_no_more_than_it_may_and_lets_go_of_the_oldest(copy: Copy, directory: Directory) -> None:
    first, second, third, fourth = (copy.put() for _ in range(4))
    for new in (first, second, third, first, fourth):  # the second is the one longest unused
        directory.authenticate(new.text, now=NOW)
    copy.asked.clear()
    for new in (first, third, fourth):
        directory.authenticate(new.text, now=NOW)
    assert copy.asked == []
    directory.authenticate(second.text, now=NOW)
    assert copy.asked == [second.prefix]


def test_a_flood_of_unknown_keys_pushes_nobody_out(copy: Copy, directory: Directory) -> None:
    new = copy.put()
    directory.authenticate(new.text, now=NOW)
    for _ in range(20):
        with pytest.raises(UnknownKey):
            directory.authenticate(make_secret().text, now=NOW)
    copy.asked.clear()
    directory.authenticate(new.text, now=NOW)
    assert copy.asked == []
