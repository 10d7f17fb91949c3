"""Other right ways to solve each exercise, one module a skill; each has a dict `WAYS`."""

import importlib
import pkgutil
from collections.abc import Callable

WAYS: dict[str, list[Callable]] = {
    id: ways
    for module in pkgutil.iter_modules(__path__)
    for id, ways in importlib.import_module(f"{__name__}.{module.name}").WAYS.items()
}
