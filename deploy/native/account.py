"""Under whose name processes run: the caller's own, or, for root, an unprivileged account's."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.native.problem import Problem


@dataclass(frozen=True, slots=True)
class Account:
    """`name` is None when nothing is dropped. `reads_checkout`: whether that account can run the services' code."""

    name: str | None = None
    reads_checkout: bool = True

    def prefix(self, *, needs_checkout: bool) -> list[str]:
        """What to put before a command. PostgreSQL refuses root, so it drops in any case."""
        if self.name is None or (needs_checkout and not self.reads_checkout):
            return []
        entry = pwd.getpwnam(self.name)
        return ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups", "--"]

    def own(self, folder: Path) -> None:
        """Gives the account everything in `folder`, so that it can write there."""
        if self.name is None:
            return
        entry = pwd.getpwnam(self.name)
        for path in [folder, *folder.rglob("*")]:
            if path.lstat().st_uid != entry.pw_uid:
                os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)


def choose_account(name: str, checkout: Path, python: Path) -> Account:
    """The caller's own account, or for root the account `name`."""
    if os.geteuid() != 0:
        return Account()
    if shutil.which("setpriv") is None:
        raise Problem("setpriv is missing: install util-linux, or run this as an ordinary user")
    try:
        pwd.getpwnam(name)
    except KeyError:
        raise Problem(f"There is no account {name!r}: set STACK_ACCOUNT to an unprivileged one") from None
    dropped = Account(name)
    reads = all(_can(dropped, "-r", path) for path in (checkout / "shared" / "clock.py", python))
    return Account(name, reads_checkout=reads)


def _can(account: Account, flag: str, path: Path) -> bool:
    command = [*account.prefix(needs_checkout=False), "test", flag, str(path)]
    return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0
