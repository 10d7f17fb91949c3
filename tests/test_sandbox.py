"""Student cells in the box, check cells outside: ordinary assignments of any instructor."""

import contextlib
import os
import resource
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.utils import determine_grade

from course.grading import box, checks
from course.grading import run as runs
from course.grading.apart import Failed
from course.grading.gradebook import as_written
from course.grading.room import Desk, Room
from course.grading.run import run_notebook
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
    instructors=None,
) -> tuple[dict, NotebookNode]:
    """What a run of the cells gives; `source` is the instructor's version."""
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
    try:
        marks = run_notebook(
            notebook,
            room,
            about,
            files or {},
            instructors=instructors or {},
            visible=partial(visible, Settings()),
        )
        room.tidy()
    except Exception:
        room.renew()
        raise
    return marks, notebook


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


HOARDS = {
    "shared": "import mmap\nfor _ in range(20):\n    m = mmap.mmap(-1, 120_000_000)\n"
              "    for k in range(0, len(m), 4096): m[k] = 1\n    hoard = [*hoard, m]",
    "in files of memory": "import os\nfor n in range(40):\n    f = os.memfd_create('m')\n"
                          "    os.write(f, bytes(60_000_000))\n    hoard.append(f)",
}  # fmt: skip


@pytest.mark.parametrize("name", HOARDS)
@pytest.mark.parametrize("room", box.TIERS[:-1], indirect=True, ids=lambda tier: tier.name)
def test_all_memory_is_counted(room, name):
    hoarded = f"import time\nhoard = []\n{HOARDS[name]}\ntime.sleep(1)\nheld = True"
    held = [("answer", hoarded), ("check", "assert held")]
    assert points(room, *held) == [0]


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


@pytest.fixture
def bystander(tmp_path):
    """A process and a file of the grader's user."""
    file = tmp_path / "gradebook.db"
    file.write_text("marks")
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process.pid, file
    process.kill()
    process.wait()


@pytest.mark.parametrize("room", box.TIERS[:-1], indirect=True, ids=lambda tier: tier.name)
def test_what_is_the_graders_stays_as_it_is(room, bystander):
    process, file = bystander
    state = (
        lambda: resource.prlimit(process, resource.RLIMIT_NOFILE),
        lambda: os.getpriority(os.PRIO_PROCESS, process),
        lambda: os.sched_getaffinity(process),
        lambda: os.sched_getscheduler(process),
        lambda: file.stat()[:9],
        lambda: os.listxattr(file),
        lambda: Path(os.__file__).stat()[:9],
        lambda: [Path(device).stat().st_ctime_ns for device in ("/dev/null", "/dev/urandom")],
    )
    before = [look() for look in state]
    attacks = f"""
import ctypes, os, resource, struct
PROCESS, FILE, LIBRARY = {process}, {str(file)!r}, os.__file__
def tries(what):
    try:
        what()
    except Exception:
        pass
for device in ("/dev/null", "/dev/urandom"):
    tries(lambda: os.chmod(device, 0o666))  # as it is, for this would be the machine's own
for path in (FILE, LIBRARY):
    tries(lambda: os.chmod(path, 0o777))
    tries(lambda: os.chown(path, 1, 1))
    tries(lambda: os.utime(path, (1, 1)))
    tries(lambda: os.setxattr(path, "user.note", b"x"))
    tries(lambda: os.truncate(path, 0))
tries(lambda: resource.prlimit(PROCESS, resource.RLIMIT_NOFILE, (3, 3)))
tries(lambda: os.setpriority(os.PRIO_PROCESS, PROCESS, 19))
tries(lambda: os.setpriority(os.PRIO_USER, 0, 19))
tries(lambda: os.sched_setaffinity(PROCESS, {{0}}))
tries(lambda: os.sched_setscheduler(PROCESS, os.SCHED_IDLE, os.sched_param(0)))
tries(lambda: os.kill(PROCESS, 9))
now = ctypes.create_string_buffer(24)
ctypes.CDLL(None).capget(struct.pack("Ii", 0x20080522, 0), now)
capabilities = sum(now.raw[:8] + now.raw[12:20])
"""
    ((score, outputs),) = grade(room, ("answer", attacks), ("check", "assert capabilities == 0"))
    assert score == 2, outputs
    assert [look() for look in state] == before


