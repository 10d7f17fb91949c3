"""Where a test cannot run for want of a program, it skips and says why; in CI that is a failure."""

import os

import pytest

from tests.jupyterlab import missing


def pytest_collection_modifyitems(items):
    reason = missing()
    for item in items:
        if reason and item.get_closest_marker("browser") and not os.environ.get("CI"):
            item.add_marker(pytest.mark.skip(reason=reason))
