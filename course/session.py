"""What the learner's kernel has run, failures included: is the function in memory the one on the
screen?

IPython calls `Session.after` behind each cell. A name's object that changed in a run came from that
run, however the cell made it (`def`, `=`, `%run`, a loop); so nothing here guesses at that. Outside
of IPython, and in grading, there is no session, and nothing is said.
"""

import ast
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from course import saved
from course.exercises import EXERCISES
from course.language import _
from course.saved import answer_cell, plain

NAMES = {exercise.name for exercise in EXERCISES.values()}
SAVED_LATER = 2  # seconds that a file must be younger than a run, to be sure that it is
# What may define names that no reader of the text can see.
OPAQUE = re.compile(r"import\s*\*|^\s*%|\b(?:exec|globals|get_ipython)\(", re.MULTILINE)


@dataclass(frozen=True, eq=False)
class Run:
    """A cell that was run: its text, which cell it was, how it ended, and what it defined."""

    source: str
    cell: str | None
    error: str  # "SyntaxError, line 3: invalid syntax"; empty where all went well
    names: frozenset[str]  # what the text defines, as far as it was reached
    meant: frozenset[str]  # what the text would define if all of it ran
    when: float

    def defines(self, name: str) -> bool:
        """Whether the text is to define the name, even where Python cannot read it."""
        name = re.escape(name)
        written = rf"^\s*(?:async\s+)?def\s+{name}\b|^{name}\s*=\s*(?:lambda\b|[rf]?[\"'])"
        return bool(re.search(written, self.source, re.MULTILINE))


@dataclass
class Session:
    """The runs of a kernel, and from which of them each exercise's object came."""

    shell: Any
    runs: list[Run] = field(default_factory=list)
    origins: dict[str, Run] = field(default_factory=dict)
    objects: dict[str, Any] = field(default_factory=dict)

    def begin(self) -> None:
        """Take over what ran before the course was imported, and listen from now on."""
        history = self.shell.history_manager
        failed = getattr(history, "exceptions", {})
        self.objects = {name: self.shell.user_ns.get(name) for name in NAMES}
        for n, source in enumerate(history.input_hist_raw[1:-1], 1) if history else ():
            told = failed.get(n, {})
            error = f"{told.get('ename', '')}: {told.get('evalue', '')}" if told else ""
            meant = frozenset(bound(tree_of(self.shell, source)))
            present = frozenset(name for name in meant if name in self.shell.user_ns)
            self.add(Run(source, None, error, present if error else meant, meant, time.time()))
        self.shell.events.register("post_run_cell", self.after)
        if not self.shell.custom_exceptions:
            self.shell.set_custom_exc((NameError,), name_error)

    def after(self, result: Any) -> None:
        """A cell has been run."""
        info, problem = result.info, result.error_before_exec or result.error_in_exec
        tree = tree_of(self.shell, info.raw_cell)
        line = failing_line(problem)
        reached = [s for s in tree if not problem or (line and s.end_lineno < line)]
        self.add(
            Run(
                source=info.raw_cell,
                cell=getattr(info, "cell_id", None),
                error=described(problem, line),
                names=frozenset(bound(reached)),
                meant=frozenset(bound(tree)),
                when=time.time(),
            )
        )

    def add(self, run: Run) -> None:
        """Keep the run, and note of which exercises it made the present object."""
        self.runs.append(run)
        for name in NAMES:
            present = self.shell.user_ns.get(name)
            if present is not None and (name in run.names or present is not self.objects[name]):
                self.origins[name] = run
            self.objects[name] = present

    def since(self, run: Run) -> Iterator[Run]:
        """The later runs, the last one first."""
        return reversed(self.runs[self.runs.index(run) + 1 :])


SESSION: Session | None = None


def begin() -> None:
    """Listen to the notebook in whose kernel this is called; elsewhere do nothing."""
    global SESSION
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    if shell is None or os.environ.get("NBGRADER_EXECUTION"):
        return
    if SESSION is None or SESSION.shell is not shell:
        SESSION = Session(shell)
        SESSION.begin()


# What is said of it


def origin(id: str, answer: Any) -> Run | None:
    """The run that made the answer, if it is the notebook's own object of that name."""
    name = EXERCISES[id].name
    if SESSION is None or SESSION.shell.user_ns.get(name) is not answer:
        return None
    return SESSION.origins.get(name)


def outdated(id: str, answer: Any) -> str:
    """Why the answer in memory is not what stands in the notebook now; empty where it is."""
    made = origin(id, answer)
    if made is None:
        return ""
    for run in SESSION.since(made):
        if said := what_came_after(id, made, run):
            return said
    now = saved_later(id, made)
    if now is not None and plain(now) != plain(made.source):
        return _("The answer cell holds another text now than the one that was run: run it first.")
    return ""


def what_came_after(id: str, made: Run, run: Run) -> str:
    """How a later run tried to define the exercise's name anew, and did not; empty if it did not
    try.
    """
    name = EXERCISES[id].name
    if plain(run.source) == plain(made.source):
        return ""
    its_cell = run.cell is not None and run.cell in (made.cell, answer_cell(EXERCISES[id]))
    if run.error:
        if its_cell or run.defines(name):
            return _(
                "The last run of the cell with `{name}` stopped with {error}.",
                name=name,
                error=run.error,
            )
        return ""
    renamed = sorted(other for other in run.names - {name} if bare(other) == bare(name))
    if renamed:
        return _(
            "The last cell that was run defines `{other}`; this exercise asks for `{name}`.",
            other=renamed[0],
            name=name,
        )
    if run.cell is not None and run.cell == made.cell and not OPAQUE.search(run.source):
        return _("The cell that made `{name}` has been run since without it.", name=name)
    return ""


