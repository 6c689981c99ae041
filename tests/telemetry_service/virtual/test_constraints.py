import pytest
from django.db import IntegrityError, transaction

from telemetry_service.virtual.models import DerivedBacklog

from .conftest import MINUTE, NOW, START

pytestmark = pytest.mark.django_db


def test_a_window_ends_after_it_begins(configured: object) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        DerivedBacklog.objects.create(
            point_id="0b8c5a52-7d0f-4d35-9a5e-1c5ef2f0a001", from_time=START, to_time=START - MINUTE, requested_at=NOW
        )
    assert "derived_backlog_in_order" in str(error.value)
