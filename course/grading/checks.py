"""Check cells, run outside the box: what they ask of the submission comes by value.

A check cell's text is the instructor's, taken from the gradebook. A name in it stands for, in this
order: what a check cell has defined itself; an answer that the assignment asks for; what the
instructor's own cells make; a built-in; and else what the submission has under that name. So a
submission that patches a library or a helper does so for itself only.

Each check runs twice: as students see it, with what they have seen of it; for its mark, with hidden
tests and cases. What the second run says goes to the instructor; a page only ever shows the first.
"""

import ast
import builtins
import contextlib
import io
import numbers
import os
import random
import re
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from types import FunctionType, ModuleType
from typing import Any, Literal

import numpy as np
import pandas as pd

from course.call import Gone, TimeIsUp, time_limit, unchanged
from course.grading import wire
from course.grading.helpers import (
    FILE,
    asks_beyond,
    bound_names,
    imported_by,
    makes_all,
    mentioned_names,
    needed,
    parsed,
    read_in_functions,
    statements,
)
from course.grading.inside.frames import Broken, TooLate
from course.grading.room import Belongings, Desk, Module, OfSubmission, Other, errors_by_name
from course.grading.submission import OwnCell, SourceNotebook
from course.language import _

CHECK_SECONDS = 60
SHOWN_TRACEBACK = 40
OWN_FILE = "<instructor>"
TEMPORARY = ".tmp"
COURSE = str(Path(__file__).parents[1]) + os.sep
# What a check may read of a submission's files: data. What Python would import or unpickle is not.
DATA = (
    *(".csv", ".tsv", ".txt", ".json", ".jsonl", ".md", ".log", ".pdf", ".xlsx", ".parquet"),
    *(".png", ".jpg", ".jpeg", ".gif"),
)

PROTOCOL = ("__iter__", "__next__", "__len__", "__getitem__")
STANDING_IN = (OfSubmission, Other, wire.Iterated, wire.Iterator, *wire.CONTENTS.values())
SETS_A_SEED = re.compile(r"\bseed\(")

Mode = Literal["feedback", "autograde"]


class NotGraded(BaseException):
    """What a check needs cannot be known outside the sandbox: a person has to look.

    No Exception, so that no check cell takes it for an answer's.
    """


class NotAnswered(Exception):
    """The submission has nothing that could be checked; the text says why."""


OF_SUBMISSION = (OfSubmission, wire.WireError, wire.CannotBeChecked, Gone, Broken, NotAnswered)


class CourseFault(RuntimeError):
    """The course's own code failed in a check: the submission is not graded, and has no zero."""


@dataclass(frozen=True)
class Checked:
    """What a check cell came to: outputs in nbformat's shape, and the course's own verdict."""

    outputs: list[dict]
    verdict: dict | None = None


class Names(dict):
    """The built-ins of a check cell, that looks for every other name in the submission.

    Python asks here for each name that the check cell has not defined itself.
    """

    def __init__(self, asked_for: frozenset[str], whole: bool) -> None:
        super().__init__(vars(builtins))
        self.asked_for, self.whole = asked_for, whole
        self.own: dict[str, Any] = {
            "__name__": "__main__",
            "__builtins__": self,
            "get_ipython": NoShell,
            "display": nothing,
        }
        self.unknown: dict[str, BaseException] = {}
        self.desk: Desk | None = None
        self.fetched: dict[str, Any] = {}
        self.calls = -1

    def __getitem__(self, name: str) -> Any:
        if name in self.asked_for:
            return self.fetch(name)
        if name in self.unknown:
            raise self.unknown[name]
        if name in self.own:
            return self.own[name]
        if name in vars(builtins):
            return super().__getitem__(name)
        if self.whole:  # then it is nobody's, and not for a submission to fill in
            said = _("its check uses {name}, which no cell of the instructor's makes", name=name)
            raise NotGraded(said)
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
            self.fetched[name] = wire.unpack(wire.opaque(value)) if is_module else value
        return self.fetched[name]