@pytest.mark.parametrize("room", box.TIERS[:-1], indirect=True, ids=lambda tier: tier.name)
def test_files_are_copied_with_what_is_known_of_them(room):
    copies = (
        "import os, shutil\nos.mkdir('a')\nopen('a/1.csv', 'w').write('1')\n"
        "os.chmod('a/1.csv', 0o644)\nshutil.copy('a/1.csv', 'a/2.csv')\n"
        "shutil.copytree('a', 'b')\nfound = open('b/2.csv').read()"
    )
    assert points(room, ("answer", copies), ("check", "assert found == '1'")) == [2]


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
    leave = """
import contextlib, os
for folder in [".", *(place for place, *_ in os.walk("/") if not place.startswith("/usr"))]:
    with contextlib.suppress(OSError), open(f"{folder}/left", "w") as file:
        file.write("x")
"""
    grade(room, ("plain", leave))
    seen = """
import os
seen = [place for place, _, files in os.walk("/") if "left" in files]
"""
    assert points(room, ("answer", seen), ("check", "assert seen == []")) == [2]


def test_outputs_are_bounded_and_pictures_are_there(best_room):
    notebook = nbformat.v4.new_notebook(
        cells=[
            cell("plain", "for n in range(10**6): print('x' * 100)", 0),
            cell("plain", "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()", 1),
        ]
    )
    run_notebook(
        notebook,
        best_room,
        SourceNotebook("n", {}, {}),
        {},
        instructors={},
        visible=partial(visible, Settings()),
    )
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
    assert list(run["not_graded"]) == ["check-3", "check-4"]
    assert "only-in-the-box.txt" in run["not_graded"]["check-3"]


def test_a_check_reads_no_file_that_python_would_load(best_room):
    beside, left_out = checks.for_checks({"m.py": b"1/0", "m.pkl": b"", "m.csv": b"a"}, {})
    assert set(beside) == {"m.csv"}
    assert left_out == {"m.py", "m.pkl"}
    cells = [("answer", "f = 1"), ("check", "assert f == 1\nopen('m.pkl').read()")]
    run, _ = ran(best_room, *cells, files={"m.pkl": b""})
    assert "m.pkl" in run["not_graded"]["check-1"]


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
            with pytest.raises(Failed, match="broken"):
                grade(best_room, *cells)
    with monkeypatch.context() as patched:
        patched.setattr(runs, "folder_of", lambda files: contextlib.nullcontext(Path("/no/such")))
        with pytest.raises(Failed, match="No such file"):
            grade(best_room, *cells)


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
    assert "check-1" in run["verdicts"] | run["not_graded"]


def test_the_page_of_a_check_without_hidden_tests_shows_its_error(best_room):
    ((_, outputs),) = grade(best_room, ("answer", "def f(): return {}['x']"), ("check", "f()"))
    assert outputs[0].ename == "KeyError"


