"""The corpus is whole and sound, the judge sees what it should, and stock nbgrader falls for it."""

import dataclasses
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from tests import classroom
from tests.hostile import planted
from tests.hostile.attack import CHECK_OF, CLASSES, FILE, FULL, MANUAL, Attack
from tests.hostile.corpus import ATTACKS, BY_NAME
from tests.hostile.judge import active, left_behind, problems, tree
from tests.hostile.listener import PORT, listening

# What stock nbgrader makes of these, as the beginning of a problem that the judge must find.
STOCK_FALLS_FOR = {
    "always-equal-text": "1-4b-rates-check: forged",
    "judge-says-right": "1-8-romi-check: forged",
    "climbs-frames": "1-8-romi-check: forged",
    "searches-memory": "1-9-incremental-romi-check: forged",
    "imports-keys": "leaked: canary-keys-reached",
    "ast-transformer": "1-2-kpis-check: forged",
    "fake-course-in-sys-modules": "1-8-romi-check: forged",
    "course-beside": "1-10-rank-channels-check: left ungraded",
    "os-exit": "1-8-romi-check: left ungraded",
    "reads-source-and-gradebook": "leaked: canary-source",
    "html-in-outputs": "active on the feedback page: <script>",
    "not-json": "refused without a reason",
}
if os.environ.get("HOSTILE") != "all":  # stock nbgrader takes its time
    FEW = ("judge-says-right", "os-exit", "html-in-outputs", "not-json")
    STOCK_FALLS_FOR = {name: STOCK_FALLS_FOR[name] for name in FEW}


def full_marks() -> dict:
    return {CHECK_OF[id]: points for id, points in FULL.items()} | {MANUAL: None}


def found(attack: Attack, points: dict, **more) -> list[str]:
    given = {
        "comments": [],
        "feedback_html": "",
        "autograded_text": "",
        "tree_before": {},
        "tree_after": {},
        **more,
    }
    return problems(attack, points, **given)


def test_every_class_has_attacks():
    assert {attack.class_ for attack in ATTACKS} == set(CLASSES)
    assert len(ATTACKS) == len(BY_NAME) >= 90


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])
def test_attack_is_well_formed(attack, tmp_path):
    folder = tmp_path / "student" / classroom.ASSIGNMENT
    attack.make(folder)
    assert folder.is_dir()
    assert not set(attack.marks) - set(FULL)
    for points in attack.deserved().values():
        assert 0 <= points[0] <= points[1]
    # A canary in the submission itself would prove nothing; saved outputs are thrown away.
    if (folder / FILE).is_file() and not (folder / FILE).is_symlink() and attack.canaries:
        cells = json.loads((folder / FILE).read_bytes())["cells"]
        sources = "".join(cell["source"] for cell in cells)
        assert not [canary for canary in attack.canaries if canary in sources]


def test_making_is_deterministic(tmp_path):
    for name in ("always-equal-text", "hundred-megabytes-of-output", "zip-slip", "html-names"):
        trees = []
        for n in ("first", "second"):
            BY_NAME[name].make(tmp_path / n / name)
            made = tree(tmp_path / n / name).items()
            trees.append({path.removeprefix(str(tmp_path / n)): print for path, print in made})
        assert trees[0] == trees[1]


def test_deserved_marks_are_no_problem():
    assert found(BY_NAME["perfect"], full_marks()) == []
    attack = BY_NAME["judge-says-right"]
    assert found(attack, full_marks() | {"1-8-romi-check": 0.0}) == []
    assert found(attack, full_marks()) == [
        "1-8-romi-check: forged, 3 points where at most 0 are deserved"
    ]


def test_missing_and_strange_marks_are_problems():
    lost = full_marks() | {"1-1-net-sales-check": 0.0}
    assert "at least 2" in found(BY_NAME["perfect"], lost)[0]
    ungraded = full_marks() | {"1-1-net-sales-check": None}
    assert found(BY_NAME["perfect"], ungraded) == ["1-1-net-sales-check: left ungraded"]
    assert "without a person" in found(BY_NAME["perfect"], full_marks() | {MANUAL: 1.0})[0]
    assert "does not have it" in found(BY_NAME["perfect"], full_marks() | {"bonus": 1.0})[0]


def test_refusal_needs_a_reason():
    nothing = dict.fromkeys([*CHECK_OF.values(), MANUAL])
    reason = ["The file is no notebook: it stops in the middle."]
    truncated = BY_NAME["truncated"]
    assert found(truncated, nothing, comments=reason) == []
    assert found(truncated, nothing, comments=[None, ""])
    assert found(truncated, dict.fromkeys(nothing, 0.0), comments=reason)
    assert found(BY_NAME["perfect"], nothing, comments=reason)
    assert found(BY_NAME["utf-16"], nothing, comments=reason) == []
    assert found(BY_NAME["utf-16"], full_marks()) == []


