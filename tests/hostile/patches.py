"""Changes to Python, its libraries and IPython, so that the check sees what the student wants."""

from tests.hostile.attack import Attack, in_answer, in_cells, spoiled_from

CHECKS = "1-9-incremental-romi-answer"

ATTACKS: list[Attack] = [
    in_answer(
        "judge-says-right",
        "patched libraries",
        "1.8",
        """
import sys

from course.exercise import Verdict

# `course.check` is the function; its module is only found here.
sys.modules["course.check"].judge = lambda *args: Verdict("right", share=1.0)
sys.modules["course.judge"].judge = sys.modules["course.check"].judge


def romi(d):
    return None
""",
        "The judge is replaced: in one process every later answer is right, too.",
    ),
    in_answer(
        "check-gives-points",
        "patched libraries",
        "1.2",
        """
import sys

import course


def check(id, answer):
    return {"1.2": 2.0, "1.8": 3.0}.get(id, 1.0)


course.check = check
sys.modules["course.check"].check = check


def kpis(df, by):
    return None
""",
        "`from course import check` finds the student's function; it would spoil later marks, too.",
    ),
    in_answer(
        "score-is-patched",
        "patched libraries",
        "1.8",
        """
import sys

score = sys.modules["course.check"].Score
score.__new__ = lambda cls, points, *rest: float.__new__(cls, 3.0)
score.__repr__ = lambda self: "3.0"


def romi(d):
    return None
""",
        "The points' own text form is forged.",
    ),
    in_answer(
        "keys-are-patched",
        "patched libraries",
        "1.8",
        """
import dataclasses
import sys


def romi(d):
    return d["net_sales_tetri"] * 0


keys = sys.modules["course.check"].KEYS
keys["1.8"] = dataclasses.replace(keys["1.8"], reference=romi)
""",
        "The answer key is replaced by the wrong answer.",
    ),
    in_answer(
        "isclose-is-patched",
        "patched libraries",
        "1.3",
        """
import math

math.isclose = lambda *args, **kwargs: True
math.isnan = lambda number: False


def adjusted_lift(df):
    return 0.0
""",
        "Any two numbers are near each other.",
    ),
    in_answer(
        "testing-tools-are-patched",
        "patched libraries",
        "1.2",
        """
import unittest

import pandas.testing

for name in dir(pandas.testing):
    if name.startswith("assert"):
        setattr(pandas.testing, name, lambda *args, **kwargs: None)
        setattr(pd.testing, name, lambda *args, **kwargs: None)
for name in dir(np.testing):
    if name.startswith("assert"):
        setattr(np.testing, name, lambda *args, **kwargs: None)
unittest.TestCase.assertEqual = lambda *args: None


def kpis(df, by):
    return df
""",
        "The assert functions of pandas, numpy and unittest do nothing.",
    ),
    in_answer(
        "comparisons-of-pandas",
        "patched libraries",
        "1.11b",
        """
pd.Series.equals = pd.DataFrame.equals = lambda *args: True
pd.Series.__eq__ = pd.DataFrame.__eq__ = lambda self, other: True
pd.Series.items = lambda self: iter([])
dict_keys = type({}.keys())


def shapley(v):
    return pd.Series(0.0, index=["email"])
""",
        "Every table equals every other, in this process and for good.",
    ),
    in_answer(
        "broken-pandas",
        "patched libraries",
        "1.6a",
        """
for name in ("groupby", "merge", "sum", "__getitem__", "to_numpy", "tolist"):
    setattr(pd.DataFrame, name, None)
    setattr(pd.Series, name, None)


def clean_conversions(conv):
    return 3
""",
        "Breaks pandas for its own later cells; the earlier ones keep their points.",
        marks=spoiled_from("1.6a"),
    ),
    in_answer(
        "builtins-are-patched",
        "patched libraries",
        "1.11b",
        """
import builtins

builtins.isinstance = lambda *args: True
builtins.all = lambda *args: True
builtins.len = lambda thing: 1
builtins.float = lambda *args: 1.0


def shapley(v):
    return {}
""",
        "isinstance, all, len and float are the student's.",
    ),
    in_answer(
        "print-and-repr-are-patched",
        "patched libraries",
        "1.8",
        """
import builtins

builtins.print = lambda *args, **kwargs: None
builtins.repr = lambda thing: "3.0"
builtins.str = type("str", (str,), {"__eq__": lambda *args: True, "__hash__": lambda s: 1})


def romi(d):
    return None
""",
        "Every text form reads 3.0.",
        marks=spoiled_from("1.8"),
    ),
    in_answer(
        "import-is-patched",
        "patched libraries",
        "1.8",
        """
import builtins
import types

before = builtins.__import__


def imported(name, *args, **kwargs):
    if name.startswith("course"):
        fake = types.ModuleType("course")
        fake.check = lambda id, answer: 3.0
        return fake
    return before(name, *args, **kwargs)


builtins.__import__ = imported


def romi(d):
    return None
""",
        "`from course import check` imports a fake.",
    ),
    in_answer(
        "compile-and-exec-are-patched",
        "patched libraries",
        "1.9",
        """
import builtins

compile_before, exec_before = builtins.compile, builtins.exec


def compiled(source, *args, **kwargs):
    if isinstance(source, str) and "check(" in source:
        source = "3.0"
    return compile_before(source, *args, **kwargs)


builtins.compile = compiled
builtins.exec = lambda code, *args: exec_before(code, *args)


def incremental_romi(treated, control, cost_tetri):
    return None
""",
        "What is compiled or run goes through the student's hands first.",
        marks=spoiled_from("1.9"),
    ),
    in_answer(
        "fake-course-in-sys-modules",
        "poisoned modules",
        "1.8",
        """
import sys
import types

fake = types.ModuleType("course")
fake.check = lambda id, answer: 3.0
fake.__path__ = []
sys.modules["course"] = sys.modules["course.check"] = fake


def romi(d):
    return None
""",
        "A fake course takes the place of the real one.",
    ),
    in_answer(
        "import-hook",
        "poisoned modules",
        "1.8",
        """
import importlib.abc
import importlib.machinery
import sys


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] == "course":
            return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def exec_module(self, module):
        module.check = lambda id, answer: 3.0


sys.meta_path.insert(0, Finder())
for name in [name for name in sys.modules if name.split(".")[0] == "course"]:
    del sys.modules[name]


def romi(d):
    return None
""",
        "The student's finder loads every module of the course.",
    ),
    in_answer(
        "numpy-and-json-are-fakes",
        "poisoned modules",
        "1.11b",
        """
import sys
import types


class Yes(types.ModuleType):
    def __getattr__(self, name):
        return lambda *args, **kwargs: True


for name in ("json", "numpy.testing", "math", "struct", "pickle", "marshal"):
    sys.modules[name] = Yes(name)


def shapley(v):
    return {}
""",
        "Modules that answer True to everything.",
    ),
    in_answer(
        "modules-are-emptied",
        "poisoned modules",
        "1.11b",
        """
import sys

sys.modules.clear()


def shapley(v):
    return {}
""",
        "No module is left.",
    ),
    in_answer(
        "path-is-changed",
        "poisoned modules",
        "1.8",
        """
import os
import sys

os.makedirs("/tmp/hostile-path/course", exist_ok=True)
with open("/tmp/hostile-path/course/__init__.py", "w") as file:
    file.write("def check(id, answer):\\n    return 3.0\\n")
sys.path.insert(0, "/tmp/hostile-path")
os.environ["PYTHONPATH"] = "/tmp/hostile-path"
for name in [name for name in sys.modules if name.split(".")[0] == "course"]:
    del sys.modules[name]


def romi(d):
    return None
""",
        "A fake course on sys.path, for this process and those it starts.",
        leftovers=["/tmp/hostile-path"],
    ),
    in_answer(
        "input-transformer",
        "transformers",
        "1.8",
        """
def points_for_all(lines):
    return ["3.0\\n"] if any("check(" in line for line in lines) else lines


get_ipython().input_transformers_cleanup.append(points_for_all)
get_ipython().input_transformers_post.append(points_for_all)


def romi(d):
    return None
""",
        "IPython reads 3.0 where the check cell says `check(...)`.",
    ),
    in_answer(
        "ast-transformer",
        "transformers",
        "1.2",
        """
import ast


class Points(ast.NodeTransformer):
    def visit_Call(self, node):
        if getattr(node.func, "id", "") == "check":
            return ast.copy_location(ast.Constant(2.0), node)
        return self.generic_visit(node)


get_ipython().ast_transformers.append(Points())


def kpis(df, by):
    return None
""",
        "The call of check becomes the number 2.0.",
    ),
    in_answer(
        "transformer-without-asserts",
        "transformers",
        "1.9",
        """
import ast


class NoAssert(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.copy_location(ast.Pass(), node)

    def visit_Compare(self, node):
        return ast.copy_location(ast.Constant(True), node)


get_ipython().ast_transformers.append(NoAssert())


def incremental_romi(treated, control, cost_tetri):
    return None
""",
        "Asserts do nothing and comparisons are true; it spoils the functions of later cells.",
        marks=spoiled_from("1.9"),
    ),
    in_answer(
        "run-cell-is-replaced",
        "transformers",
        "1.11b",
        """
shell = get_ipython()
before = type(shell).run_cell


def run_cell(self, source, *args, **kwargs):
    return before(self, "1.0" if "check(" in source else source, *args, **kwargs)


type(shell).run_cell = run_cell
shell.run_code = shell.run_ast_nodes = lambda *args, **kwargs: None
get_ipython = lambda: None


def shapley(v):
    return {}
""",
        "IPython's own way of running a cell is replaced.",
    ),
    in_answer(
        "display-hook-says-points",
        "forged outputs",
        "1.8",
        """
import sys

shell = get_ipython()
shell.displayhook.compute_format_data = lambda result: ({"text/plain": "3.0"}, {})
shell.display_formatter.format = lambda *args, **kwargs: ({"text/plain": "3.0"}, {})
shell.display_formatter.formatters["text/plain"].for_type(float, lambda f, p, c: p.text("3.0"))
sys.displayhook = lambda value: print("3.0")


def romi(d):
    return None
""",
        "Whatever a cell gives is shown as 3.0, which nbgrader reads as points.",
    ),
    in_answer(
        "events-say-points",
        "forged outputs",
        "1.8",
        """
from IPython.display import display


def after(result):
    display({"text/plain": "3.0"}, raw=True)


get_ipython().events.register("post_run_cell", after)
get_ipython().events.register("pre_run_cell", lambda info: print("3.0"))


def romi(d):
    return None
""",
        "After every cell a display of 3.0 follows.",
    ),
    in_answer(
        "published-result",
        "forged outputs",
        "1.8",
        """
import sys

shell = get_ipython()
try:
    message = {"execution_count": 99, "data": {"text/plain": "3.0"}, "metadata": {}}
    shell.kernel.session.send(shell.kernel.iopub_socket, "execute_result", message)
except AttributeError:
    print('{"output_type": "execute_result", "data": {"text/plain": "3.0"}}', file=sys.stderr)


def romi(d):
    return None
""",
        "A forged execute_result on the kernel's own channel.",
    ),
    in_answer(
        "clears-the-verdict",
        "forged outputs",
        "1.8",
        """
import threading
import time

from IPython.display import clear_output, display


def forge():
    for _ in range(100):
        time.sleep(0.1)
        clear_output()
        display({"text/plain": "3.0"}, raw=True)


threading.Thread(target=forge, daemon=True).start()


def romi(d):
    return None
""",
        "A thread clears the outputs of later cells and writes its own.",
    ),
    in_answer(
        "exception-hook",
        "forged outputs",
        "1.8",
        """
import sys


def hidden(self, kind, value, traceback, tb_offset=None):
    print("3.0")


get_ipython().set_custom_exc((BaseException,), hidden)
sys.excepthook = lambda *args: None


def romi(d):
    raise ValueError("nobody sees this")
""",
        "Errors of later cells are swallowed: a failing assert looks like a pass.",
    ),
    in_cells(
        "own-check-cells",
        "forged outputs",
        {
            "1-9-incremental-romi": 'print("✓ 1.8 romi: right\\n3 points.")\n3.0',
            "1-10-rank-channels": "raise SystemExit",
        },
        "Cells of one's own that look like a verdict; all answers are right anyway.",
    ),
]
