"""A function with all that it needs, as the text of one notebook cell."""

import ast
import inspect
import re
import sys
from collections.abc import Callable


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
            look_at += [node.id for node in ast.walk(stmt) if isinstance(node, ast.Name)]
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
        return [node.id for node in ast.walk(stmt) if is_stored(node)]
    return []


def is_stored(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
