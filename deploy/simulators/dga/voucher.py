"""Vouchers: 32 letters and digits, the same for the same measurement and seed."""

import hashlib
import string

ALPHABET = string.ascii_letters + string.digits
LENGTH = 32


def make_voucher(seed: int, work: str, slot: str) -> str:
    digest = hashlib.blake2b(f"{seed}|{work}|{slot}".encode(), digest_size=LENGTH).digest()
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest)
