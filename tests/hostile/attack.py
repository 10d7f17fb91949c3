"""What a hostile submission is, and the ways of making one."""

import copy
import functools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course import notebooks
from course.exercises import QUESTIONS
from tests import classroom

FILE = f"{classroom.ASSIGNMENT}.ipynb"
FULL = {id: float(QUESTIONS[id].points) for id in classroom.IDS}
CHECK_OF = {id: notebooks.cell_id(QUESTIONS[id], "check") for id in classroom.IDS}
ANSWER_OF = {id: notebooks.cell_id(QUESTIONS[id], "answer") for id in classroom.IDS}
MANUAL = "company-meaning"

CLASSES = (
    "forged equality",
    "patched libraries",
    "shadowed modules",
    "poisoned modules",
    "transformers",
    "forged outputs",
    "tampered metadata",
    "start-up files",
    "reading secrets",
    "stolen keys",
    "network",
    "exit",
    "kill",
    "signals",
    "threads",
    "leftovers",
    "fork bomb",
    "memory",
    "disk",
    "output floods",
    "stubborn loops",
    "hangs in C",
    "recursion",
    "inspection",
    "active content",
    "broken notebooks",
    "giant notebooks",
    "odd files",
    "changed data",
    "faked clock and chance",
    "protocol",
    "detecting the checker",
    "odd values",
    "two gradings",
    "named modules",
    "kept inputs",
    "natural faults",
)

# For code in attacks: a word that the notebook's source does not hold, so that it only stands in
# the outputs if the attack came so far.
TELL = """
def tell(word):
    print("-".join(["canary", word, "reached"]))
"""


def told(word: str) -> str:
    """The canary that `tell(word)` prints."""
    return f"canary-{word}-reached"


@dataclass(frozen=True)
class Attack:
    """A submission, and what it deserves.

    `make` writes the student's folder of the assignment. `marks` has, by exercise, the points that
    differ from full ones: a number, or a pair of the least and the most. `unreadable` means that
    nobody can grade it: a person has to look, with a reason; `may_refuse` that this is one of two
    good ends. `canaries` must not appear in anything that grading writes. `leftovers` must not be
    found afterwards: paths, or words of a command line. `dangerous` attacks never run unboxed.
    """

    name: str
    class_: str
    make: Callable[[Path], None]
    note: str
    marks: Mapping[str, float | tuple[float, float]] = field(default_factory=dict)
    canaries: Sequence[str] = ()
    leftovers: Sequence[str] = ()
    unreadable: bool = False
    may_refuse: bool = False
    dangerous: bool = False

    def deserved(self) -> dict[str, tuple[float, float]]:
        """The least and the most points of every check cell."""
        deserved = {}
        for id, full in FULL.items():
            points = self.marks.get(id, full)
            deserved[CHECK_OF[id]] = points if isinstance(points, tuple) else (points, points)
        return deserved


@functools.cache
def _perfect() -> NotebookNode:
    released = notebooks.release_folder() / classroom.ASSIGNMENT / FILE
    notebook = notebooks.read(released)
    classroom.perfect(notebook)
    return notebook


def perfect() -> NotebookNode:
    """A copy of the notebook with every answer right."""
    return copy.deepcopy(_perfect())


def cell_of(notebook: NotebookNode, id: str) -> NotebookNode:
    """The cell with that id."""
    return next(cell for cell in notebook.cells if cell.id == id)


def place_of(notebook: NotebookNode, id: str) -> int:
    """Where the cell with that id stands."""
    return notebook.cells.index(cell_of(notebook, id))


def code_cell(source: str, id: str) -> NotebookNode:
    """A code cell of the student's own."""
    return nbformat.v4.new_code_cell(source, id=id)


def markdown_cell(source: str, id: str) -> NotebookNode:
    """A Markdown cell of the student's own."""
    return nbformat.v4.new_markdown_cell(source, id=id)


def save(notebook: NotebookNode, folder: Path, name: str = FILE) -> None:
    """Write the notebook without looking whether it is valid."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(notebook, ensure_ascii=True, indent=1)
    (folder / name).write_text(text + "\n", encoding="utf-8")


def spoiled_from(id: str, own: float | tuple[float, float] = 0.0) -> dict:
    """The marks where the attack may honestly spoil the process for all later exercises."""
    later = classroom.IDS[classroom.IDS.index(id) + 1 :]
    return {id: own, **{other: (0.0, FULL[other]) for other in later}}


def in_answer(name: str, class_: str, id: str, code: str, note: str, **more) -> Attack:
    """The answer cell of one exercise is replaced; it deserves nothing unless `marks` says so."""

    def make(folder: Path) -> None:
        notebook = perfect()
        cell_of(notebook, ANSWER_OF[id]).source = code.strip("\n")
        save(notebook, folder)

    return Attack(name, class_, make, note, **{"marks": {id: 0.0}, **more})


def in_cells(
    name: str, class_: str, cells: Mapping[str, str], note: str, markdown: bool = False, **more
) -> Attack:
    """Cells of the student's own, each put before the cell with that id; all answers are right."""

    def make(folder: Path) -> None:
        notebook = perfect()
        new = markdown_cell if markdown else code_cell
        for n, (before, source) in enumerate(cells.items()):
            place = place_of(notebook, before)
            notebook.cells.insert(place, new(source.strip("\n"), f"own-{n}"))
        save(notebook, folder)

    return Attack(name, class_, make, note, **more)


def in_folder(
    name: str,
    class_: str,
    files: Mapping[str, str | bytes],
    note: str,
    cells: Mapping[str, str] | None = None,
    **more,
) -> Attack:
    """Files beside a notebook whose answers are right, and cells as in `in_cells`."""
    write_notebook = in_cells(name, class_, cells or {}, note).make

    def make(folder: Path) -> None:
        write_notebook(folder)
        for path, content in files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)

    return Attack(name, class_, make, note, **more)


def in_notebook(
    name: str, class_: str, change: Callable[[NotebookNode], None], note: str, **more
) -> Attack:
    """The notebook with every answer right, changed by `change`."""

    def make(folder: Path) -> None:
        notebook = perfect()
        change(notebook)
        save(notebook, folder)

    return Attack(name, class_, make, note, **more)


def as_bytes(
    name: str, class_: str, content: Callable[[bytes], bytes], note: str, **more
) -> Attack:
    """The file of the perfect notebook with its bytes changed; unreadable unless told otherwise."""

    def make(folder: Path) -> None:
        save(perfect(), folder)
        file = folder / FILE
        file.write_bytes(content(file.read_bytes()))

    return Attack(name, class_, make, note, **{"unreadable": True, **more})
