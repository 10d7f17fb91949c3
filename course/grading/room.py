"""The trusted side of a box: one submission's process at a time, asked for cells and values.

Every answer is checked for its form and believed as an answer only.
"""

import base64
import builtins
import contextlib
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from course.call import Gone, TimeIsUp
from course.grading import wire
from course.grading.box import Box, BoxEnded, Limits, Tier
from course.grading.inside import frames
from course.language import N_, _

REASONS = {
    "memory": N_("it takes too much memory"),
    "disk": N_("it writes too much to the disk"),
    "time": N_("it takes too long"),
}
ENDED = N_("it ends Python itself")
GRACE_SECONDS = 2
LARGEST_OUTPUTS = 24 << 20


@dataclass(frozen=True)
class Ran:
    """What running a cell gave: outputs as the box tells them, and the name of an error."""

    outputs: Any
    count: int | None
    error: str | None
    late: bool = False


class Room:
    """A box for one submission after the other; a new one is started where the old one broke."""

    def __init__(self, limits: Limits | None = None, tier: Tier | None = None) -> None:
        self.limits = limits or Limits()
        self.tier = tier
        self.box = Box(self.limits, tier)

    def desk(self, files: Mapping[str, bytes]) -> "Desk":
        """A new process for a submission, with these files beside the notebook."""
        try:
            return Desk(self.box, files)
        except (BoxEnded, Gone):
            self.close()
            self.box = Box(self.limits, self.tier)
            return Desk(self.box, files)

    def close(self) -> None:
        """End the box."""
        self.box.close()


class Desk:
    """The process of one submission."""

    def __init__(self, box: Box, files: Mapping[str, bytes]) -> None:
        self.box = box
        self.why = ""
        self.asked = 0
        self.calls = 0
        self.largest = frames.LARGEST
        self.cpu_seconds = 0.0
        self.socket, theirs = socket.socketpair()
        with theirs:
            opened = box.ask({"do": "open"}, theirs.fileno())
        self.open = True
        if "failed" in opened:
            self.end(str(opened["failed"]))
        content = {name: base64.b64encode(data).decode() for name, data in files.items()}
        try:
            frames.send(self.socket, {"files": content})
        except frames.Broken as problem:
            self.end(str(problem))

    def ask(self, seconds: float, **what: Any) -> dict:
        """Ask the agent in the box, and wait so long for its answer.

        Raises
        ------
        frames.TooLate
            The answer may still come: `interrupt` and wait, or `end`.
        Gone
        """
        if not self.open:
            raise Gone(self.why)
        self.asked += 1
        self.largest = LARGEST_OUTPUTS if what["do"] == "run" else frames.LARGEST
        try:
            frames.send(self.socket, {"id": self.asked, **what})
            return self.answer(seconds)
        except frames.Broken:
            self.end()
            raise AssertionError("end raises") from None

    def answer(self, seconds: float) -> dict:
        """The answer to the last question."""
        answer = frames.receive(self.socket, seconds, self.largest)
        if not isinstance(answer, dict) or answer.get("id") != self.asked:
            said = answer.get("failed") if isinstance(answer, dict) else ""
            why = _("the answer from the box is none.")
            self.end(f"{why} {said or ''}".strip())
        return answer

    def end(self, why: str = "") -> None:
        """End the process, and say so by `Gone`."""
        self.close(why)
        raise Gone(self.why)

    def close(self, why: str = "") -> None:
        """End the process with all that it started."""
        if not self.open:
            return
        self.open = False
        self.socket.close()
        try:
            closed = self.box.ask({"do": "close"})
        except BoxEnded as problem:
            self.why = why or str(problem)
            self.box.close()
            return
        self.cpu_seconds = closed["cpu"]
        self.why = why or _(REASONS.get(closed["why"], ENDED))

    def run(self, code: str, seconds: float) -> Ran:
        """Run a cell; after so many seconds it is interrupted, and then ended.

        Raises
        ------
        Gone
        """
        late = False
        try:
            answer = self.ask(seconds, do="run", code=code)
        except frames.TooLate:
            late = True
            answer = self.interrupted()
        count, error = answer.get("count"), answer.get("error")
        return Ran(
            answer.get("outputs"),
            count if isinstance(count, int) else None,
            str(error)[:200] if error else None,
            late,
        )

    def interrupted(self) -> dict:
        """The answer after an interrupt."""
        try:
            self.box.ask({"do": "interrupt"})
            return self.answer(GRACE_SECONDS)
        except frames.TooLate:
            self.end(_("it takes too long and cannot be interrupted"))
        except (frames.Broken, BoxEnded):
            self.end()
        raise AssertionError("end raises")

    def get(self, name: str) -> Any:
        """What the name stands for in the submission.

        Raises
        ------
        NameError, Gone
        """
        answer = self.ask(self.box.limits.call_seconds, do="get", name=name)
        if answer.get("what") == "missing":
            raise NameError(f"name {name!r} is not defined", name=name)
        return self.told(answer, name)

    def told(self, answer: dict, name: str) -> Any:
        """The value of an answer: by value, or something to call.

        Raises
        ------
        wire.WireError
            If it has no form that a value may have.
        """
        what = answer.get("what")
        if what == "value":
            return wire.unpack(answer.get("value"))
        if what in ("callable", "object") and isinstance(answer.get("object"), int):
            kind = Remote if what == "callable" else Other
            # Named as its type is there, for messages that tell the type.
            type_name = answer.get("name")
            if wire.is_type_name(type_name):
                kind = type(type_name, (kind,), {})
            return kind(self, answer["object"], name)
        if what == "module":
            return Module(str(answer.get("name"))[:100])
        if what == "raised":
            raise exception(answer)
        raise wire.WireError("no value")


