"""Ends, signals, threads, children: of the student's own process and of those around it."""

from nbformat import NotebookNode

from tests.hostile.attack import (
    ANSWER_OF,
    TELL,
    Attack,
    cell_of,
    in_answer,
    in_cells,
    in_notebook,
    told,
)

FOUR = ("1.1", "1.5", "1.8", "1.11b")


def four_exits(notebook: NotebookNode) -> None:
    for id in FOUR:
        cell_of(notebook, ANSWER_OF[id]).source = "import os\n\nos._exit(0)"


def ends(name: str, class_: str, code: str, note: str, **more) -> Attack:
    """The answer cell of 1.8 does this instead of defining the function."""
    return in_answer(name, class_, "1.8", code, note, **more)


ATTACKS: list[Attack] = [
    ends("sys-exit", "exit", "import sys\n\nsys.exit(0)", "Leaves by SystemExit."),
    ends("os-exit", "exit", "import os\n\nos._exit(0)", "Leaves at once, with success."),
    ends("quit", "exit", "quit()", "IPython's quit."),
    ends("abort", "exit", "import os\n\nos.abort()", "Dies of SIGABRT, with a core file."),
    ends(
        "exit-of-the-shell",
        "exit",
        "get_ipython().ask_exit()\nget_ipython().kernel.do_shutdown(False)",
        "Asks the kernel to shut down.",
    ),
    ends(
        "exec-another-program",
        "exit",
        'import os\n\nos.execvp("sleep", ["sleep", "55"])',
        "The process becomes another program that says nothing for 55 seconds.",
        dangerous=True,
    ),
    ends(
        "exit-in-call",
        "exit",
        "import os\n\n\ndef romi(d):\n    os._exit(0)",
        "Leaves when it is called.",
    ),
    ends(
        "system-exit-in-call",
        "exit",
        "def romi(d):\n    raise SystemExit(0)",
        "SystemExit when it is called.",
    ),
    ends(
        "keyboard-interrupt-in-call",
        "exit",
        "def romi(d):\n    raise KeyboardInterrupt",
        "As if the instructor had pressed Ctrl+C.",
    ),
    in_notebook(
        "exit-in-four-answers",
        "exit",
        four_exits,
        "Four answers leave: every time the cells before them are run again.",
        marks=dict.fromkeys(FOUR, 0.0),
    ),
    ends(
        "exit-in-the-end",
        "exit",
        "import atexit\nimport os\nimport time\n\natexit.register(time.sleep, 50)",
        "Sleeps at the end of the process, when all else is done.",
        dangerous=True,
    ),
    ends("kill-itself", "kill", "import os\n\nos.kill(os.getpid(), 9)", "kill -9 of itself."),
    ends(
        "kill-parent",
        "kill",
        "import os\n\nos.kill(os.getppid(), 9)",
        "kill -9 of its parent: the fork server, the kernel's keeper or the grader.",
        dangerous=True,
    ),
    ends(
        "kill-group",
        "kill",
        "import os\n\nos.killpg(0, 15)\nos.killpg(0, 9)",
        "Kills its process group.",
        dangerous=True,
    ),
    ends(
        "kill-everybody",
        "kill",
        """
import os

# Unboxed this would end the whole session: it only fires where few processes are in sight.
if sum(name.isdigit() for name in os.listdir("/proc")) < 20:
    os.kill(-1, 15)
    os.kill(-1, 9)
""",
        "Kills every process that it may; in a box those are its own.",
        dangerous=True,
    ),
    ends(
        "stop-parent",
        "kill",
        "import os\n\nos.kill(os.getppid(), 19)",
        "Stops its parent instead of killing it: nothing ends, nothing goes on.",
        dangerous=True,
    ),
    ends(
        "stop-itself",
        "kill",
        "import os\n\nos.kill(os.getpid(), 19)",
        "Stops itself.",
        dangerous=True,
    ),
    ends(
        "signal-parent",
        "signals",
        """
import os
import signal

for number in ("SIGINT", "SIGCHLD", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGHUP", "SIGPIPE"):
    os.kill(os.getppid(), getattr(signal, number))
""",
        "Every signal that a parent might take for a message.",
        dangerous=True,
    ),
    in_cells(
        "ignores-all-signals",
        "signals",
        {
            "1-8-romi": """
import signal

for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
"""
        },
        "No signal but SIGKILL is heard from here on; all answers are right.",
    ),
    ends(
        "blocks-signals-and-hangs",
        "signals",
        """
import signal

signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
signal.setitimer(signal.ITIMER_REAL, 0)
signal.alarm(0)
while True:
    pass
""",
        "All signals are blocked, the alarm is off, and it hangs.",
        dangerous=True,
    ),
    ends(
        "own-alarm",
        "signals",
        """
import os
import signal

signal.signal(signal.SIGALRM, lambda *args: os._exit(0))
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
while True:
    pass
""",
        "An alarm of its own ends the process.",
    ),
    in_cells(
        "threads-that-go-on",
        "threads",
        {
            "1-2-kpis": """
import threading
import time


def work():
    end = time.monotonic() + 60
    while time.monotonic() < end:
        time.sleep(0.01)


for _ in range(20):
    threading.Thread(target=work).start()
"""
        },
        "20 threads that are no daemons: the process does not end by itself for a minute.",
    ),
    in_cells(
        "thread-that-prints",
        "threads",
        {
            "1-2-kpis": """
import sys
import threading
import time


def talk():
    end = time.monotonic() + 20
    while time.monotonic() < end:
        print("still here")
        print("still here", file=sys.stderr)
        time.sleep(0.05)


threading.Thread(target=talk, daemon=True).start()
"""
        },
        "A thread that prints into the outputs of all later cells.",
    ),
    ends(
        "thread-that-exits",
        "threads",
        """
import os
import threading

threading.Timer(0.2, os._exit, [0]).start()


def romi(d):
    import time

    time.sleep(5)
""",
        "A thread ends the process in the middle of a call, or of a later cell.",
        marks={"1.8": 0.0, "1.9": (0.0, 3.0), "1.10": (0.0, 2.0)}
        | {"1.11a": (0.0, 1.0), "1.11b": (0.0, 1.0)},
    ),
    in_cells(
        "many-threads",
        "threads",
        {
            "1-11b-shapley": """
import threading
import time

try:
    for _ in range(3_000):
        threading.Thread(target=time.sleep, args=[20], daemon=True).start()
except RuntimeError as problem:
    print(problem)
"""
        },
        "3,000 threads that sleep, or as many as it gets.",
        marks={"1.11b": (0.0, 1.0)},
        dangerous=True,
    ),
    in_cells(
        "daemon-by-double-fork",
        "leftovers",
        {
            "1-8-romi": """
import os

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 1024)
        os.execvp("sleep", ["hostile-daemon", "59"])
    os._exit(0)
os.wait()
"""
        },
        "A daemon, cut off from its parent, session and streams.",
        leftovers=["hostile-daemon"],
        dangerous=True,
    ),
    in_cells(
        "child-in-own-session",
        "leftovers",
        {
            "1-8-romi": """
import subprocess

command = ["nohup", "bash", "-c", "exec -a hostile-session sleep 59"]
child = subprocess.Popen(command, start_new_session=True)
"""
        },
        "A child in a session of its own that holds the streams open.",
        leftovers=["hostile-session"],
        dangerous=True,
    ),
    in_cells(
        "child-that-forks-on",
        "leftovers",
        {
            "1-8-romi": """
import os
import time

if os.fork() == 0:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        time.sleep(0.01)
        if os.fork():
            os._exit(0)
        os.setsid()
    os._exit(0)
"""
        },
        "A process with another id every 10 ms: who kills by id comes too late.",
        dangerous=True,
    ),
    in_cells(
        "forks-and-both-go-on",
        "leftovers",
        {"1-8-romi": "import os\n\nos.fork()"},
        "From here on there are two of it, and both answer.",
        marks={"1.8": (0.0, 3.0), "1.9": (0.0, 3.0), "1.10": (0.0, 2.0)}
        | {"1.11a": (0.0, 1.0), "1.11b": (0.0, 1.0)},
        dangerous=True,
    ),
    in_cells(
        "multiprocessing",
        "natural faults",
        {
            "1-8-romi": """
import os
from concurrent.futures import ProcessPoolExecutor

try:
    with ProcessPoolExecutor(2) as pool:
        print(list(pool.map(abs, [-1, -2])))
except (OSError, PermissionError) as problem:
    print(type(problem).__name__)
"""
        },
        "An honest pool of two processes.",
    ),
    ends(
        "fork-bomb",
        "fork bomb",
        """
import os
import time

end = time.monotonic() + 20
for _ in range(3_000):
    try:
        if os.fork() == 0:
            time.sleep(20)
            os._exit(0)
    except OSError:
        time.sleep(0.01)
    if time.monotonic() > end:
        break
""",
        "3,000 children, or as many as it gets in 20 seconds.",
        dangerous=True,
    ),
    ends(
        "fork-bomb-that-doubles",
        "fork bomb",
        """
import os
import time

end = time.monotonic() + 20
for _ in range(11):
    try:
        os.fork()
    except OSError:
        pass
while time.monotonic() < end:
    time.sleep(0.5)
""",
        "All children fork as well: 2,048 of them.",
        dangerous=True,
    ),
    ends(
        "shell-bomb",
        "fork bomb",
        """
import subprocess

bomb = 'for n in $(seq 2000); do sleep 15 & done; wait'
subprocess.run(["bash", "-c", bomb], timeout=25)
""",
        "2,000 programs by way of the shell.",
        dangerous=True,
    ),
    in_cells(
        "note-to-the-next",
        "two gradings",
        {
            "1-8-romi": TELL
            + """
import ctypes
import os
import pathlib

for place in ("/tmp", "/var/tmp", "/dev/shm", os.path.expanduser("~"), "/run/lock"):
    note = pathlib.Path(place, "hostile-note.txt")
    if note.exists():
        tell("neighbour")
    try:
        note.write_text("hidden inputs, as I saw them")
    except OSError:
        pass
IPC_CREAT, READ_WRITE = 0o1000, 0o666
libc = ctypes.CDLL(None)
if libc.shmget(47613, 4096, 0) != -1:
    tell("neighbour")
libc.shmget(47613, 4096, IPC_CREAT | READ_WRITE)
"""
        },
        "A note for the next student in shared places: grade it twice.",
        canaries=[told("neighbour")],
        leftovers=[
            f"{place}/hostile-note.txt" for place in ("/tmp", "/var/tmp", "/dev/shm", "/run/lock")
        ],
        dangerous=True,
    ),
    in_cells(
        "waits-for-a-neighbour",
        "two gradings",
        {
            "1-8-romi": """
import os

os.close(os.open("/tmp/hostile-lock", os.O_CREAT | os.O_EXCL))
server = __import__("socket").socket(__import__("socket").AF_UNIX)
try:
    server.bind("\\0hostile-lock")
except PermissionError:
    pass
shared = 1
""",
            "1-9-incremental-romi": "assert shared == 1",
        },
        "A lock file and an abstract socket with fixed names: two gradings must not meet there.",
        leftovers=["/tmp/hostile-lock"],
        dangerous=True,
    ),
    in_cells(
        "touches-locks-of-the-grader",
        "two gradings",
        {
            "1-8-romi": """
import glob
import os

for folder in ("/tmp", "/dev/shm", "/run/user", os.path.expanduser("~")):
    for path in glob.glob(folder + "/*course*") + glob.glob(folder + "/*.lock"):
        try:
            os.rename(path, path + ".hostile")
        except OSError:
            pass
"""
        },
        "Renames everything in shared places that looks like the grader's own.",
        dangerous=True,
    ),
]
