"""Bytes are bounded before they are looked at."""

import gzip
import zlib

import pytest

from telemetry_service.push.errors import TooLarge, Unreadable, WrongType
from telemetry_service.push.read.body import MOST_BYTES, MOST_PLAIN_BYTES, Format, check_length, format_of, plain


@pytest.mark.parametrize(
    ("said", "form"),
    [
        ("application/json", Format.JSON),
        ("Application/JSON; charset=UTF-8", Format.JSON),
        ("application/x-ndjson", Format.NDJSON),
        ("application/ndjson", Format.NDJSON),
        ("application/jsonl", Format.NDJSON),
        ("text/csv", Format.CSV),
        ("text/csv; header=present", Format.CSV),
        ('text/csv; charset="utf-8"', Format.CSV),
    ],
)
def test_formats(said: str, form: Format) -> None:
    assert format_of(said) is form


@pytest.mark.parametrize(
    "said", ["", "text/plain", "multipart/form-data; boundary=x", "application/json; charset=latin1"]
)
def test_another_format_is_named_and_refused(said: str) -> None:
    with pytest.raises(WrongType, match="Content-Type") as refused:
        format_of(said)
    assert refused.value.status == 415


def test_gzip_is_undone_in_one_member_or_several() -> None:
    assert plain(gzip.compress(b"abc"), "gzip") == b"abc"
    assert plain(gzip.compress(b"abc") + gzip.compress(b"def"), " GZIP ") == b"abcdef"
    assert plain(b"abc", "") == plain(b"abc", "identity") == b"abc"


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip"])
def test_another_encoding_is_refused(encoding: str) -> None:
    with pytest.raises(WrongType, match="gzip"):
        plain(b"abc", encoding)


@pytest.mark.parametrize("cut", [1, 5, 10, 20])
def test_a_cut_gzip_says_where(cut: int) -> None:
    body = gzip.compress(bytes(range(256)))
    with pytest.raises(Unreadable, match="cortado") as refused:
        plain(body[:-cut], "gzip")
    assert refused.value.position == len(body) - cut


def test_what_is_no_gzip_is_refused() -> None:
    with pytest.raises(Unreadable, match="no es gzip"):
        plain(b"[]", "gzip")
    with pytest.raises(Unreadable, match="no es gzip") as refused:
        plain(gzip.compress(b"abc") + b"rest", "gzip")
    assert refused.value.position == len(gzip.compress(b"abc"))


def test_a_bomb_is_stopped_at_the_limit() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    bomb = b"".join(packer.compress(bytes(2**20)) for _ in range(200)) + packer.flush()
    assert len(bomb) < MOST_BYTES
    with pytest.raises(TooLarge, match="20 MB") as refused:
        plain(bomb, "gzip")
    assert refused.value.status == 413


def test_many_small_members_are_stopped_too() -> None:
    member = gzip.compress(bytes(2**20))
    with pytest.raises(TooLarge):
        plain(member * 21, "gzip")
    assert len(plain(member * 20, "gzip")) == MOST_PLAIN_BYTES


def test_the_limit_is_the_last_length_that_is_taken() -> None:
    check_length(MOST_BYTES)
    with pytest.raises(TooLarge, match=r"5\.0 MB; a lo más 5"):
        check_length(MOST_BYTES + 1)
