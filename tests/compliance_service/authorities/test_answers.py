import json
from typing import Any

import pytest

from compliance_service.authorities.answers import Meaning
from compliance_service.authorities.dga.answers import read_answer

VOUCHER = "zk7DOAl3uIlGTjvwNtwBF0sBLAR16cI5"


def answer(http: int, /, **body: Any) -> tuple[int, bytes]:
    return http, json.dumps(body, ensure_ascii=False).encode()


ACCEPTED = "Medición subterránea ingresada correctamente"
DUPLICATE = "Ya existe un registro en esa fecha, hora para la obra."


@pytest.mark.parametrize(
    ("given", "meaning", "voucher"),
    [
        (answer(200, status="00", message=ACCEPTED, data={"numeroComprobante": VOUCHER}), Meaning.ACCEPTED, VOUCHER),
        (answer(200, status="00", message=ACCEPTED, data=None), Meaning.WITHOUT_VOUCHER, ""),
        (answer(200, status="00", message=ACCEPTED, data={"numeroComprobante": ""}), Meaning.WITHOUT_VOUCHER, ""),
        (answer(200, status="00", data={"numeroComprobante": "<script>"}), Meaning.WITHOUT_VOUCHER, ""),
        (answer(400, status="400", message=f"{DUPLICATE} Comprobante: {VOUCHER}"), Meaning.DUPLICATE, VOUCHER),
        (answer(200, status="99", message=f"{DUPLICATE} Comprobante: {VOUCHER}"), Meaning.DUPLICATE, VOUCHER),
        (answer(400, message=DUPLICATE), Meaning.DUPLICATE_WITHOUT_VOUCHER, ""),
        (answer(400, message="Usuario no es el informante registrado en la Obra"), Meaning.UNKNOWN, ""),
        (answer(400, message="Otra cosa"), Meaning.UNKNOWN, ""),
        (answer(400), Meaning.UNKNOWN, ""),
        (answer(500, message="Otra cosa"), Meaning.UNREADABLE, ""),
        ((502, b"<html><body>Bad Gateway</body></html>"), Meaning.UNREADABLE, ""),
        ((403, b"<html>blocked</html>"), Meaning.UNREADABLE, ""),
        ((200, b""), Meaning.UNREADABLE, ""),
        ((200, b"[]"), Meaning.UNREADABLE, ""),
        ((200, b'"00"'), Meaning.UNREADABLE, ""),
        ((200, b"[" * 100_000), Meaning.UNREADABLE, ""),
    ],
)
def test_what_an_answer_means(given: tuple[int, bytes], meaning: Meaning, voucher: str) -> None:
    read = read_answer(*given)
    assert (read.meaning, read.voucher) == (meaning, voucher)
