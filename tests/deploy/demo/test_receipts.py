from decimal import Decimal

import pytest

from deploy.demo.receipts import instant, receipt_problems, rounded

AT = "2024-03-25T18:00:00Z"
GOOD = {(AT, "flow"): 1.905, (AT, "total"): 627166.9, (AT, "water_table"): 0.9}
RECORD = {
    "slot": "2024-03-25 14:00:00",
    "document": {"caudal": "1.91", "totalizador": "627166", "nivelFreaticoDelPozo": "0.90"},
}


def test_dga_writes_winter_time() -> None:
    assert instant(RECORD["slot"]) == AT  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("variable", "value", "sent"),
    [("flow", 0.005, "0.01"), ("flow", 1.005, "1.01"), ("total", 120753.999, "120753"), ("water_table", 3.0, "3.00")],
)
def test_rounding(variable: str, value: float, sent: str) -> None:
    assert rounded(variable, value) == Decimal(sent)


def test_good_numbers_leave_nothing_to_say() -> None:
    assert receipt_problems("OB", GOOD, [RECORD]) == []


def test_a_number_that_is_not_good_is_found() -> None:
    (found,) = receipt_problems("OB", {key: value for key, value in GOOD.items() if key[1] != "flow"}, [RECORD])
    assert found == "OB 2024-03-25 14:00:00: DGA tiene caudal = 1.91, que no es un dato bueno"


def test_another_number_than_was_measured_is_found() -> None:
    (found,) = receipt_problems("OB", GOOD | {(AT, "total"): 627167.0}, [RECORD])
    assert "totalizador = 627166" in found
