"""What happens to a submission before it is run: cells that a learner copied, renamed or deleted.

nbgrader's own step stops the whole batch at a copied cell (its metadata are emptied, which it then
takes for those of an old version) and gives a renamed or deleted check no points.
"""

from nbformat import NotebookNode
from nbgrader.api import Gradebook, SourceCell
from nbgrader.converters import Autograde
from nbgrader.preprocessors import NbGraderPreprocessor

from course.notebooks import grade_id


class RepairCells(NbGraderPreprocessor):
    """Give the submission the assignment's cells back; every answer stays as it was written."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Repair the notebook against the cells that the gradebook has for it."""
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as gradebook:
            notebook = gradebook.find_notebook(about["notebook"], about["assignment"])
            points = {cell.name: cell.max_score for cell in notebook.grade_cells}
            known = {cell.name: cell for cell in notebook.source_cells}
            self.rename(nb, known)
            self.keep_last(nb)
            present = {grade_id(cell) for cell in nb.cells}
            for name, cell in known.items():
                if name in points and cell.locked and name not in present:
                    self.log.warning("Check %s was missing and is added at the end", name)
                    nb.cells.append(check_cell(cell, points[name]))
        return nb, resources

    def rename(self, nb: NotebookNode, known: dict[str, SourceCell]) -> None:
        """Give a cell its name back, which is its id as well; an unknown one is no graded cell."""
        for cell in nb.cells:
            name = grade_id(cell)
            if "nbgrader" not in cell.metadata or name in known:
                continue
            if cell.get("id") in known:
                self.log.warning("Cell %s was renamed to %s", cell.id, name)
                cell.metadata.nbgrader["grade_id"] = cell.id
            else:
                self.log.warning("Cell %s is not in this assignment", name)
                del cell.metadata["nbgrader"]

    def keep_last(self, nb: NotebookNode) -> None:
        """Of cells with one name the last one counts, as it does when the notebook is run."""
        seen = set()
        for cell in reversed(nb.cells):
            name = grade_id(cell)
            if name in seen:
                self.log.warning("Cell %s is there more than once: the last one counts", name)
                del cell.metadata["nbgrader"]
            elif name:
                seen.add(name)


def check_cell(cell: SourceCell, points: float) -> NotebookNode:
    """A check as it was released."""
    return NotebookNode(
        id=cell.name,
        cell_type="code",
        metadata=NotebookNode(
            nbgrader=NotebookNode(
                schema_version=3,
                grade_id=cell.name,
                grade=True,
                solution=False,
                locked=True,
                task=False,
                points=points,
                cell_type="code",
                checksum=cell.checksum,
            )
        ),
        source=cell.source,
        outputs=[],
        execution_count=None,
    )


SANITIZE = [RepairCells, *Autograde.sanitize_preprocessors.default()]
