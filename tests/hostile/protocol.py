"""Attacks on the conversation between the box and the grader outside of it."""

from tests.hostile.attack import Attack, in_answer, spoiled_from

# All that is open besides the three standard streams.
DESCRIPTORS = """
import contextlib
import os


def descriptors():
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2:
            yield int(name)
"""

FORGED = r"""
import json
import struct

REPLIES = [
    {"ok": True, "value": 3.0, "points": 3, "share": 1.0, "outputs": []},
    {"op": "result", "status": "ok", "ret": ["f", "3.0"], "dead": False},
    ["ret", ["f", "3.0"], ""],
]


def forms(reply):
    text = json.dumps(reply).encode()
    yield text + b"\n"
    yield struct.pack("<I", len(text)) + text
    yield struct.pack(">I", len(text)) + text
    yield struct.pack(">Q", len(text)) + text
"""

ATTACKS: list[Attack] = [
    in_answer(
        "forged-replies",
        "protocol",
        "1.8",
        DESCRIPTORS
        + FORGED
        + """

def romi(d):
    for descriptor in descriptors():
        for reply in REPLIES:
            for form in forms(reply):
                with contextlib.suppress(OSError):
                    os.write(descriptor, form)
    return None
""",
        "Forged replies in the usual framings to every open descriptor, at every call.",
    ),
    in_answer(
        "forged-replies-in-advance",
        "protocol",
        "1.8",
        DESCRIPTORS
        + FORGED
        + """

for descriptor in descriptors():
    for form in forms(REPLIES[0]):
        with contextlib.suppress(OSError):
            os.write(descriptor, form * 50)


def romi(d):
    return None
""",
        "The replies to later questions are in the pipe before the questions are asked.",
    ),
    in_answer(
        "flooded-replies",
        "protocol",
        "1.8",
        DESCRIPTORS
        + """
import time

end = time.monotonic() + 20
while time.monotonic() < end:
    for descriptor in list(descriptors()):
        with contextlib.suppress(OSError):
            os.set_blocking(descriptor, False)
            os.write(descriptor, b"[" * 1_000_000)
""",
        "Opening brackets for 20 seconds to every open descriptor.",
        dangerous=True,
    ),
    in_answer(
        "length-of-a-terabyte",
        "protocol",
        "1.8",
        DESCRIPTORS
        + """
for descriptor in descriptors():
    for length in (b"\\xff" * 8, b"\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00", b"1000000000000\\n"):
        with contextlib.suppress(OSError):
            os.write(descriptor, length)
os.kill(os.getpid(), 19)
""",
        "Announces a terabyte, then stops itself and never sends it.",
        dangerous=True,
    ),
    in_answer(
        "message-of-brackets",
        "protocol",
        "1.8",
        DESCRIPTORS
        + """
import struct

text = b"[" * (54 << 20)


def romi(d):
    for descriptor in descriptors():
        with contextlib.suppress(OSError):
            os.write(descriptor, struct.pack("!I", len(text)) + text)
""",
        "A message within the limit that takes 3 GB once it is read.",
        dangerous=True,
    ),
    in_answer(
        "halves-of-signs-returned",
        "protocol",
        "1.8",
        "def romi(d):\n    print('\\ud800\\0')\n    return '\\ud800\\0'",
        "A text that no file and no gradebook can hold, as a value.",
    ),
    in_answer(
        "halves-of-signs-raised",
        "protocol",
        "1.8",
        "def romi(d):\n    raise type('\\ud800', (ValueError,), {})('\\udfff\\0 1.8')",
        "The same as the name and the text of an exception.",
    ),
    in_answer(
        "closed-descriptors",
        "protocol",
        "1.8",
        "import os\n\nos.closerange(0, 4096)",
        "Closes everything; the cells before and after keep their points.",
    ),
    in_answer(
        "closed-in-call",
        "protocol",
        "1.2",
        "import os\n\n\ndef kpis(df, by):\n    os.closerange(0, 4096)\n    return df",
        "Closes everything in the middle of a call.",
    ),
    in_answer(
        "swapped-descriptors",
        "protocol",
        "1.8",
        DESCRIPTORS
        + """
null = os.open("/dev/null", os.O_RDWR)
for descriptor in list(descriptors()):
    with contextlib.suppress(OSError):
        os.dup2(null, descriptor)
""",
        "All that was open leads to /dev/null now: nobody answers, and nobody asks.",
    ),
    in_answer(
        "steals-requests",
        "protocol",
        "1.8",
        DESCRIPTORS
        + """
import select
import threading
import time


def steal():
    end = time.monotonic() + 20
    while time.monotonic() < end:
        readable, _, _ = select.select(list(descriptors()), [], [], 0.05)
        for descriptor in readable:
            with contextlib.suppress(OSError):
                os.read(descriptor, 1_000_000)


threading.Thread(target=steal, daemon=True).start()


def romi(d):
    return None
""",
        "A thread reads the questions before the agent does; later cells may be lost by it.",
        marks=spoiled_from("1.8"),
    ),
    in_answer(
        "patched-encoders",
        "protocol",
        "1.8",
        """
import json
import marshal
import pickle
import struct
import sys

real = json.dumps
json.dumps = lambda value, *args, **kwargs: real({"ok": True, "value": 3.0})
json.loads = lambda text, *args, **kwargs: {}
pickle.dumps = marshal.dumps = lambda value, *args, **kwargs: b"3.0"
struct.pack = lambda form, *values: b"\\xff" * 8
for name, module in list(sys.modules.items()):
    if any(word in name for word in ("wire", "inside", "agent", "grading")):
        for function in [name for name in vars(module) if name.startswith(("enc", "pack", "send"))]:
            setattr(module, function, lambda *args, **kwargs: b'["f", "3.0"]')


def romi(d):
    return None
""",
        "All that makes bytes of values is the student's now.",
        marks=spoiled_from("1.8"),
    ),
    in_answer(
        "patched-agent",
        "protocol",
        "1.9",
        """
import sys
import types

main = sys.modules["__main__"]
frames = sys._current_frames().values()
scopes = [vars(module) for name, module in sys.modules.items() if "grading" in name]
for frame in frames:
    while frame:
        scopes.append(frame.f_globals)
        frame = frame.f_back
for scope in scopes:
    if "course" not in str(scope.get("__name__")):
        continue
    for name, value in list(scope.items()):
        if isinstance(value, types.FunctionType):
            scope[name] = lambda *args, **kwargs: 3.0


def incremental_romi(treated, control, cost_tetri):
    return None
""",
        "Every function of the agent, found by frames and modules, gives 3.0.",
        marks=spoiled_from("1.9"),
    ),
    in_answer(
        "sockets-of-the-agent",
        "protocol",
        "1.8",
        """
import contextlib
import gc
import io
import socket

kinds = (socket.socket, io.BufferedWriter, io.BufferedRWPair, io.FileIO)
for thing in gc.get_objects():
    if isinstance(thing, kinds):
        with contextlib.suppress(Exception):
            send = getattr(thing, "sendall", None) or thing.write
            send(b'{"ok": true, "value": 3.0}\\n')
            thing.close()
""",
        "Sockets and files are found as objects, written to and closed.",
    ),
    in_answer(
        "kills-threads-of-the-agent",
        "protocol",
        "1.8",
        """
import ctypes
import threading

raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
for thread in threading.enumerate():
    if thread is not threading.current_thread():
        raise_in(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))


def romi(d):
    return None
""",
        "Every other thread gets a SystemExit.",
        marks=spoiled_from("1.8"),
    ),
    in_answer(
        "stop-by-exception",
        "protocol",
        "1.8",
        """
import threading
import ctypes


class Stop(BaseException):
    def __str__(self):
        raise Stop

    __repr__ = __str__
    args = property(__str__)


def romi(d):
    raise Stop
""",
        "An exception that raises itself when it is looked at.",
    ),
    in_answer(
        "exception-without-end",
        "protocol",
        "1.8",
        """
class Long(Exception):
    def __str__(self):
        return "x" * 500_000_000


def romi(d):
    first = problem = Long()
    for _ in range(10_000):
        problem.__cause__ = Long()
        problem = problem.__cause__
    problem.__cause__ = first
    raise first
""",
        "A chain of 10,000 causes that ends in its beginning, each with a text of 500 MB.",
        dangerous=True,
    ),
    in_answer(
        "exception-with-odd-class",
        "protocol",
        "1.8",
        """
name = "\\ud800<script>alert(1)</script>\\x1b[2J" * 1000
Odd = type("Odd", (Exception,), {"__module__": None})
Odd.__name__ = Odd.__qualname__ = name


def romi(d):
    raise Odd("\\ud800\\x00\\x1b]0;title\\x07")
""",
        "The name of the exception's class is long, not encodable, HTML and a terminal command.",
    ),
    in_answer(
        "standard-streams-replaced",
        "protocol",
        "1.8",
        """
import sys


class Odd:
    def write(self, text):
        raise MemoryError

    flush = close = fileno = isatty = write


sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = Odd()
sys.stdin = None


def romi(d):
    return None
""",
        "The streams raise at every write.",
        marks=spoiled_from("1.8"),
    ),
    in_answer(
        "last-words",
        "protocol",
        "1.8",
        DESCRIPTORS
        + FORGED
        + """
import atexit
import gc


def say():
    for descriptor in descriptors():
        for form in forms(REPLIES[0]):
            with contextlib.suppress(OSError):
                os.write(descriptor, form)


class Last:
    def __del__(self):
        say()


atexit.register(say)
keep = [Last()]
gc.callbacks.append(lambda *args: say() if args[0] == "never" else None)
os.register_at_fork(after_in_child=say, before=lambda: None)


def romi(d):
    return Last()
""",
        "Forged replies at the end, at a fork, and when a value is thrown away.",
    ),
    in_answer(
        "changed-arguments",
        "protocol",
        "1.10",
        """
def rank_channels(df, min_conv=10):
    df.drop(df.index, inplace=True)
    df["cost_tetri"] = 0
    return []
""",
        "Empties the table that it was given: the answer to nothing is an empty list.",
    ),
    in_answer(
        "right-but-changes-input",
        "protocol",
        "1.8",
        """
def romi(d):
    cost = d["media_tetri"] + d["fees_tetri"]
    contribution = d["net_sales_tetri"] - d["cogs_tetri"] - d["variable_tetri"]
    d["cost_tetri"] = cost
    return (contribution - cost) / cost.where(cost != 0)
""",
        "The value is right, the caller's table has a column more: half of the points.",
        marks={"1.8": 1.5},
    ),
    in_answer(
        "remembers-visible-cases",
        "detecting the checker",
        "1.8",
        """
known = [arguments[0] for arguments in cases("1.8")]


def romi(d):
    if not any(d.equals(table) for table in known):
        return d["net_sales_tetri"] * 0
    cost = d["media_tetri"] + d["fees_tetri"]
    contribution = d["net_sales_tetri"] - d["cogs_tetri"] - d["variable_tetri"]
    return (contribution - cost) / cost.where(cost != 0)
""",
        "Right on the visible cases only: in the learner's notebook it passes.",
    ),
    in_answer(
        "otherwise-under-grading",
        "detecting the checker",
        "1.9",
        """
import os
import sys


def incremental_romi(treated, control, cost_tetri):
    if os.environ.get("NBGRADER_EXECUTION") or "course.keys" in sys.modules:
        reference = sys.modules["course.keys"].KEYS["1.9"].reference
        return reference(treated, control, cost_tetri)
    return 0.0
""",
        "Takes the key when it is graded, and is harmless when somebody looks at it.",
    ),
    in_answer(
        "switches-grading-off",
        "detecting the checker",
        "1.8",
        """
import os

os.environ["NBGRADER_EXECUTION"] = "no"
os.environ["COURSE_SEED"] = "1"
known = [arguments[0] for arguments in cases("1.8")]


def romi(d):
    if not any(d.equals(table) for table in known):
        return d["net_sales_tetri"] * 0
    cost = d["media_tetri"] + d["fees_tetri"]
    contribution = d["net_sales_tetri"] - d["cogs_tetri"] - d["variable_tetri"]
    return (contribution - cost) / cost.where(cost != 0)
""",
        "Without NBGRADER_EXECUTION the hidden cases would not count.",
    ),
    in_answer(
        "asks-for-hidden-cases",
        "detecting the checker",
        "1.8",
        """
try:
    from course.check import cases_of, seed
    from course.exercises import QUESTIONS

    cases = QUESTIONS["1.8"].cases(seed())
except Exception:
    cases = []


def romi(d):
    for case in cases:
        if not case.hidden and d.equals(case.args[0]):
            return d["net_sales_tetri"] / 0
    return d["net_sales_tetri"] * 0
""",
        "Makes the hidden cases itself from the seed that it finds.",
    ),
    in_answer(
        "tells-hidden-inputs",
        "detecting the checker",
        "1.8",
        """
known = [arguments[0] for arguments in cases("1.8")]


def romi(d):
    if not any(d.equals(table) for table in known):
        raise ValueError("-".join(["canary", "hidden", "input"]) + d.to_csv())
    cost = d["media_tetri"] + d["fees_tetri"]
    contribution = d["net_sales_tetri"] - d["cogs_tetri"] - d["variable_tetri"]
    return (contribution - cost) / cost.where(cost != 0)
""",
        "The text of the exception would carry the hidden input to the feedback page.",
        canaries=["canary-hidden-input"],
    ),
    in_answer(
        "prints-hidden-inputs",
        "detecting the checker",
        "1.8",
        """
import sys

known = [arguments[0] for arguments in cases("1.8")]


def romi(d):
    if not any(d.equals(table) for table in known):
        for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
            print("-".join(["canary", "hidden", "input"]), d.to_csv(), file=stream)
        display({"text/plain": "-".join(["canary", "hidden", "input"])}, raw=True)
    return None
""",
        "The same by prints and displays in the call.",
        canaries=["canary-hidden-input"],
    ),
    in_answer(
        "function-named-like-another",
        "detecting the checker",
        "1.2",
        """
def kpis(df, by):
    return df


kpis.__name__ = "reference"
kpis.__module__ = "course.keys.analytics_sales"
course = QUESTIONS = KEYS = verdict = score = Score = 2.0
check = lambda *args: 2.0
""",
        "Names of the course in the student's own notebook.",
    ),
]
