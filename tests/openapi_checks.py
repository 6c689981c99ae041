"""What the description of a service's API has to be. A service's suite imports these tests."""

import os
from pathlib import Path

import yaml
from django.conf import settings
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema

from shared.openapi.api import schema_text
from shared.openapi.examples import folder

WRITE = "STACK_WRITE_OPENAPI"


def written() -> Path:
    return Path(__file__).parents[1] / "docs" / "openapi" / f"{settings.SERVICE}.yaml"


def test_the_written_file_is_current() -> None:
    """`STACK_WRITE_OPENAPI=1 ./scripts/manage-modular.sh test tests/*/test_openapi.py` writes it."""
    if os.environ.get(WRITE):
        written().write_text(schema_text(), encoding="utf-8")
    assert written().read_text(encoding="utf-8") == schema_text(), f"write it anew: {WRITE}=1 and this test"


def test_what_is_generated_is_valid() -> None:
    """By OpenAPI's own JSON Schema; and the generator warned of nothing."""
    document = yaml.safe_load(schema_text())
    validate_schema(document)
    assert not GENERATOR_STATS, "the generator warned: see above"
    operations = [one for methods in document["paths"].values() for one in methods.values()]
    names = [one["operationId"] for one in operations]
    assert len(set(names)) == len(names)
    assert all(one.get("summary") for one in operations)


def test_every_example_is_of_an_operation() -> None:
    document = yaml.safe_load(schema_text())
    names = {one["operationId"] for methods in document["paths"].values() for one in methods.values()}
    assert {file.name.partition(".")[0] for file in folder().glob("*.json")} <= names


def test_it_is_served_and_shown_without_asking_another_host() -> None:
    root, client = f"/api/{settings.SERVICE}", Client()
    served = client.get(f"{root}/schema/")
    assert (served.status_code, served.content.decode()) == (200, schema_text())
    page = client.get(f"{root}/docs/")
    assert page.status_code == 200
    assert "default-src 'none'" in page["Content-Security-Policy"]
    assert "<script" not in page.content.decode()
    assert "http://" not in page.content.decode().replace("http://www.opengis.net", "")


def test_every_answer_in_json_has_an_example() -> None:
    """`STACK_RECORD_EXAMPLES=1` and the tests of an API write them: see tests/recording.py."""
    document = yaml.safe_load(schema_text())
    answers = {
        one["operationId"]: answer["content"]["application/json"]
        for methods in document["paths"].values()
        for one in methods.values()
        for status, answer in one["responses"].items()
        if status.startswith("2") and "application/json" in answer.get("content", {})
    }
    assert not sorted(name for name, answer in answers.items() if "examples" not in answer)
