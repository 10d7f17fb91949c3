"""The whole corpus of hostile and faulty submissions through the engine, in one class.

Some of each class, that is; `HOSTILE=all uv run pytest tests/test_hostile.py -n0` grades all of it.
`COURSE_BOX=landlock` tries another tier.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from course.grading import box
from tests import classroom
from tests.hostile import planted
from tests.hostile.attack import CLASSES
from tests.hostile.corpus import ATTACKS
from tests.hostile.judge import leaked_files, left_behind, problems, tree
from tests.hostile.listener import listening

pytestmark = pytest.mark.hostile

TWICE = ("note-to-the-next", "waits-for-a-neighbour")
OF_A_CLASS = 1


def chosen() -> list:
    """All attacks, or a few of each class, from all over it."""
    if os.environ.get("HOSTILE") == "all":
        return ATTACKS
    few = [attack for attack in ATTACKS if attack.name in TWICE]
    for class_ in CLASSES:
        of_class = [attack for attack in ATTACKS if attack.class_ == class_]
        few += of_class[:: max(len(of_class) // OF_A_CLASS, 1)][:OF_A_CLASS]
    return list({attack.name: attack for attack in few}.values())


CHOSEN = chosen()
LIMITS = {"cell_seconds": 5, "call_seconds": 8, "submission_seconds": 60}
NOT_TO_CHANGE = ("source", "submitted", "nbgrader_config.py", "gradebook-backup.txt")


def run(root: Path, home: Path, *command: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=root,
        env={
            **os.environ,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PYTHONPATH": str(classroom.ROOT),
            "HOME": str(home),
            "COURSE_SEED": planted.seed(),
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The class after grading and feedback; what was heard, and what changed on the way."""
    if box.problem_of(box.BUBBLEWRAP) and os.environ.get("CI"):
        pytest.fail(f"CI has bubblewrap: {box.problem_of(box.BUBBLEWRAP)}")
    if box.best() is box.LIMITS:
        pytest.skip("there is no sandbox on this machine, and hostile code will not run without")
    print(f"\nThe sandbox: {box.best().name}")
    root, home = tmp_path_factory.mktemp("class"), tmp_path_factory.mktemp("home")
    shutil.copytree(classroom.ROOT / "source" / "1-analytics", root / "source" / "1-analytics")
    planted.plant(root, home)
    for used_before in (".cache/matplotlib", ".config/matplotlib"):  # as on any machine
        (home / used_before).mkdir(parents=True, exist_ok=True)
    config = (classroom.ROOT / "nbgrader_config.py").read_text("utf-8")
    config = config.replace("Path(__file__).parent.resolve()", repr(str(root)))
    (root / "nbgrader_config.py").write_text(f"{config}\nc.SandboxedExecute.limits = {LIMITS}\n")
    for attack in CHOSEN:
        attack.make(root / "submitted" / attack.name / classroom.ASSIGNMENT)
    run(root, home, "nbgrader", "generate_assignment", classroom.ASSIGNMENT)
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        gradebook.add_student("a-peer", last_name=planted.secret("gradebook"))
    kept = [root / name for name in NOT_TO_CHANGE] + [home, classroom.ROOT / "course"]
    before = tree(*kept)
    with listening() as heard:
        done = run(root, home, "course", "autograde", classroom.ASSIGNMENT, "--jobs", "2")
        again = run(
            root, home, "course", "autograde", classroom.ASSIGNMENT,
            "--force", "--students", *TWICE,
        )  # fmt: skip
        pages = run(root, home, "course", "feedback", classroom.ASSIGNMENT)
    print(done.stdout[-3000:], done.stderr[-3000:], again.stderr[-500:], pages.stderr[-2000:])
    return root, heard, before, tree(*kept)


def test_nobody_came_out_and_nothing_changed(graded):
    _, heard, before, after = graded
    assert heard == []
    assert after == before


@pytest.mark.parametrize("attack", CHOSEN, ids=[attack.name for attack in CHOSEN])
def test_attack(attack, graded):
    root, *_ = graded
    assignment = classroom.ASSIGNMENT
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        book = gradebook.find_submission_notebook(assignment, assignment, attack.name)
        points = {
            grade.name: None if grade.needs_manual_grade else grade.auto_score
            for grade in book.grades
        }
        comments = [comment.comment for comment in book.comments]

    def text(folder: str, suffix: str) -> str:
        file = root / folder / attack.name / assignment / f"{assignment}{suffix}"
        return file.read_text("utf-8") if file.exists() else ""

    page, notebook = text("feedback", ".html"), text("autograded", ".ipynb")
    assert page, "no feedback page"
    found = problems(attack, points, comments, page, notebook, {}, {})
    found += left_behind(attack)
    found += leaked_files(attack, root / "autograded" / attack.name)
    assert found == []
