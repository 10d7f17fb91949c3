"""Student cells in the box, check cells outside: ordinary assignments of any instructor."""

import os
import sys
import time
from functools import partial
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.utils import determine_grade

from course.grading import box, checks
from course.grading.gradebook import as_written
from course.grading.room import Desk, Room
from course.grading.run import Run
from course.grading.submission import SourceCell, SourceNotebook
from course.grading.worker import Settings, visible

QUICK = box.Limits(cell_seconds=2, call_seconds=2, submission_seconds=30, memory_mb=700)


def tier_works(tier):
    problem = box.problem_of(tier)
    if problem and os.environ.get("CI"):
        pytest.fail(f"in CI every tier must work: {problem}")
    if problem:
        pytest.skip(f"{tier.name}: {problem}")
    return tier


@pytest.fixture(scope="module", params=box.TIERS, ids=lambda tier: tier.name)
def room(request):
    room = Room(QUICK, tier_works(request.param))
    yield room
    room.close()


@pytest.fixture(scope="module")
def best_room():
    room = Room(QUICK)
    yield room
    room.close()


def cell(kind: str, source: str, number: int) -> NotebookNode:
    made = nbformat.v4.new_code_cell(source, id=f"{kind}-{number}")
    if kind != "plain":
        made.metadata["nbgrader"] = {
            "grade_id": f"{kind}-{number}",
            "schema_version": 3,
            "grade": kind == "check",
            "solution": kind == "answer",
            "locked": kind in ("check", "locked"),
            "task": False,
            "cell_type": "code",
            **({"points": 2} if kind == "check" else {}),
        }
    return made


def ran(
    room: Room,
    *cells: tuple[str, str],
    source=(),
    files=None,
    tmp="/tmp",
    left_out=frozenset(),
) -> tuple[Run, NotebookNode]:
    """A run of the cells; `source` is the instructor's version."""
    notebook = nbformat.v4.new_notebook(cells=[cell(*c, n) for n, c in enumerate(cells)])
    written = nbformat.v4.new_notebook(cells=[cell(*c, n) for n, c in enumerate(source or cells)])
    known = {
        c.id: SourceCell(
            name=c.id,
            cell_type="code",
            source=c.source,
            checksum="",
            locked=not c.metadata.nbgrader.solution,
            grade=c.metadata.nbgrader.grade,
            solution=c.metadata.nbgrader.solution,
            task=False,
            points=2,
        )
        for c in written.cells
        if "nbgrader" in c.metadata
    }
    about = as_written(SourceNotebook("n", {}, known), written)
    run = Run(room, about, files or {}, Path(tmp), left_out)
    run.notebook(notebook, partial(visible, Settings()))
    return run, notebook


def grade(room: Room, *cells: tuple[str, str], **more) -> list:
    """The points of each check cell and its outputs."""
    return [
        (determine_grade(c)[0], c.outputs)
        for c in ran(room, *cells, **more)[1].cells
        if c.metadata.get("nbgrader", {}).get("grade")
    ]


def points(room: Room, *cells: tuple[str, str], **more) -> list[float]:
    return [score for score, _ in grade(room, *cells, **more)]


def test_a_right_and_a_wrong_answer(room):
    cells = [
        ("plain", "import numpy as np"),
        ("answer", "def double(x):\n    return 2 * x\nname = 'Nino'"),
        (
            "check",
            "assert double(4) == 8\nassert name == 'Nino'\nassert np.isclose(double(.1), .2)",
        ),
        ("check", "assert double(1) == 3"),
        ("check", "1.5 if double(2) == 4 else 0"),
        ("check", "assert no_such_name"),
    ]
    assert points(room, *cells) == [2, 0, 1.5, 0]


def test_a_cell_that_ends_python_takes_no_other_with_it(room):
    cells = [
        ("answer", "def one():\n    return 1"),
        ("answer", "import os\nos._exit(0)\ndef two():\n    return 2"),
        ("answer", "def three():\n    return 3\ndef ends():\n    import os\n    os._exit(0)"),
        ("check", "assert one() == 1"),
        ("check", "assert two() == 2"),
        ("check", "assert ends() is None"),
        ("check", "assert three() == 3"),
    ]
    assert points(room, *cells) == [2, 0, 0, 2]


