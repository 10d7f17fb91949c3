"""Tags, metadata and cells of the notebook changed by hand: points, ids, locks, kinds, kernels."""

from nbformat import NotebookNode

from tests.hostile.attack import (
    ANSWER_OF,
    CHECK_OF,
    FULL,
    MANUAL,
    Attack,
    cell_of,
    code_cell,
    in_notebook,
    place_of,
)

WRONG_ROMI = "def romi(d):\n    return None"
OUTPUT_CANARY = "canary-saved-output"


def wrong_romi(notebook: NotebookNode) -> None:
    cell_of(notebook, ANSWER_OF["1.8"]).source = WRONG_ROMI


def checks(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell_of(notebook, id) for id in CHECK_OF.values()]


def more_points(notebook: NotebookNode) -> None:
    wrong_romi(notebook)
    for cell in checks(notebook):
        cell.metadata.nbgrader.points = 1000


def odd_points(notebook: NotebookNode) -> None:
    odd = [float("nan"), float("inf"), -5, "2", None, True, [2], {"a": 1}, 1e308]
    for cell, points in zip(checks(notebook), odd, strict=False):
        cell.metadata.nbgrader.points = points


def exchanged_names(notebook: NotebookNode) -> None:
    wrong_romi(notebook)
    romi, net_sales = cell_of(notebook, CHECK_OF["1.8"]), cell_of(notebook, CHECK_OF["1.1"])
    romi.metadata.nbgrader.grade_id, net_sales.metadata.nbgrader.grade_id = (
        CHECK_OF["1.1"],
        CHECK_OF["1.8"],
    )
    romi.id, net_sales.id = net_sales.id, romi.id


def other_check(notebook: NotebookNode) -> None:
    wrong_romi(notebook)
    check = cell_of(notebook, CHECK_OF["1.8"])
    check.source = "3.0"
    check.metadata.nbgrader.update(locked=False, checksum="0" * 32)


def solution_check(notebook: NotebookNode) -> None:
    wrong_romi(notebook)
    check = cell_of(notebook, CHECK_OF["1.8"])
    check.source = "3.0"
    check.metadata.nbgrader.update(solution=True, locked=False, task=True)


def markdown_check(notebook: NotebookNode) -> None:
    wrong_romi(notebook)
    for id in (CHECK_OF["1.8"], CHECK_OF["1.1"]):
        check = cell_of(notebook, id)
        check.update(cell_type="markdown", source="I have checked it myself.")
        del check["outputs"], check["execution_count"]


def tags(notebook: NotebookNode) -> None:
    wrong_romi(notebook)
    for cell in notebook.cells:
        cell.metadata.tags = ["raises-exception", "skip-execution", "remove_cell", "hide-output"]