class Checks:
    """The check cells of one notebook of a submission, run one after the other."""

    def __init__(self, source: SourceNotebook, folder: Path, left_out: frozenset[str]) -> None:
        self.builtins = Names(source.asked_for, source.whole)
        self.names: dict[str, Any] = {
            "__name__": "__main__",
            "__builtins__": self.builtins,
            "get_ipython": NoShell,
        }
        self.folder, self.left_out = folder, left_out
        self.programs = tempfile.gettempdir()  # in it lie the instructor's own modules
        # Why the value of a name that a check has made may not be what it would be in one process.
        self.spoilt: dict[str, str] = {}
        self.submitted = ""
        self.forbidden = ""
        checks = [c for c in source.cells.values() if c.grade and not c.solution]
        self.places = {cell.name: n for n, cell in enumerate(checks)}
        asked = set().union(*(mentioned_names(cell.source) for cell in checks))
        self.to_come = needed(source.own, asked)

    def forget(self, code: str) -> None:
        """A cell of the submission has run: the answers that it names anew are its own again."""
        self.submitted += f"\n{code}" if statements(code) else ""
        for name in bound_names(code) & self.builtins.asked_for & self.names.keys():
            if not isinstance(self.names[name], ModuleType | FunctionType | type):
                del self.names[name]

    def run(self, name: str, source: str, desk: Desk, seconds: float = CHECK_SECONDS) -> Checked:
        """Run the text of a check cell, for so many seconds of the processor here.

        Raises
        ------
        NotGraded, CourseFault
        """
        self.builtins.desk, self.builtins.calls = desk, -1
        printed = {"stdout": io.StringIO(), "stderr": io.StringIO()}
        outputs: list[dict] = []
        verdict = None
        with (
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(printed["stdout"]),
            contextlib.redirect_stderr(printed["stderr"]),
            warnings.catch_warnings(),
            seeds_told(desk),
        ):
            # nbgrader takes what stands on stderr for a failure: only the check may write there.
            warnings.showwarning = print_warning
            desk.stderr = printed["stderr"]
            try:
                with time_limit(seconds, of_processor=True):
                    self.begin(self.places.get(name, 0), desk)
                    self.recall(source, desk)
                    value = self.execute(source)
                    verdict = verdict_of(value)
                    if value is not None:
                        need_credit(value, source)
                        outputs.append(shown(value))
            except (KeyboardInterrupt, NotGraded):
                raise
            except BaseException as problem:
                if said := self.beyond_the_wall(problem, source):
                    raise NotGraded(said) from problem
                outputs.append(outcome_of(problem))
            finally:
                if desk.beyond:
                    self.spoilt |= dict.fromkeys(makes_all(statements(source)), desk.beyond)
        streams = [
            {"output_type": "stream", "name": name, "text": text.getvalue()[:50_000]}
            for name, text in printed.items()
            if text.getvalue()
        ]
        return Checked(streams + outputs, verdict)

    def recall(self, source: str, desk: Desk) -> None:
        """Remember what earlier checks, which made names that this one uses, could not know."""
        for name in sorted(mentioned_names(source) & self.spoilt.keys()):
            desk.spoils(self.spoilt[name])

    def begin(self, place: int, desk: Desk) -> None:
        """Make what the instructor's cells above the check make, and take stock of it."""
        self.files = self.stock()
        self.run_own_cells(place)
        values = [*self.builtins.own.values(), *self.names.values()]
        desk.errors = errors_by_name(values)
        desk.begin_check(Belongings(values, self.programs))
        self.files = self.stock()

    def stock(self) -> dict[Path, tuple[int, int]]:
        """The files that a check sees, with what tells whether one has changed."""
        found = {}
        for path in self.folder.rglob("*"):
            if TEMPORARY in path.parts:
                continue
            with contextlib.suppress(OSError):
                about = path.stat()
                found[path] = about.st_size, about.st_mtime_ns
        return found

    def beyond_the_wall(self, problem: BaseException, source: str) -> str:
        """Why a check may have failed by what cannot pass between the sandbox and here, and not by
        the answer; empty where nothing says so.
        """
        of_answer, desk = isinstance(problem, OfSubmission), self.builtins.desk
        if (
            isinstance(problem, wire.CannotBeChecked)
            or (isinstance(problem, AttributeError) and isinstance(problem.obj, STANDING_IN))
            or by_stand_in(problem)
        ):
            return _(
                "its check uses a value that cannot leave the sandbox ({problem})", problem=problem
            )
        if isinstance(problem, FileNotFoundError) and not of_answer:
            file = PurePosixPath(str(problem.filename)).name
            if file in self.left_out:
                return _(
                    "its check reads {file}, which could do harm outside the sandbox", file=file
                )
            return _("its check reads {file}, which is not there outside the sandbox", file=file)
        if self.stock() != self.files:
            return _("its check writes a file, which an answer does not see")
        if desk.beyond:
            return desk.beyond
        if isinstance(problem, SyntaxError) and problem.filename == FILE and not of_answer:
            said = _("its check is no plain Python outside a notebook ({problem})", problem=problem)
            return said
        if of_answer and "raw_input was called" in str(problem):
            return _("an answer asks for input, which the check cannot give")
        if SETS_A_SEED.search(source):
            return _("its check sets a seed, which an answer does not see")
        return (
            asks_beyond(source, self.submitted, self.builtins.asked_for, problem, desk)
            or self.refused(problem)
            or self.of_set_up(source)
        )

    def refused(self, problem: BaseException) -> str:
        """Whether the sandbox has refused what a cell of the submission does, which then has not
        made all of its names.
        """
        if isinstance(problem, NameError | KeyError) and self.forbidden:
            return _("the sandbox refuses what an answer does ({problem})", problem=self.forbidden)
        return ""

    def of_set_up(self, source: str) -> str:
        """Whether something of the instructor's that both the check and the submission use is not
        the same in the sandbox as here.
        """
        in_check = self.with_helpers(mentioned_names(source))
        in_answer = mentioned_names(self.submitted)
        for name in sorted(bound_names(source) & self.builtins.asked_for):
            if name in read_in_functions(self.submitted):
                return _("its check gives {name} a value, which an answer does not see", name=name)
        for name in sorted(in_check & self.builtins.own.keys()):
            value = self.names.get(name, self.builtins.own[name])
            if name.startswith("__") or isinstance(value, ModuleType | FunctionType):
                continue
            try:
                same = self.is_same(name, value)
            except (Gone, NameError):
                continue
            if same is None:
                same = name not in in_answer
            if not same:
                return _("{name} is not the same in the sandbox as for its check", name=name)
        return ""

    def with_helpers(self, names: set[str]) -> set[str]:
        """The names, and those that the instructor's functions among them use."""
        found, rest = set(), set(names)
        while rest:
            name = rest.pop()
            found.add(name)
            value = self.builtins.own.get(name)
            if isinstance(value, FunctionType):
                rest |= set(value.__code__.co_names) - found
        return found

    def is_same(self, name: str, value: Any) -> bool | None:
        """Whether the name stands for an equal value in the submission; None where nobody knows.

        Raises
        ------
        Gone, NameError
        """
        if wire.pack_and_tell(value)[1]:
            return None
        desk = self.builtins.desk
        try:
            return unchanged(value, desk.get(name))
        except (Gone, NameError):
            raise
        except TooLate:  # its answer must not be taken for the next one
            desk.close()
            return False
        except Exception:  # what has no form here is not that value
            return False

    def run_own_cells(self, place: int) -> None:
        """Run what the instructor's cells above the check do, and has not been done yet."""
        while self.to_come and self.to_come[0].checks <= place:
            self.run_own_cell(self.to_come.pop(0))

    def run_own_cell(self, cell: OwnCell) -> None:
        """Run an instructor's cell; what it cannot make, no check takes from the submission."""
        names, hidden = self.builtins.own, io.StringIO()
        desk = self.builtins.desk
        desk.beyond = ""
        rest = statements(cell.source)
        with contextlib.redirect_stdout(hidden), contextlib.redirect_stderr(hidden):
            while rest:
                statement = rest.pop(0)
                try:
                    exec(compile(ast.Module([statement], []), OWN_FILE, "exec"), names)
                except (KeyboardInterrupt, TimeIsUp):
                    raise
                except BaseException as problem:
                    if not isinstance(statement, ast.Import | ast.ImportFrom):
                        left = makes_all([statement, *rest])
                        self.builtins.unknown |= dict.fromkeys(left, self.unknown(cell, problem))
                        return
                    left = imported_by(statement)
                    self.builtins.unknown |= dict.fromkeys(left, self.unknown(cell, problem))
        if desk.beyond:
            self.spoilt |= dict.fromkeys(makes_all(statements(cell.source)), desk.beyond)
        for name in self.builtins.asked_for & names.keys():  # a function of theirs asks for it too
            del names[name]

    def unknown(self, cell: OwnCell, problem: BaseException) -> BaseException:
        """What a check gets that asks for something which an instructor's cell could not make."""
        if isinstance(problem, (*OF_SUBMISSION, NotGraded)):
            return problem
        if mentioned_names(cell.source) & self.builtins.asked_for:
            return NotAnswered(f"{type(problem).__name__}: {problem}")  # it works on an answer
        said = _(
            "a cell of the instructor's fails outside the sandbox ({problem})",
            problem=f"{type(problem).__name__}: {problem}",
        )
        return NotGraded(said)

    def execute(self, source: str) -> Any:
        """Run the lines; the value of the last one, if it is an expression."""
        tree = parsed(source)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, FILE, "exec"), self.names)
        if last is None:
            return None
        return eval(compile(ast.Expression(last.value), FILE, "eval"), self.names)


