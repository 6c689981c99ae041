"""docker-compose.modular.yml and the native backend describe one system."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest

from deploy.native.processes import ENVIRONMENT, ENVIRONMENT_OF, PORTS, PROCESSES, SERVICES, Process
from tests.architecture.conftest import ROOT

SECRETS = (
    "POSTGRES_PASSWORD",
    "SECRET_KEY",
    "FIELD_ENCRYPTION_KEYS",
    *(f"{name.upper()}_DB_PASSWORD" for name in SERVICES),
)
INFRASTRUCTURE = {"postgres", "redis", "nginx", "prometheus", "keys", "bootstrap"}


def container(process: Process) -> str:
    return process.service if process.role == "web" else process.name


def filled(process: Process) -> list[str]:
    values = {"bind": "0.0.0.0", "port": str(PORTS[process.service]), "state": "/run/beat"}  # noqa: S104
    return [part.format(**values) if "{" in part else part for part in process.command]


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_each_process_is_a_container_with_the_same_command(compose: Mapping[str, Any], process: Process) -> None:
    assert compose["services"][container(process)]["command"] == filled(process)


def test_there_is_no_container_that_nobody_knows(compose: Mapping[str, Any]) -> None:
    known = {container(process) for process in PROCESSES} | {f"{service}-migrate" for service in SERVICES}
    assert set(compose["services"]) == known | INFRASTRUCTURE


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_each_process_is_told_the_same_variables(compose: Mapping[str, Any], process: Process) -> None:
    told = compose["services"][container(process)]["environment"]
    assert set(told) == {*ENVIRONMENT, *ENVIRONMENT_OF[process.service]}


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_says_when_it_is_ready(compose: Mapping[str, Any], service: str) -> None:
    probe = compose["services"][service]["healthcheck"]["test"]
    assert f"127.0.0.1:{PORTS[service]}/ready" in probe[-1]


def test_only_nginx_is_open_to_the_outside(compose: Mapping[str, Any]) -> None:
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["nginx"]


def compose_command() -> list[str]:
    if (
        shutil.which("docker")
        and subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0
    ):
        return ["docker", "compose"]
    return ["docker-compose"] if shutil.which("docker-compose") else []


@pytest.mark.skipif(not compose_command(), reason="no docker compose here")
def test_compose_accepts_the_file() -> None:
    command = [*compose_command(), "-f", "docker-compose.modular.yml", "config", "--quiet"]
    environment = os.environ | dict.fromkeys(SECRETS, "synthetic")
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr


@pytest.mark.skipif(not compose_command(), reason="no docker compose here")
def test_a_missing_secret_is_named() -> None:
    command = [*compose_command(), "-f", "docker-compose.modular.yml", "config", "--quiet"]
    environment = {name: value for name, value in os.environ.items() if name not in SECRETS}
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert said.returncode != 0
    assert "in .env" in said.stderr