@dataclass(frozen=True)
class Module:
    """A module that the submission has imported under some name."""

    name: str


class Other:
    """An object of the submission's that cannot travel; its attributes may."""

    def __init__(self, desk: Desk, number: int, name: str) -> None:
        self._desk, self._number, self._name = desk, number, name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        seconds = self._desk.box.limits.call_seconds
        try:
            answer = self._desk.ask(seconds, do="attribute", object=self._number, name=name)
        except frames.TooLate:
            with contextlib.suppress(Gone):
                self._desk.interrupted()
            raise TimeIsUp(_("no answer in time")) from None
        return self._desk.told(answer, name)

    def __repr__(self) -> str:
        return _("<a value that cannot be checked>")

    def __eq__(self, other: object) -> bool:
        raise TypeError(_("a value of type {name} cannot be checked", name=type(self).__name__))

    __hash__ = None


class Remote(Other):
    """A function of the submission: called in the box, with arguments and result by value."""

    keeps_time = True  # its limit is the box's, so no alarm is needed here

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        desk = self._desk
        desk.calls += 1
        try:
            answer = desk.ask(
                desk.box.limits.call_seconds,
                do="call",
                object=self._number,
                arguments=[wire.pack(value) for value in arguments],
                named={name: wire.pack(value) for name, value in named.items()},
            )
        except frames.TooLate:
            with contextlib.suppress(Gone):
                desk.interrupted()
            seconds = f"{desk.box.limits.call_seconds:g}"
            raise TimeIsUp(_("no answer within {seconds} seconds", seconds=seconds)) from None
        except BaseException:
            # The answer to this question may still come, and must not be taken for the next one.
            desk.close()
            raise
        self.put_back([*arguments, *named.values()], answer.get("changed"))
        for stream in ("stdout", "stderr"):
            print_to(stream, answer.get(stream))
        return desk.told(answer, f"{self._name}(…)")

    @property
    def __name__(self) -> str:
        return self._name

    def put_back(self, arguments: Sequence[Any], changed: Any) -> None:
        """Do to the arguments here what the function did to them in the box."""
        if not isinstance(changed, dict):
            return
        for number, new in changed.items():
            if number.isdigit() and int(number) < len(arguments):
                replace(arguments[int(number)], wire.unpack(new))


def replace(old: Any, new: Any) -> None:
    """Make a changeable object equal to another of its type."""
    if type(old) is not type(new):
        return
    if isinstance(old, list):
        old[:] = new
    elif isinstance(old, dict | set):
        old.clear()
        old.update(new)
    elif isinstance(old, np.ndarray) and old.shape == new.shape:
        old[...] = new
    elif isinstance(old, pd.DataFrame | pd.Series):
        old._update_inplace(new)


def print_to(stream: str, text: Any) -> None:
    """Print what the function printed, as it would have without a box between."""
    if isinstance(text, str) and text:
        getattr(sys, stream).write(text[:10_000])


def exception(answer: dict) -> BaseException:
    """An exception of the student's: a class with the names of theirs and of its bases, made from
    the built-in one that theirs comes from.
    """
    names = answer.get("names")
    names = [str(name)[:100] for name in names[:20]] if isinstance(names, list) else []
    said = str(answer.get("said"))[:2000]
    made: type = Exception
    for n, name in enumerate(names):
        known = getattr(builtins, name, None)
        if isinstance(known, type) and issubclass(known, Exception):
            names, made = names[:n], known
            break
    made = type(made.__name__, (made,), {"__str__": lambda self: said})
    for name in reversed(names):
        if name not in ("BaseException", "object", TimeIsUp.__name__):  # the clock is on this side
            made = type(name, (made,), {})
    return made.__new__(made)