@contextlib.contextmanager
def seeds_told(desk: Desk) -> Iterator[None]:
    """Remember it where the block, in whatever module, sets the seed that an answer would use."""
    before = [(module, module.seed) for module in (random, np.random)]

    def telling(seed: Callable) -> Callable:
        def told(*arguments: Any, **named: Any) -> None:
            desk.spoils(_("its check sets a seed, which an answer does not see"))
            seed(*arguments, **named)

        return told

    for module, seed in before:
        module.seed = telling(seed)
    try:
        yield
    finally:
        for module, seed in before:
            module.seed = seed


def by_stand_in(problem: BaseException) -> bool:
    """Whether an object that stands for one of the submission's could not do what was asked."""
    if isinstance(problem, OF_SUBMISSION):
        return False
    frames = traceback.extract_tb(problem.__traceback__)
    return bool(frames) and frames[-1].filename == wire.__file__ and frames[-1].name in PROTOCOL


def need_credit(value: Any, source: str) -> None:
    """Refuse as points what is computed and no number, for which nbgrader would give all.

    Raises
    ------
    NotGraded
    """
    listed = isinstance(value, list | tuple | np.ndarray | pd.Series | pd.Index | wire.Opaque)
    listed = listed or isinstance(value, STANDING_IN)
    last = statements(source)[-1].value
    if listed and isinstance(last, ast.BinOp | ast.Call | ast.IfExp):
        raise NotGraded(_("the points that its check computes are no number"))