def test_leaks_tampering_and_forged_messages_are_problems():
    perfect = BY_NAME["perfect"]
    assert found(perfect, full_marks(), comments=[planted.secret("home")])
    assert found(perfect, full_marks(), feedback_html=f"<p>{planted.seed()}</p>")
    before, after = {"a": "1", "b": "1"}, {"b": "2", "c": "1"}
    assert found(perfect, full_marks(), tree_before=before, tree_after=after) == [
        "appeared: c",
        "gone: a",
        "changed: b",
    ]
    cell = {
        "cell_type": "code",
        "metadata": {"nbgrader": {"grade_id": "1-8-romi-check"}},
        "outputs": [{"data": {"text/html": "<strong>✓ 1.8 romi: right</strong>"}}],
    }
    text = json.dumps({"cells": [cell]})
    wrong = full_marks() | {"1-8-romi-check": 0.0}
    assert found(BY_NAME["os-exit"], wrong, autograded_text=text)
    assert not found(perfect, full_marks(), autograded_text=text)
    assert found(perfect, full_marks(), autograded_text="no notebook")


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<svg onload=alert(1)>",
        "<iframe srcdoc=x></iframe>",
        "<object data=x></object>",
        "<embed src=x>",
        "<img src=x onerror=alert(1)>",
        "<a href='java&#9;script:alert(1)'>x</a>",
        "<a href=' JaVaScript:alert(1)'>x</a>",
        "<a href='data:text/html,x'>x</a>",
        "<svg><a xlink:href='javascript:alert(1)'>x</a></svg>",
        "<img src='http://example.com/a.png'>",
        "<img src='//example.com/a.png'>",
        "<img srcset='a.png 1x, https://example.com/a.png 2x'>",
        "<svg><image href='http://example.com/a.png'/></svg>",
        "<p style='background: url(http://example.com)'>x</p>",
        "<style>.score { display: none }</style>",
        "<link rel=stylesheet href=a.css>",
        "<meta http-equiv=refresh content='0;url=http://example.com'>",
        "<form action='http://example.com'></form>",
        "<base href='http://example.com'>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "<script src=MathJax.js></script><p>$\\href{javascript:alert(1)}{x}$</p>",
    ],
)
def test_active_html_is_seen(html):
    assert active(html)


@pytest.mark.parametrize(
    "html",
    [
        "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>",
        "<pre>onerror=alert(1) javascript:alert(1)</pre>",
        "<a href='https://example.com'>x</a><a href='#top'>x</a>",
        "<img src='data:image/png;base64,AAAA' alt='x'>",
        "<img src='data:image/svg+xml;base64,AAAA' alt='x'>",
        "<p style='color: red'>x</p>",
        "<script src=MathJax.js></script><pre>$\\href{javascript:alert(1)}{x}$</pre>",
    ],
)
def test_harmless_html_is_left_alone(html):
    assert not [what for what in active(html) if "MathJax" not in what]


def test_listener_hears(tmp_path):
    with listening() as heard:
        socket.create_connection(("127.0.0.1", PORT)).close()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"hello", ("127.0.0.1", PORT))
        for _ in range(100):
            if len(heard) == 2:
                break
            time.sleep(0.05)
    assert len(heard) == 2


def test_leftovers_are_seen(tmp_path):
    file = tmp_path / "left"
    attack = dataclasses.replace(BY_NAME["perfect"], leftovers=[str(file), "hostile-test-sleeper"])
    assert left_behind(attack) == []
    file.touch()
    argv = ["hostile-test-sleeper", "30"]
    with subprocess.Popen(argv, executable=shutil.which("sleep")) as sleeper:
        while not Path(f"/proc/{sleeper.pid}/cmdline").read_bytes():
            pass  # for a moment after its exec a process has no command line
        assert len(left_behind(attack)) == 2
        sleeper.kill()


@pytest.fixture(scope="module")
def stock(tmp_path_factory):
    """A course graded by stock nbgrader, without a box: only attacks that harm nobody."""
    root = tmp_path_factory.mktemp("stock")
    home = tmp_path_factory.mktemp("home")
    planted.plant(root, home)
    shutil.copytree(
        classroom.ROOT / "source" / classroom.ASSIGNMENT,
        root / "source" / "1-analytics",
        dirs_exist_ok=True,
    )
    (root / "nbgrader_config.py").write_text("c = get_config()\n")
    for name in [*STOCK_FALLS_FOR, "perfect"]:
        assert not BY_NAME[name].dangerous
        BY_NAME[name].make(root / "submitted" / name / classroom.ASSIGNMENT)
    for command in ("generate_assignment", "autograde", "generate_feedback"):
        subprocess.run(
            [Path(sys.executable).parent / "nbgrader", command, classroom.ASSIGNMENT],
            cwd=root,
            env={
                **os.environ,
                "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
                "HOME": str(home),
            },
            capture_output=True,
            timeout=600,
            check=False,
        )
    return root


def problems_of_stock(root: Path, name: str) -> list[str]:
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as book:
        try:
            graded = book.find_submission_notebook(classroom.ASSIGNMENT, classroom.ASSIGNMENT, name)
            points = {grade.name: grade.auto_score for grade in graded.grades}
            comments = [comment.comment for comment in graded.comments]
        except Exception:
            points, comments = {}, []

    def text(folder: str, suffix: str) -> str:
        file = root / folder / name / classroom.ASSIGNMENT / f"{classroom.ASSIGNMENT}{suffix}"
        return file.read_text("utf-8") if file.exists() else ""

    page, notebook = text("feedback", ".html"), text("autograded", ".ipynb")
    return problems(BY_NAME[name], points, comments, page, notebook, {}, {})


@pytest.mark.pipeline
def test_stock_grades_the_perfect_submission(stock):
    assert problems_of_stock(stock, "perfect") == []


@pytest.mark.pipeline
@pytest.mark.parametrize("name", STOCK_FALLS_FOR)
def test_stock_falls_for_the_attack(stock, name):
    seen = problems_of_stock(stock, name)
    assert [problem for problem in seen if problem.startswith(STOCK_FALLS_FOR[name])], seen
