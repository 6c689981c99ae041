"""What the launcher tells the demo: where everything answers, and the environment of the services it follows."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

FOLLOWED = ("telemetry", "compliance")


class Missing(SystemExit):
    """The demo was not started by the launcher. Printed as it is, with exit status 1."""


@dataclass(frozen=True, slots=True)
class Settings:
    url: str
    state: Path
    clock_file: Path
    email: str
    password: str = field(repr=False)
    providers_url: str
    dga_url: str
    environments: Mapping[str, Mapping[str, str]] = field(repr=False)


def read_settings(source: Mapping[str, str] = os.environ) -> Settings:
    def text(name: str) -> str:
        if not source.get(name):
            raise Missing(f"{name} is missing: start the demo with ./scripts/manage-modular.sh demo")
        return source[name]

    folder = Path(text("DEMO_ENV_DIR"))
    return Settings(
        url=text("DEMO_URL"),
        state=Path(text("DEMO_STATE")),
        clock_file=Path(text("STACK_CLOCK_FILE")),
        email=text("DEMO_EMAIL"),
        password=text("DEMO_PASSWORD"),
        providers_url=text("PROVIDERS_URL"),
        dga_url=text("DGA_URL"),
        environments={name: json.loads((folder / f"{name}.json").read_text()) for name in FOLLOWED},
    )
