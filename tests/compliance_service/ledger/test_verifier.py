"""Every kind of tampering with a file: it is found, and the right row is named."""

import json
from io import BytesIO
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from compliance_service.ledger.canonical import encode, line
from tests.compliance_service.ledger.books import (
    WORKS,
    body_of,
    book,
    findings,
    kind_of,
    load_verifier,
    make,
    rewritten,
    verifier,
)

ENTRIES = 14
WHOLE = book(make(ENTRIES))
BY_WORK = book(make(ENTRIES), works=WORKS)
FILES = {"whole": WHOLE, "by work": BY_WORK}
files = st.sampled_from(list(FILES.values()))


class Row(NamedTuple):
    """A line of a file as it should be named: by its line, or by its number where it holds an entry."""

    line: int
    kind: str
    number: int


def row(lines: list[bytes], index: int) -> Row:
    kind, said = kind_of(lines[index]), json.loads(body_of(lines[index]))
    by_work = lines is BY_WORK
    return Row(index + 1, kind, said["work_seq" if by_work else "seq"] if kind == "entry" else 0)


def place_of(lines: list[bytes], number: int) -> int:
    return next(index for index in range(len(lines)) if row(lines, index).number == number)


def names(content: bytes, wanted: Row) -> bool:
    """Whether something is found, and of an entry whether it is named."""
    found = findings(content)
    if wanted.kind != "entry":
        return bool(found)
    return any(item.line == wanted.line or _covers(item, wanted.number) for item in found)


def _covers(item: Any, number: int) -> bool:
    return isinstance(item.first, int) and item.first <= number <= item.last


def said(content: bytes) -> list[tuple[str, Any]]:
    return [(item.kind, item.first) for item in findings(content)]


@pytest.mark.parametrize("lines", FILES.values(), ids=FILES)
def test_a_file_as_it_was_exported_is_intact(lines: list[bytes]) -> None:
    assert findings(b"".join(lines)) == []


@pytest.mark.parametrize("entries", range(6))
def test_short_files_are_intact(entries: int) -> None:
    assert findings(b"".join(book(make(entries), a_day=2))) == []


@given(files, st.data())
@settings(max_examples=1000)
def test_any_changed_byte_is_found_and_its_row_named(lines: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(lines) - 1))
    at = data.draw(st.integers(0, len(lines[index]) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != lines[index][at]))
    changed = lines[index][:at] + bytes([byte]) + lines[index][at + 1 :]
    assert names(b"".join([*lines[:index], changed, *lines[index + 1 :]]), row(lines, index))


@given(files, st.data())
@settings(max_examples=200)
def test_any_byte_that_was_added_or_taken_is_found_and_its_row_named(lines: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(lines) - 1))
    at = data.draw(st.integers(0, len(lines[index]) - 1))
    added = data.draw(st.binary(max_size=3))
    changed = lines[index][:at] + (added + lines[index][at:] if added else lines[index][at + 1 :])
    # A line break before a line is a line of its own, an added one: then that one is named.
    assume(not changed.endswith(lines[index]) and not changed.startswith(lines[index]))
    assert names(b"".join([*lines[:index], changed, *lines[index + 1 :]]), row(lines, index))


@pytest.mark.parametrize("lines", FILES.values(), ids=FILES)
def test_any_line_that_was_taken_out_is_named(lines: list[bytes]) -> None:
    for index in range(len(lines)):
        assert names(b"".join([*lines[:index], *lines[index + 1 :]]), row(lines, index)), index


@pytest.mark.parametrize("lines", FILES.values(), ids=FILES)
def test_any_line_that_was_moved_is_named(lines: list[bytes]) -> None:
    for index, text in enumerate(lines):
        rest = [*lines[:index], *lines[index + 1 :]]
        for to in range(len(lines)):
            moved = b"".join([*rest[:to], text, *rest[to:]])
            wanted = row(lines, index)._replace(line=to + 1)
            # Of two neighbours that changed places, either was moved.
            assert to == index or names(moved, wanted) or (abs(to - index) <= 2 and findings(moved)), (index, to)


@pytest.mark.parametrize("lines", FILES.values(), ids=FILES)
def test_any_line_that_is_there_twice_is_named(lines: list[bytes]) -> None:
    for index, text in enumerate(lines):
        for to in range(len(lines) + 1):
            found = findings(b"".join([*lines[:to], text, *lines[to:]]))
            kinds = {item.kind for item in found}
            assert kinds & {"inserted", "unreadable"} if kind_of(text) == "entry" else kinds, (index, to)


@given(files, st.data())
@settings(max_examples=200)
def test_a_file_that_was_cut_off_anywhere_is_found(lines: list[bytes], data: st.DataObject) -> None:
    content = b"".join(lines)
    assert findings(content[: data.draw(st.integers(0, len(content) - 1))])