def saved_outputs(notebook: NotebookNode) -> None:
    wrong_romi(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = 7
            text = f"3.0 {OUTPUT_CANARY}"
            cell.outputs = [
                {
                    "output_type": "execute_result",
                    "execution_count": 7,
                    "data": {"text/plain": text, "text/html": f"<b>✓ right</b> {OUTPUT_CANARY}"},
                    "metadata": {},
                }
            ]


def no_metadata(notebook: NotebookNode) -> None:
    notebook.metadata = NotebookNode()
    for cell in notebook.cells:
        cell.metadata = NotebookNode()


def odd_metadata(notebook: NotebookNode) -> None:
    odd = ["nbgrader", 5, [1], {}, None, {"grade_id": 7}, {"grade_id": None}, {"grade": "yes"}]
    graded = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
    for cell, value in zip(graded, odd, strict=False):
        cell.metadata.nbgrader = value


def other_schema(notebook: NotebookNode) -> None:
    for n, cell in enumerate(cell for cell in notebook.cells if "nbgrader" in cell.metadata):
        cell.metadata.nbgrader.schema_version = [0, 1, 2, 99, "3", None][n % 6]


def foreign_grades(notebook: NotebookNode) -> None:
    wrong_romi(notebook)
    for name in ("bonus", "../../bonus", "1-8-romi-check "):
        cell = code_cell("100", f"bonus-{len(notebook.cells)}")
        cell.metadata.nbgrader = {
            "grade": True,
            "grade_id": name,
            "locked": True,
            "points": 100,
            "schema_version": 3,
            "solution": False,
            "task": False,
            "checksum": "0" * 32,
            "cell_type": "code",
        }
        notebook.cells.append(cell)


def stored_score(notebook: NotebookNode) -> None:
    wrong_romi(notebook)
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.update(score=100, auto_score=100, manual_score=100, comment="A")
    notebook.metadata.nbgrader = {"score": 100, "max_score": 1, "__altered": False}


def manual_becomes_check(notebook: NotebookNode) -> None:
    cell = cell_of(notebook, MANUAL)
    cell.update(cell_type="code", source="1.0", outputs=[], execution_count=None)
    cell.metadata.nbgrader.update(solution=False, locked=True)


def repeated_check(notebook: NotebookNode) -> None:
    wrong_romi(notebook)
    check = cell_of(notebook, CHECK_OF["1.8"])
    good = code_cell(
        "romi = lambda d: (d.net_sales_tetri - d.cogs_tetri - d.variable_tetri - d.media_tetri"
        " - d.fees_tetri) / (d.media_tetri + d.fees_tetri)",
        check.id,
    )
    good.metadata = check.metadata
    notebook.cells.insert(place_of(notebook, check.id), good)
    notebook.cells.append(good)


def kernel(**spec: str):
    def change(notebook: NotebookNode) -> None:
        notebook.metadata.kernelspec = spec
        notebook.metadata.language_info = {"name": spec["language"], "version": "9"}

    return change


def long_ids(notebook: NotebookNode) -> None:
    own = [cell for cell in notebook.cells if "nbgrader" not in cell.metadata]
    for cell, id in zip(own, ["x" * 5000, "", 'a" onload="alert(1)', "../..", "ი"], strict=False):
        cell.id = id


def same_ids(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        cell.id = "same"


ATTACKS: list[Attack] = [
    in_notebook(
        "more-points", "tampered metadata", more_points, "1,000 points a check.", marks={"1.8": 0}
    ),
    in_notebook("odd-points", "tampered metadata", odd_points, "Points that are no number."),
    in_notebook(
        "exchanged-names",
        "tampered metadata",
        exchanged_names,
        "The check of a right answer bears the name of the wrong one's; the answers count.",
        marks={"1.1": (0.0, FULL["1.1"]), "1.8": 0.0},
    ),
    in_notebook(
        "other-check",
        "tampered metadata",
        other_check,
        "The check cell says 3.0 and is unlocked.",
        marks={"1.8": 0.0},
    ),
    in_notebook(
        "check-as-solution",
        "tampered metadata",
        solution_check,
        "The check is marked as an answer, which nbgrader would not restore.",
        marks={"1.8": 0.0},
    ),
    in_notebook(
        "check-as-markdown",
        "tampered metadata",
        markdown_check,
        "Two checks became text: of a wrong answer and of a right one.",
        marks={"1.8": 0.0},
    ),
    in_notebook(
        "tags-of-execution",
        "tampered metadata",
        tags,
        "Tags that make nbclient skip cells or forgive errors.",
        marks={"1.8": 0.0},
    ),
    in_notebook(
        "saved-outputs",
        "forged outputs",
        saved_outputs,
        "The outputs of full marks are saved in the notebook.",
        marks={"1.8": 0.0},
        canaries=[OUTPUT_CANARY],
    ),
    in_notebook("no-metadata", "tampered metadata", no_metadata, "Ids are left, metadata gone."),
    in_notebook("odd-metadata", "tampered metadata", odd_metadata, "nbgrader's part is no dict."),
    in_notebook("other-schema", "tampered metadata", other_schema, "Old and future versions."),
    in_notebook(
        "foreign-grades",
        "tampered metadata",
        foreign_grades,
        "Check cells of 100 points that the assignment does not have.",
        marks={"1.8": 0.0},
    ),
    in_notebook(
        "stored-score",
        "tampered metadata",
        stored_score,
        "Scores and comments are in the metadata already.",
        marks={"1.8": 0.0},
    ),
    in_notebook(
        "manual-becomes-check",
        "tampered metadata",
        manual_becomes_check,
        "The sentence that a person grades became a check cell that says 1.0.",
    ),
    in_notebook(
        "repeated-check",
        "tampered metadata",
        repeated_check,
        "Copies of the check hold a rough formula under the check's own name.",
        marks={"1.8": 0.0},
    ),
    in_notebook(
        "bash-kernel",
        "tampered metadata",
        kernel(name="bash", display_name="Bash", language="bash"),
        "The notebook asks for another kernel than the assignment's.",
    ),
    in_notebook(
        "kernel-not-there",
        "natural faults",
        kernel(name="conda-env-ana-py", display_name="Ana", language="python"),
        "The name of the kernel of one's own computer.",
    ),
    in_notebook(
        "kernel-is-a-path",
        "tampered metadata",
        kernel(name="../../../tmp/kernel", display_name="<script>", language="../python"),
        "The kernel's name is a path.",
    ),
    in_notebook("odd-ids", "tampered metadata", long_ids, "Cell ids that the format forbids."),
    in_notebook(
        "same-ids",
        "tampered metadata",
        same_ids,
        "All cells have one id; grade_id still tells them apart.",
    ),
]
