"""An example installed as its own pyproject says, without a package index: what pip would write is written here."""

import asyncio
import shutil
import sys
import tomllib
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from telemetry_service.providers.adapters import Account, Adapter, Ask, Poll, Session, adapter_for, registry
from telemetry_service.providers.turns import Gate
from tests.telemetry_service.providers.conftest import no_pause

EXAMPLES = Path(__file__).parents[4] / "examples"
NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALLOW = frozenset({"localhost", "127.0.0.1"})
InstallExample = Callable[[str], None]
OpenAccount = Callable[..., Session]


@pytest.fixture
def install_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InstallExample]:
    monkeypatch.syspath_prepend(str(tmp_path))
    modules = set(sys.modules)

    def install(folder: str) -> None:
        said = tomllib.loads((EXAMPLES / folder / "pyproject.toml").read_text())
        for package in said["tool"]["setuptools"]["packages"]:
            shutil.copytree(EXAMPLES / folder / package, tmp_path / package)
        _write_metadata(tmp_path, said["project"])
        registry._installed.cache_clear()

    yield install
    registry._installed.cache_clear()
    for module in set(sys.modules) - modules:
        if module.split(".")[0] in {"csv_over_http", "grpc_json"}:
            del sys.modules[module]


def _write_metadata(target: Path, project: Mapping[str, Any]) -> None:
    name = project["name"].replace("-", "_")
    info = target / f"{name}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {project['version']}\n")
    lines = [
        f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in entries.items())
        for group, entries in project["entry-points"].items()
    ]
    (info / "entry_points.txt").write_text("\n".join(lines))


@pytest.fixture
def open_account(runner: asyncio.Runner) -> Iterator[OpenAccount]:
    opened: list[Session] = []

    def make(type_: str, name: str, config: Mapping[str, Any], **credentials: str) -> Session:
        adapter: Adapter = adapter_for(type_, name)
        account = Account(uuid.uuid4(), adapter.parse(config), credentials, ALLOW, Gate(10), no_pause)

        async def start() -> Session:
            return adapter.open(account)

        opened.append(runner.run(start()))
        return opened[-1]

    yield make
    for session in opened:
        runner.run(session.close())


def ask(params: Mapping[str, str], *keys: str, since: timedelta = 48 * HOUR, **overrides: dict[str, str]) -> Ask:
    return Ask(params, dict.fromkeys(keys, NOW - since), NOW + timedelta(minutes=1), NOW, overrides)


def said(poll: Poll) -> list[tuple[str, str, str]]:
    return [(one.key, one.value, one.device_time.isoformat()) for one in poll.readings]
