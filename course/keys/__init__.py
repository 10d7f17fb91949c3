"""The answer keys, one module a part of a skill; each has a dict `KEYS` from exercise id to key.

`models.toml` holds good texts for the tasks in which a text is to be written.

Nothing in here is ever given to a sandbox in which learners' code runs.
"""

import importlib
import pkgutil
import tomllib
from pathlib import Path

from course.exercise import Key

KEYS: dict[str, Key] = {
    id: key
    for module in pkgutil.iter_modules(__path__)
    for id, key in importlib.import_module(f"{__name__}.{module.name}").KEYS.items()
}
MODELS: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("models.toml").read_text("utf-8")
)
"""A good text for each task, by its id and language."""