def outcome_of(problem: BaseException) -> dict:
    """What a check's exception says of the submission, as an output.

    Raises
    ------
    CourseFault
        It says nothing of it.
    """
    if isinstance(problem, TimeIsUp):
        return error("TimeIsUp", _("The answer, or the check, takes too long."), [])
    if isinstance(problem, Gone | Broken):
        return error("NotAnswered", _("There is no answer: {problem}.", problem=problem), [])
    if isinstance(problem, wire.WireError):
        return error("NotAnswered", _("The answer cannot be read."), [])
    if not isinstance(problem, OF_SUBMISSION) and is_ours(problem):
        raise CourseFault(f"{type(problem).__name__}: {problem}") from problem
    return error_of(problem)


def is_ours(problem: BaseException) -> bool:
    """Whether the course's own code raised it, not the check cell or what that called."""
    for frame in reversed(traceback.extract_tb(problem.__traceback__)):
        if frame.filename in (FILE, OWN_FILE):
            return False
        if frame.filename.startswith(COURSE):
            return True
    return True


def nothing(*arguments: Any, **named: Any) -> None:
    """What IPython would show is not shown here."""


class NoShell:
    """In place of IPython's shell in check cells: magics such as %matplotlib do nothing."""

    def __getattr__(self, name: str) -> Any:
        return nothing


