"""What nbgrader 0.9 makes of the value of a check cell, and why `check` returns a `Score`.

If a new nbgrader changes one of these, the design of `Score` has to be looked at again.
"""

import nbformat
import pytest
from nbgrader.utils import determine_grade

from course import check
from course.check import Score, message_of
from course.exercise import Verdict
from course.exercises import QUESTIONS
from course.keys import KEYS


def points_for(shell, source):
    """What nbgrader gives for a check cell of 2 points with the outputs that a kernel sends."""
    cell = nbformat.v4.new_code_cell(source, outputs=shell(source))
    cell.metadata.nbgrader = {
        "schema_version": 3,
        "grade_id": "check",
        "grade": True,
        "solution": False,
        "locked": True,
        "task": False,
        "points": 2,
    }
    return determine_grade(cell)[0]


@pytest.fixture(scope="module")
def shell():
    """Runs a cell in a real kernel and gives its outputs."""
    from jupyter_client.manager import start_new_kernel
    from nbclient import NotebookClient

    manager, client = start_new_kernel(kernel_name="python3")

    def run(source):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
        runner = NotebookClient(notebook, km=manager, allow_errors=True)
        runner.kc = client
        runner.execute_cell(notebook.cells[0], 0)
        return notebook.cells[0].outputs

    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nnp.float64(1.5)",
        "'wrong'",
        "True",
        "-1.0",
        "print('wrong')",
        "from IPython.display import Markdown\ndisplay(Markdown('wrong'))",
        "None",
    ],
)
def test_these_get_full_points_from_nbgrader(shell, source):
    assert points_for(shell, source) == 2


def test_more_than_the_maximum_stops_nbgrader(shell):
    with pytest.raises(ValueError, match="cannot be greater"):
        points_for(shell, "2.5")


@pytest.mark.parametrize("source", ["import sys\nprint('x', file=sys.stderr)\n2.0", "1/0"])
def test_stderr_and_errors_get_nothing(shell, source):
    assert points_for(shell, source) == 0


@pytest.mark.parametrize("points", ["0.0", "1.5", "2.0"])
def test_a_score_gets_just_its_points(shell, points):
    source = f"""
from course.check import Message, Score
from course.exercise import Verdict
Score({points}, Verdict("wrong"), Message(["wrong"]))
"""
    assert points_for(shell, source) == float(points)


@pytest.mark.parametrize(
    "disturbance",
    [
        "import numpy as np; np.set_printoptions(precision=1)",
        "import pandas as pd; pd.set_option('display.precision', 0)",
        "get_ipython().run_line_magic('precision', '0')",
    ],
)
def test_display_options_of_the_learner_do_not_change_a_score(shell, disturbance):
    source = f"""
{disturbance}
from course.check import Message, Score
from course.exercise import Verdict
Score(1.5, Verdict("wrong"), Message(["wrong"]))
"""
    assert points_for(shell, source) == 1.5


def test_no_check_gives_more_than_the_points_of_the_question():
    for id, question in QUESTIONS.items():
        assert 0 <= check(id, KEYS[id].reference) <= question.points


def test_a_score_is_read_by_nbgrader_as_the_number_it_is():
    message = message_of(QUESTIONS["1.8"], Verdict("wrong", share=0.5))
    assert repr(Score(1.5, Verdict("wrong"), message)) == "1.5"