@given(files, st.data())
@settings(max_examples=200)
def test_a_forger_who_writes_the_digest_anew_is_named(lines: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(lines) - 1).filter(lambda at: kind_of(lines[at]) == "entry"))
    lie = data.draw(
        st.sampled_from(
            [
                {"facts": []},
                {"slot_at": "2024-01-01"},
                {"previous": "ab" * 32, "work_previous": "ab" * 32},
                {"seq": 99, "work_seq": 99},
            ]
        )
    )
    forged = rewritten(lines[index], **lie)
    assert names(b"".join([*lines[:index], forged, *lines[index + 1 :]]), row(lines, index))


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("start", "first", 2),
        ("start", "previous", "ab" * 32),
        ("start", "keys", {"k": "eA"}),
        ("start", "chain", 2),
        ("start", "of", 2),
        ("end", "last", 15),
        ("end", "count", 15),
        ("end", "roots", 2),
        ("end", "work", "DGA/OB-1"),
        ("end", "head", "ab" * 32),
    ],
)
def test_a_start_or_an_end_that_was_written_anew_is_found(kind: str, name: str, value: Any) -> None:
    index = 0 if kind == "start" else len(WHOLE) - 1
    assert findings(b"".join([*WHOLE[:index], rewritten(WHOLE[index], **{name: value}), *WHOLE[index + 1 :]]))


@pytest.mark.parametrize(
    ("name", "value"), [("first", 6), ("last", 9), ("count", 3), ("head", "ab" * 32), ("day", "2024-05-20")]
)
def test_a_root_that_was_written_anew_is_found(name: str, value: Any) -> None:
    index = next(place for place, text in enumerate(WHOLE) if kind_of(text) == "root" and place > 8)
    root = json.loads(body_of(WHOLE[index]))
    forged = line("root", encode(root | {"signed": root["signed"] | {name: value}}))
    kinds = {item.kind for item in findings(b"".join([*WHOLE[:index], forged, *WHOLE[index + 1 :]]))}
    assert "signature" in kinds
    assert kinds - {"signature"}


# --- what each finding is called


def without(lines: list[bytes], *numbers: int) -> bytes:
    gone = {place_of(lines, number) for number in numbers}
    return b"".join(text for index, text in enumerate(lines) if index not in gone)


def test_what_was_removed_is_called_removed() -> None:
    assert said(without(WHOLE, 6)) == [("removed", 6)]
    ((kind, first, last, *_),) = findings(without(WHOLE, 6, 7, 8, 9))
    assert (kind, first, last) == ("removed", 6, 9)


def test_what_was_removed_in_two_places_is_two_findings() -> None:
    assert said(without(WHOLE, 3, 11)) == [("removed", 3), ("removed", 11)]


def test_a_removed_row_that_another_took_the_place_of_is_changed() -> None:
    place = place_of(WHOLE, 7)
    for forged in (b"x\n", rewritten(WHOLE[place], facts=[]), rewritten(WHOLE[place], seq=70)):
        assert said(b"".join([*WHOLE[:place], forged, *WHOLE[place + 1 :]])) == [("changed", 7)]


def test_an_added_row_is_called_inserted_wherever_it_says_it_belongs() -> None:
    place = place_of(WHOLE, 7)
    before = json.loads(body_of(WHOLE[place]))["previous"]
    forged = rewritten(WHOLE[place], seq=7, previous=before, facts=[{"kind": "receipt", "voucher": "z" * 32}])
    assert said(b"".join([*WHOLE[:place], forged, *WHOLE[place:]])) == [("inserted", 7)]
    assert said(b"".join([*WHOLE[:place], WHOLE[2], *WHOLE[place:]])) == [("inserted", 2)]
    assert said(b"".join([*WHOLE[:place], b"x\n", *WHOLE[place:]])) == [("unreadable", "")]


def test_a_moved_row_is_called_moved() -> None:
    lines = list(WHOLE)
    lines.insert(place_of(WHOLE, 12), lines.pop(place_of(WHOLE, 5)))
    assert said(b"".join(lines)) == [("moved", 5)]


def test_a_moved_block_is_one_finding() -> None:
    lines = list(WHOLE)
    block = [lines.pop(place_of(WHOLE, 5)) for _ in range(3)]
    ((kind, first, last, *_),) = findings(b"".join([*lines[:-1], *block, lines[-1]]))
    assert (kind, first, last) == ("moved", 5, 7)


def test_a_row_of_another_work_has_no_place_in_a_works_chain() -> None:
    foreign = next(text for text in BY_WORK if b'"work":"DGA/OB-0601-102","work_seq":2' in text)
    place = place_of(BY_WORK, 4)
    assert said(b"".join([*BY_WORK[:place], foreign, *BY_WORK[place:]])) == [("unreadable", "")]


