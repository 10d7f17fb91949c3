"""What an instructor's cells define: read from their text, without running a student's line."""

import ast
import re
from collections.abc import Iterable, Iterator

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode
from nbgrader import utils

from course.grading.submission import OwnCell, SourceCell

FILE = "<check>"
# Magics of a whole cell that run its lines in the notebook's own names.
RUN_AS_THEY_ARE = re.compile(r"\A\s*%%(capture|time|prun)\b.*")
# By these a cell makes names that its text does not show.
MAKES_UNSEEN = frozenset({"exec", "eval", "globals", "locals", "setattr", "get_ipython"})
SCOPES = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def parsed(code: str) -> ast.Module:
    """The tree of a cell; magics such as %matplotlib are calls of get_ipython in it.

    Raises
    ------
    SyntaxError, ValueError
    """
    code = RUN_AS_THEY_ARE.sub("", code)
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
    return {name for statement in statements(code) for name in bound_by(statement)}


def bound_by(statement: ast.stmt) -> set[str]:
    """The names that a statement gives a value at the top level, but for imports."""
    names = set()
    for node in ast.walk(statement):
        names.update(node.names if isinstance(node, ast.Global) else ())
    for node in inside(statement):
        if isinstance(node, SCOPES | ast.MatchAs | ast.MatchStar):
            names.add(node.name)
        elif isinstance(node, ast.MatchMapping):
            names.add(node.rest)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names - {None}


def inside(node: ast.AST) -> Iterator[ast.AST]:
    """The node and what is in it, but for the bodies of functions and classes."""
    yield node
    if not isinstance(node, SCOPES):
        for child in ast.iter_child_nodes(node):
            yield from inside(child)


def imported_by(statement: ast.AST) -> set[str]:
    """The names that an import gives a value; "*" for all of a module's."""
    if not isinstance(statement, ast.Import | ast.ImportFrom):
        return set()
    return {(alias.asname or alias.name).partition(".")[0] for alias in statement.names}


def changed_names(code: str) -> set[str]:
    """The names whose values a cell makes or changes: `a = 1`, `t["x"] = 1`, `rows.append(1)`."""
    names = bound_names(code)
    for statement in statements(code):
        for node in inside(statement):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                node = node.value.func
            elif not isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
                continue
            if isinstance(node, ast.Attribute | ast.Subscript):
                names |= root_of(node)
    return names


def root_of(place: ast.expr) -> set[str]:
    """The name that `name["x"].y` begins with, if it begins with one."""
    while isinstance(place, ast.Attribute | ast.Subscript | ast.Call):
        place = place.func if isinstance(place, ast.Call) else place.value
    return {place.id} if isinstance(place, ast.Name) else set()


def mentioned_names(code: str) -> set[str]:
    """The names that a cell reads somewhere, in its functions as well."""
    return {
        node.id
        for statement in statements(code)
        for node in ast.walk(statement)
        if isinstance(node, ast.Name)
    }


def own_cells(notebook: NotebookNode) -> tuple[OwnCell, ...]:
    """What the instructor's notebook does itself: its cells that are neither answers nor checks,
    and the imports of those.
    """
    own, checks = [], 0
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if utils.is_solution(cell) or utils.is_grade(cell):
            imports = [ast.unparse(s) for s in statements(cell.source) if imported_by(s)]
            own.append(OwnCell("\n".join(imports), checks))
            checks += utils.is_grade(cell) and not utils.is_solution(cell)
        else:
            own.append(OwnCell(cell.source, checks))
    return tuple(cell for cell in own if cell.source.strip())


def locked_cells(cells: Iterable[SourceCell]) -> tuple[OwnCell, ...]:
    """The same of a notebook of which only the gradebook is left."""
    own, checks = [], 0
    for cell in cells:
        if cell.cell_type != "code":
            continue
        if cell.grade and not cell.solution:
            checks += 1
        elif cell.locked:
            own.append(OwnCell(cell.source, checks))
    return tuple(own)


def answers_in(sources: Iterable[str], own: Iterable[OwnCell]) -> frozenset[str]:
    """The names that solution cells make or change: what a student is asked for.

    What the instructor's cells import or define as a function is called in an answer, not changed.
    """
    called: set[str] = set()
    for cell in own:
        for statement in statements(cell.source):
            called |= imported_by(statement)
            called |= {statement.name} if isinstance(statement, SCOPES) else set()
    made, changed = set(), set()
    for source in sources:
        made |= bound_names(source)
        changed |= changed_names(source)
    return frozenset(made | (changed - called))


def needed(own: Iterable[OwnCell], asked: Iterable[str]) -> list[OwnCell]:
    """Those of the instructor's cells that make the names that the checks ask for, and what these
    need in turn: a lesson's plots need not be drawn again for every submission.
    """
    own, wanted = list(own), set(asked)
    binds = [makes_all(statements(cell.source)) for cell in own]
    mentions = [mentioned_names(cell.source) for cell in own]
    of_own = set().union(*binds)
    kept: set[int] = set()
    more = {n for n in range(len(own)) if "*" in binds[n] or mentions[n] & MAKES_UNSEEN}
    while True:
        wanted |= set().union(*(mentions[n] | binds[n] for n in more))
        kept |= more
        touched = [(binds[n] | (mentions[n] & of_own)) & wanted for n in range(len(own))]
        more = {n for n in range(len(own)) if touched[n]} - kept
        if not more:
            break
    return [cell for n, cell in enumerate(own) if n in kept]


def makes_all(statements: Iterable[ast.stmt]) -> set[str]:
    """The names that the statements give a value, imports included."""
    found = set()
    for statement in statements:
        found |= bound_by(statement).union(*map(imported_by, inside(statement)))
    return found
