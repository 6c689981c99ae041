"""What holds in every suite: a property test has no clock to beat, and each run has a test database of its own."""

import os

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

# The machine may be busy.
hypothesis_settings.register_profile("stack", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("stack")


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """A suite that is run in two halves at once has two databases."""
    from django.conf import settings

    if half := os.environ.get("STACK_TEST_HALF"):
        settings.DATABASES["default"]["TEST"]["NAME"] += f"_{half}"


def pytest_collection_finish(session: pytest.Session) -> None:
    """By now Django is set up."""
    if os.environ.get("STACK_RECORD_EXAMPLES"):
        from tests.recording import record

        record()
