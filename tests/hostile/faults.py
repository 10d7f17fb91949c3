"""What honest beginners do: it must not cost more than it has to."""

from nbformat import NotebookNode

from course.exercises import QUESTIONS
from tests import classroom
from tests.hostile.attack import (
    ANSWER_OF,
    CHECK_OF,
    FULL,
    Attack,
    cell_of,
    code_cell,
    in_answer,
    in_cells,
    in_notebook,
    place_of,
)

STUB = "def {name}(*args):\n    raise NotImplementedError()"
ROMI = classroom.reference("1.8").replace("### BEGIN SOLUTION", "").replace("### END SOLUTION", "")


def stub(notebook: NotebookNode, id: str) -> None:
    cell_of(notebook, ANSWER_OF[id]).source = STUB.format(name=QUESTIONS[id].name)


def answer_in_another_cell(notebook: NotebookNode) -> None:
    stub(notebook, "1.8")
    notebook.cells.insert(place_of(notebook, CHECK_OF["1.8"]), code_cell(ROMI, "my-answer"))


def answer_after_the_check(notebook: NotebookNode) -> None:
    stub(notebook, "1.8")
    notebook.cells.insert(place_of(notebook, CHECK_OF["1.8"]) + 1, code_cell(ROMI, "my-answer"))


def worse_answer_later(notebook: NotebookNode) -> None:
    place = place_of(notebook, CHECK_OF["1.8"]) + 1
    notebook.cells.insert(place, code_cell("def romi(d):\n    return 0", "second-try"))


def deleted_answer(notebook: NotebookNode) -> None:
    notebook.cells.remove(cell_of(notebook, ANSWER_OF["1.8"]))


def deleted_checks(notebook: NotebookNode) -> None:
    for id in ("1.2", "1.8", "1.11b"):
        notebook.cells.remove(cell_of(notebook, CHECK_OF[id]))


def deleted_setup(notebook: NotebookNode) -> None:
    notebook.cells.remove(cell_of(notebook, "setup"))
    first = cell_of(notebook, ANSWER_OF["1.1"])
    first.source = "import numpy as np\nimport pandas as pd\n\n" + first.source


def renamed(notebook: NotebookNode) -> None:
    for id in ("1.1", "1.8"):
        for name in (ANSWER_OF[id], CHECK_OF[id]):
            cell_of(notebook, name).metadata.nbgrader.grade_id = f"my-{name}"


def duplicated(notebook: NotebookNode) -> None:
    for id in ("1.1", "1.8"):
        for name in (ANSWER_OF[id], CHECK_OF[id]):
            original = cell_of(notebook, name)
            copied = NotebookNode({**original, "id": f"copy-of-{name}"})
            notebook.cells.insert(place_of(notebook, name) + 1, copied)


def moved(notebook: NotebookNode) -> None:
    for id in ("1.1", "1.8"):
        check = cell_of(notebook, CHECK_OF[id])
        notebook.cells.remove(check)
        notebook.cells.append(check)


def check_before_answer(notebook: NotebookNode) -> None:
    check = cell_of(notebook, CHECK_OF["1.8"])
    notebook.cells.remove(check)
    notebook.cells.insert(place_of(notebook, ANSWER_OF["1.8"]), check)


def split_answer(notebook: NotebookNode) -> None:
    answer = cell_of(notebook, ANSWER_OF["1.8"])
    place = place_of(notebook, ANSWER_OF["1.8"])
    answer.source = "def cost_of(d):\n    return d['media_tetri'] + d['fees_tetri']"
    rest = code_cell(
        "def romi(d):\n"
        "    cost = cost_of(d)\n"
        "    margin = d['net_sales_tetri'] - d['cogs_tetri'] - d['variable_tetri']\n"
        "    return (margin - cost) / cost.where(cost != 0)",
        "rest-of-my-answer",
    )
    notebook.cells.insert(place + 1, rest)


def answer_as_markdown(notebook: NotebookNode) -> None:
    cell = cell_of(notebook, ANSWER_OF["1.8"])
    cell.cell_type = "markdown"
    del cell["outputs"], cell["execution_count"]


