"""The answer keys, one module a part of a skill; each has a dict `KEYS` from exercise id to key.

Nothing in here is ever given to a sandbox in which learners' code runs.
"""

import importlib
import pkgutil

from course.exercise import Key

KEYS: dict[str, Key] = {
    id: key
    for module in pkgutil.iter_modules(__path__)
    for id, key in importlib.import_module(f"{__name__}.{module.name}").KEYS.items()
}
