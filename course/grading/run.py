"""Running a submission's notebook: its own cells in the box, the check cells outside."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import determine_grade, is_grade, is_solution

from course.call import Gone
from course.grading import harmless
from course.grading.apart import apart
from course.grading.checks import (
    Checks,
    Mode,
    NotGraded,
    error,
    folder_of,
    for_checks,
    importable,
    result,
    set_environment,
)
from course.grading.room import MOST_WAITING, Desk, Ran, Room
from course.grading.submission import SourceNotebook
from course.language import _, number

MOST_RESTARTS = 20
SECONDS_FOR_CHECKS = 300
# What Python says where the sandbox refuses something.
REFUSED = ("PermissionError", "BlockingIOError")
TOO_MANY = "1e9"  # points


class Run:
    """One notebook of a submission, from its first cell to its last, until a time."""

    def __init__(
        self,
        room: Room,
        source: SourceNotebook,
        files: Mapping[str, bytes],
        folder: Path,
        left_out: frozenset[str],
        until: float,
    ) -> None:
        self.room, self.source, self.files, self.until = room, source, files, until
        self.limit = room.limits.submission_seconds
        self.checks = Checks(source, folder, left_out)
        self.has_run: list[str] = []
        self.desk: Desk | None = None
        self.starts = 0
        self.cpu_seconds = 0.0
        self.waited = 0.0
        self.verdicts: dict[str, dict] = {}
        self.not_graded: dict[str, str] = {}

    def outputs(self, cells: Sequence[NotebookNode], visible: Callable[[str], str]) -> dict:
        """Run the cells, of each check what `visible` leaves; all that came of it, as plain data.

        Raises
        ------
        CourseFault, BoxEnded
        """
        try:
            outputs = self.run(cells, visible)
        finally:
            self.leave()
        return {
            "outputs": outputs,
            "verdicts": self.verdicts,
            "not_graded": self.not_graded,
            "cpu_seconds": self.cpu_seconds,
            "waited": self.waited,
        }

    def run(self, cells: Sequence[NotebookNode], visible: Callable[[str], str]) -> list[list[dict]]:
        """The outputs of each cell; a new process is started where the last one has ended."""
        found = []
        for cell in cells:
            try:
                if not self.desk or not self.desk.open:
                    self.start()
                if is_check(cell, self.source):
                    outputs = self.check(cell, visible(cell.source))
                else:
                    outputs = self.student(cell)
            except Gone as problem:
                text = _("This cell was stopped: {problem}.", problem=problem)
                outputs = [error("Gone", text, [])]
            found.append(outputs)
        return found

    def check(self, cell: NotebookNode, source: str) -> list[dict]:
        """Run the text of a check cell, and keep what it says for the instructor."""
        name = cell.metadata.nbgrader.grade_id
        try:
            checked = self.checks.run(name, source, self.desk)
        except NotGraded as problem:
            self.not_graded[name] = str(problem)
            said = _("The program cannot grade this; a person will look at it.")
            return [error("NotGraded", said, [])]
        said = "\n".join(line for output in checked.outputs for line in output.get("traceback", []))
        if checked.verdict or said:
            self.verdicts[name] = checked.verdict or {"outcome": "wrong", "given": said}
        return checked.outputs

    def student(self, cell: NotebookNode) -> list[dict]:
        """Run a cell of the submission."""
        ran = self.send(cell.source)
        self.has_run.append(cell.source)
        self.checks.forget(cell.source)
        outputs = [dict(output) for output in harmless.outputs(ran.outputs)]
        if ran.error in REFUSED:
            self.checks.forbidden = ran.error
        if ran.late:
            outputs.append(error("CellTimeoutError", _("This cell takes too long."), []))
        elif ran.error and not any(output["output_type"] == "error" for output in outputs):
            outputs.append(error(ran.error, "", []))
        return outputs

    def send(self, code: str) -> Ran:
        """Run a cell in the box, within what is left of the time."""
        left = self.left()
        if left <= 0:
            self.desk.end(_("the submission's time is used up"))
        return self.desk.run(code, min(self.room.limits.cell_seconds, left))

    def left(self) -> float:
        """Seconds; those in which its process waited for a busy machine do not count."""
        waited = self.waited + (self.desk.waited if self.desk else 0.0)
        return self.until - time.monotonic() + min(waited, MOST_WAITING * self.limit)

    def start(self) -> None:
        """Start the submission's process; where it has ended before, up to the cell it ended in.

        So a cell that ends Python takes no other cell's points with it.
        """
        self.leave()
        if self.starts > MOST_RESTARTS or self.left() <= 0:
            raise Gone(_("the submission's time is used up, or it has ended too often"))
        self.starts += 1
        self.desk = self.room.desk(self.files)
        for code in self.has_run:
            self.send(code)

    def leave(self) -> None:
        """End the submission's process."""
        if self.desk:
            self.desk.close()
            self.cpu_seconds += self.desk.cpu_seconds
            self.waited += self.desk.waited
            self.desk = None