def test_a_part_that_is_gone_is_missing() -> None:
    second = next(index for index, text in enumerate(BY_WORK) if index and kind_of(text) == "start")
    assert said(b"".join(BY_WORK[:second])) == [("part", 2)]


def test_a_cut_file_says_where() -> None:
    assert said(b"".join(WHOLE[: place_of(WHOLE, 9)])) == [("cut", 8)]
    half = b"".join(WHOLE[: place_of(WHOLE, 9)]) + WHOLE[place_of(WHOLE, 9)][:50]
    assert said(half) == [("cut", 8)]


def test_a_removed_root_is_named_by_the_entry_that_it_closes() -> None:
    roots = [index for index, text in enumerate(WHOLE) if kind_of(text) == "root"]
    for number, index in enumerate(roots, start=1):
        ((kind, *_),) = findings(b"".join([*WHOLE[:index], *WHOLE[index + 1 :]]))
        assert (kind, number) == ("root-removed", number)


def test_two_roots_that_changed_places_are_out_of_place() -> None:
    first, second = [index for index, text in enumerate(WHOLE) if kind_of(text) == "root"][:2]
    lines = list(WHOLE)
    lines[first], lines[second] = lines[second], lines[first]
    found = {item.kind for item in findings(b"".join(lines))}
    assert "root-moved" in found


def test_many_changes_at_once_are_each_named() -> None:
    lines = list(WHOLE)
    for number in (3, 9):
        lines[place_of(WHOLE, number)] = rewritten(WHOLE[place_of(WHOLE, number)], facts=[])
    del lines[place_of(WHOLE, 12)]
    assert sorted(said(b"".join(lines))) == [("changed", 3), ("changed", 9), ("removed", 12)]


def test_a_file_in_too_many_pieces_is_not_told_apart() -> None:
    backwards = [WHOLE[0], *WHOLE[-2:0:-1] * 200, WHOLE[-1]]
    assert "pieces" in {item.kind for item in findings(b"".join(backwards))}


# --- what only a root that somebody else holds can show


def rechained(made: Any, at: int) -> Any:
    """The whole chain written anew from entry `at` on, by somebody who has everything but the old roots."""
    forged = make(0)
    for number, body in enumerate(made.bodies, start=1):
        entry = json.loads(body)
        forged.add(entry["work"], {"kind": "lie"} if number == at else entry["facts"][0])
    return forged


def head(lines: list[bytes], number: int) -> str:
    return lines[place_of(lines, number)][9:73].decode()


def test_a_chain_that_was_written_anew_is_intact_in_itself_and_not_the_one_of_the_root() -> None:
    forged = book(rechained(make(ENTRIES), 6), key=another_key())
    assert findings(b"".join(forged)) == []
    assert said_given(b"".join(forged), head(WHOLE, 12), 12) == [("given-differs", 12)]
    assert said_given(b"".join(forged), head(WHOLE, 4), 4) == []


def test_a_chain_that_was_cut_and_closed_again_is_too_short_for_the_root() -> None:
    forged = book(make(10))
    assert findings(b"".join(forged)) == []
    assert said_given(b"".join(forged), head(WHOLE, 12), 12) == [("given-short", 11)]


def test_the_root_of_another_ledger_is_not_here() -> None:
    (item,) = findings(b"".join(WHOLE), root="cd" * 32)
    assert item.kind == "given-absent"


def test_roots_that_were_signed_by_another_key_are_not_of_the_trusted_one() -> None:
    forged = b"".join(book(make(ENTRIES), key=another_key()))
    trusted = json.loads(body_of(WHOLE[0]))["keys"]
    assert {item.kind for item in verifier.Book(BytesIO(forged), trusted, []).found} == {"signature"}
    assert list(verifier.Book(BytesIO(b"".join(WHOLE)), trusted, []).found) == []


def test_without_the_package_for_signatures_the_rest_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = load_verifier()
    monkeypatch.setattr(bare, "CAN_SIGN", False)
    checked = bare.Book(BytesIO(b"".join(WHOLE)), {}, [])
    assert (checked.found, sum(part.signatures for part in checked.parts)) == ([], 0)
    assert bare.Book(BytesIO(without(WHOLE, 6)), {}, []).found


def another_key() -> Any:
    return Ed25519PrivateKey.from_private_bytes(bytes(32))


def said_given(content: bytes, digest: str, number: int) -> list[tuple[str, Any]]:
    given = [verifier.Given("", number, digest)]
    return [(item.kind, item.first) for item in verifier.Book(BytesIO(content), {}, given).found]
