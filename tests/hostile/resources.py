"""Too much of everything: memory, disk, output, time, depth; also clocks that lie about it."""

from tests.hostile.attack import TELL, Attack, in_answer, in_cells, told


def takes(name: str, class_: str, code: str, note: str, id: str = "1.8", **more) -> Attack:
    """The answer cell does this instead of defining the function; never without a box."""
    return in_answer(name, class_, id, code, note, **{"dangerous": True, **more})


HANG = "while True:\n    pass"

ATTACKS: list[Attack] = [
    takes(
        "memory-of-python",
        "memory",
        """
held = []
for _ in range(600):
    held.append(bytearray(b"x" * 10_000_000))
""",
        "6 GB in steps of 10 MB.",
    ),
    takes(
        "memory-of-numpy",
        "memory",
        """
held = []
for _ in range(30):
    held.append(np.ones(25_000_000))
""",
        "6 GB in arrays of 200 MB.",
    ),
    takes(
        "memory-in-call",
        "memory",
        """
def romi(d):
    held = []
    for _ in range(30):
        held.append(np.ones(25_000_000))
    return d
""",
        "The same in every call.",
    ),
    takes(
        "memory-error-is-caught",
        "memory",
        """
held = []
end = __import__("time").monotonic() + 40
while __import__("time").monotonic() < end:
    try:
        if len(held) < 600:
            held.append(bytearray(b"x" * 10_000_000))
    except MemoryError:
        pass
""",
        "Takes what it gets, and stays at the limit for 40 seconds.",
    ),
    takes(
        "memory-of-many",
        "memory",
        """
import os
import time

for _ in range(10):
    if os.fork() == 0:
        held = bytearray(b"x" * 600_000_000)
        time.sleep(20)
        os._exit(0)
for _ in range(10):
    os.wait()
""",
        "Ten children with 600 MB each: a limit for one process does not see it.",
    ),
    takes(
        "memory-without-address",
        "memory",
        """
import mmap
import os

for n in range(60):
    file = os.memfd_create(f"part-{n}")
    os.truncate(file, 100_000_000)
    with mmap.mmap(file, 100_000_000) as part:
        part.write(b"x" * 100_000_000)
""",
        "6 GB in files that live in memory and have no name.",
    ),
    takes(
        "disk",
        "disk",
        """
import os

for folder in (".", "/tmp", "/dev/shm", os.path.expanduser("~")):
    for n in range(48):
        path = os.path.join(folder, f"hostile-{n}.bin")
        try:
            with open(path, "wb") as file:
                file.write(b"x" * 64_000_000)
        except OSError as problem:
            print(problem)
            break
""",
        "3 GB into every folder that takes them.",
        leftovers=[f"{place}/hostile-0.bin" for place in ("/tmp", "/dev/shm")],
    ),
    takes(
        "one-big-file",
        "disk",
        """
with open("big.bin", "wb") as file:
    for _ in range(300):
        file.write(b"x" * 10_000_000)
""",
        "3 GB into one file.",
    ),
    takes(
        "deleted-files",
        "disk",
        """
import os

held = []
for n in range(60):
    file = open(f"gone-{n}.bin", "wb")
    file.write(b"x" * 50_000_000)
    file.flush()
    os.unlink(file.name)
    held.append(file)
""",
        "3 GB in files without a name: whoever adds up the folder finds nothing.",
    ),
    takes(
        "inodes",
        "disk",
        """
import os

for n in range(200_000):
    os.close(os.open(f"/tmp/hostile-inode-{n}", os.O_CREAT | os.O_WRONLY))
""",
        "200,000 empty files.",
        leftovers=["/tmp/hostile-inode-0"],
    ),
    takes(
        "output-folders",
        "disk",
        """
import os

for n in range(3000):
    os.mkdir("deeper")
    os.chdir("deeper")
""",
        "3,000 folders in one another: who removes them by path cannot.",
        dangerous=False,
    ),
    takes(
        "stdout-flood",
        "output floods",
        """
import time

end = time.monotonic() + 20
while time.monotonic() < end:
    print("x" * 100_000)
""",
        "20 seconds of output.",
    ),
    takes(
        "stderr-flood",
        "output floods",
        """
import sys
import time

end = time.monotonic() + 20
while time.monotonic() < end:
    sys.stderr.write("x\\n" * 1000)
""",
        "The same on stderr, in short lines.",
    ),
    takes(
        "display-flood",
        "output floods",
        """
import time

from IPython.display import HTML, display

end = time.monotonic() + 20
while time.monotonic() < end:
    display(HTML("<b>x</b>" * 1000))
""",
        "Displays without number.",
    ),
    takes(
        "descriptor-flood",
        "output floods",
        """
import os
import time

end = time.monotonic() + 20
while time.monotonic() < end:
    for descriptor in (1, 2):
        try:
            os.write(descriptor, b"x" * 65536)
        except OSError:
            pass
""",
        "Past Python: bytes straight to the descriptors 1 and 2.",
    ),
    takes(
        "flood-of-a-child",
        "output floods",
        'import subprocess\n\nsubprocess.run("timeout 20 yes hostile", shell=True)',
        "A program that the notebook starts floods the streams.",
    ),
    takes(
        "flood-in-call",
        "output floods",
        """
def romi(d):
    while True:
        print("x" * 100_000)
""",
        "Prints without end in every call.",
    ),
    takes(
        "one-giant-display",
        "output floods",
        """
from IPython.display import display

display({"text/plain": "x" * 300_000_000}, raw=True)
raise ValueError("y" * 300_000_000)
""",
        "One display and one exception of 300 MB.",
    ),
    takes(
        "metadata-flood",
        "output floods",
        """
from IPython.display import display

deep = {}
for _ in range(5000):
    deep = {"x": deep}
try:
    display({"application/json": deep}, raw=True, metadata={"x": "y" * 50_000_000})
finally:
    display({f"type/{n}": "x" for n in range(100_000)}, raw=True)
""",
        "A display with 100,000 types, deep data and 50 MB of metadata.",
    ),
    takes("loop", "stubborn loops", HANG, "The plain endless loop.", dangerous=False),
    takes(
        "loop-that-catches-all",
        "stubborn loops",
        """
while True:
    try:
        while True:
            pass
    except:
        pass
""",
        "A bare except around the endless loop eats every interrupt.",
    ),
    takes(
        "loop-in-finally",
        "stubborn loops",
        """
def again():
    try:
        while True:
            pass
    finally:
        again()


again()
""",
        "Every interrupt leads into the next loop.",
    ),
    takes(
        "loop-without-interrupts",
        "stubborn loops",
        f"import signal\n\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n{HANG}",
        "SIGINT is ignored.",
    ),
    takes(
        "loop-in-call",
        "stubborn loops",
        """
def romi(d):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
""",
        "Every call hangs and catches all.",
    ),
    takes(
        "keeps-its-own-time",
        "stubborn loops",
        """
class Romi:
    keeps_time = timeout = deadline = property(lambda self: True)

    def __call__(self, d):
        while True:
            pass


romi = Romi()
""",
        "Says of itself what only the grader may say: that somebody else looks at the clock.",
    ),
    takes(
        "sleep-in-call",
        "stubborn loops",
        "import time\n\n\ndef romi(d):\n    time.sleep(3600)",
        "Every call sleeps for an hour: it costs no CPU time.",
    ),
    takes(
        "waits-for-nothing",
        "stubborn loops",
        """
import os
import threading

lock = threading.Lock()
lock.acquire()
os.set_blocking(0, True)
os.read(0, 1)
lock.acquire()
""",
        "Reads from standard input, then waits for a lock that nobody opens.",
    ),
    takes(
        "loop-in-display",
        "stubborn loops",
        """
class Slow:
    def __repr__(self):
        while True:
            pass

    _repr_html_ = __str__ = __repr__


Slow()
""",
        "The cell is done; showing its value never ends.",
    ),
    takes(
        "loop-in-exception",
        "stubborn loops",
        """
class Slow(Exception):
    def __str__(self):
        while True:
            pass


raise Slow
""",
        "The text of the exception never ends.",
    ),
    takes(
        "loop-at-reading",
        "stubborn loops",
        """
class Slow(float):
    def __float__(self):
        while True:
            pass

    __iter__ = __len__ = __array__ = __getattr__ = __float__


def romi(d):
    return Slow()
""",
        "The call is quick; reading its value never ends.",
    ),
    takes(
        "regex",
        "hangs in C",
        'import re\n\nre.match(r"(a+)+$", "a" * 64 + "b")',
        "A catastrophic regular expression.",
    ),
    takes("power", "hangs in C", "10 ** (10 ** 9)", "A number of a billion digits."),
    takes(
        "digits",
        "hangs in C",
        """
import sys

sys.set_int_max_str_digits(0)
text = str(7 ** 20_000_000)
""",
        "The decimal digits of a big number.",
    ),
    takes("sum-of-range", "hangs in C", "sum(range(10**13))", "Hours in one call of C."),
    takes(
        "sort",
        "hangs in C",
        "while True:\n    np.sort(np.random.rand(100_000_000))",
        "numpy sorts 800 MB again and again.",
    ),
    takes(
        "convolve-in-call",
        "hangs in C",
        "def romi(d):\n    return np.convolve(np.ones(3_000_000), np.ones(3_000_000))",
        "Hours in one call of numpy, in every case.",
    ),
    takes(
        "recursion",
        "recursion",
        "def romi(d):\n    return romi(d)",
        "The function calls itself.",
        dangerous=False,
    ),
    takes(
        "recursion-without-limit",
        "recursion",
        """
import sys

sys.setrecursionlimit(10**9)


def romi(d):
    return [romi(d)]
""",
        "Without Python's limit the stack of C overflows.",
    ),
    takes(
        "recursion-in-json",
        "recursion",
        """
import json

deep = "[" * 10_000_000


def romi(d):
    return json.loads(deep)
""",
        "JSON of ten million brackets.",
    ),
    takes(
        "recursion-in-repr",
        "recursion",
        """
class Deep:
    def __repr__(self):
        return repr(self)


Deep()
""",
        "A text form that asks for itself.",
        dangerous=False,
    ),
    takes(
        "deep-expression",
        "recursion",
        'eval("(" * 90 + "1" + ")" * 90)\neval("-" * 5_000_000 + "1")',
        "The parser of Python overflows.",
    ),
    in_answer(
        "clock-stands-still",
        "faked clock and chance",
        "1.8",
        f"""
import time

time.time = time.monotonic = time.perf_counter = time.process_time = lambda: 0.0
time.sleep = lambda seconds: None
{HANG}
""",
        "No time passes in Python, and it hangs: limits measured inside never end.",
    ),
    in_cells(
        "clock-goes-back",
        "faked clock and chance",
        {
            "1-8-romi": TELL
            + """
import ctypes
import os
import time

os.environ["TZ"] = "Pacific/Kiritimati"
time.tzset()
os.environ["LD_PRELOAD"] = "/usr/lib/faketime/libfaketime.so.1"
os.environ["FAKETIME"] = "-10y"
try:
    # The time that it is: harmless where it works, but it must not work.
    time.clock_settime(time.CLOCK_REALTIME, time.time())
    tell("clock")
except OSError as problem:
    print(problem)
time.time = lambda: -1e18
"""
        },
        "Another time zone, a false clock, and the attempt to set the machine's.",
        canaries=[told("clock")],
        dangerous=True,
    ),
    in_answer(
        "chance-is-fixed",
        "faked clock and chance",
        "1.9",
        """
import os
import random

random.seed(2026)
np.random.seed(2026)
random.random = np.random.rand = lambda *args: 0.5
np.random.default_rng = lambda *args: None
os.urandom = lambda n: b"0" * n
os.environ["PYTHONHASHSEED"] = "0"


def incremental_romi(treated, control, cost_tetri):
    return 0.5
""",
        "Whoever draws hidden inputs in this process gets known ones.",
    ),
]
