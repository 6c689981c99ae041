"""The API's own description: current in the repository, valid, and complete."""

from tests.openapi_checks import *  # noqa: F403 its tests are this service's
