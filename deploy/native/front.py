"""nginx in front of the services of this machine."""

import importlib.util
import sys
from types import ModuleType

from deploy.native.processes import SERVICES
from deploy.native.state import ROOT, Installation

# A master that was killed leaves workers that hold the port. They are in its process group, and called nginx.
START = """\
old=$(cat nginx.pid 2>/dev/null)
for stat in /proc/[0-9]*/stat; do
    { read -r pid name state parent group rest < "$stat"; } 2>/dev/null || continue
    if [ "$group" = "$old" ] && [ "$name" = "(nginx)" ]; then kill "$pid"; fi
done
exec "$@"
"""


def write(installation: Installation) -> None:
    """Writes the configuration that `nginx/build.py` makes of this installation's ports and folders."""
    builder = load_builder()
    folder = installation.path("nginx")
    bind = installation.given.get("HTTP_BIND", "127.0.0.1")
    layout = builder.Layout(
        listen=f"{bind}:{installation.ports['nginx']}",
        upstreams={service: f"127.0.0.1:{installation.ports[service]}" for service in SERVICES},
        folder=str(folder),
        static=str(installation.path("static")),
        limits=builder.limits_of(installation.given),
    )
    folder.joinpath("nginx.conf").write_text(builder.build(layout))
    folder.joinpath("start.sh").write_text(START)
    installation.account.own(folder)


def load_builder() -> ModuleType:
    """`nginx/build.py` by its path: the library it uses owns the name `nginx`."""
    spec = importlib.util.spec_from_file_location("nginx_build", ROOT / "nginx" / "build.py")
    if spec is None or spec.loader is None:
        raise ImportError("nginx/build.py is missing")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module
