"""A class as it comes in: submissions of 1-analytics, each unlike the others, in a course folder.

Of twenty students ten have all answers right, each by ways of their own; six have a few known
mistakes; two stopped half-way; one has code that stops with an error here and there; one has handed
in what was handed out. Everybody draws a plot and prints something in cells of their own.
"""

import random
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from course import notebooks
from course.exercises import QUESTIONS
from course.keys import KEYS
from tests import classroom
from tests.classroom import ASSIGNMENT, IDS, ROOT, SENTENCE
from tests.standalone import standalone
from tests.ways import WAYS

KINDS = ["right"] * 10 + ["mistakes"] * 6 + ["half"] * 2 + ["errors", "stub"]
MISTAKEN_SHARE = 0.25

# What nbgrader needs to know of this course, and nothing of ours: its own Execute, its own steps.
STOCK_CONFIG = """\
c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.course_id = "internet-marketer"
c.CourseDirectory.release_directory = "release/en"
c.ClearSolutions.text_stub = "აქ დაწერეთ პასუხი — YOUR ANSWER HERE"
"""

PLOT = """\
import matplotlib.pyplot as plt

romi_by_channel = pd.Series({values}, index=["search", "social", "email", "display"])
figure, axes = plt.subplots()
axes.bar(romi_by_channel.index, romi_by_channel)
axes.set_title("ROMI by channel, as {student} sees it")
axes.set_ylabel("ROMI, ratio")
plt.show()"""

PRINTS = """\
for channel, romi_of_channel in romi_by_channel.items():
    print("{student}:", channel, round(romi_of_channel, 2))
romi_by_channel.describe()"""


@cache
def right_ways(id: str) -> list[str]:
    """The texts of all ways that solve the exercise, the reference first."""
    name = QUESTIONS[id].name
    texts = [standalone(way, name) for way in WAYS.get(id, [])]
    return [classroom.reference(id), *filter(None, texts)]


@cache
def wrong_ways(id: str) -> list[str]:
    """The texts of the known mistakes."""
    name = QUESTIONS[id].name
    texts = [standalone(mistake.answer, name) for mistake in KEYS[id].mistakes]
    return [text for text in texts if text]


def writer(number: int) -> Callable[[str], str | None]:
    """What student `number` writes as the answer of each exercise; None leaves the stub."""
    chance = random.Random(number)
    kind = KINDS[number % len(KINDS)]

    def write(id: str) -> str | None:
        way = chance.choice(right_ways(id))
        if kind == "mistakes" and chance.random() < MISTAKEN_SHARE:
            return chance.choice(wrong_ways(id))
        if kind == "half" and IDS.index(id) >= len(IDS) / 2:
            return None
        if kind == "errors" and chance.random() < MISTAKEN_SHARE:
            return f"def {QUESTIONS[id].name}(*tables):\n    return tables[0].no_such_column"
        return None if kind == "stub" else way

    return write


def name_of(number: int) -> str:
    """The student's name in the gradebook."""
    return f"student-{number:04}"


def submission(number: int, language: str = "en") -> NotebookNode:
    """The notebook that student `number` hands in, from the release in that language."""
    release = notebooks.release_folder(language)
    notebook = notebooks.read(release / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
    student, write = name_of(number), writer(number)
    answer_cells = {cell.id: cell for cell in notebook.cells}
    for id in IDS:
        text = write(id)
        if text is not None:
            cell = answer_cells[notebooks.cell_id(QUESTIONS[id], "answer")]
            cell.source = f"# {student}, {id}\n{text}"
    for cell in notebook.cells:
        if classroom.is_manual(cell) and KINDS[number % len(KINDS)] != "stub":
            cell.source = f"{SENTENCE} ({student})"
    chance = random.Random(-number)
    values = [round(chance.uniform(-1, 3), 2) for _ in range(4)]
    for text in (PLOT.format(values=values, student=student), PRINTS.format(student=student)):
        notebook.cells.append(nbformat.v4.new_code_cell(text))
    return notebook


class School:
    """Makes course folders with some of the students' submissions, ready to be graded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made = folder / "made"
        self._write_config(self.made, stock=True)
        shutil.copytree(ROOT / "source", self.made / "source")
        classroom.nbgrader(self.made, "generate_assignment", ASSIGNMENT)

    def course(self, numbers: range, *, stock: bool = False) -> Path:
        """A new course folder with the submissions of these students.

        For `stock` its configuration has nothing of ours, else it is the repository's.
        """
        root = Path(tempfile.mkdtemp(prefix="stock-" if stock else "ours-", dir=self.folder))
        for part in ("source", "release"):
            shutil.copytree(self.made / part, root / part)
        shutil.copy(self.made / "gradebook.db", root)
        self._write_config(root, stock=stock)
        for number in numbers:
            folder = root / "submitted" / name_of(number) / ASSIGNMENT
            notebooks.write(submission(number), folder / f"{ASSIGNMENT}.ipynb")
        return root

    def _write_config(self, root: Path, *, stock: bool) -> None:
        root.mkdir(exist_ok=True)
        if stock:
            text = STOCK_CONFIG.format(root=str(root))
            (root / "nbgrader_config.py").write_text(text, "utf-8")
        else:
            shutil.copy(ROOT / "nbgrader_config.py", root)


def marks(root: Path, number: int) -> dict[str, float | None]:
    """The points of a student's cells in the gradebook of that course folder."""
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "internet-marketer") as gradebook:
        graded = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, name_of(number))
        return {grade.name: grade.auto_score for grade in graded.grades}
