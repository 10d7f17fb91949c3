"""What a learner has done so far, kept in the folder `.course` of the workspace."""

import contextlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path

from course.exercise import Verdict
from course.exercises import EXERCISES
from course.files import write_whole
from course.language import _, number

SIGNS = {"right": "✓", "wrong": "✗", "not attempted": "·", "cannot check": "?"}
COLOURS = {"right": "#2e7d32", "wrong": "#b3541e"}


class Progress:
    """The record of each exercise: outcome of the last check, number of checks and of hints.

    Outside a workspace (in grading, in a class's own folder) it lives only as long as the kernel.
    """

    def __init__(self, workspace: Path | None = None) -> None:
        self.file = workspace / ".course" / "progress.json" if workspace else None
        self.records: dict[str, dict] = {}
        if self.file and self.file.exists():
            try:
                self.records = dict(json.loads(self.file.read_text(encoding="utf-8")))
            except (ValueError, TypeError):
                # Not ours to repair, nor to lose: it stays beside the new one.
                os.replace(self.file, self.file.with_suffix(".broken.json"))

    def record(self, id: str) -> dict:
        return self.records.setdefault(id, {"outcome": "not attempted", "checks": 0, "hints": 0})

    def add_check(self, id: str, verdict: Verdict) -> None:
        record = self.record(id)
        record["checks"] += verdict.outcome in ("right", "wrong")
        # What was right once stays done: an experiment after it takes nothing away.
        if record["outcome"] != "right":
            record["outcome"] = verdict.outcome
        record["mistake"] = verdict.mistake
        record["when"] = datetime.now(UTC).isoformat(timespec="seconds")
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

    def outcome(self, id: str) -> str:
        return self.records.get(id, {}).get("outcome", "not attempted")

    def by_skill(self) -> dict[str, list[str]]:
        """The exercise ids of each skill, in order: {"0": ["0.1", …], "1": […]}."""
        skills: dict[str, list[str]] = {}
        for id in EXERCISES:
            skills.setdefault(id.split(".")[0], []).append(id)
        return skills

    def points(self, ids: list[str]) -> tuple[float, int]:
        """Points for the exercises whose last check was right, and points in all."""
        right = sum(EXERCISES[id].points for id in ids if self.outcome(id) == "right")
        return right, sum(EXERCISES[id].points for id in ids)

    def __str__(self) -> str:
        lines = []
        for skill, ids in self.by_skill().items():
            right, points = self.points(ids)
            signs = "  ".join(f"{id} {SIGNS[self.outcome(id)]}" for id in ids)
            earned = _("{right} of {points} points", right=number(f"{right:g}"), points=points)
            module = _("Module {skill}", skill=skill)
            lines.append(f"{module}   {earned}\n  {signs}")
        lines.append(_("✓ right   ✗ not yet   · not attempted"))
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_svg_(self) -> str:
        cell, gap, left = 44, 4, 90
        rows = []
        for row, (skill, ids) in enumerate(self.by_skill().items()):
            y = row * (cell + 10)
            right, points = self.points(ids)
            module = _("Module {skill}", skill=skill)
            earned = _("{right} of {points}", right=number(f"{right:g}"), points=points)
            rows.append(
                f'<text x="0" y="{y + 18}" font-weight="bold">{module}</text>'
                f'<text x="0" y="{y + 35}">{earned}</text>'
            )
            for column, id in enumerate(ids):
                x = left + column * (cell + gap)
                outcome = self.outcome(id)
                colour = COLOURS.get(outcome)
                rows.append(
                    f'<rect x="{x}" y="{y}" width="{cell}" height="{cell}" rx="5" '
                    f'fill="{colour or "none"}" stroke="{colour or "#888"}"/>'
                    f'<g fill="{"#fff" if colour else "#777"}" text-anchor="middle">'
                    f'<text x="{x + cell / 2}" y="{y + 18}">{id}</text>'
                    f'<text x="{x + cell / 2}" y="{y + 36}">{SIGNS[outcome]}</text></g>'
                )
        skills = self.by_skill()
        width = left + max(map(len, skills.values()), default=0) * (cell + gap)
        height = len(skills) * (cell + 10)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'font-family="sans-serif" font-size="13" fill="#777" role="img">'
            f"<title>{self}</title>{''.join(rows)}</svg>"
        )
