"""A function with all that it needs, as the text of one notebook cell."""

import ast
import dis
import inspect
import re
import sys
from collections.abc import Callable
from types import CodeType


def standalone(function: Callable, name: str) -> str | None:
    """The function under a new name, with the imports, helpers and constants of its module that it
    uses; None for one that has no text of its own there.
    """
    if inspect.isbuiltin(function):
        return f"{name} = {function.__name__}"
    if not inspect.isfunction(function) or "<" in function.__qualname__:
        return None
    tree = ast.parse(inspect.getsource(sys.modules[function.__module__]))
    statements = {defined: stmt for stmt in tree.body for defined in names_defined(stmt)}
    needed, look_at = [], [function.__name__]
    while look_at:
        stmt = statements.get(look_at.pop())
        if stmt is not None and stmt not in needed:
            needed.append(stmt)
            look_at += names_used(compile(ast.Module([stmt], []), "", "exec"))
    text = "\n".join(ast.unparse(stmt) for stmt in tree.body if stmt in needed)
    if function.__name__ == name:
        return text
    # A mistake may use the reference, which has the name that the answer must have.
    text = re.sub(rf"\b{name}\b", f"right_{name}", text)
    return f"{text}\n{name} = {function.__name__}"


def names_defined(stmt: ast.stmt) -> list[str]:
    if isinstance(stmt, ast.FunctionDef | ast.ClassDef):
        return [stmt.name]
    if isinstance(stmt, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name.partition(".")[0] for alias in stmt.names]
    if isinstance(stmt, ast.Assign):
        targets = [node for target in stmt.targets for node in ast.walk(target)]
        return [node.id for node in targets if isinstance(node, ast.Name)]
    return []


def names_used(code: CodeType) -> list[str]:
    """The module's names that the code and the functions in it read: not their own variables."""
    reads = ("LOAD_NAME", "LOAD_GLOBAL")
    used = [step.argval for step in dis.get_instructions(code) if step.opname in reads]
    inner = [names_used(const) for const in code.co_consts if isinstance(const, CodeType)]
    return used + [name for names in inner for name in names]
