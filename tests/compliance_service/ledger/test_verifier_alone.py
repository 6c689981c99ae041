"""`verify-ledger` as an auditor runs it: one file in an empty folder, nothing of ours, nothing installed."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from shared.auth.keys import jwks_of
from tests.compliance_service.ledger.books import (
    KEY,
    SCRIPT,
    WORKS,
    Link,
    body_of,
    book,
    digest_of,
    make,
    root,
    verifier,
)

MADE = make(14)
WHOLE = book(MADE)
DOCS = SCRIPT.parents[1] / "docs" / "ledger.md"
MAIL = """\
Esta es la raíz.

Obra: {work}
Asientos: 4 (1 a 4)
Asiento: {number}
Raíz: {head}
Clave: x
"""
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """The script, copied into an empty folder, with a Python that sees no package and an empty environment."""
    python = Path(shutil.which("python3", path="/usr/bin:/bin:/usr/local/bin") or "python3")
    shutil.copy(SCRIPT, tmp_path / "verify-ledger")

    def verify(content: bytes, *arguments: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "libro.ndjson").write_bytes(content)
        command = ["env", "-i", str(python), "-I", "-S", "verify-ledger", "libro.ndjson", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False)

    return verify


def text(lines: list[bytes]) -> bytes:
    return b"".join(lines)


def test_an_intact_file_says_so_and_ends_with_zero(run: Run) -> None:
    done = run(text(WHOLE))
    assert (done.returncode, done.stderr) == (0, "")
    assert "ÍNTEGRO   14 asientos, 3 raíces, firmas: no comprobadas" in done.stdout
    assert f"todas las obras / all works: 1 a 14, {digest_of(MADE.bodies[-1]).hex()}" in done.stdout


def test_a_file_by_works_says_where_each_ends(run: Run) -> None:
    done = run(text(book(MADE, works=WORKS)))
    assert done.returncode == 0
    assert [line.split(":")[0] for line in done.stdout.splitlines()[:2]] == list(WORKS)


def test_an_altered_file_names_the_row_in_two_languages_and_ends_with_one(run: Run) -> None:
    done = run(text([*WHOLE[:4], WHOLE[4].replace(b"SENT", b"HELD"), *WHOLE[5:]]))
    assert done.returncode == 1
    assert done.stdout == ("ALTERADO  asiento 4 (línea 5): cambiado\n          entry 4 (line 5): changed\n")


def test_the_work_is_named_where_there_are_several(run: Run) -> None:
    lines = book(MADE, works=WORKS)
    assert f"asiento 3: quitado [{WORKS[0]}]" in run(text([*lines[:3], *lines[4:]])).stdout


@pytest.mark.parametrize("arguments", [["--root", "none.txt"], ["--key", "none.json"], ["--what"], ["--root"]])
def test_what_cannot_be_read_ends_with_two(run: Run, arguments: list[str]) -> None:
    assert run(text(WHOLE), *arguments).returncode == 2


def test_a_file_that_is_not_there_ends_with_two(tmp_path: Path) -> None:
    assert verifier.main([str(tmp_path / "none")]) == 2


@pytest.mark.parametrize("content", [b"", b"\n", b"{}\n", b"\xff\xfe\x00", b"hola\n" * 3])
def test_what_is_no_ledger_is_altered_and_no_crash(run: Run, content: bytes) -> None:
    done = run(content)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("kind", ["digest", "mail", "root line", "api"])
def test_a_root_that_was_kept_is_found_in_the_file(run: Run, tmp_path: Path, kind: str) -> None:
    head = digest_of(MADE.bodies[3])
    line = root("", date(2024, 5, 13), 1, Link(4, head)).decode()
    api = json.dumps({"results": [{"work": "", "day": "2024-05-13", "first": 1, "last": 4, "head": head.hex()}]})
    mail = MAIL.format(work="todas", number=4, head=head.hex())
    kept = {"mail": mail, "root line": line, "api": api, "digest": ""}[kind]
    (tmp_path / "root.txt").write_text(kept)
    done = run(text(WHOLE), "--root", head.hex() if kind == "digest" else "root.txt")
    assert (done.returncode, "raíces dadas: 1" in done.stdout) == (0, True)


def test_a_mail_of_several_works_is_several_roots(run: Run, tmp_path: Path) -> None:
    heads = [digest_of(MADE.chain(work)[1]).hex() for work in WORKS]
    mail = "".join(MAIL.format(work=work, number=2, head=head) for work, head in zip(WORKS, heads, strict=True))
    (tmp_path / "root.txt").write_text(mail.replace("\n", "\r\n"))
    done = run(text(book(MADE, works=WORKS)), "--root", "root.txt")
    assert (done.returncode, "raíces dadas: 2" in done.stdout) == (0, True)


def test_a_file_that_is_not_of_the_root_ends_with_three(run: Run, tmp_path: Path) -> None:
    (tmp_path / "root.txt").write_text(MAIL.format(work="todas", number=14, head=digest_of(MADE.bodies[13]).hex()))
    done = run(text(book(make(10))), "--root", "root.txt")
    assert done.returncode == 3
    assert "asiento 11–14: falta, y la raíz dada lo cubre" in done.stdout


def test_a_text_without_a_root_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "root.txt").write_text("Estimado señor: adiós.")
    done = run(text(WHOLE), "--root", "root.txt")
    assert (done.returncode, "no hay ninguna raíz" in done.stderr) == (2, True)


def test_with_the_package_and_the_trusted_key_signatures_are_checked(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "libro").write_bytes(text(WHOLE))
    (tmp_path / "keys").write_text(json.dumps(jwks_of(KEY.public_key())))
    assert verifier.main([str(tmp_path / "libro"), "--key", str(tmp_path / "keys")]) == 0
    assert "firmas: 3" in capsys.readouterr().out


def test_another_trusted_key_is_no_signature_at_all(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "libro").write_bytes(text(WHOLE))
    start = json.loads(body_of(WHOLE[0]))
    other = dict.fromkeys(start["keys"], "A" * 43)
    (tmp_path / "keys").write_text(json.dumps({"keys": [{"x": x} for x in other.values()]}))
    assert verifier.main([str(tmp_path / "libro"), "--key", str(tmp_path / "keys")]) == 1
    assert capsys.readouterr().out.count("firma inválida") == 3


def test_the_program_on_the_page_verifies_too(tmp_path: Path) -> None:
    """docs/ledger.md promises that its few lines are all it takes."""
    found = re.search(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert found is not None
    (tmp_path / "verify.py").write_text(found[1])
    lines = book(MADE, works=WORKS)
    for content, status in ((lines, 0), ([*lines[:3], *lines[4:]], 1), ([*lines[:3], lines[3][:-3] + b" }\n"], 1)):
        (tmp_path / "libro").write_bytes(text(content))
        done = subprocess.run(
            [sys.executable, "-I", "verify.py", "libro"], cwd=tmp_path, capture_output=True, check=False
        )
        assert done.returncode == status, done.stderr


def test_it_is_one_file_that_imports_the_standard_library_alone() -> None:
    imported = set(re.findall(r"^(?:from|import) (\w+)", SCRIPT.read_text(), re.MULTILINE))
    assert imported <= {
        "__future__",
        "argparse",
        "base64",
        "bisect",
        "datetime",
        "hashlib",
        "itertools",
        "json",
        "pathlib",
        "re",
        "sys",
        "typing",
    }


def test_it_keeps_the_style_of_the_rest(tmp_path: Path) -> None:
    """It has no `.py` to be found by, so the checks of the others are run here."""
    copy = tmp_path / "verify_ledger.py"
    shutil.copy(SCRIPT, copy)
    config = str(SCRIPT.parents[1] / "pyproject.toml")
    for check in (["ruff", "check"], ["ruff", "format", "--check"]):
        command = [str(Path(sys.executable).parent / check[0]), *check[1:], "--config", config, "--no-cache", str(copy)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
