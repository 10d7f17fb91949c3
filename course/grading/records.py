"""What is kept beside a graded folder: with what it was graded, and each answer's fingerprint.

Marks depend on the answer key, on the seed of the hidden cases and on the course's version. Who
changes one of them is told which submissions were graded with another. And a person's mark of an
answer stays when the same answer is graded again.
"""

import ast
import functools
import hashlib
import importlib.metadata
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course import notebooks
from course.cells import grade_id, is_answer
from course.check import DEFAULT_SEED
from course.exercise import Task
from course.exercises import EXERCISES, QUESTIONS
from course.grading.submission import Assignment
from course.keys import KEYS
from course.language import N_

LENGTH = 16  # signs of a fingerprint
JUDGES = ("course.call", "course.judge", "course.kinds")
TEXT_READER = "course.check_brief"
# They say, store and remember things, and no mark depends on them.
WITHOUT_MARKS = (
    "course.files",
    "course.language",
    "course.progress",
    "course.saved",
    "course.session",
)
NO_DATA = (".py", ".pyc", ".md", ".ipynb")

WITH = {
    "key": N_("with another answer key"),
    "seed": N_("with another seed of the hidden cases"),
    "version": N_("by another version of the course"),
}
"""What marks depend on, and how it is said that some were given with another."""


def fingerprint(*parts: bytes | str) -> str:
    """The same for the same parts."""
    found = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        found.update(b"%d:" % len(data) + data)
    return found.hexdigest()[:LENGTH]


# With what


def graded_with(assignment: Assignment, seed: str | None) -> dict[str, str]:
    """The present values of what marks depend on, for the record of a submission."""
    return {
        "key": key_of(assignment),
        "seed": seed_mark(str(seed or DEFAULT_SEED).strip()),
        "version": importlib.metadata.version("internet-marketer"),
    }


@functools.cache
def seed_mark(seed: str) -> str:
    """Tells two seeds apart and does not give them away: a plain hash of a number is soon guessed.

    The gradebook's folder may be shared with people who shall not know the seed.
    """
    found = hashlib.scrypt(seed.encode(), salt=b"internet-marketer", n=1 << 14, r=8, p=1)
    return found.hex()[:LENGTH]


def key_of(assignment: Assignment) -> str:
    """Changes when marks may: with a cell or a file of the assignment, or with the key, the cases,
    the data or the judge of one of its exercises; not with those of other assignments.
    """
    cells = {
        name: {cell.name: [cell.source, cell.points] for cell in notebook.cells.values()}
        for name, notebook in assignment.notebooks.items()
    }
    others = [[cell.source for cell in n.own] for n in assignment.notebooks.values()]
    own = [json.dumps([cells, others], sort_keys=True)]
    files = [part for name in sorted(assignment.files) for part in (name, assignment.files[name])]
    code = [path.read_bytes() for path in files_of(modules_of(assignment))]
    return fingerprint(*own, *files, *code)


def modules_of(assignment: Assignment) -> set[str]:
    """The modules in which the assignment's exercises are written, and what judges them."""
    names = {name for notebook in assignment.notebooks.values() for name in notebook.cells}
    found = set()
    for exercise in EXERCISES.values():
        if notebooks.cell_id(exercise, "check") not in names:
            continue
        if isinstance(exercise, Task):
            found.add(TEXT_READER)
            continue
        key = KEYS[exercise.id]
        parts = [QUESTIONS[exercise.id].cases, key.reference, *(m.answer for m in key.mistakes)]
        found |= {part.__module__ for part in parts if hasattr(part, "__module__")}
    return found | set(JUDGES) if found else found


def files_of(modules: Iterable[str]) -> list[Path]:
    """The files of these modules of the course and of those that they import, with their data."""
    found, left = {}, list(modules)
    while left:
        name = left.pop()
        path = None if name in found or name in WITHOUT_MARKS else file_of(name)
        if path:
            found[name] = path
            left += imported(path)
    data = {
        inside
        for path in found.values()
        if path.name == "__init__.py"
        for inside in path.parent.rglob("*")
        if inside.is_file() and inside.suffix not in NO_DATA
    }
    return sorted({*found.values(), *data})


def file_of(module: str) -> Path | None:
    """The file of a module of the course; None for other people's, and for names in a module."""
    package, *parts = module.split(".")
    if package != notebooks.PACKAGE.name or not parts:
        return None
    path = notebooks.PACKAGE.joinpath(*parts)
    files = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in files if file.is_file()), None)


def imported(path: Path) -> Iterator[str]:
    """What a module imports at its top: whole modules, and names that may be modules."""
    for statement in ast.parse(path.read_bytes()).body:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            yield statement.module
            yield from (f"{statement.module}.{alias.name}" for alias in statement.names)


def differences(record: Mapping, now: Mapping[str, str]) -> list[str]:
    """With what else the submission was graded; where nothing is recorded, with another key."""
    before = record.get("with") or {}
    return [name for name in WITH if before.get(name) != now[name]] if before else ["key"]


# Answers


def answers_of(notebook: NotebookNode) -> dict[str, str]:
    """For each cell that is marked, a fingerprint of what its mark is for: the answer itself; for a
    check, all that the student can write into, for any of it may be what is checked.
    """
    written = [answer(cell) for cell in notebook.cells if not is_assignments(cell)]
    return {
        grade_id(cell): answer(cell) if is_answer(cell) else fingerprint(*written)
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }


def answers_marked(text: str) -> dict[str, str]:
    """The same of a graded notebook's JSON text."""
    return answers_of(nbformat.reads(text, 4))


def is_assignments(cell: NotebookNode) -> bool:
    """Whether the cell came with the assignment and is as it was: it was locked, or is a check."""
    about = cell.metadata.get("nbgrader", {})
    return bool(about.get("locked") or (about.get("grade") and not is_answer(cell)))


def answer(cell: NotebookNode) -> str:
    """A fingerprint of what a cell says."""
    pictures = json.dumps(cell.get("attachments", {}), sort_keys=True)
    return fingerprint(cell.cell_type, cell.source, pictures)
