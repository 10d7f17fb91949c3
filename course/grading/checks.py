"""Check cells, run outside the box: what they ask of the submission comes by value.

A check cell's text is the instructor's, taken from the gradebook. A name in it stands for, in this
order: what a check cell has defined itself; an answer that the assignment asks for; what the
instructor's own cells import or define; a built-in; and else what the submission has under that
name. So a submission that patches a library or a helper does so for itself only.
"""

import ast
import builtins
import contextlib
import importlib
import io
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from course.call import Gone, TimeIsUp, time_limit
from course.grading import wire
from course.grading.helpers import FILE, answers_asked_for, bound_names, parsed
from course.grading.inside.frames import Broken
from course.grading.room import Desk, Module
from course.grading.submission import SourceNotebook
from course.language import _

CHECK_SECONDS = 60
SHOWN_TRACEBACK = 40


class NotAnswered(Exception):
    """The submission has nothing that could be checked; the text says why."""


class Names(dict):
    """The built-ins of a check cell, that looks for every other name in the submission.

    Python asks here for each name that the check cell has not defined itself.
    """

    def __init__(self, asked_for: set[str], instructors: Mapping[str, Any]) -> None:
        super().__init__(vars(builtins))
        self.asked_for, self.instructors = asked_for, instructors
        self.desk: Desk | None = None
        self.fetched: dict[str, Any] = {}
        self.calls = -1

    def __getitem__(self, name: str) -> Any:
        if name in self.asked_for:
            return self.fetch(name)
        if name in self.instructors:
            return self.instructors[name]
        if name in vars(builtins):
            return super().__getitem__(name)
        return self.fetch(name)

    def fetch(self, name: str) -> Any:
        """What the submission has under this name now; read once between two of its own runs."""
        if self.calls != self.desk.calls:
            self.fetched.clear()
            self.calls = self.desk.calls
        if name not in self.fetched:
            try:
                value = self.desk.get(name)
            except NameError:
                raise KeyError(name) from None
            is_module = isinstance(value, Module)
            self.fetched[name] = trusted_module(value.name) if is_module else value
        return self.fetched[name]


def trusted_module(name: str) -> ModuleType:
    """The module itself, as it is installed here, not as the submission has it."""
    top = name.partition(".")[0]
    if top not in sys.stdlib_module_names and top not in MODULES:
        raise NotAnswered(_("the module {name} cannot be used in a check", name=name))
    return importlib.import_module(name)


MODULES = {"matplotlib", "numpy", "pandas", "scipy", "sklearn", "statsmodels"}


class Checks:
    """The check cells of one notebook of a submission, run one after the other."""

    def __init__(
        self, source: SourceNotebook, instructors: Mapping[str, Any], folder: Path
    ) -> None:
        self.builtins = Names(answers_asked_for(source), instructors)
        self.names: dict[str, Any] = {
            "__name__": "__main__",
            "__builtins__": self.builtins,
            "get_ipython": NoShell,
        }
        self.folder = folder

    def forget(self, code: str) -> None:
        """A cell of the submission has run: the plain values that it names anew are its own."""
        for name in bound_names(code) & self.names.keys():
            if not isinstance(self.names[name], ModuleType | FunctionType | type):
                del self.names[name]

    def run(self, source: str, desk: Desk, seconds: float = CHECK_SECONDS) -> list[dict]:
        """Run a check cell; its outputs in nbformat's shape."""
        self.builtins.desk, self.builtins.calls = desk, -1
        printed = {"stdout": io.StringIO(), "stderr": io.StringIO()}
        outputs: list[dict] = []
        try:
            with (
                contextlib.chdir(self.folder),
                contextlib.redirect_stdout(printed["stdout"]),
                contextlib.redirect_stderr(printed["stderr"]),
                time_limit(seconds),
            ):
                value = self.execute(source)
                if value is not None:
                    outputs.append(shown(value))
        except KeyboardInterrupt:
            raise
        except TimeIsUp:
            outputs.append(error("TimeIsUp", _("The answer, or the check, takes too long."), []))
        except (Gone, Broken) as problem:
            text = _("There is no answer: {problem}.", problem=problem)
            outputs.append(error("NotAnswered", text, []))
        except BaseException as problem:
            outputs.append(error_of(problem))
        streams = [
            {"output_type": "stream", "name": name, "text": text.getvalue()[:50_000]}
            for name, text in printed.items()
            if text.getvalue()
        ]
        return streams + outputs

    def execute(self, source: str) -> Any:
        """Run the lines; the value of the last one, if it is an expression."""
        tree = parsed(source)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, FILE, "exec"), self.names)
        if last is None:
            return None
        return eval(compile(ast.Expression(last.value), FILE, "eval"), self.names)


class NoShell:
    """In place of IPython's shell in check cells: magics such as %matplotlib do nothing."""

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments, **named: None


def shown(value: Any) -> dict:
    """The value of a check's last line: nbgrader reads its text as partial credit."""
    data = {"text/plain": repr(value)[:10_000]}
    html = getattr(type(value), "_repr_html_", None)
    if html is not None and type(value).__module__.startswith(("course.", "pandas.")):
        data["text/html"] = html(value)
    return {"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": None}


def error(name: str, text: str, lines: list[str]) -> dict:
    """An error as an output of a cell."""
    last = f"{name}: {text}"
    return {
        "output_type": "error",
        "ename": name[:200],
        "evalue": text[:2000],
        "traceback": [*lines, last[:2000]],
    }


def error_of(problem: BaseException) -> dict:
    """An exception as an output, with the lines of the check cell that it came through."""
    frames = traceback.extract_tb(problem.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == FILE][-SHOWN_TRACEBACK:]
    try:
        text = str(problem)
    except Exception:
        text = ""
    name = type(problem).__name__
    if isinstance(problem, wire.WireError):
        name, text = "NotAnswered", _("The answer cannot be read.")
    return error(name, text, [_("line {number} of the check", number=line) for line in lines])


@contextlib.contextmanager
def folder_of(files: Mapping[str, bytes]) -> Iterator[Path]:
    """A folder with the assignment's own files, for check cells that read them."""
    with tempfile.TemporaryDirectory(prefix="course-check-") as folder:
        for name, content in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        yield Path(folder)


@contextlib.contextmanager
def graders_environment(seed: str | None) -> Iterator[None]:
    """As in nbgrader's own run, hidden cases count; they come from the instructor's seed."""
    before = dict(os.environ)
    os.environ["NBGRADER_EXECUTION"] = "autograde"
    if seed is not None:
        os.environ["COURSE_SEED"] = seed
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