NOT_GRADED = {  # check cells that a right answer cannot pass outside the sandbox, and the answer
    "a callback": ("def twice(f):\n    return 2 * f(1)", "assert twice(lambda x: x) == 2"),
    "an object of the check's": (
        "def area(r):\n    return r.a * r.b",
        "class Rect:\n    a, b = 2, 3\nassert area(Rect()) == 6",
    ),
    "its own class": (
        "class Money:\n    def __len__(self): return 3\n    def __str__(self): return '3'",
        "m = Money()\nassert len(m) == 3",
    ),
    "its text": ("class Money:\n    def __str__(self): return '3'", "assert str(Money()) == '3'"),
    "its type": ("class Money: pass", "assert isinstance(Money(), Money)"),
    "its attribute": ("class Money: pass", "m = Money()\nm.a = 1\nassert m.a == 1"),
    "a seed": (
        "import random\ndef roll(): return random.random()",
        "import random\nrandom.seed(3)\nassert round(roll(), 3) == 0.238",
    ),
    "a file of the answer's": (
        "def save():\n    open('out.txt', 'w').write('1')",
        "save()\nassert open('out.txt').read() == '1'",
    ),
    "a file of the check's": (
        "def read(p): return open(p).read()",
        "open('in.txt', 'w').write('1')\nassert read('in.txt') == '1'",
    ),
    "input": (
        "def ask(): return int(input())",
        "import builtins\nbuiltins.input = lambda *a: '4'\nassert ask() == 4",
    ),
    "a plot's method": (
        "import matplotlib.pyplot as plt\nfigure, ax = plt.subplots()\nax.set_title('a')",
        "assert ax.get_title() == 'a'",
    ),
    "set-up data that it changes": (
        "def drop(xs):\n    xs.pop()",
        "drop(ROWS)\nassert ROWS == [1]",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_GRADED)
def test_what_the_wall_spoils_is_no_zero(best_room, name):
    answer, check = NOT_GRADED[name]
    cells = [("locked", "ROWS = [1, 2]"), ("answer", answer), ("check", check)]
    run, _ = ran(best_room, *cells)
    assert list(run["not_graded"]) == ["check-2"], run


RIGHT = {  # right answers that cannot pass as in one process: the set-up, the answer, the check
    "a named tuple": (
        "",
        "from collections import namedtuple\nP = namedtuple('P', 'x y')\ndef f(): return P(1, 2)",
        "assert f().x == 1",
    ),
    "a counter": (
        "",
        "from collections import Counter\ndef f(): return Counter('aab')",
        "assert f().most_common(1) == [('a', 2)]",
    ),
    "set-up data that a function changes": (
        "stock = {'apple': 3}",
        "def f(): stock['apple'] -= 1",
        "f()\nassert stock['apple'] == 2",
    ),
    "the names of the notebook": ("", "x = 1", "assert 'x' in globals()"),
    "the kind of a function": (
        "",
        "def f(): pass",
        "import types\nassert isinstance(f, types.FunctionType)",
    ),
    "one object": ("", "def f(xs): return xs", "xs = [1]\nassert f(xs) is xs"),
    "an await": ("", "async def f(): return 1", "assert await f() == 1"),
    "a group": (
        "import pandas as pd\nt = pd.DataFrame({'k': ['a'], 'x': [1]})",
        "f = t.groupby('k')",
        "assert f['x'].sum()['a'] == 1",
    ),
    "a file": (
        "",
        "def f(): open('a.txt', 'w').close()",
        "import os\nf()\nassert os.path.exists('a.txt')",
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_answer_has_no_silent_zero(best_room, name):
    made, answer, check = RIGHT[name]
    run, _ = ran(best_room, ("locked", made), ("answer", answer), ("check", check))
    assert list(run["not_graded"]) == ["check-2"], run


WORKS = {
    "a docstring": ("def f(): 'Doubles.'", "assert f.__doc__"),
    "its attributes": (
        "class P:\n    def __init__(self): self.x = 1",
        "assert P().__dict__ == {'x': 1}",
    ),
    "arguments of an error": (
        "def f(): raise ValueError('bad', 3)",
        "try:\n    f()\nexcept ValueError as e:\n    assert e.args == ('bad', 3)",
    ),
    "an error of a library's": (
        "import json\ndef f(): json.loads('{')",
        "import json\ntry:\n    f()\n    assert False\nexcept json.JSONDecodeError:\n    pass",
    ),
}


@pytest.mark.parametrize("name", WORKS)
def test_what_can_be_told_is_told(best_room, name):
    answer, check = WORKS[name]
    assert points(best_room, ("answer", answer), ("check", check)) == [2]


WRONG = {  # plain wrong answers: the wall spoils nothing, and nobody has to look
    "a number": ("def f(x): return x", "assert f(2) == 4"),
    "a list": ("f = [1, 2]", "assert f == [2, 1]"),
    "a table": ("import pandas as pd\nf = pd.DataFrame({'a': [1]})", "assert f['a'].sum() == 2"),
    "None": ("def f(x): pass", "assert f(2) + 1 == 3"),
    "a type": ("def f(x): return '4'", "assert isinstance(f(2), int)"),
    "an object": (
        "class S:\n    def pop(self): return 1",
        "s = S()\nassert s.pop() == 2",
    ),
    "an error": ("def f(x): raise ValueError('no')", "assert f(2) == 4"),
    "no docstring": ("def f(x): pass", "assert f.__doc__"),
    "no operator": ("class S: pass", "assert hasattr(S, '__add__')"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_plain_wrong_answer_is_a_zero(best_room, name):
    answer, check = WRONG[name]
    run, notebook = ran(best_room, ("answer", answer), ("check", check))
    assert not run["not_graded"]
    assert determine_grade(notebook.cells[1])[0] == 0


def test_a_box_that_does_not_start_is_no_zero(monkeypatch, tmp_path):
    server = tmp_path / "server.py"
    text = (box.INSIDE / "server.py").read_text()
    server.write_text(
        text.replace("HERE = str(Path(__file__).parent)", f"HERE = {str(box.INSIDE)!r}").replace(
            "    desk = Desk(trusted, shell)\n", "    raise OSError('no chair')\n"
        )
    )
    monkeypatch.setattr(box, "INSIDE", tmp_path)
    broken = Room(QUICK, next(tier for tier in box.TIERS if tier.name == "limits"))
    with pytest.raises(Failed, match="no chair"):
        grade(broken, ("answer", "f = 1"), ("check", "assert f == 1"))
    broken.close()


NAMES = {  # how an instructor's cell makes a name that a submission would like to make
    "%%capture": "%%capture\nTOL = 0.01",
    "%%time": "%%time\nTOL = 0.01",
    "global": "def configure():\n    global TOL\n    TOL = 0.01\nconfigure()",
    "globals()": "globals().update(TOL=0.01)",
    "match": "match (1, 0.01):\n    case (one, TOL): pass",
    "exec": "exec('TOL = 0.01')",
    "%run": "%run tolerances.py",
    "a register": "known = {}\ndef register(f):\n    known[f.__name__] = f\n    return f",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_the_instructors_is_never_the_submissions(best_room, name):
    check = ("check", "assert abs(f(2) - 4) < (known['tol']() if 'known' in globals() else TOL)")
    if name == "a register":
        check = ("check", "assert abs(f(2) - 4) < known['tol']()")
    source = [
        ("plain", NAMES[name]),
        ("plain", "@register\ndef tol(): return 0.01" if name == "a register" else "pass"),
        ("answer", "def f(x): return 2 * x"),
        check,
    ]
    wrong = ("answer", "TOL = 1e99\nknown = {'tol': lambda: 1e99}\ndef f(x): return 0")
    assert points(best_room, *source[:2], wrong, check, source=source) == [0]
    if name != "%run":
        assert points(best_room, *source) == [2]


BELONGS = {  # what the instructor's cells make, and an argument through which it could be reached
    "a view": ("import numpy as np\nM = np.ones((2, 3))", "M[0]", "M[0].sum()"),
    "a class's": ("class Shop:\n    prices = [1, 2]", "Shop.prices", "sum(Shop.prices)"),
    "an object's": (
        "class Shop:\n    def __init__(self): self.prices = [1, 2]\nshop = Shop()",
        "shop.prices",
        "sum(shop.prices)",
    ),
    "a default's": ("def rows(made=[1, 2]):\n    return made", "rows()", "sum(rows())"),
    "a closure's": (
        "def make():\n    made = [1, 2]\n    return lambda: made\nrows = make()",
        "rows()",
        "sum(rows())",
    ),
    "of very many": ("big = [[n] for n in range(400_000)]\nM = [1, 2]", "M", "sum(M)"),
    "a module's": ("import prices_mod", "prices_mod.PRICES", "sum(prices_mod.PRICES)"),
}


@pytest.mark.parametrize("name", BELONGS)
def test_no_answer_changes_what_is_the_instructors(best_room, name):
    made, argument, wanted = BELONGS[name]
    source = [
        ("plain", made),
        ("answer", "def total(xs): return sum(xs)"),
        ("check", f"assert total({argument}) == {wanted}"),
    ]
    wrong = ("answer", "def total(xs):\n    xs[:] = [0] * len(xs)\n    return 0")
    programs = {"prices_mod.py": b"PRICES = [1, 2]"}
    assert points(best_room, *source, instructors=programs) == [2]
    given = source[0], wrong, source[2]
    assert points(best_room, *given, source=source, instructors=programs) == [0]


def test_a_masked_value_equals_nothing(best_room):
    cells = [
        ("plain", "import numpy as np"),
        ("answer", "import numpy as np\ndef f(): return np.ma.masked_all(2)"),
        ("check", "np.testing.assert_allclose(f(), [1, 2])"),
        ("check", "np.testing.assert_array_equal(f(), [1, 2])"),
    ]
    assert points(best_room, *cells) == [0, 0]


def test_a_check_that_runs_what_a_student_wrote_reaches_nothing(best_room, tmp_path):
    out = Path("/tmp/course-test-out")
    out.unlink(missing_ok=True)
    answer = f"""
a = "@__builtins__.__class__.__init__.__globals__['os'].system('touch {out}') == 0"
b = "x.to_csv('{out}') == None"
c = "/proc/self/environ"
d = "{{x.__init__.__globals__[os].environ}}"
"""
    cells = [
        ("plain", "import pandas as pd\nfrom pathlib import Path\nt = pd.DataFrame({'x': [1]})"),
        ("answer", answer),
        ("check", "assert len(t.query(a)) == 2"),
        ("check", "assert len(t.query(b)) == 2"),
        ("check", "Path(c).read_text()"),
        ("check", f"open({str(out)!r}, 'w')"),
        ("check", "import socket\nsocket.create_connection(('127.0.0.1', 22), 1)"),
        ("check", "import os\nos.fork()"),
        ("check", "import course.keys\nopen(course.keys.__file__)"),
    ]
    got = points(best_room, *cells)
    assert not out.exists()
    assert got == [0] * 7


def test_nothing_lasts_of_a_check(best_room):
    spoils = ("check", "import math\nold, math.pi = math.pi, 3\nassert f() == 1\nmath.pi = old")
    assert points(best_room, ("answer", "def f(): return 2"), spoils) == [0]
    cells = [("answer", "def f(): return 3.141592653589793"),
             ("check", "import math\nassert f() == math.pi")]  # fmt: skip
    assert points(best_room, *cells) == [2]
    program = {"counter.py": b"from itertools import count\nnew_id = count(1).__next__"}
    cells = [("plain", "from counter import new_id"), ("answer", "f = 1"),
             ("check", "assert new_id() == f")]  # fmt: skip
    assert points(best_room, *cells, instructors=program) == [2]


def test_reasons_tell_a_student_nothing(best_room):
    cells = [
        ("answer", "def summary(xs): return sum(xs)"),
        ("locked", "def report(): return int(summary([1, 77777]))"),
        ("check", "assert report() == 77778"),
    ]
    given = [("answer", "def summary(xs): return f'I saw {xs}'"), *cells[1:]]
    _, notebook = ran(best_room, *given, source=cells)
    visible = notebook.cells[2].outputs
    assert determine_grade(notebook.cells[2])[0] == 0, visible
    cells = [
        ("locked", "import numpy as np"),
        ("answer", "def f(a): return a"),
        ("check", "### BEGIN HIDDEN TESTS\nassert f(np.array([77777.0])).sum() == 77777\n"
                  "### END HIDDEN TESTS"),
        ("check", "### BEGIN HIDDEN TESTS\nlen(f([77777.0])) * f(77777)\n### END HIDDEN TESTS"),
    ]  # fmt: skip
    given = (
        "def f(a):\n    try:\n        a.dtype = 'S8'\n        a[:] = b'x'\n"
        "    except Exception: pass\n    return a"
    )
    _, notebook = ran(best_room, cells[0], ("answer", given), *cells[2:], source=cells)
    assert "77777" not in str([c.outputs for c in notebook.cells])
