"""Running a submission's notebook: its own cells in the box, the check cells outside."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.utils import determine_grade, is_grade, is_solution

from course.call import Gone
from course.grading import harmless
from course.grading.checks import Checked, Checks, NotGraded, error, mode, result
from course.grading.room import Desk, Ran, Room
from course.grading.submission import SourceNotebook
from course.language import _, number

MOST_RESTARTS = 20


class Run:
    """One notebook of a submission, from its first cell to its last, until a time."""

    def __init__(
        self,
        room: Room,
        source: SourceNotebook,
        files: Mapping[str, bytes],
        folder: Path,
        left_out: frozenset[str] = frozenset(),
        until: float | None = None,
    ) -> None:
        self.room, self.source, self.files = room, source, files
        self.folder, self.left_out = folder, left_out
        self.until = until or time.monotonic() + room.limits.submission_seconds
        self.checks = Checks(source, folder, left_out)
        self.has_run: list[str] = []
        self.desk: Desk | None = None
        self.starts = 0
        self.cpu_seconds = 0.0
        self.verdicts: dict[str, dict] = {}
        self.not_graded: dict[str, str] = {}

    def notebook(self, notebook: NotebookNode, visible: Callable[[str], str]) -> None:
        """Give every code cell its outputs, and the checks the marks that they come to.

        The notebook runs twice. First as its student could have run it: `visible` gives what
        students have of a check cell. What that shows goes onto their page, and nothing else does,
        for no hidden input has been in that process. Then with all tests and cases, for the marks.

        Raises
        ------
        CourseFault
        """
        cells = code_cells(notebook)
        try:
            with mode("feedback"):
                self.run(cells, lambda cell: self.check(cell, visible(cell.source)).outputs)
            pages = [cell.outputs for cell in cells]
            self.begin_again()
            with mode("autograde"):
                self.run(cells, self.marked)
        finally:
            self.leave()
        for cell, page in zip(cells, pages, strict=True):
            cell.outputs = marked_page(cell, page) if self.is_check(cell) else page

    def begin_again(self) -> None:
        """Forget all of a run; the time goes on."""
        self.leave()
        self.checks = Checks(self.source, self.folder, self.left_out)
        self.has_run.clear()
        self.starts = 0

    def run(
        self, cells: Sequence[NotebookNode], check: Callable[[NotebookNode], list[dict]]
    ) -> None:
        """Run the cells one after the other, with a new process where the last one has ended."""
        for count, cell in enumerate(cells, start=1):
            try:
                if not self.desk or not self.desk.open:
                    self.start()
                outputs = check(cell) if self.is_check(cell) else self.student(cell)
            except Gone as problem:
                text = _("This cell was stopped: {problem}.", problem=problem)
                outputs = [error("Gone", text, [])]
            for output in outputs:
                if output.get("output_type") == "execute_result":
                    output["execution_count"] = count
            cell.execution_count = count
            cell.outputs = [NotebookNode(output) for output in outputs]

    def is_check(self, cell: NotebookNode) -> bool:
        """Whether it is a check just as the gradebook has it; nothing else runs outside the box."""
        if not is_grade(cell) or is_solution(cell):
            return False
        known = self.source.cells.get(cell.metadata["nbgrader"].get("grade_id"))
        return (
            known is not None and known.grade and not known.solution and known.source == cell.source
        )

    def check(self, cell: NotebookNode, source: str) -> Checked:
        """Run the text of a check cell."""
        name, left = cell.metadata.nbgrader.grade_id, max(self.until - time.monotonic(), 1)
        try:
            return self.checks.run(name, source, self.desk, left)
        except NotGraded as problem:
            self.not_graded[name] = str(problem)
            return Checked([])

    def marked(self, cell: NotebookNode) -> list[dict]:
        """Run a check cell for its mark, and keep what it says for the instructor."""
        checked = self.check(cell, cell.source)
        said = "\n".join(line for output in checked.outputs for line in output.get("traceback", []))
        if checked.verdict or said:
            name = cell.metadata.nbgrader.grade_id
            self.verdicts[name] = checked.verdict or {"outcome": "wrong", "given": said}
        return checked.outputs

    def student(self, cell: NotebookNode) -> list[dict]:
        """Run a cell of the submission."""
        ran = self.send(cell.source)
        self.has_run.append(cell.source)
        self.checks.forget(cell.source)
        outputs = [dict(output) for output in harmless.outputs(ran.outputs)]
        if ran.late:
            outputs.append(error("CellTimeoutError", _("This cell takes too long."), []))
        elif ran.error and not any(output["output_type"] == "error" for output in outputs):
            outputs.append(error(ran.error, "", []))
        return outputs

    def send(self, code: str) -> Ran:
        """Run a cell in the box, within what is left of the time."""
        left = self.until - time.monotonic()
        if left <= 0:
            self.desk.end(_("the submission's time is used up"))
        return self.desk.run(code, min(self.room.limits.cell_seconds, left))

    def start(self) -> None:
        """Start the submission's process; where it has ended before, up to the cell it ended in.

        So a cell that ends Python takes no other cell's points with it.
        """
        self.leave()
        if self.starts > MOST_RESTARTS or time.monotonic() > self.until:
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
            self.desk = None


def marked_page(cell: NotebookNode, page: list[NotebookNode]) -> list[NotebookNode]:
    """What a page shows of a check that has run for its mark: what students could see themselves.

    Where hidden tests or cases took points, one sentence says so and no more, for everything else
    could tell them.
    """
    marked, most = points_of(cell, cell.outputs)
    seen, _most = points_of(cell, page)
    if marked is None:
        return [output for output in cell.outputs if output.output_type == "execute_result"]
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
    return [*shown, NotebookNode(result(data) | {"execution_count": cell.execution_count})]


def points_of(cell: NotebookNode, outputs: list[NotebookNode]) -> tuple[float | None, float]:
    """The points that nbgrader reads from the outputs (None: too many), and the most there are."""
    try:
        return determine_grade(NotebookNode({**cell, "outputs": outputs}))
    except ValueError:
        return None, float(cell.metadata.nbgrader.points)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells that have something to run."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