def is_check(cell: NotebookNode, source: SourceNotebook) -> bool:
    """Whether it is a check just as the gradebook has it; nothing else runs outside the box."""
    if not is_grade(cell) or is_solution(cell):
        return False
    known = source.cells.get(cell.metadata["nbgrader"].get("grade_id"))
    return known is not None and known.grade and not known.solution and known.source == cell.source


def run_notebook(
    notebook: NotebookNode,
    room: Room,
    source: SourceNotebook,
    files: Mapping[str, bytes],
    *,
    instructors: Mapping[str, bytes],
    visible: Callable[[str], str],
    seed: str | None = None,
    until: float | None = None,
) -> dict:
    """Give every code cell its outputs, and the checks the marks that they come to.

    The notebook runs twice, each time in processes of its own. First as its student could have run
    it: `visible` gives what students have of a check cell. What that shows goes onto their page,
    and nothing else does, for no hidden input has been there. Then with all tests and cases, for
    the marks: what `Run.outputs` gives beside the outputs is of that. Checks may import and read
    the instructor's files, and read those of the submission that are data.

    Raises
    ------
    Failed
        Grading itself failed.
    """
    cells = code_cells(notebook)
    limit = room.limits.submission_seconds
    until = until or time.monotonic() + limit

    beside, left_out = for_checks(files, instructors)

    def run(mode: Mode, visible: Callable[[str], str], until: float) -> dict:
        with folder_of(beside) as folder, importable(instructors) as programs:

            def work() -> dict:
                run = Run(room, source, files, folder, left_out, until)
                set_environment(mode, seed, folder)
                return run.outputs(cells, visible)

            return apart(
                work,
                readable=[programs],
                writable=folder,
                kept_open=room.box.descriptors,
                seconds=MOST_WAITING * limit + until - time.monotonic() + SECONDS_FOR_CHECKS,
            )

    page = run("feedback", visible, until)
    marks = run("autograde", str, until + page["waited"])
    shown = zip(cells, page["outputs"], marks["outputs"], strict=True)
    for count, (cell, seen, marked) in enumerate(shown, start=1):
        cell.execution_count = count
        seen = [nbformat.from_dict(output) for output in seen]
        if is_check(cell, source):
            seen = marked_page(cell, seen, [nbformat.from_dict(output) for output in marked])
        for output in seen:
            if output.output_type == "execute_result":
                output.execution_count = count
        cell.outputs = seen
    marks["cpu_seconds"] += page["cpu_seconds"]
    return marks


def marked_page(
    cell: NotebookNode, page: list[NotebookNode], marks: list[NotebookNode]
) -> list[NotebookNode]:
    """What a page shows of a check that has run for its mark: what students could see themselves.

    Where hidden tests or cases took points, one sentence says so and no more, for everything else
    could tell them.
    """
    marked, most = points_of(cell, marks)
    seen, _most = points_of(cell, page)
    if marked is None:  # more points than there are: scored as such, and a person is asked
        return [NotebookNode(result({"text/plain": TOO_MANY}))]
    if marked == seen:
        return page
    said = _(
        "With the hidden cases, which are not shown, this comes to {points} of {most} points.",
        points=number(f"{marked:g}"),
        most=number(f"{most:g}"),
    )
    shown, html = [], []
    for output in page:
        if output.output_type == "error":
            text = "\n".join(output.traceback)
            output = NotebookNode(output_type="stream", name="stdout", text=f"{text}\n")
        if output.output_type == "execute_result":
            html += [output.data["text/html"]] if seen < most and "text/html" in output.data else []
        else:
            shown.append(output)
    data = {"text/plain": repr(marked), "text/html": "".join([*html, f"<p>{said}</p>"])}
    return [*shown, NotebookNode(result(data))]


def points_of(cell: NotebookNode, outputs: list[NotebookNode]) -> tuple[float | None, float]:
    """The points that nbgrader reads from the outputs (None: too many), and the most there are."""
    try:
        return determine_grade(NotebookNode({**cell, "outputs": outputs}))
    except ValueError:
        return None, float(cell.metadata.nbgrader.points)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells that have something to run."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
