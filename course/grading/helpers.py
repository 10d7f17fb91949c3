"""What an instructor's cells define: read from their text, without running a student's line."""

import ast
import contextlib
import io
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode
from nbgrader import utils

from course.grading.submission import SourceNotebook

FILE = "<check>"


def answers_asked_for(source: SourceNotebook) -> set[str]:
    """The names that the stubs of the solution cells define."""
    return {
        name
        for cell in source.cells.values()
        if cell.solution and cell.cell_type == "code"
        for name in bound_names(cell.source)
    }


def parsed(code: str) -> ast.Module:
    """The tree of a cell; magics such as %matplotlib are calls of get_ipython in it.

    Raises
    ------
    SyntaxError, ValueError
    """
    try:
        return ast.parse(code, FILE)
    except SyntaxError:
        return ast.parse(TransformerManager().transform_cell(code), FILE)


def statements(code: str) -> list[ast.stmt]:
    """The statements of a cell; none if it cannot be read."""
    try:
        return parsed(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def bound_names(code: str) -> set[str]:
    """The names that a cell gives a value at its top level, but for imports."""
    names = set()
    for statement in statements(code):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(statement.name)
        else:
            names |= {
                node.id
                for node in ast.walk(statement)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            }
    return names


def helpers_of(notebook: NotebookNode) -> str:
    """The statements by which the instructor's notebook makes what its check cells may use: every
    import, and what cells other than answers and checks define; of a locked cell also constants.
    """
    kept = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        wanted: tuple[type, ...] = (ast.Import, ast.ImportFrom)
        if not (utils.is_solution(cell) or utils.is_grade(cell)):
            wanted += (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        for statement in statements(cell.source):
            constant = isinstance(statement, ast.Assign) and is_literal(statement.value)
            if isinstance(statement, wanted) or (constant and utils.is_locked(cell)):
                kept.append(ast.unparse(statement))
    return "\n".join(kept)


def is_literal(expression: ast.expr) -> bool:
    """Whether it is a plain constant, such as 0.5 or [1, 2]."""
    try:
        ast.literal_eval(expression)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def defined_by(helpers: str) -> dict[str, Any]:
    """The names that the instructor's statements define.

    One that fails here (a library that is not installed) defines nothing.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    hidden = io.StringIO()
    with contextlib.redirect_stdout(hidden), contextlib.redirect_stderr(hidden):
        for statement in ast.parse(helpers).body:
            with contextlib.suppress(Exception):
                exec(compile(ast.Module([statement], []), "<instructor>", "exec"), names)
    return {name: value for name, value in names.items() if not name.startswith("__")}
