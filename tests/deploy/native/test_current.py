"""A start migrates again where it is to store otherwise."""

from pathlib import Path

import pytest

from deploy.native import current
from deploy.native.account import Account
from deploy.native.state import Installation, open_installation


def opened(folder: Path, **given: str) -> Installation:
    return open_installation(folder, Account(), given)


def test_hypertables_switched_on_or_off_is_for_migrate_to_see(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current, "_applied", lambda _installation, service: current._on_disk(service))
    assert not current.is_migrated(opened(tmp_path), "telemetry")
    current.note_migrated(opened(tmp_path), "telemetry")
    assert current.is_migrated(opened(tmp_path), "telemetry")
    assert not current.is_migrated(opened(tmp_path, HYPERTABLES="true"), "telemetry")
    current.note_migrated(opened(tmp_path, HYPERTABLES="true"), "telemetry")
    assert current.is_migrated(opened(tmp_path, HYPERTABLES="true"), "telemetry")
    assert not current.is_migrated(opened(tmp_path), "telemetry")
