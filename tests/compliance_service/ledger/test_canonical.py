import base64
import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance_service.ledger.canonical import Link, Subject, encode, entry_body, line, root_body, signed
from compliance_service.ledger.facts import fact

ZEROS = "0" * 64
# The example of docs/ledger.md: whoever wrote a verifier by that page depends on every byte of these.
GOLDEN = (
    b'{"seq":1,"previous":"' + ZEROS.encode() + b'","work":"DGA/OB-0601-101","work_seq":1,"work_previous":"'
    b"" + ZEROS.encode() + b'","sealed_at":"2024-05-13T14:02:00+00:00","submission":null,'
    b'"slot_at":"2024-05-13T14:00:00+00:00","terms":{},'
    b'"facts":[{"kind":"explanation","note":"corte de energ\xc3\xada"}]}'
)
GOLDEN_ROOT = (
    b'{"work":"","day":"2024-05-13","first":1,"last":2,"count":2,"head":"' + b"ab" * 32 + b'",'
    b'"made_at":"2024-05-14T04:00:00+00:00"}'
)


def golden() -> bytes:
    about = Subject("DGA/OB-0601-101", None, "2024-05-13T14:00:00+00:00")
    said = [{"kind": "explanation", "note": "corte de energía"}]
    return entry_body(about, said, after=Link(), work_after=Link(), sealed_at="2024-05-13T14:02:00+00:00")


def test_golden_bytes_of_an_entry() -> None:
    assert golden() == GOLDEN


def test_golden_bytes_of_a_root() -> None:
    head, made_at = Link(2, b"\xab" * 32), datetime(2024, 5, 14, 4, tzinfo=UTC)
    assert root_body(work="", day=date(2024, 5, 13), first=1, head=head, made_at=made_at) == GOLDEN_ROOT


def test_a_line_holds_the_digest_and_the_very_bytes() -> None:
    text = line("entry", GOLDEN)
    assert text[9:73].decode() == hashlib.sha256(GOLDEN).hexdigest()
    assert text[83:-2] == GOLDEN
    assert text == b'{"hash":"' + text[9:73] + b'","entry":' + GOLDEN + b"}\n"


def test_what_is_signed_lies_at_fixed_places_of_a_roots_line() -> None:
    text = signed(GOLDEN_ROOT, "k" * 43, "s" * 86)
    assert text[len('{"signed":') : -len('","key":"') - 43 - len('","signature":"') - 86 - 1] == GOLDEN_ROOT


def test_a_day_without_entries_counts_none() -> None:
    body = root_body(work="", day=date(2024, 5, 13), first=8, head=Link(7), made_at=datetime(2024, 5, 14, tzinfo=UTC))
    assert (json.loads(body)["last"], json.loads(body)["count"]) == (7, 0)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=10))
def test_any_content_is_one_line_that_reads_back_the_same(value: Any) -> None:
    try:
        text = line("entry", encode({"facts": value}))
    except UnicodeEncodeError:  # half a surrogate pair is no text, and PostgreSQL never gave one
        return
    assert text.count(b"\n") == 1
    assert json.loads(text)["entry"] == {"facts": value}


def test_what_json_cannot_say_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        encode({"flow": float("nan")})


def attempt(body: bytes, mac: bytes = b"hmac-sha256:1:ab") -> dict[str, Any]:
    row = {"id": 7, "submission_id": "s", "number": 1, "started_at": "t1", "finished_at": "t2", "url": "https://x"}
    row |= {"request_headers": {"a": "b"}, "request_body": f"\\x{body.hex()}", "request_mac": f"\\x{mac.hex()}"}
    return row | {"response_status": 200, "response_headers": {}, "response_body": f"\\x{body.hex()}", "meaning": "m"}


@given(st.binary(max_size=200))
def test_bytes_come_back_as_they_were(body: bytes) -> None:
    for kind in ("request", "answer"):
        said = json.loads(encode(fact(kind, attempt(body))))
        read = said["body"].encode() if said["encoding"] == "utf-8" else base64.b64decode(said["body"])
        assert read == body


def test_a_request_and_its_answer_share_no_more_than_whose_they_are() -> None:
    request, answer = fact("request", attempt(b"{}")), fact("answer", attempt(b"{}"))
    assert (request["at"], answer["at"]) == ("t1", "t2")
    assert request.keys() & answer.keys() == {"kind", "at", "by", "row", "number", "headers", "body", "encoding"}
    assert (request["mac"], answer["meaning"]) == ("hmac-sha256:1:ab", "m")


def test_a_digest_from_before_the_ledger_is_said_in_hexadecimal() -> None:
    assert fact("request", attempt(b"{}", mac=b"\xff\x00"))["mac"] == "ff00"


def test_a_column_of_a_later_release_is_taken_down_under_its_own_name() -> None:
    row = {"id": 1, "old": "", "new": "PENDING", "at": "t", "by": "user:ops@example.cl", "reason": "", "zeal": 9}
    said = fact("move", row)
    assert (said["by"], said["zeal"]) == ("user:ops@example.cl", 9)
    assert list(said) == ["kind", "at", "by", "row", "old", "new", "reason", "zeal"]
