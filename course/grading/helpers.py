"""What an instructor's cells define: read from their text, without running a student's line."""

import ast
import builtins
import re
from collections.abc import Iterable, Iterator
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode
from nbgrader import utils

from course.grading.submission import OwnCell, SourceCell
from course.language import N_, _

FILE = "<check>"
# What a check may look at that is another one outside the sandbox, by what its text mentions.
OTHERWISE = {
    N_("its check looks at the names of the notebook"): {
        *("globals", "locals", "dir", "user_ns", "__main__", "run_cell", "testmod", "doctest"),
    },
    N_("its check replaces something that an answer uses in a process of its own"): {
        *("patch", "mock", "monkeypatch", "setattr", "environ", "putenv", "setenv", "chdir"),
    },
    N_("its check listens to warnings or a log, which stay in the sandbox"): {
        *("catch_warnings", "warns", "assertWarns", "assertLogs", "caplog", "getLogger"),
    },
    N_("its check looks at the plot that is open, which stays in the sandbox"): {
        *("gca", "gcf", "get_fignums", "fignum_exists"),
    },
    N_("its check makes files of its own, which an answer does not see"): {"tempfile"},
}
READS = frozenset(
    {
        *("open", "exists", "is_file", "isfile", "isdir", "is_dir", "glob", "iglob", "rglob"),
        *("listdir", "scandir", "iterdir", "walk", "read_text", "read_bytes", "stat", "getsize"),
        *("connect", "imread", "load", "loadtxt", "ZipFile"),
    }
)
WRITES = re.compile(
    r"\b(open|write\w*|to_(csv|json|excel|parquet|pickle|sql|html|feather)|savefig|imsave|connect"
    r"|save\w*|dump|mkdir|makedirs|touch|copy\w*|move|rename|remove|unlink|ZipFile)\("
)
OF_ERRORS = frozenset({"type", "code", "value", "__class__", "__cause__", "__context__", "info"})
ENDS = frozenset({"SystemExit", "KeyboardInterrupt", "GeneratorExit"})
CATCHES = frozenset({"raises", "assertRaises", "assertRaisesRegex"})
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


def words_of(code: str) -> set[str]:
    """The names, attributes and modules that a cell mentions somewhere."""
    found = set()
    for statement in statements(code):
        for node in ast.walk(statement):
            if isinstance(node, ast.Name):
                found.add(node.id)
            elif isinstance(node, ast.Attribute):
                found.add(node.attr)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                found |= {part for alias in node.names for part in alias.name.split(".")}
                found |= set((getattr(node, "module", None) or "").split("."))
    return found


def read_in_functions(code: str) -> set[str]:
    """The names that the functions of a cell read and do not make themselves."""
    found = set()
    for statement in statements(code):
        for node in ast.walk(statement):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                inner = list(ast.walk(node))
                made = {part.arg for part in inner if isinstance(part, ast.arg)}
                names = [part for part in inner if isinstance(part, ast.Name)]
                made |= {name.id for name in names if isinstance(name.ctx, ast.Store)}
                found |= {name.id for name in names} - made
    return found


def compares_identity(code: str, asked_for: frozenset[str]) -> bool:
    """Whether a cell asks if two things are one object, other than a constant or a known type."""
    for statement in statements(code):
        for node in ast.walk(statement):
            if not isinstance(node, ast.Compare):
                continue
            sides = [node.left, *node.comparators]
            for place, operator in enumerate(node.ops):
                pair = sides[place : place + 2]
                if isinstance(operator, ast.Is) and not is_known(pair, asked_for):
                    return True
    return False


def is_known(pair: list[ast.expr], asked_for: frozenset[str]) -> bool:
    """Whether one of the two is a constant or a built-in, or a type that is no answer."""
    names = {node.id for node in pair if isinstance(node, ast.Name)}
    if any(isinstance(node, ast.Constant) for node in pair) or names & vars(builtins).keys():
        return True
    of_type = any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "type"
        for node in pair
    )
    return of_type and not names & asked_for


def asks_beyond(
    code: str, submitted: str, asked_for: frozenset[str], problem: BaseException, desk: Any
) -> str:
    """Why a check that failed may have failed by what it looks at, which is another thing outside
    the sandbox; empty where nothing says so.
    """
    words = words_of(code)
    for why, looked_at in OTHERWISE.items():
        if words & looked_at:
            return _(why)
    reads = words & READS or any(word.startswith("read_") for word in words)
    if reads and WRITES.search(submitted):
        return _("its check reads files, and so may an answer write some, in the sandbox")
    if compares_identity(code, asked_for):
        return _("its check asks whether two values are one object, and values are copied")
    looks_at_types = words & {"type", "isinstance", "issubclass"}
    if desk.saw_plots and (looks_at_types or isinstance(problem, AttributeError | TypeError)):
        return _("its check uses a plot in another way than its content allows")
    return of_errors(code, words, problem, desk)


def of_errors(code: str, words: set[str], problem: BaseException, desk: Any) -> str:
    """Whether a check looks closer at an exception of the submission's than it has come out."""
    if "catching classes" in str(problem) and isinstance(problem, TypeError):
        return _("its check names an exception of the answer's own, which cannot leave the sandbox")
    catches = words & CATCHES or any(
        isinstance(node, ast.ExceptHandler) for part in statements(code) for node in ast.walk(part)
    )
    if not catches:
        return ""
    for raised in desk.raised:
        told = type(raised).__name__
        if (
            raised._called in ENDS & words
            or raised._called != told
            or (raised is not problem and words & OF_ERRORS)
        ):
            return _("its check catches an exception, which comes out of the sandbox as another")
    return ""


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