def print_warning(message: Warning | str, category: type[Warning], *where: Any) -> None:
    """A warning as text that costs no points."""
    print(f"{category.__name__}: {message}")


def verdict_of(value: Any) -> dict | None:
    """The verdict of the course's own check, as plain data."""
    from course.check import Score  # nothing else here needs the course's exercises

    return asdict(value.verdict) if isinstance(value, Score) else None


def shown(value: Any) -> dict:
    """The value of a check's last line: nbgrader reads its text as partial credit."""
    try:
        text = repr(credit(value))[:10_000]
    except Exception as problem:  # it is no value of the course's
        raise NotGraded(_("the value of its last line has no text")) from problem
    data = {"text/plain": text}
    html = getattr(type(value), "_repr_html_", None)
    if html is not None and type(value).__module__.startswith(("course.", "pandas.")):
        data["text/html"] = html(value)
    return result(data)


def result(data: dict) -> dict:
    """A value as an output of a cell."""
    return {"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": None}


def credit(value: Any) -> Any:
    """A number as nbgrader reads it: for one below 0, a NaN, and numpy's "np.float64(0.5)" it would
    give full points, and a submission's answer may make any of them.
    """
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        return value
    return float(value) if value >= 0 else 0.0


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
    lines = [_("line {number} of the check", number=line) for line in lines]
    return error(type(problem).__name__, text, lines)


@contextlib.contextmanager
def folder_of(files: Mapping[str, bytes]) -> Iterator[Path]:
    """A folder with these files."""
    with tempfile.TemporaryDirectory(prefix="course-check-") as folder:
        for name, content in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        yield Path(folder)


@contextlib.contextmanager
def importable(files: Mapping[str, bytes]) -> Iterator[Path]:
    """Let Python find the programs among these files, for as long as the block runs: a folder."""
    with folder_of(files) as folder:
        sys.path.append(str(folder))  # at the end: they take no library's place
        try:
            yield folder
        finally:
            sys.path.remove(str(folder))
            sys.path_importer_cache.pop(str(folder), None)


def for_checks(
    files: Mapping[str, bytes], instructors: Mapping[str, bytes]
) -> tuple[dict[str, bytes], frozenset[str]]:
    """The files that lie beside a check cell while it runs, and the names of those left out."""
    shown = {name: files[name] for name in files if PurePosixPath(name).suffix.lower() in DATA}
    shown |= instructors
    return shown, frozenset(PurePosixPath(name).name for name in files.keys() - shown.keys())


def set_environment(mode: Mode, seed: str | None, folder: Path) -> None:
    """In the process of the checks: whether hidden cases count, as in nbgrader's own run, or only
    what a student's page shows; the instructor's seed of them, which no page needs; and a part of
    the folder for temporary files.
    """
    os.environ["NBGRADER_EXECUTION"] = mode
    os.environ.pop("COURSE_SEED", None)
    if seed is not None and mode == "autograde":
        os.environ["COURSE_SEED"] = seed
    place = folder / TEMPORARY
    place.mkdir()
    os.environ["TMPDIR"] = tempfile.tempdir = str(place)