def test_a_loop_without_end_takes_no_other_with_it(room):
    cells = [
        ("answer", "def one():\n    return 1"),
        ("plain", "while True:\n    pass"),
        (
            "plain",
            "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        ),
        ("answer", "def forever():\n    while True: pass"),
        ("check", "assert forever() == 1"),
        ("check", "assert one() == 1"),
    ]
    assert points(room, *cells) == [0, 2]


def test_memory_is_bounded(room):
    cells = [
        ("answer", "def one():\n    return 1"),
        ("plain", "import numpy as np\nhoard = [np.ones(25_000_000) for _ in range(200)]"),
        ("check", "assert one() == 1"),
    ]
    begun = time.monotonic()
    assert points(room, *cells) == [2]
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize("room", box.TIERS[:-1], indirect=True, ids=lambda tier: tier.name)
def test_no_network_no_files_no_neighbours(room):
    marker = Path("/tmp/course-test-secret")
    marker.write_text("the gradebook")
    source = f"""
import socket, os
def tries(what):
    try:
        return what()
    except Exception as problem:
        return type(problem).__name__
def connect():
    socket.create_connection(("127.0.0.1", 22), 1)
    return "open"
net = tries(connect)
secret = tries(lambda: open({str(marker)!r}).read())
keys = tries(lambda: __import__("course.keys").keys)
write = tries(lambda: open("/usr/x", "w"))
tests = tries(lambda: open({str(box.COURSE / "judge.py")!r}).read())
"""
    checked = (
        "assert net != 'open'\nassert 'gradebook' not in secret\nassert keys.endswith('Error')\n"
        "assert write.endswith('Error')\nassert tests.endswith('Error')"
    )
    ((score, outputs),) = grade(room, ("answer", source), ("check", checked))
    assert score == 2, outputs
    marker.unlink()


FORGERIES = {
    "an object that equals everything": (
        "class Any:\n    def __eq__(self, other): return True\ndef f(x): return Any()",
        "assert f(2) == 4",
    ),
    "a number that equals everything": (
        "class N(float):\n    def __eq__(self, other): return True\ndef f(x): return N(1)",
        "assert f(2) == 4",
    ),
    "patched library": (
        "import numpy as np\nnp.isclose = np.allclose = lambda *a, **k: True\ndef f(x): return 1",
        "assert np.isclose(f(2), 4)",
    ),
    "a false library": (
        "class np:\n    isclose = staticmethod(lambda *a: True)\ndef f(x): return 1",
        "assert np.isclose(f(2), 4)",
    ),
    "patched built-in": (
        "import builtins\nbuiltins.abs = lambda x: 0\nabs = lambda x: 0\ndef f(x): return 1",
        "assert abs(f(2) - 4) < 1e-9",
    ),
    "patched helper": (
        "def near(a, b): return True\ndef f(x): return 1",
        "assert near(f(2), 4)",
    ),
    "patched constant": ("TOLERANCE = 100\ndef f(x): return 1", "assert abs(f(2) - 4) < TOLERANCE"),
    "a false display": (
        "import sys\nsys.displayhook = print\nget_ipython().displayhook = lambda v: print(2.0)\n"
        "def f(x): return 1",
        "2 if f(2) == 4 else 0",
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_no_forged_points(best_room, name):
    answer, check = FORGERIES[name]
    before = [
        ("plain", "import numpy as np"),
        ("locked", "TOLERANCE = 0.01\ndef near(a, b):\n    return abs(a - b) < 1e-9"),
    ]
    stub = ("answer", "def f(x):\n    raise NotImplementedError()")
    wrong = [*before, ("answer", answer), ("check", check)]
    right = [*before, ("answer", answer + "\ndef f(x):\n    return 4"), ("check", check)]
    source = [*before, stub, ("check", check)]
    assert points(best_room, *wrong, source=source) == [0]
    assert points(best_room, *right, source=source) == [2]


def test_a_changed_check_runs_in_the_box(best_room):
    source = [("answer", ""), ("check", "assert f(2) == 4")]
    changed = [("answer", "def f(x): return 1"), ("check", "assert open('/etc/hostname')")]
    assert points(best_room, *changed, source=source) == [0]


def test_ordinary_checks_keep_their_meaning(best_room):
    cells = [
        ("answer", "class Stack:\n    def __init__(self): self.items = []\n"
                   "    def push(self, x): self.items.append(x)\n"
                   "    def pop(self): return self.items.pop()"),
        ("check", "s = Stack()\ns.push(3)\nassert s.pop() == 3\nassert s.items == []"),
        ("answer", "def sort(xs):\n    xs.sort()\ndef bad():\n    raise ValueError('no')\n"
                   "def speak():\n    print('hello')"),
        ("check", "xs = [2, 1]\nsort(xs)\nassert xs == [1, 2]"),
        ("check", "try:\n    bad()\nexcept ValueError as e:\n    assert str(e) == 'no'\n"
                  "else:\n    raise AssertionError"),
        ("check", "import io, contextlib\nout = io.StringIO()\n"
                  "with contextlib.redirect_stdout(out):\n    speak()\n"
                  "assert out.getvalue() == 'hello\\n'"),
        ("check", "import sys\nprint('careful', file=sys.stderr)"),
        ("answer", "sum = lambda xs: 7"),
        ("check", "assert sum([1]) == 7"),
        ("answer", "import pandas as pd\ntable = pd.DataFrame({'a': [1, 2]})\nx = 1"),
        ("check", "assert table.a.sum() == 3 and list(table.columns) == ['a']\nx = 5"),
        ("plain", "x = 2"),
        ("check", "assert x == 2"),
    ]  # fmt: skip
    assert points(best_room, *cells) == [2, 2, 2, 2, 0, 2, 2, 2]


def test_files_beside_the_notebook_take_no_librarys_place(best_room):
    files = {"pandas.py": b"broken", "json.py": b"1/0", "helper.py": b"def g():\n    return 1\n"}
    cells = [
        ("answer", "import pandas as pd, json, helper\nn = pd.Series([1]).sum() + helper.g()"),
        ("check", "assert n == 2"),
    ]
    assert points(best_room, *cells, files=files) == [2]


@pytest.mark.parametrize("room", box.TIERS[:-1], indirect=True, ids=lambda tier: tier.name)
def test_what_one_submission_leaves_another_does_not_find(room):
    leave = (
        "try:\n    open('left.txt', 'w').write('x')\n    open('/tmp/left', 'w')\n"
        "except OSError: pass"
    )
    grade(room, ("plain", leave))
    seen = ("answer", "import os\nseen = os.path.exists('left.txt') or os.path.exists('/tmp/left')")
    assert points(room, seen, ("check", "assert not seen")) == [2]


def test_outputs_are_bounded_and_pictures_are_there(best_room):
    notebook = nbformat.v4.new_notebook(
        cells=[
            cell("plain", "for n in range(10**6): print('x' * 100)", 0),
            cell("plain", "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()", 1),
        ]
    )
    run = Run(best_room, SourceNotebook("n", {}, {}), {}, Path("/tmp"))
    run.notebook(notebook, partial(visible, Settings()))
    assert len(str(notebook.cells[0].outputs)) < 10_000_000
    assert "image/png" in str(notebook.cells[1].outputs)


@pytest.mark.parametrize("name", ["unittest.__main__", "antigravity", "course.keys", "os"])
def test_no_module_is_what_the_submission_calls_it(best_room, name):
    named = f"import types\nf = types.ModuleType({name!r})"
    source = [("answer", "def f(): ..."), ("check", "f.main()\nassert f.path"), ("check", "f()")]
    before = set(sys.modules)
    assert points(best_room, ("answer", named), *source[1:], source=source) == [0, 0]
    assert not {"unittest.__main__", "antigravity"} & (set(sys.modules) - before)


SET_UP = """
import random
data = [random.Random(1).randrange(9) for _ in range(3)]
table = {"rows": data}
expected = [sum(data), max(data)]
"""
TAKEN = {
    "data of a set-up cell": "data = [0]\ndef total(xs): return 0",
    "data of a set-up cell, changed in its place": "data.clear()\ndef total(xs): return 0",
    "data changed by the answer": "def total(xs):\n    xs[:] = []\n    return 0",
    "what was expected": "expected = [0, 0]\ndef total(xs): return 0",
    "what an earlier check has computed": "wanted = 0\ndef total(xs): return 0",
    "the built-in": "sum = max = lambda xs: 0\ndef total(xs): return 0",
    "iteration that ends at once": "def total(xs): raise StopIteration",
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_the_instructor_computes_stays_the_instructors(best_room, name):
    checks = [
        ("check", "wanted = sum(data)\nassert total([]) == 0 or True"),
        ("check", "assert total(table['rows']) == sum(data)"),
        ("check", "assert total(data) == wanted"),
        ("check", "assert total(data) == expected[0]"),
        ("check", "for got in map(total, [data]):\n    assert got == expected[0]"),
    ]
    for kind in ("locked", "plain"):
        source = [(kind, SET_UP), ("answer", "def total(xs):\n    return sum(xs)"), *checks]
        assert points(best_room, *source) == [2] * 5
        given = [(kind, SET_UP), ("answer", TAKEN[name]), *checks]
        if name == "the built-in":
            assert points(best_room, *given, source=source)[1:] == [0] * 4
            continue
        got = points(best_room, *given, source=source)
        assert got[1:4] == [0] * 3, got


def test_an_answer_may_change_what_a_set_up_cell_makes(best_room):
    cells = [
        ("locked", "rows, table = [1], {'a': 1}"),
        ("answer", "rows.append(2)\ntable['b'] = 2"),
        ("check", "assert rows == [1, 2] and table == {'a': 1, 'b': 2}"),
    ]
    assert points(best_room, *cells) == [2]


def test_an_answer_may_raise_the_instructors_exception(best_room):
    cells = [
        ("locked", "class NoStock(Exception):\n    def __init__(self, item): self.item = item"),
        ("answer", "import pandas as pd\ndef sell(n):\n    raise NoStock('honey')\n"
                   "def merge():\n    raise pd.errors.MergeError('no')"),
        ("check", "try:\n    sell(1)\nexcept NoStock:\n    pass"),
        ("check", "try:\n    merge()\nexcept pd.errors.MergeError:\n    pass"),
        ("check", "try:\n    merge()\nexcept ValueError:\n    pass"),
    ]  # fmt: skip
    assert points(best_room, *cells) == [2, 2, 2]


def test_a_set_up_cell_may_work_on_an_answer(best_room):
    cells = [
        ("answer", "def double(x):\n    return 2 * x"),
        ("locked", "result = [double(x) for x in (1, 2)]"),
        ("check", "assert result == [2, 4]"),
    ]
    assert points(best_room, *cells) == [2]
    wrong = [("answer", "def double(x):\n    return x.no"), *cells[1:]]
    assert points(best_room, *wrong, source=cells) == [0]


def test_what_cannot_be_known_is_not_graded(best_room):
    cells = [
        ("locked", "limit = open('only-in-the-box.txt').read()"),
        ("answer", "def f(): return 1"),
        ("check", "assert f() == 1"),
        ("check", "assert limit == '1'"),
        ("check", "try:\n    limit\nexcept Exception:\n    pass"),
    ]
    run, _ = ran(best_room, *cells)
    assert list(run.not_graded) == ["check-3", "check-4"]
    assert "only-in-the-box.txt" in run.not_graded["check-3"]


def test_a_check_reads_no_file_that_python_would_load(best_room, tmp_path):
    beside, left_out = checks.for_checks({"m.py": b"1/0", "m.pkl": b"", "m.csv": b"a"}, {})
    assert set(beside) == {"m.csv"}
    assert left_out == {"m.py", "m.pkl"}
    cells = [("answer", "f = 1"), ("check", "assert f == 1\nopen('m.pkl').read()")]
    run, _ = ran(best_room, *cells, left_out=left_out, tmp=tmp_path)
    assert "m.pkl" in run.not_graded["check-1"]


def test_a_fault_of_the_courses_is_no_outcome(best_room, monkeypatch):
    cells = [("answer", "def f(): return 1"), ("check", "assert f() == 1\n2.0")]

    def broken(*arguments):
        raise RuntimeError("broken")

    for place, step in [
        (checks, "parsed"),
        (checks, "shown"),
        (checks.Names, "fetch"),
        (checks.Checks, "run_own_cells"),
        (checks, "verdict_of"),
        (Desk, "told"),
    ]:
        with monkeypatch.context() as patched:
            patched.setattr(place, step, broken)
            with pytest.raises((checks.CourseFault, RuntimeError), match="broken"):
                grade(best_room, *cells)
    with pytest.raises(FileNotFoundError):
        grade(best_room, *cells, tmp="/no/such/folder")


def test_warnings_cost_no_points(best_room):
    cells = [
        ("answer", "import sys, warnings\ndef f():\n    warnings.warn('old')\n"
                   "    print('careful', file=sys.stderr)\n    return 1"),
        ("check", "import warnings\nwarnings.warn('of the check')\nassert f() == 1"),
    ]  # fmt: skip
    ((score, outputs),) = grade(best_room, *cells)
    assert score == 2
    assert "careful" in outputs[0].text
    assert "old" in outputs[0].text


HIDDEN = """assert f(1) == 1
### BEGIN HIDDEN TESTS
assert f(987654) == 2
### END HIDDEN TESTS"""


@pytest.mark.parametrize(
    "answer",
    [
        "def f(x):\n    print(x)\n    return 1",
        "def f(x):\n    if x != 1: raise ValueError(x)\n    return 1",
        "def f(x):\n    if x != 1: raise type(f'E{x}', (Exception,), {})\n    return 1",
        "SEEN = []\ndef f(x):\n    SEEN.append(x)\n    return 1\n"
        "def g():\n    raise ValueError(SEEN)",
        "import sys\ndef f(x):\n    print(x, file=sys.stderr)\n    return type(f'E{x}', (), {})()",
    ],
)
def test_no_hidden_input_comes_onto_a_page(best_room, answer):
    cells = [
        ("answer", f"def g(): return SEEN\n{answer}"),
        ("check", HIDDEN),
        ("check", "assert g() == 0"),
        ("plain", "print(globals().get('SEEN'))"),
    ]
    run, notebook = ran(best_room, *cells)
    assert "987654" not in str([c.outputs for c in notebook.cells])
    assert determine_grade(notebook.cells[1])[0] == 0
    assert "check-1" in run.verdicts


def test_the_page_of_a_check_without_hidden_tests_shows_its_error(best_room):
    ((_, outputs),) = grade(best_room, ("answer", "def f(): return {}['x']"), ("check", "f()"))
    assert outputs[0].ename == "KeyError"
