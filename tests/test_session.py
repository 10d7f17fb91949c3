"""What a learner runs, failures included: the check speaks of the code on the screen."""

import inspect
import json
import os
import re
import sys
import textwrap
import time

import pytest
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.manager import start_new_kernel
from traitlets.config import Config

from course import notebooks, session, workspace
from course.exercises import EXERCISES
from course.keys import KEYS
from course.language import speaking
from course.progress import Progress
from course.saved import answer_cell

ANSWER = answer_cell(EXERCISES["0.3"])
CHECK = ANSWER.replace("answer", "check")
CHECKED = 'from course import check\ncheck("0.3", net_of_vat)'
RIGHT = textwrap.dedent(inspect.getsource(KEYS["0.3"].reference))
WRONG = RIGHT.replace("return int(", "return 2 * int(")
BROKEN = RIGHT.replace("return int(", "retur n int(")
RENAMED = RIGHT.replace("net_of_vat", "netofvat")
AS_FILE = f"open('mine.py', 'w').write({RIGHT!r})"


class Notebook:
    """IPython with the course's ear to it; a cell is (text) or (text, id)."""

    def __init__(self, shell):
        self.shell = shell

    def run(self, source, cell=None):
        return self.shell.run_cell(source, store_history=True, cell_id=cell).result

    def check(self, *cells):
        """Run the cells, then the check of 0.3."""
        for cell in cells:
            self.run(*cell) if isinstance(cell, tuple) else self.run(cell)
        return self.run(CHECKED, CHECK)


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A notebook in a workspace, in which the course has not been imported yet."""
    workspace.prepare(tmp_path)
    monkeypatch.chdir(tmp_path / "0-orientation")
    monkeypatch.setattr(session, "SESSION", None)
    monkeypatch.delitem(sys.modules, "__main__")  # IPython puts its own in its place
    InteractiveShell.clear_instance()
    config = Config()
    config.HistoryManager.hist_file = ":memory:"
    shell = InteractiveShell.instance(config=config)
    shell.colors = "nocolor"
    yield Notebook(shell)
    InteractiveShell.clear_instance()


@pytest.fixture
def notebook(bare):
    session.begin()
    return bare


def state(id="0.3"):
    return Progress(workspace.workspace_of(notebooks.Path.cwd())).state(id)


OUTDATED = {
    "a slip of syntax": ([(RIGHT, ANSWER), (BROKEN, ANSWER)], "SyntaxError in line 6"),
    "the same where cells have no ids": ([RIGHT, BROKEN], "SyntaxError in line 6"),
    "an indentation": (
        [(RIGHT, ANSWER), (RIGHT.replace("    return", "  return"), ANSWER)],
        "IndentationError in line 6",
    ),
    "an import that fails above it": (
        [(RIGHT, ANSWER), (f"import no_such_library\n{RIGHT}", ANSWER)],
        "ModuleNotFoundError in line 1",
    ),
    "a function of another name": ([(RIGHT, ANSWER), (RENAMED, ANSWER)], "defines `netofvat`"),
    "the same without ids": ([RIGHT, RENAMED], "defines `netofvat`"),
    "an answer taken out of its cell": (
        [(RIGHT, ANSWER), ("# I shall think about it", ANSWER)],
        "has been run since without it",
    ),
    "a broken version in another cell": (
        [(RIGHT, ANSWER), (BROKEN, "mine")],
        "SyntaxError in line 6",
    ),
}


@pytest.mark.parametrize("cells", OUTDATED)
def test_an_older_version_is_not_taken_for_the_answer(notebook, cells):
    ran, said = OUTDATED[cells]
    score = notebook.check(*ran)
    assert score == 0
    assert score.verdict.outcome == "cannot check"
    assert said in repr(score.message)
    assert "an older version, and that one is right" in repr(score.message)
    assert "✓" not in repr(score.message)
    assert state() != "right"
    assert notebook.check((RIGHT, ANSWER)).verdict.outcome == "right"


ON_SCREEN = {
    "the answer": [(RIGHT, ANSWER)],
    "without ids": [RIGHT],
    "mended": [(RIGHT, ANSWER), (BROKEN, ANSWER), (RIGHT, ANSWER)],
    "in another cell alone": [("# see below", ANSWER), (RIGHT, "mine")],
    "a cell that fails after its definition": [(WRONG, ANSWER), (f"{RIGHT}\n1 / 0", ANSWER)],
    "a call that fails elsewhere": [(RIGHT, ANSWER), ("net_of_vat(1, 2, 3)", "mine")],
    "an assignment": [("def f(x, rate=18):\n    return right(x, rate)", "mine"),
                      (RIGHT.replace("net_of_vat", "right"), "helper"),
                      ("net_of_vat = f", ANSWER)],
    "a cell with %%time": [(f"%%time\n{RIGHT}", ANSWER)],
    "one made by exec": [(f"exec({RIGHT!r})", ANSWER), ("exec('1')", ANSWER)],
    "a helper's method of the same name": [
        (RIGHT, ANSWER),
        ("class Price:\n    def net_of_vat(self):\n        return 1", "mine"),
    ],
    "a check run twice": [(RIGHT, ANSWER), (CHECKED, CHECK)],
    "a file that is run": [(AS_FILE, "file"), ("%run mine.py", ANSWER), ("%run mine.py", ANSWER)],
    "an import, then a failure": [
        (AS_FILE, "file"),
        "import sys\nsys.path.append('.')\nsys.modules.pop('mine', None)",
        ("from mine import net_of_vat", ANSWER),
        ("from mine import net_of_vat\n1 / 0", ANSWER),
    ],
}  # fmt: skip


@pytest.mark.parametrize("cells", ON_SCREEN)
def test_what_is_on_the_screen_is_checked_without_a_word(notebook, cells):
    score = notebook.check(*ON_SCREEN[cells])
    assert score.verdict.outcome == "right", score.message
    assert len(score.message.lines) == 3
    assert state() == "right"


def test_that_another_cell_has_the_last_word_is_said(notebook):
    score = notebook.check((RIGHT, ANSWER), (WRONG, "mine"))
    assert score.verdict.outcome == "wrong"
    assert "of another cell, which was run after the answer cell" in repr(score.message)
    score = notebook.check((WRONG, ANSWER), (RIGHT, "mine"))
    assert score.verdict.outcome == "right"
    assert "of another cell" in repr(score.message)


def test_an_answer_that_was_saved_but_not_run_is_noticed(notebook, monkeypatch):
    path = notebooks.Path("0-orientation.ipynb").resolve()
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    save(path, ANSWER, RIGHT)
    assert notebook.check((RIGHT, ANSWER)).verdict.outcome == "right"
    save(path, ANSWER, WRONG)
    later = time.time() + 60
    os.utime(path, (later, later))
    score = notebook.run(CHECKED, CHECK)
    assert score.verdict.outcome == "cannot check"
    assert "another text now than the one that was run" in repr(score.message)
    save(path, ANSWER, RIGHT + "  \n")
    os.utime(path, (later, later))
    assert notebook.run(CHECKED, CHECK).verdict.outcome == "right"


def save(path, cell, source):
    """Save a notebook with another text in a cell."""
    text = json.loads(path.read_text("utf-8"))
    next(c for c in text["cells"] if c["id"] == cell)["source"] = source
    path.write_text(json.dumps(text), "utf-8")


def test_a_brief_is_that_of_its_cell_too(notebook):
    cell = answer_cell(EXERCISES["3.1c"])
    brief = 'scenario = "banners"\nbrief = """Dear Ana, soon more."""'
    check = "from course import check_brief\ncheck_brief(scenario, brief)"
    notebook.run(brief, cell)
    assert notebook.run(check).verdict.outcome == "wrong"
    notebook.run(brief.removesuffix('"'), cell)
    score = notebook.run(check)
    assert score.verdict.outcome == "cannot check"
    assert "SyntaxError" in repr(score.message)


@pytest.mark.parametrize(
    "first", ["import no_such_library as sns", "%matplotlib no_such_backend", "1 / 0"]
)
def test_a_setup_cell_that_failed_is_named_as_the_cause(bare, first, capsys):
    bare.run(f"{first}\nimport pandas as pd\nfrom course import cases, hint", "setup")
    bare.run("from course import session\nsession.begin()")  # as the first import does
    score = bare.check(("def net_of_vat(x, rate=18):\n    return pd.Series(x)", ANSWER))
    said = repr(score.message)
    assert "`pd` is missing because the cell that defines it stopped with" in said
    bare.run("import pandas as pd", "setup")
    assert "is missing" not in repr(bare.run(CHECKED, CHECK).message)


ABOVE = {
    "nothing": ([], "There is no `net_of_vat` yet: run the cell with your answer first"),
    "a slip": ([(BROKEN, ANSWER)], "stopped with SyntaxError in line 6"),
    "another name": ([(RENAMED, ANSWER)], "You have defined `netofvat`"),
    "a deletion": ([(RIGHT, ANSWER), "del net_of_vat"], "There is no `net_of_vat` yet"),
}


@pytest.mark.parametrize("before", ABOVE)
def test_a_check_above_its_answer_gets_one_sentence(notebook, before, capsys):
    ran, said = ABOVE[before]
    for cell in ran:
        notebook.run(*cell) if isinstance(cell, tuple) else notebook.run(cell)
    capsys.readouterr()
    assert notebook.run(CHECKED, CHECK) is None
    shown = capsys.readouterr().out
    assert said in shown
    assert "Traceback" not in shown
    assert len(shown.strip().splitlines()) == 1


def test_other_name_errors_stay_as_they_are(notebook, capsys):
    notebook.run("print(nothing_here)")
    notebook.run("def check(x):\n    return nowhere\ncheck(1)")
    shown = capsys.readouterr().out
    assert shown.count("Traceback") == 2
    assert "name 'nothing_here' is not defined" in shown


SLIPS = [
    'check("0.3")', "check(0.3, 1)", 'check("9.9", 1)', 'check("0.7", "my text")', "cases()",
    'cases(["0.3"])', "hint()", 'hint("x")', "solution(None)", 'load("ordres")', "load()",
    'load(["orders"])', "describe(3)", 'tables("orders")', "glossary()", "speak()",
    "check_brief()", "progress(1)",
]  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_answered_in_the_learners_language(notebook, slip, capsys):
    shown = {}
    for language in ("en", "ka"):
        with speaking(language):
            notebook.run(f"from course import *\n{slip}")
        shown[language] = capsys.readouterr().out
        assert shown[language].strip()
        assert "Traceback" not in shown[language]
        assert "Error" not in shown[language]
    assert shown["en"] != shown["ka"]
    assert any("ა" <= letter <= "ჰ" for letter in shown["ka"])


def test_a_wrong_language_is_refused_in_the_present_one(notebook):
    assert "The course has no language 'xx'" in repr(
        notebook.run('from course import *\nspeak("xx")')
    )
    with speaking("ka"):
        said = repr(notebook.run('from course import *\nspeak("xx")'))
    assert "language" not in said
    assert "'xx'" in said


# In a real kernel


@pytest.fixture(scope="module")
def kernel():
    manager, client = start_new_kernel(extra_arguments=["--HistoryManager.hist_file=:memory:"])
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def ask(kernel, source, cell):
    """Run a cell as JupyterLab does; its outputs, and whether the kernel asked for input."""
    content = {"code": source, "silent": False, "store_history": True, "user_expressions": {},
               "allow_stdin": True, "stop_on_error": True}  # fmt: skip
    message = kernel.session.msg("execute_request", content, metadata={"cellId": cell})
    kernel.shell_channel.send(message)
    shown = []
    while True:
        reply = kernel.get_iopub_msg(timeout=60)
        if reply["parent_header"].get("msg_id") != message["header"]["msg_id"]:
            continue
        shown.append(str(reply["content"]))
        if reply["msg_type"] == "status" and reply["content"]["execution_state"] == "idle":
            return re.sub(r"</?code>", "`", "".join(shown))


def test_a_kernel_tells_its_cells(kernel):
    assert "There is no `net_of_vat` yet" in ask(kernel, CHECKED, CHECK)
    ask(kernel, RIGHT, ANSWER)
    assert "0.3 net_of_vat: right" in ask(kernel, CHECKED, CHECK)
    ask(kernel, "# nothing", ANSWER)
    assert "has been run since without it" in ask(kernel, CHECKED, CHECK)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("return input('?')", "nobody is there when a check calls the function"),
        ("exit()", "`exit()` and `quit()` end Python itself"),
        ("quit()", "`exit()` and `quit()` end Python itself"),
        ("import sys; sys.exit(0)", "`exit()` and `quit()` end Python itself"),
    ],
)
def test_what_asks_or_ends_is_named_and_leaves_nothing_behind(kernel, line, said):
    ask(kernel, f"def net_of_vat(x, rate=18):\n    {line}", ANSWER)
    shown = ask(kernel, CHECKED, CHECK)
    assert said in shown
    assert "ask_exit" not in shown
    ask(kernel, RIGHT, ANSWER)
    assert "0.3 net_of_vat: right" in ask(kernel, CHECKED, CHECK)
    assert not kernel.stdin_channel.msg_ready()
    assert kernel.is_alive()
