"""What the database itself holds to."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from telemetry_service.alerts.models import Alert, AlertMove, Digest, SeenSign

pytestmark = pytest.mark.django_db


@pytest.fixture
def said(now: datetime) -> dict[str, Any]:
    return {
        "point_id": uuid4(),
        "kind": "offline",
        "severity": "critical",
        "state": "open",
        "since": now,
        "says": "calla",
        "evidence": {},
        "opened_at": now,
    }


def refused(name: str, model: Any, **values: Any) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        model.objects.create(**values)


def test_one_of_a_thing_is_open(said: dict[str, Any], now: datetime) -> None:
    Alert.objects.create(**said)
    taken = {"state": "acknowledged", "acknowledged_by": "user:a@b.cl", "acknowledged_at": now}
    refused("alert_open_once", Alert, **said)
    refused("alert_open_once", Alert, **said, **{name: value for name, value in taken.items() if name != "state"})
    refused("alert_open_once", Alert, **(said | taken))
    Alert.objects.create(**(said | {"state": "closed", "closed_at": now}))
    Alert.objects.create(**(said | {"variable": "flow"}))
    Alert.objects.create(**(said | {"kind": "clock"}))


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("alert_kind_known", {"kind": "x"}),
        ("alert_severity_known", {"severity": "x"}),
        ("alert_state_known", {"state": "x"}),
        ("alert_acknowledged_by_and_at", {"acknowledged_by": "user:a@b.cl"}),
        ("alert_acknowledged_by_somebody", {"state": "acknowledged"}),
        ("alert_closed_says_when", {"state": "closed"}),
        ("alert_closed_says_when", {"closed_by": "user:a@b.cl"}),
    ],
)
def test_alerts(said: dict[str, Any], name: str, changed: dict[str, Any]) -> None:
    refused(name, Alert, **(said | changed))


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("alert_move_moves", {"before": "closed"}),
        ("alert_move_cause_known", {"cause": "x", "moved_by": "user:a@b.cl"}),
        ("alert_move_by_somebody", {"cause": "by_hand"}),
    ],
)
def test_moves(said: dict[str, Any], now: datetime, name: str, changed: dict[str, Any]) -> None:
    move = {"alert": Alert.objects.create(**said), "before": "open", "after": "closed", "moved_at": now}
    refused(name, AlertMove, **(move | {"cause": "cleared"} | changed))


def test_signs(now: datetime) -> None:
    point = uuid4()
    sign: dict[str, Any] = {"point_id": point, "kind": "offline", "since": now, "says": "calla", "evidence": {}}
    seen = {"first_seen_at": now, "last_seen_at": now}
    SeenSign.objects.create(**sign, **seen)
    refused("sign_once", SeenSign, **sign, **seen)
    refused("sign_kind_known", SeenSign, **(sign | {"kind": "x"}), **seen)
    later = seen | {"first_seen_at": now.replace(year=2027)}
    refused("sign_seen_in_order", SeenSign, **(sign | {"variable": "flow"}), **later)


def test_mails(now: datetime) -> None:
    said = {"made_at": now, "next_try_at": now}
    refused("digest_ends_once", Digest, **said, sent_at=now, given_up_at=now)
    refused("digest_tries_counted", Digest, **said, tries=-1)
