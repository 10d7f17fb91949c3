"""What a learner has done so far, kept in the folder `.course` of the workspace."""

import contextlib
import html
import json
import os
import textwrap
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from course.exercise import Verdict
from course.exercises import EXERCISES, WRITINGS, in_order
from course.files import write_whole
from course.language import N_, _, number
from course.saved import Saved, digest, in_workspace, is_stub, is_written

SIGNS = {
    "right": "✓",
    "was right": "(✓)",
    "wrong": "✗",
    "not attempted": "·",
    "cannot check": "?",
    "written": "✎",
}
LEGEND = N_(
    "✓ right now   (✓) was right once   ✗ not yet   · not attempted   ✎ written, for a person"
)
COLOURS = {"right": "#2e7d32", "wrong": "#b3541e", "written": "#4a6785"}
IN_A_ROW, LETTERS = 12, 75  # JupyterLab cuts a picture off that is wider than its page
NOTHING = {"outcome": "not attempted", "checks": 0, "hints": 0}


class Progress:
    """The record of each exercise: outcome of the last check and of the last grading, when it was
    right, of which text, number of checks and of hints.

    What is right *now* is what was right and still stands in the saved notebook. Outside a
    workspace (in grading, in a class's own folder) the record lives only as long as the kernel.
    """

    def __init__(self, workspace: Path | None = None) -> None:
        self.workspace = workspace
        self.file = workspace / ".course" / "progress.json" if workspace else None
        self.records: dict[str, dict] = {}
        if self.file and self.file.exists():
            try:
                self.records = dict(json.loads(self.file.read_text(encoding="utf-8")))
            except (ValueError, TypeError):
                # Not ours to repair, nor to lose: it stays beside the new one.
                os.replace(self.file, self.file.with_suffix(".broken.json"))

    def record(self, id: str) -> dict:
        return self.records.setdefault(id, dict(NOTHING))

    def add_check(self, id: str, verdict: Verdict, source: str | None = None) -> None:
        """Keep what a check said, and of which cell's text where that is known."""
        record = self.record(id)
        record["checks"] += verdict.outcome in ("right", "wrong")
        # Before the time was kept: it was right at the latest when it was last checked.
        if record["outcome"] == "right":
            record.setdefault("right_at", record.get("when"))
        record["outcome"] = verdict.outcome
        record["mistake"] = verdict.mistake
        record["when"] = now()
        record["text"] = digest(source) if source else None
        if verdict.outcome == "right":
            record["right_at"] = record["when"]
        self.save()

    def add_grade(self, id: str, points: float, out_of: float, text: str) -> None:
        """Keep what the grading with all cases gave for the text of an answer cell."""
        graded = {"points": points, "of": out_of, "text": digest(text), "when": now()}
        self.record(id)["graded"] = graded
        self.save()

    def add_text(self, id: str, text: str) -> None:
        """Keep that the learner has written a text, not the text itself."""
        self.record(id)["text"] = digest(text)
        self.save()

    def add_hint(self, id: str) -> int:
        """Count a hint and return how many were asked for before it."""
        record = self.record(id)
        record["hints"] += 1
        self.save()
        return record["hints"] - 1

    def save(self) -> None:
        """Write the file whole or not at all; a check works even where nothing can be saved."""
        if not self.file:
            return
        with contextlib.suppress(OSError):
            write_whole(self.file, json.dumps(self.records, indent=1).encode())

    @cached_property
    def saved(self) -> dict[str, tuple[Saved, str]]:
        """The notebook and the text of each exercise's answer cell, as they lie on the disk."""
        notebooks = list(in_workspace(self.workspace)) if self.workspace else []
        return {
            id: (notebook, text)
            for id, exercise in (EXERCISES | WRITINGS).items()
            for notebook in reversed(notebooks)
            if (text := notebook.answer(exercise)) is not None
        }

    def state(self, id: str) -> str:
        """What it is now, a key of SIGNS: "right", "was right", "wrong", "written" …"""
        record = self.records.get(id, NOTHING)
        if id in WRITINGS:
            written = id in self.saved and is_written(self.saved[id][1])
            return "written" if written or record.get("text") else "not attempted"
        graded = self.graded(id)
        newer = graded and graded["when"] >= record.get("when", "")
        if newer and graded["points"] >= graded["of"]:
            return "right"
        if record["outcome"] == "right" and not self.is_changed(id):
            return "right"
        if record["outcome"] == "right" or record.get("right_at"):
            return "was right"
        return record["outcome"]

    def is_unsaved(self, id: str) -> bool:
        """Whether the notebook on the disk is older than the right answer, and does not have it."""
        record = self.records.get(id, NOTHING)
        if id not in self.saved or record["outcome"] != "right" or not record.get("text"):
            return False
        notebook = self.saved[id][0]
        return record["text"] not in notebook.code() and notebook.when <= moment(record["when"])

    def is_changed(self, id: str) -> bool:
        """Whether the notebook was saved after the last check with another answer than its."""
        record = self.records.get(id, NOTHING)
        if id not in self.saved or not record.get("when"):
            return False
        notebook, text = self.saved[id]
        if notebook.when <= moment(record["when"]):
            return False
        if record.get("text"):
            return record["text"] not in notebook.code()
        return is_stub(text)  # a check that does not know its text, as one outside a notebook

    def graded(self, id: str) -> dict | None:
        """What the last grading gave, if the saved notebook still has the text that was graded."""
        graded = self.records.get(id, NOTHING).get("graded")
        same = graded and id in self.saved and digest(self.saved[id][1]) == graded["text"]
        return graded if same else None

    def by_skill(self) -> dict[str, list[str]]:
        """The exercise ids of each skill, in order: {"0": ["0.1", …], "1": […]}."""
        skills: dict[str, list[str]] = {}
        for id in sorted(EXERCISES | WRITINGS, key=lambda id: in_order((EXERCISES | WRITINGS)[id])):
            skills.setdefault(id.split(".")[0], []).append(id)
        return skills

    def points(self, ids: list[str]) -> tuple[float, int]:
        """Points for the exercises that are right now, and points of all that a program checks."""
        checked = [id for id in ids if id in EXERCISES]
        right = sum(EXERCISES[id].points for id in checked if self.state(id) == "right")
        return right, sum(EXERCISES[id].points for id in checked)

    def remarks(self) -> list[str]:
        """What the signs alone would leave open: a line each."""
        lines = []
        if unsaved := [id for id in EXERCISES if self.is_unsaved(id)]:
            lines.append(
                _("Right, but not saved yet (Ctrl+S): {exercises}", exercises=", ".join(unsaved))
            )
        for id in EXERCISES:
            graded = self.graded(id)
            if graded and graded["points"] < graded["of"] and self.state(id) == "right":
                lines.append(
                    _(
                        "{id}: right on the visible cases; `course grade` gave {points} of {all} "
                        "with the hidden ones.",
                        id=id,
                        points=number(f"{graded['points']:g}"),
                        all=number(f"{graded['of']:g}"),
                    )
                )
        return lines

    def why_not(self, id: str, points: float, out_of: float) -> str:
        """Why a grading gave less than the check in the notebook said; empty if it did not."""
        record = self.records.get(id, NOTHING)
        right_at = record.get("right_at") or (record["outcome"] == "right" and record.get("when"))
        if not right_at or points >= out_of:
            return ""
        at = at_time(right_at)
        if self.is_unsaved(id):
            return _(
                "{id} was right at {time}, the saved file has another answer: save the notebook "
                "(Ctrl+S) and grade again",
                id=id,
                time=at,
            )
        if record["outcome"] != "right" or self.is_changed(id):
            return _("{id} was right at {time}; its answer has been changed since", id=id, time=at)
        return _("{id} was right at {time} on the visible cases, not on all", id=id, time=at)

    def __str__(self) -> str:
        lines = []
        for skill, ids in self.by_skill().items():
            right, points = self.points(ids)
            signs = "  ".join(f"{id} {SIGNS[self.state(id)]}" for id in ids)
            earned = _("{right} of {points} points", right=number(f"{right:g}"), points=points)
            module = _("Module {skill}", skill=skill)
            lines.append(f"{module}   {earned}\n  {signs}")
        lines.append(_(LEGEND))
        return "\n".join([*lines, *self.remarks()])

    __repr__ = __str__

    def _repr_svg_(self) -> str:
        cell, gap, left = 44, 4, 90
        rows, y = [], 0
        for skill, ids in self.by_skill().items():
            right, points = self.points(ids)
            module = _("Module {skill}", skill=skill)
            earned = _("{right} of {points}", right=number(f"{right:g}"), points=points)
            rows.append(
                f'<text x="0" y="{y + 18}" font-weight="bold">{module}</text>'
                f'<text x="0" y="{y + 35}">{earned}</text>'
            )
            for n, id in enumerate(ids):
                if n and n % IN_A_ROW == 0:
                    y += cell + gap
                x = left + n % IN_A_ROW * (cell + gap)
                outcome = self.state(id)
                colour = COLOURS.get(outcome)
                rows.append(
                    f'<rect x="{x}" y="{y}" width="{cell}" height="{cell}" rx="5" '
                    f'fill="{colour or "none"}" stroke="{colour or "#888"}"/>'
                    f'<g fill="{"#fff" if colour else "#777"}" text-anchor="middle">'
                    f'<text x="{x + cell / 2}" y="{y + 18}">{id}</text>'
                    f'<text x="{x + cell / 2}" y="{y + 36}">{SIGNS[outcome]}</text></g>'
                )
            y += cell + 10
        for text in (_(LEGEND), *self.remarks()):
            for line in textwrap.wrap(text, LETTERS):
                y += 18
                rows.append(f'<text x="0" y="{y - 4}">{html.escape(line)}</text>')
        width = left + IN_A_ROW * (cell + gap)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" '
            f'font-family="sans-serif" font-size="13" fill="#777" role="img">'
            f"<title>{html.escape(str(self))}</title>{''.join(rows)}</svg>"
        )


def now() -> str:
    """The time as a record keeps it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def moment(when: str) -> float:
    """A record's time as a file's is given."""
    return datetime.fromisoformat(when).timestamp()


def at_time(when: str) -> str:
    """A record's time for its reader: 14:02, with the day where that is not today."""
    local = datetime.fromisoformat(when).astimezone()
    today = local.date() == datetime.now().astimezone().date()
    return f"{local:%H:%M}" if today else f"{local:%Y-%m-%d %H:%M}"
