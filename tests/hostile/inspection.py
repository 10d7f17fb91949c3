"""Looking for the right answer in the memory, the frames and the modules of whoever checks."""

from tests.hostile.attack import TELL, Attack, in_answer, told

ATTACKS: list[Attack] = [
    in_answer(
        "climbs-frames",
        "inspection",
        "1.8",
        """
import sys


def romi(d):
    frame = sys._getframe()
    while frame:
        for value in list(frame.f_locals.values()):
            key = getattr(value, "key", value)
            if hasattr(key, "reference"):
                return key.reference(d)
        frame = frame.f_back
    return d["net_sales_tetri"] * 0
""",
        "The caller's frames hold the answer key.",
    ),
    in_answer(
        "searches-memory",
        "inspection",
        "1.9",
        TELL
        + """
import gc


def incremental_romi(treated, control, cost_tetri):
    for thing in gc.get_objects():
        if type(thing).__name__ == "Key" and "incremental" in thing.reference.__name__:
            tell("key")
            return thing.reference(treated, control, cost_tetri)
    return 0.0
""",
        "Every answer key that lives in the process is found by the garbage collector.",
        canaries=[told("key")],
    ),
    in_answer(
        "takes-expected-values",
        "inspection",
        "1.10",
        """
import sys


def rank_channels(df, min_conv=10):
    frame = sys._getframe()
    while frame:
        for value in list(frame.f_locals.values()):
            if type(value).__name__ != "Expected":
                continue
            for case, reading in zip(value.cases, value.right):
                if case.args[0].equals(df):
                    return [tuple(pair.values()) for pair in reading.value]
        frame = frame.f_back
    return []
""",
        "The values that are expected, computed before, are in the caller's frames.",
    ),
    in_answer(
        "searches-functions",
        "inspection",
        "1.3",
        TELL
        + """
import gc
import types


def adjusted_lift(df):
    for thing in gc.get_objects():
        if isinstance(thing, types.FunctionType) and "course.keys" in str(thing.__module__):
            tell("function")
            if thing.__name__ == "adjusted_lift":
                return thing(df)
    return 0.0
""",
        "The same by the functions of the keys' modules.",
        canaries=[told("function")],
    ),
    in_answer(
        "number-that-asks-its-reader",
        "inspection",
        "1.6a",
        """
import sys


class Asks(int):
    def __int__(self):
        frame = sys._getframe(1)
        while frame:
            for value in list(frame.f_locals.values()):
                key = getattr(value, "key", value)
                if hasattr(key, "reference"):
                    return int(key.reference(*self.given))
            frame = frame.f_back
        return 0

    def __float__(self):
        return float(int(self))

    __index__ = __int__


def clean_conversions(conv):
    value = Asks(0)
    value.given = (conv,)
    return value
""",
        "A lazy number works itself out from the frames of whoever reads it.",
    ),
    in_answer(
        "imports-keys",
        "stolen keys",
        "1.8",
        """
try:
    from course.keys import KEYS

    print("-".join(["canary", "keys", "reached"]))
    romi = KEYS["1.8"].reference
except ImportError:
    romi = None
""",
        "The answer keys are a module of the course.",
        canaries=[told("keys")],
    ),
    in_answer(
        "asks-for-the-solution",
        "stolen keys",
        "1.8",
        """
from course import check, solution

namespace = {"pd": pd, "np": np}
try:
    check("1.8", lambda d: d)
    exec(solution("1.8").text, namespace)
    print("-".join(["canary", "solution", "reached"]))
except Exception as problem:
    print(type(problem).__name__)
romi = namespace.get("romi")
""",
        "`solution` opens after an attempt; while grading it must not.",
        canaries=[told("solution")],
    ),
    in_answer(
        "reads-keys-as-files",
        "stolen keys",
        "1.8",
        TELL
        + """
import importlib.util
import pathlib
import sys


def places():
    for folder in [*sys.path, *pathlib.Path.cwd().parents]:
        yield from pathlib.Path(folder).glob("course/keys/*.py")
        yield from pathlib.Path(folder).glob("*/keys/analytics_*.py")


for file in places():
    try:
        text = file.read_text()
    except OSError:
        continue
    if "reference" in text:
        tell("keyfile")
        spec = importlib.util.spec_from_file_location("stolen", file)
        stolen = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(stolen)
        romi = getattr(stolen, "romi", None)
""",
        "The keys' files, looked for in every folder of the path.",
        canaries=[told("keyfile")],
    ),
    in_answer(
        "reads-memory-of-parent",
        "inspection",
        "1.8",
        TELL
        + """
import os
import re

parent = os.getppid()
with open(f"/proc/{parent}/maps") as maps, open(f"/proc/{parent}/mem", "rb") as memory:
    for line in maps:
        start, end = (int(n, 16) for n in re.match(r"(\\w+)-(\\w+)", line).groups())
        if "[heap]" in line or "[stack]" in line:
            memory.seek(start)
            if re.search(rb"COURSE_SEED=\\d{5}", memory.read(min(end - start, 50_000_000))):
                tell("seed")
""",
        "The parent's memory holds its environment, and with it the seed of the hidden cases.",
        canaries=[told("seed")],
        dangerous=True,
    ),
    in_answer(
        "writes-memory-of-parent",
        "inspection",
        "1.8",
        """
import os
import re

parent = os.getppid()
with open(f"/proc/{parent}/maps") as maps:
    ranges = [line for line in maps if "[stack]" in line]
with open(f"/proc/{parent}/mem", "r+b", buffering=0) as memory:
    start, end = (int(n, 16) for n in re.match(r"(\\w+)-(\\w+)", ranges[0]).groups())
    memory.seek(start)
    memory.write(b"\\xff" * (end - start))
""",
        "Overwrites the parent's stack: whoever starts the students' processes would die.",
        dangerous=True,
    ),
    in_answer(
        "traces-parent",
        "inspection",
        "1.8",
        TELL
        + """
import ctypes
import os

PTRACE_ATTACH = 16
libc = ctypes.CDLL(None)
if libc.ptrace(PTRACE_ATTACH, os.getppid(), 0, 0) == 0:
    tell("ptrace")
""",
        "A debugger on the parent stops it, reads it and changes it.",
        canaries=[told("ptrace")],
        dangerous=True,
    ),
    in_answer(
        "writes-own-memory",
        "inspection",
        "1.8",
        """
import re

with open("/proc/self/maps") as maps:
    line = next(line for line in maps if "libpython" in line or "python" in line)
start, end = (int(n, 16) for n in re.match(r"(\\w+)-(\\w+)", line).groups())
with open("/proc/self/mem", "r+b", buffering=0) as memory:
    memory.seek(start)
    memory.write(b"\\xcc" * (end - start))
""",
        "Overwrites its own interpreter.",
    ),
    in_answer(
        "crash-by-null-pointer",
        "exit",
        "1.8",
        "import ctypes\n\n\ndef romi(d):\n    return ctypes.string_at(0)",
        "A segmentation fault at every call.",
    ),
    in_answer(
        "crash-in-cell",
        "exit",
        "1.2",
        "import ctypes\n\nctypes.string_at(0)",
        "A segmentation fault in the cell: the cells before and after it keep their points.",
    ),
    in_answer(
        "changes-constants-of-python",
        "inspection",
        "1.11b",
        """
import ctypes

for number in range(2, 6):
    ctypes.c_long.from_address(id(number) + 24).value = 1


def shapley(v):
    return {}
""",
        "In CPython 2 is 1 from here on; nothing comes after this exercise.",
    ),
    in_answer(
        "trace-function",
        "inspection",
        "1.8",
        """
import sys


def spy(frame, event, argument):
    if "reference" in frame.f_locals:
        raise KeyError("the caller dies of this")
    for name in ("points", "share", "score"):
        if name in frame.f_locals:
            frame.f_locals[name] = 1.0
    return spy


sys.settrace(spy)
sys.setprofile(lambda *args: None)


def romi(d):
    return d["net_sales_tetri"] * 0
""",
        "A tracer sees and changes the frames that check the answer; it stays on for later cells.",
    ),
    in_answer(
        "audit-hook",
        "inspection",
        "1.11b",
        """
import sys


def refuse(event, arguments):
    if event in ("open", "exec", "compile", "socket.sendto"):
        raise RuntimeError("refused by the student")


def shapley(v):
    return {}


sys.addaudithook(refuse)
""",
        "An audit hook cannot be taken away again; nothing comes after this exercise.",
    ),
]
