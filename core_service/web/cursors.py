"""Cursors of Core's feeds, which begin before the first number."""

from shared.web.cursors import number_after
from shared.web.pages import Page


def number_key(page: Page) -> int:
    """The number after which the page begins; 0 from the start."""
    return number_after(page) or 0
