import ast
from pathlib import Path

import pytest

from deploy.native.processes import SERVICES
from tests.architecture.conftest import ROOT

CODE = [
    path
    for folder in ("shared", "deploy", *(f"{s}_service" for s in SERVICES))
    for path in (ROOT / folder).rglob("*.py")
]
FILES = [path for path in CODE if "migrations" not in path.parts]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_too_long_and_none_is_a_drawer(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400
    assert path.stem not in {"utils", "helpers", "misc", "common"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_says_its_own_address_only_under_its_own_prefix(service: str) -> None:
    prefixes = {"core": ("api/auth/", "api/users/", "api/core/", "admin/", ""), "telemetry": ("api/telemetry/",)}
    allowed = prefixes.get(service, (f"api/{service}/",))
    tree = ast.parse((ROOT / f"{service}_service" / "urls.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "path"]
    paths = [node.args[0].value for node in calls if isinstance(node.args[0], ast.Constant)]
    assert all(str(path).startswith(allowed) for path in paths), paths