def from_elsewhere(id: str, answer: Any) -> str:
    """A word where another cell than the answer cell made the answer, though that was run too."""
    made, place = origin(id, answer), answer_cell(EXERCISES[id])
    if made is None or made.cell in (None, place):
        return ""
    name = EXERCISES[id].name
    if not any(run.cell == place and run.defines(name) for run in SESSION.runs):
        return ""
    return _(
        "This is the `{name}` of another cell, which was run after the answer cell. What you hand "
        "in stands in the answer cell.",
        name=name,
    )


def missing(name: str) -> str:
    """Why a name is not there: the run that was to define it and failed; empty if none did."""
    if SESSION is None or name in SESSION.shell.user_ns:
        return ""
    for run in reversed(SESSION.runs):
        if name in run.names:  # and deleted since
            return ""
        if run.error and name in run.meant:
            return _(
                "`{name}` is missing because the cell that defines it stopped with {error}: put "
                "that line right or take it out, and run the cell again.",
                name=name,
                error=run.error,
            )
    return ""


def not_defined(id: str) -> str:
    """What to do where the check is asked before its answer is there."""
    name, place = EXERCISES[id].name, answer_cell(EXERCISES[id])
    for run in reversed(SESSION.runs):
        if name in run.names:  # and deleted since
            break
        if run.error and (run.cell == place or run.defines(name)):
            return _(
                "The last run of the cell with `{name}` stopped with {error}. Mend it, run it, "
                "then run this check again.",
                name=name,
                error=run.error,
            )
        renamed = sorted(other for other in run.names if bare(other) == bare(name))
        if renamed and renamed[0] in SESSION.shell.user_ns:
            return _(
                "You have defined `{other}`; this exercise asks for `{name}`. Rename it, run its "
                "cell, then run this check again.",
                other=renamed[0],
                name=name,
            )
    return _(
        "There is no `{name}` yet: run the cell with your answer first, then this check. After a "
        "restart of Python every cell has to be run again.",
        name=name,
    )


def name_error(
    shell: Any, kind: type, problem: NameError, traceback: Any, tb_offset: int | None = None
) -> None:
    """Show a `NameError`: of a check above its answer, what to do; others as IPython does."""
    asked = asked_by_check(shell.user_ns["In"][-1], problem.name) if SESSION else None
    in_the_cell_itself = traceback.tb_next and traceback.tb_next.tb_next is None
    if asked and in_the_cell_itself:
        shell._showtraceback(kind, problem, [not_defined(asked)])
    else:
        shell.showtraceback((kind, problem, traceback), tb_offset=tb_offset)


def asked_by_check(source: str, name: str | None) -> str | None:
    """The exercise whose check a cell calls with that name."""
    if not re.search(r"\bcheck(?:_brief)?\(", source):
        return None
    names = {"scenario": "brief"}
    asked = [id for id, e in EXERCISES.items() if e.name == names.get(name, name)]
    quoted = [id for id in asked if f'"{id}"' in source or f"'{id}'" in source]
    return next(iter(quoted or asked), None)


# Reading cells


def tree_of(shell: Any, source: str) -> list[ast.stmt]:
    """The statements of a cell; none where Python cannot read them."""
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    try:
        return ast.parse(shell.transform_cell(source)).body
    except Exception:
        return []


def bound(statements: Iterable[ast.stmt]) -> Iterator[str]:
    """The names that statements of a cell define, at its top level."""
    for statement in statements:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield statement.name
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id
            elif isinstance(node, ast.FunctionDef):
                yield node.name
            elif isinstance(node, ast.alias):
                yield (node.asname or node.name).partition(".")[0]


def failing_line(problem: BaseException | None) -> int | None:
    """The line of the cell itself at which it stopped."""
    traceback = problem and problem.__traceback__
    while traceback:
        frame = traceback.tb_frame
        if frame.f_code.co_name == "<module>" and "get_ipython" in frame.f_globals:
            return traceback.tb_lineno
        traceback = traceback.tb_next
    return problem.lineno if isinstance(problem, SyntaxError) else None


def described(problem: BaseException | None, line: int | None) -> str:
    """The error in a few words."""
    if problem is None:
        return ""
    kind = type(problem).__name__
    try:
        words = problem.msg if isinstance(problem, SyntaxError) else str(problem)
    except Exception:
        words = ""
    where = _("{error} in line {line}", error=kind, line=line) if line else kind
    return f"{where} ({words.strip().splitlines()[0]:.80})" if words.strip() else where


def bare(name: str) -> str:
    """A name without what is easily mistaken: `netOfVat` and `net_of_vat` are the same."""
    return name.replace("_", "").casefold()


def saved_later(id: str, run: Run) -> str | None:
    """The text of the answer cell that was run, in a file that was saved after that run."""
    notebook = saved.running()
    if (
        notebook is None
        or run.cell != answer_cell(EXERCISES[id])
        or notebook.when < run.when + SAVED_LATER
    ):
        return None
    return notebook.answer(EXERCISES[id])
