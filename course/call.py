"""Calling an answer on a case: on a copy of the input, in silence, for a limited time."""

import builtins
import contextlib
import copy
import io
import math
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from course.exercise import Case, Result
from course.language import _

SECONDS_PER_CALL = 10
KEPT_OUTPUT = 2000


class TimeIsUp(BaseException):
    """Not an Exception, so that a learner's `except Exception` does not swallow it."""


class NobodyAnswers(Exception):
    """The answer asks a person for something by `input()`."""


class Gone(Exception):
    """The process in which an answer runs has ended; the text says why."""


@contextlib.contextmanager
def time_limit(seconds: float, of_processor: bool = False) -> Iterator[None]:
    """Raise `TimeIsUp` in the block after so many seconds, by the clock or of the processor, where
    the system can (not on Windows, not outside the main thread; there nbgrader's own time limit for
    a cell still holds).
    """
    in_main_thread = threading.current_thread() == threading.main_thread()
    if seconds == math.inf or not hasattr(signal, "setitimer") or not in_main_thread:
        yield
        return

    def stop(*about: Any) -> None:
        raise TimeIsUp(_("no answer within {seconds} seconds", seconds=f"{seconds:g}"))

    clock, alarm = (
        (signal.ITIMER_PROF, signal.SIGPROF)
        if of_processor
        else (signal.ITIMER_REAL, signal.SIGALRM)
    )
    before = signal.signal(alarm, stop)
    signal.setitimer(clock, seconds)
    try:
        yield
    finally:
        signal.setitimer(clock, 0)
        signal.signal(alarm, before)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """In the block nobody is asked for input, and nothing ends the learner's kernel: both would
    leave a notebook that answers no cell any more.
    """

    def no_input(*about: Any) -> None:
        raise NobodyAnswers(_("`input()` was called"))

    def no_exit(*about: Any) -> None:
        raise SystemExit(_("`exit()` was called"))

    asked = builtins.input
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    builtins.input = no_input
    if shell:
        shell.ask_exit = no_exit
    try:
        yield
    finally:
        builtins.input = asked
        if shell:
            vars(shell).pop("ask_exit", None)


def unchanged(before: Any, after: Any) -> bool:
    """Whether an argument is still what it was.

    >>> unchanged([pd.DataFrame({"cost": [1]})], [pd.DataFrame({"cost": [2]})])
    False
    """
    if type(before) is not type(after):
        return False
    if isinstance(before, pd.DataFrame | pd.Series | pd.Index):
        return before.equals(after)
    if isinstance(before, np.ndarray):
        return before.dtype == after.dtype and np.array_equal(before, after)
    if isinstance(before, dict):
        return list(before) == list(after) and all(unchanged(before[k], after[k]) for k in before)
    if isinstance(before, list | tuple):
        return len(before) == len(after) and all(map(unchanged, before, after))
    return before == after or (before != before and after != after)


def call(answer: Callable, case: Case, seconds: float = SECONDS_PER_CALL) -> Result:
    """Call the answer on a copy of the case's input; nothing it does comes out but the result.

    Anything on stderr would make nbgrader give no points at all, so warnings, too, are kept in.
    `seconds` may be infinite.
    """
    args = copy.deepcopy(case.args)
    printed = io.StringIO()
    try:
        with (
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(io.StringIO()),
            warnings.catch_warnings(),
            alone(),
            # A remote answer has its own limit: it kills the process at the other end, while an
            # alarm here would only leave a call half read. A learner who sets this on a function
            # waits for it, and gains nothing else: the time of a cell is limited all the same.
            time_limit(math.inf if getattr(answer, "keeps_time", False) else seconds),
        ):
            warnings.simplefilter("ignore")
            value = answer(*args)
    except KeyboardInterrupt:
        raise
    except BaseException as problem:
        names = tuple(cls.__name__ for cls in type(problem).__mro__)
        return Result(raised=names, error=str(problem), printed=printed.getvalue()[:KEPT_OUTPUT])
    return Result(
        value=value,
        changed_input=not unchanged(case.args, args),
        printed=printed.getvalue()[:KEPT_OUTPUT],
    )
