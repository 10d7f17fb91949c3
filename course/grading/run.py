"""Running a submission's notebook: its own cells in the box, the check cells outside."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from course.call import Gone
from course.grading import harmless
from course.grading.checks import Checks, error
from course.grading.room import Desk, Ran, Room
from course.grading.submission import SourceNotebook
from course.language import _

MOST_RESTARTS = 20


class Run:
    """One notebook of a submission, from its first cell to its last."""

    def __init__(
        self,
        room: Room,
        source: SourceNotebook,
        helpers: Mapping[str, Any],
        files: Mapping[str, bytes],
        folder: Path,
    ) -> None:
        self.room, self.source, self.files = room, source, files
        self.checks = Checks(source, helpers, folder)
        self.until = time.monotonic() + room.limits.submission_seconds
        self.has_run: list[str] = []
        self.desk: Desk | None = None
        self.starts = 0
        self.cpu_seconds = 0.0

    def notebook(self, notebook: NotebookNode) -> None:
        """Give every code cell of the notebook its outputs."""
        cells = code_cells(notebook)
        try:
            self.run(cells, self.check)
            if any(cell.outputs for cell in self.after_a_check(cells)):
                self.run_without_checks(cells)
        finally:
            self.leave()

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

    def after_a_check(self, cells: Sequence[NotebookNode]) -> list[NotebookNode]:
        """The submission's cells that run after a check has called its functions."""
        checks = [number for number, cell in enumerate(cells) if self.is_check(cell)]
        return [cell for cell in cells[min(checks, default=0) :] if not self.is_check(cell)]

    def run_without_checks(self, cells: Sequence[NotebookNode]) -> None:
        """Run the submission's cells once more in a process that no check has called.

        The first one has seen hidden inputs and could print them; only what this one shows is kept.
        """
        self.leave()
        self.has_run.clear()
        self.starts, self.until = 0, time.monotonic() + self.room.limits.submission_seconds
        self.run(cells, lambda check: check.outputs)

    def is_check(self, cell: NotebookNode) -> bool:
        """Whether it is a check just as the gradebook has it; nothing else runs outside the box."""
        if not is_grade(cell) or is_solution(cell):
            return False
        known = self.source.cells.get(cell.metadata["nbgrader"].get("grade_id"))
        return (
            known is not None and known.grade and not known.solution and known.source == cell.source
        )

    def check(self, cell: NotebookNode) -> list[dict]:
        """Run a check cell."""
        return self.checks.run(cell.source, self.desk, max(self.until - time.monotonic(), 1))

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


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells that have something to run."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