ATTACKS: list[Attack] = [
    in_notebook("perfect", "natural faults", lambda notebook: None, "Nothing is wrong with it."),
    in_notebook(
        "answer-in-another-cell",
        "natural faults",
        answer_in_another_cell,
        "The stub was left; the answer stands in a cell of one's own before the check.",
    ),
    in_notebook(
        "answer-after-the-check",
        "natural faults",
        answer_after_the_check,
        "The answer stands behind the check, which sees the stub.",
        marks={"1.8": 0.0},
    ),
    in_notebook(
        "worse-answer-later",
        "natural faults",
        worse_answer_later,
        "A second, wrong try behind the check: the check had seen the first.",
    ),
    in_notebook(
        "deleted-answer",
        "natural faults",
        deleted_answer,
        "One answer cell is gone.",
        marks={"1.8": 0.0},
    ),
    in_notebook(
        "deleted-checks", "natural faults", deleted_checks, "Three check cells are gone: put back."
    ),
    in_notebook(
        "deleted-setup",
        "natural faults",
        deleted_setup,
        "The first cell is gone; its imports were moved into an answer.",
    ),
    in_notebook("renamed-cells", "natural faults", renamed, "Four cells have other names."),
    in_notebook("duplicated-cells", "natural faults", duplicated, "Four cells are there twice."),
    in_notebook("moved-checks", "natural faults", moved, "Two checks are the last cells."),
    in_notebook(
        "check-before-answer",
        "natural faults",
        check_before_answer,
        "A check was moved before its answer: put back, or nothing for it.",
        marks={"1.8": (0.0, FULL["1.8"])},
    ),
    in_notebook("split-answer", "natural faults", split_answer, "An answer in two cells."),
    in_notebook(
        "answer-as-markdown",
        "natural faults",
        answer_as_markdown,
        "The answer cell became text: as code again it is right, as text it is none.",
        marks={"1.8": (0.0, FULL["1.8"])},
    ),
    in_answer(
        "syntax-error",
        "natural faults",
        "1.8",
        "def romi(d)\n    return d",
        "A missing colon.",
    ),
    in_answer(
        "input-in-answer",
        "natural faults",
        "1.8",
        'rate = float(input("VAT? "))\n\n\ndef romi(d):\n    return d',
        "Asks the learner for a number; in grading nobody answers.",
    ),
    in_answer(
        "input-after-answer",
        "natural faults",
        "1.8",
        ROMI + '\n\ninput("Shall I go on? ")',
        "The function is defined before anybody is asked.",
        marks={},
    ),
    in_answer(
        "input-in-call",
        "natural faults",
        "1.8",
        'def romi(d):\n    return float(input("ROMI? "))',
        "Asks in the call.",
    ),
    in_cells(
        "input-in-own-cells",
        "natural faults",
        {
            "1-2-kpis": 'name = input("Your name: ")',
            "1-8-romi": "import getpass\n\ngetpass.getpass()",
            "1-9-incremental-romi": "import pdb\n\npdb.set_trace()",
        },
        "Questions and a debugger in cells of one's own.",
    ),
    in_cells(
        "await-at-the-top",
        "natural faults",
        {
            "1-2-kpis": "import asyncio\n\nawait asyncio.sleep(0.01)",
            "1-8-romi": "async def later():\n    return 1\n\n\nassert await later() == 1",
        },
        "Jupyter allows await outside of a function.",
    ),
    in_cells(
        "magics",
        "natural faults",
        {
            "1-1-net-sales": "%matplotlib inline\n%config InlineBackend.figure_format = 'svg'",
            "1-2-kpis": "%timeit -n1 -r1 sum(range(10))\n%who\n%pwd\n%load_ext autoreload",
            "1-3-adjusted-lift": "%%time\nx = 1",
            "1-8-romi": "!ls -la && echo done\nfiles = !ls\nprint(len(files))",
            "1-9-incremental-romi": "%%bash\necho hello\nexit 3",
            "1-10-rank-channels": "?pd.Series\npd.DataFrame??\n%unknown_magic",
        },
        "Magics, the shell, help and an unknown magic.",
    ),
    in_cells(
        "install-cell",
        "natural faults",
        {
            "1-1-net-sales": "!pip install pandas==1.0.0 --quiet",
            "1-2-kpis": "%pip install seaborn",
            "1-8-romi": "import seaborn as sns",
        },
        "Installs packages; what is not there is not there.",
        dangerous=True,
    ),
    in_cells(
        "many-figures",
        "natural faults",
        {
            "1-2-kpis": """
import matplotlib.pyplot as plt

for n in range(40):
    plt.figure()
    plt.plot([1, 2, n])
    plt.title(f"Figure {n}")
    plt.show()
""",
            "1-8-romi": "plt.style.use('ggplot')\npd.set_option('display.max_rows', 5)\n"
            "pd.options.display.float_format = '{:.1f}'.format\nnp.set_printoptions(precision=2)",
        },
        "40 figures, a style and options of one's own.",
    ),
    in_cells(
        "interactive-backend",
        "natural faults",
        {"1-2-kpis": "import matplotlib\n\nmatplotlib.use('TkAgg')\n%matplotlib widget"},
        "A window that no server has, and a backend that is not installed.",
    ),
    in_cells(
        "warnings",
        "natural faults",
        {
            "1-2-kpis": """
import logging
import sys
import warnings

warnings.warn("old")
warnings.simplefilter("error")
logging.basicConfig(level=logging.DEBUG)
logging.getLogger().debug("debug")
print("to stderr", file=sys.stderr)
warnings.simplefilter("always")
"""
        },
        "Warnings, logs and stderr from cells of one's own.",
    ),
    in_answer(
        "answer-that-warns",
        "natural faults",
        "1.8",
        ROMI.replace(
            "contribution =",
            "print('romi', file=__import__('sys').stderr)\n"
            "    __import__('warnings').warn('careful')\n    contribution =",
            1,
        ),
        "A right answer that prints to stderr and warns.",
        marks={},
    ),
    in_cells(
        "many-prints",
        "natural faults",
        {"1-2-kpis": "for n in range(50_000):\n    print('row', n, 'of many')"},
        "A loop that prints 50,000 lines.",
    ),
    in_cells(
        "slow-cell",
        "natural faults",
        {"1-2-kpis": "import time\n\ntime.sleep(40)"},
        "40 seconds in a cell of one's own: over the limit, and the cells behind it are right.",
    ),
    in_cells(
        "global-of-an-earlier-cell",
        "natural faults",
        {
            "1-1-net-sales": "COST = ['media_tetri', 'fees_tetri']",
            "1-8-romi": "assert COST == ['media_tetri', 'fees_tetri']",
        },
        "A name of an earlier cell is used later.",
    ),
    in_answer(
        "answer-with-global",
        "natural faults",
        "1.8",
        """
COST = ["media_tetri", "fees_tetri"]
calls = []


def romi(d):
    calls.append(len(d))
    cost = d[COST].sum(axis=1)
    margin = d["net_sales_tetri"] - d["cogs_tetri"] - d["variable_tetri"]
    return (margin - cost) / cost.where(cost != 0)
""",
        "A right answer that uses and changes globals.",
        marks={},
    ),
    in_cells(
        "failing-cell-before-a-good-one",
        "natural faults",
        {
            "1-2-kpis": "1 / 0",
            "1-8-romi": "undefined_name",
            "1-9-incremental-romi": "raise SystemExit('done for today')",
        },
        "Errors in cells of one's own.",
    ),
    in_cells(
        "changed-folder",
        "natural faults",
        {"1-2-kpis": "import os\n\nos.chdir('/')", "1-8-romi": "%cd /tmp"},
        "The working folder is another one from here on.",
    ),
    in_cells(
        "names-of-the-library-reused",
        "natural faults",
        {"1-8-romi": "list = [1, 2]\nsum = 5\nmax = min = print\nid = 'x'\nstr = 'text'"},
        "Names of Python used for one's own values, as beginners do.",
        marks={
            # funnel and the rest do not use these names; shapley and markov call max and list.
            "1.10": (0.0, FULL["1.10"]),
            "1.11a": (0.0, FULL["1.11a"]),
            "1.11b": (0.0, FULL["1.11b"]),
        },
    ),
    in_cells(
        "georgian-names",
        "natural faults",
        {"1-8-romi": "ხარჯი = 5\nprint('ხარჯი:', ხარჯი, '₾')\nგაყიდვები = {'იანვარი': 1}"},
        "Names and texts in Georgian.",
    ),
]
