"""What the test command runs: each check with its command and its environment."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.native.checks.servers import Servers
from deploy.native.problem import Problem
from deploy.native.processes import SERVICES
from deploy.native.state import ROOT

BIN = Path(sys.executable).parent
# The settings under which what belongs to no service is tested.
PLAIN = "shared.testing.settings"
# Suites of pytest, by folder: those of a service run under its settings and its role.
SERVICE_SUITES = {f"tests/{service}_service": service for service in SERVICES}
PLAIN_SUITES = ("tests/shared", "tests/deploy", "tests/nginx", "tests/scripts", "tests/architecture", "tests/contract")
# A suite that would take most of the time is run in two: these folders of it, and what is left.
HALVES = {"tests/telemetry_service": ("collect", "listen")}
EXAMPLES = {"telemetry": ("examples",)}  # packages that an operator would write
# The checks see nothing else of the caller's environment, so that they are the same everywhere.
KEPT = (
    "PATH",
    "HOME",
    "LANG",
    "TERM",
    "CI",
    "TMPDIR",
    "STACK_WRITE_OPENAPI",
    "STACK_RECORD_EXAMPLES",
    "STACK_TIMESCALE_URL",
)
LAST_SUITES = ("tests/e2e",)  # they start whole systems: nothing runs beside them


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    alone: bool = False


def everything(servers: Servers) -> list[Check]:
    """The longest first, so that two lanes end together."""
    halves = [half for folder in HALVES for half in _halves(folder, servers)]
    whole = [folder for folder in (*SERVICE_SUITES, *_present(PLAIN_SUITES)) if folder not in HALVES]
    suites = [*halves, *(_suite(folder, servers) for folder in whole)]
    types = [_types(service, (f"{service}_service", *EXAMPLES.get(service, ())), servers) for service in SERVICES]
    types.append(_types("shared", ("shared", "deploy"), servers))
    last = [_suite(folder, servers) for folder in _present(LAST_SUITES)]
    return [*_style(), *types, *suites, *last]


def chosen(arguments: Sequence[str], servers: Servers) -> list[Check]:
    """The tests that the arguments name, in a run for each suite that they belong to; the rest is pytest's to read."""
    paths = [argument for argument in arguments if (ROOT / argument.partition("::")[0]).exists()]
    options = [argument for argument in arguments if argument not in paths]
    folders = dict.fromkeys("/".join(Path(path).parts[:2]) for path in paths)
    if not paths:
        raise Problem(f"Name a folder or file of tests: {' '.join(arguments)!r} names none")
    return [
        _suite(folder, servers, [path for path in paths if path.startswith(folder)], options, alone=True)
        for folder in folders
    ]


def _halves(folder: str, servers: Servers) -> list[Check]:
    """Two checks that hold the suite between them, each with a test database of its own."""
    named = [f"{folder}/{name}" for name in HALVES[folder]]
    first = _suite(folder, servers, named)
    rest = _suite(folder, servers, options=[f"--ignore={path}" for path in named])
    of_its_own = rest.environment | {"STACK_TEST_HALF": "rest", "REDIS_URL": servers.redis_url(1)}
    return [
        replace(first, name=f"{folder}, one half"),
        replace(rest, name=f"{folder}, the rest", environment=of_its_own),
    ]


def _suite(
    folder: str, servers: Servers, paths: Sequence[str] = (), options: Sequence[str] = (), *, alone: bool = False
) -> Check:
    service = SERVICE_SUITES.get(folder)
    settings = f"{service}_service.settings" if service else PLAIN
    command = (_bin("pytest"), f"--ds={settings}", *options, *(paths or [folder]))
    return Check(folder, command, _environment(servers, service or "core"), alone=alone or folder in LAST_SUITES)


def _types(name: str, targets: Sequence[str], servers: Servers) -> Check:
    """mypy once for each service: the settings say which models there are."""
    service = name if name in SERVICES else "core"
    settings = f"{service}_service.settings" if name in SERVICES else PLAIN
    environment = _environment(servers, service) | {"DJANGO_SETTINGS_MODULE": settings}
    cache = f"--cache-dir={os.environ.get('MYPY_CACHE_DIR', ROOT / '.mypy_cache')}/{name}"
    return Check(f"mypy {name}", (_bin("mypy"), cache, *targets), environment)


def _style() -> list[Check]:
    plain = {"PATH": os.environ.get("PATH", os.defpath), "HOME": os.environ.get("HOME", "/"), "PYTHONPATH": str(ROOT)}
    return [
        Check("ruff check", (_bin("ruff"), "check", "--quiet", "."), plain),
        Check("ruff format", (_bin("ruff"), "format", "--check", "--quiet", "."), plain),
        Check("import order", (_bin("lint-imports"), "--no-cache"), plain),
    ]


def _environment(servers: Servers, service: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **servers.environment(service)}


def _present(folders: Sequence[str]) -> list[str]:
    return [folder for folder in folders if any((ROOT / folder).rglob("test_*.py"))]


def _bin(name: str) -> str:
    return str(BIN / name)
