"""Ten students whose notebooks hold what real notebooks hold, and the course folder to grade them.

`uv run python -m tests.classroom` grades them and writes the golden table of their marks.
"""

import csv
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from course import notebooks
from course.exercise import Mistake
from course.exercises import QUESTIONS
from course.keys import KEYS
from tests.standalone import standalone
from tests.ways import WAYS

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "golden_grades.csv"
ASSIGNMENT = "1-analytics"
IDS = [id for id in QUESTIONS if id.startswith("1.")]
SENTENCE = "I would move GEL 1,000 from brand search to e-mail, for e-mail earns more per lari."


def answers(notebook: NotebookNode, write: Callable[[str], str], sentence: str = "") -> None:
    """Fill every answer cell with what `write` gives for the exercise id."""
    for cell in notebook.cells:
        for id in IDS:
            if cell.id == notebooks.cell_id(QUESTIONS[id], "answer"):
                cell.source = write(id)
        if sentence and is_manual(cell):
            cell.source = sentence


def is_manual(cell: NotebookNode) -> bool:
    nbgrader = cell.metadata.get("nbgrader", {})
    return bool(nbgrader.get("grade") and nbgrader.get("solution"))


@functools.cache
def source() -> dict[str, str]:
    """The cells of the instructor's version by their ids."""
    notebook = notebooks.read(ROOT / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
    return {cell.id: cell.source for cell in notebook.cells}


def reference(id: str) -> str:
    return source()[notebooks.cell_id(QUESTIONS[id], "answer")]


def perfect(notebook: NotebookNode) -> None:
    answers(notebook, reference, SENTENCE)


def mistake_and_text(id: str) -> tuple[Mistake, str]:
    """The first known mistake that can be written into a cell, and the cell."""
    texts = ((m, standalone(m.answer, QUESTIONS[id].name)) for m in KEYS[id].mistakes)
    return next((mistake, text) for mistake, text in texts if text)


def all_known_mistakes(notebook: NotebookNode) -> None:
    answers(notebook, lambda id: mistake_and_text(id)[1], "More budget.")


def empty(notebook: NotebookNode) -> None:
    notebook.cells = []


def stub(notebook: NotebookNode) -> None:
    pass


def crashing(notebook: NotebookNode) -> None:
    def broken(id: str) -> str:
        name = QUESTIONS[id].name
        return [
            f"def {name}(*args)\n    return 1",
            f"def {name}(*args):\n    return 1 / 0",
            f"def {name}(*args):\n    return {name}(*args)",
            f"{name} = undefined_name",
            f"def {name}(*args):\n    raise SystemExit(1)",
        ][IDS.index(id) % 5]

    answers(notebook, broken)


def renamed_cells(notebook: NotebookNode) -> None:
    perfect(notebook)
    for cell in notebook.cells:
        if cell.id.startswith(("1-1-", "1-8-")):
            cell.metadata.nbgrader.grade_id = f"my-{cell.id}"


def deleted_cells(notebook: NotebookNode) -> None:
    perfect(notebook)
    gone = {"1-1-net-sales-check", "1-2-kpis-answer", "1-3-adjusted-lift"}
    notebook.cells = [cell for cell in notebook.cells if cell.id not in gone]


def duplicated_cells(notebook: NotebookNode) -> None:
    perfect(notebook)
    for n, cell in reversed(list(enumerate(notebook.cells))):
        if cell.id.startswith("1-8-"):
            copied = nbformat.from_dict({**cell, "id": f"copy-of-{cell.id}"})
            notebook.cells.insert(n + 1, copied)


def extra_cells(notebook: NotebookNode) -> None:
    perfect(notebook)
    for n in range(len(notebook.cells), -1, -1):
        notebook.cells.insert(
            n, nbformat.v4.new_code_cell("import sys\nprint('notes', file=sys.stderr)")
        )
        notebook.cells.insert(n, nbformat.v4.new_markdown_cell("My notes"))


def other_style(notebook: NotebookNode) -> None:
    def way(id: str) -> str:
        return standalone(WAYS[id][-1], QUESTIONS[id].name)

    answers(notebook, way, SENTENCE)


STUDENTS = [
    perfect,
    all_known_mistakes,
    empty,
    stub,
    crashing,
    renamed_cells,
    deleted_cells,
    duplicated_cells,
    extra_cells,
    other_style,
]


def make_course(root: Path) -> None:
    """A course folder as an instructor has it, with the ten submissions collected."""
    shutil.copy(ROOT / "nbgrader_config.py", root)
    shutil.copytree(ROOT / "source", root / "source")
    hand_in(root, notebooks.release_folder())


def hand_in(
    root: Path,
    release: Path,
    ending: str = "",
    lang: str | None = None,
    students: Sequence[Callable] = STUDENTS,
) -> None:
    """The ten submissions from a release, by students whose names have this ending; `lang` is
    what they wrote into the notebook's metadata.
    """
    for student in students:
        notebook = notebooks.read(release / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
        student(notebook)
        if lang is not None:
            notebook.metadata.lang = lang
        folder = root / "submitted" / f"{student.__name__}{ending}" / ASSIGNMENT
        notebooks.write(notebook, folder / f"{ASSIGNMENT}.ipynb")


def nbgrader(root: Path, *arguments: str, **environment: str) -> str:
    """Run an nbgrader command in the course folder, as `uv run nbgrader …` does."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "nbgrader"), *arguments],
        cwd=root,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        env={
            **os.environ,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PYTHONPATH": str(ROOT),
            **environment,
        },
    )
    if done.returncode:
        raise RuntimeError(f"nbgrader {' '.join(arguments)} failed:\n{done.stdout}")
    return done.stdout


def grades(root: Path, ending: str = "") -> list[dict[str, str]]:
    """A row a student: the points of every check cell; "?" where a person has to grade.

    Of those whose names have the ending, which the rows leave out.
    """
    rows = []
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "internet-marketer") as gradebook:
        for student in STUDENTS:
            name = f"{student.__name__}{ending}"
            graded = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, name)
            points = {
                grade.name: "?" if grade.auto_score is None else f"{grade.auto_score:g}"
                for grade in graded.grades
            }
            rows.append({"student": student.__name__, **dict(sorted(points.items()))})
    return rows


def write_golden() -> None:
    with tempfile.TemporaryDirectory() as root:
        make_course(Path(root))
        nbgrader(Path(root), "generate_assignment", ASSIGNMENT)
        nbgrader(Path(root), "autograde", ASSIGNMENT)
        rows = grades(Path(root))
    with GOLDEN.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


if __name__ == "__main__":
    write_golden()
