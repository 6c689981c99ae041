"""The quality tests against two rivers' technicians, beside ioos_qc and SaQC: the table of docs/quality.md.

Installs those two from requirements/quality.txt into an environment of their own, `var/quality`; where that fails the
figures are ours alone. `bench quality --write` puts the table into the page.
"""

import subprocess
import sys
import venv
from pathlib import Path

from tests.benchmarks.figures import say
from tests.benchmarks.quality import table

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements" / "quality.txt"
HOME = ROOT / "var" / "quality"
PYTHON = HOME / "bin" / "python"
PAGE = ROOT / "docs" / "quality.md"
INSTALL = ("-m", "pip", "install", "-qq", "--no-input", "--require-hashes", "--no-deps", "--only-binary", ":all:")
SOURCE_ONLY = ("--no-binary", "fastdtw")  # SaQC's, never released as a wheel


def main() -> None:
    here = "--here" in sys.argv
    if not here and _installed():
        raise SystemExit(subprocess.run([PYTHON, "-m", __spec__.name, "--here", *sys.argv[1:]], check=False).returncode)
    results = table.results()
    missing = table.missing_tools(results)
    if missing:
        sys.stdout.write(f"Without {' and '.join(missing)}, which could not be installed: our own figures only.\n")
    text = table.written(results)
    sys.stdout.write(text + "\n")
    _say_goals(results)
    if "--write" in sys.argv:
        if missing:
            raise SystemExit("The page keeps its table: it shows all three.")
        _write(PAGE, text)


def _installed() -> bool:
    stamp = HOME / ".installed"
    wanted = LOCK.read_text()
    if stamp.exists() and stamp.read_text() == wanted:
        return True
    sys.stderr.write(f"Installing what {LOCK.relative_to(ROOT)} names…\n")
    venv.create(HOME, with_pip=True, clear=True)
    done = subprocess.run([PYTHON, *INSTALL, *SOURCE_ONLY, "--requirement", LOCK], check=False)
    if done.returncode == 0:
        stamp.write_text(wanted)
    return done.returncode == 0


def _say_goals(results: table.Results) -> None:
    for (title, _), sums in table.sums(results).items():
        ours = sums[table.OURS]
        for name, others in sums.items():
            if name != table.OURS:
                say(f"{title}: events F1, ours / {name}", table.f1(ours) / table.f1(others), "×", at_least=1)


def _write(page: Path, text: str) -> None:
    before, _, rest = page.read_text().partition(table.BEGIN)
    _, _, after = rest.partition(table.END)
    page.write_text(f"{before}{table.BEGIN}\n{text}\n{table.END}{after}")


if __name__ == "__main__":
    main()
