"""All attacks of the modules beside this one."""

import importlib
import pkgutil

import tests.hostile
from tests.hostile.attack import Attack

ATTACKS: list[Attack] = [
    attack
    for module in pkgutil.iter_modules(tests.hostile.__path__)
    if module.name != "corpus" and not module.name.startswith("test_")
    for attack in getattr(importlib.import_module(f"tests.hostile.{module.name}"), "ATTACKS", [])
]
BY_NAME = {attack.name: attack for attack in ATTACKS}
