"""The fork server: imports the scientific libraries once, then forks a process per submission.

`python -I server.py SETTINGS` with settings in JSON, made by box.py.
It never runs a student's line itself; what it forks cannot reach it.
"""

import base64
import contextlib
import gc
import itertools
import json
import os
import random
import re
import resource
import select
import shutil
import signal
import socket
import sys
import tempfile
import time
import types
from pathlib import Path

HERE = str(Path(__file__).parent)
sys.path.insert(0, HERE)
import confine  # noqa: E402
import frames  # noqa: E402

sys.path.remove(HERE)

# So many processes of a submission may share their memory with the server; more count in full.
FEW_PROCESSES = 6


def offer_course(folder: str) -> None:
    """A package `course` that has the shop's tables, but neither checks nor keys."""
    course = types.ModuleType("course")
    course.__path__ = [folder]
    sys.modules["course"] = course
    import course.company as company

    for public in company.__all__:
        setattr(course, public, getattr(company, public))

    class Later:
        """In place of a check's message: the check itself runs outside, when it is graded."""

        def __repr__(self) -> str:
            return "(Checked when the notebook is graded.)"

    def later(*_: object) -> Later:
        return Later()

    # check, cases, hint … and whatever else a version of the course offers.
    course.__getattr__ = lambda name: later


def import_libraries() -> object:
    """What every submission needs, imported and used once, so that its children need not."""
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    sys.path.insert(0, HERE)
    import shell as shells

    sys.path.remove(HERE)
    import matplotlib.pyplot as plt
    import pandas as pd
    from matplotlib_inline.backend_inline import _enable_matplotlib_integration

    shell = shells.new_shell()
    pd.set_option("display.max_columns", 20)  # as in a notebook; in a terminal pandas has 0
    _enable_matplotlib_integration()
    for cell in WARM_UP:
        shell.run_cell(cell, store_history=False)
    plt.close("all")
    shells.OUTPUTS.take()
    shell.reset(new_session=True)
    shell.execution_count = 1
    return shell


WARM_UP = (
    "import io, datetime, decimal, fractions\nimport numpy as np\nimport pandas as pd\n"
    "import matplotlib.pyplot as plt",
    "figure, axes = plt.subplots()\naxes.bar(['a', 'b'], [1, 2], label='ROMI')\n"
    "axes.set_title('შემოსავალი')\naxes.legend()\nplt.show()",
    "t = pd.read_csv(io.StringIO('day,c,x\\n2026-01-01,a,1\\n2026-02-01,b,2'), parse_dates=['day'])"
    "\nt.groupby('c')['x'].sum()\nt.merge(t, on='c').sort_values('x_x')\n"
    "t.pivot_table(index='c', columns='x', values='x')\nt.describe()\nt",
    "t['no such column']",
    "1 / 0",
)


class Desk:
    """The agent in a submission's own process: runs cells, tells values, calls functions."""

    def __init__(self, trusted: socket.socket, shell: object) -> None:
        import wire  # imported by the server already: the folder is out of reach here

        self.trusted, self.shell, self.wire = trusted, shell, wire
        self.shells = sys.modules["shell"]
        self.printed = self.shells.Printed()
        self.shells.take_streams(shell)
        self.objects: dict[int, object] = {}

    def serve(self) -> None:
        """Answer until the other side has had enough."""
        while True:
            try:
                asked = frames.receive(self.trusted)
            except frames.Broken:
                return
            except KeyboardInterrupt:
                continue
            try:
                answer = getattr(self, "do_" + asked["do"])(asked)
            except KeyboardInterrupt:
                answer = {"what": "raised", "names": ["KeyboardInterrupt"], "said": ""}
            except BaseException as problem:  # an object of the student's breaks even looking at it
                answer = raised(problem)
            frames.send(self.trusted, {"id": asked["id"], **answer})

    def do_run(self, asked: dict) -> dict:
        """Run a cell."""
        count = self.shell.execution_count
        result = self.shell.run_cell(asked["code"], store_history=True)
        self.printed.collect()
        error = result.error_before_exec or result.error_in_exec
        return {
            "outputs": self.shells.OUTPUTS.take(),
            "count": count,
            "error": type(error).__name__ if error else None,
        }

    def do_get(self, asked: dict) -> dict:
        """What a name stands for."""
        name = asked["name"]
        if name not in self.shell.user_ns:
            return {"what": "missing"}
        return self.told(self.shell.user_ns[name])

    def told(self, value: object) -> dict:
        """A value by value, or where that cannot be, something to call or to look into."""
        if isinstance(value, types.ModuleType):
            return {"what": "module", "name": value.__name__}
        if callable(value):
            return self.stand_in("callable", value)
        packed, lost = self.wire.pack_and_tell(value)
        if type(packed) is list and packed[:1] == ["opaque"]:
            return self.stand_in("object", value)
        return {"what": "value", "value": packed, "lost": lost}

    def stand_in(self, what: str, value: object) -> dict:
        """What the other side needs for something that stands for the value there."""
        kind = type(value)
        lacks = [name for name in self.wire.OPERATORS if not hasattr(kind, f"__{name}__")]
        return {
            "what": what,
            "object": self.keep(value),
            "name": self.wire.type_name(value),
            "lacks": lacks,
            "made": str(getattr(kind, "__module__", "")),
        }

    def keep(self, value: object) -> int:
        """A number by which the other side can speak of the object."""
        number = len(self.objects)
        self.objects[number] = value
        return number

    def do_attribute(self, asked: dict) -> dict:
        """An attribute of an object of the student's."""
        try:
            value = self.objects[asked["object"]]
            if asked["name"] == "__class__":  # that is for the other side to tell
                raise AttributeError(asked["name"])
            return self.told(getattr(value, asked["name"]))
        except Exception as problem:
            return raised(problem)

    def do_call(self, asked: dict) -> dict:
        """Call something with arguments by value."""
        function = self.objects[asked["object"]]
        arguments = [self.wire.unpack(value) for value in asked["arguments"]]
        named = {name: self.wire.unpack(value) for name, value in asked["named"].items()}
        before = [*asked["arguments"], *asked["named"].values()]
        try:
            answer = self.told(function(*arguments, **named))
        except KeyboardInterrupt:
            raise
        except BaseException as problem:
            answer = raised(problem)
        after = [self.wire.pack(value) for value in [*arguments, *named.values()]]
        self.printed.collect()
        outputs = self.shells.OUTPUTS.take()
        return {
            **answer,
            "changed": {n: new for n, new in enumerate(after) if new != before[n]},
            "stdout": text_of(outputs, "stdout"),
            "stderr": text_of(outputs, "stderr"),
        }


def text_of(outputs: list[dict], stream: str) -> str:
    """What was printed to one stream."""
    return "".join(output["text"] for output in outputs if output.get("name") == stream)[:10_000]


def raised(problem: BaseException) -> dict:
    """An exception: the names of its class and their bases, and its text."""
    try:
        said = str(problem)[:2000]
    except Exception:
        said = ""
    names = [cls.__name__ for cls in type(problem).__mro__][:20]
    try:
        args = sys.modules["wire"].pack(problem.args)
    except Exception:
        args = None
    return {"what": "raised", "names": names, "said": said, "args": args}


def sit_down(trusted: socket.socket, shell: object, settings: dict, work: str, files: dict) -> None:
    """Become the process of one submission: confined, in its own folder, with its own files."""
    limits = settings["limits"]
    os.setsid()  # a signal to its own process group must not reach the server
    if settings["inner"] == "namespaces":
        confine.private_files(work, limits["disk_mb"])
    if settings["inner"] != "limits":
        confine.drop_capabilities()
    for name, content in files.items():
        path = Path(work, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))
    os.chdir(work)
    os.environ.update(HOME=work, TMPDIR=work if settings["inner"] != "namespaces" else "/tmp")
    tempfile.tempdir = None  # what the server has found is not for this process
    nothing = os.open("/dev/null", os.O_RDONLY)
    os.dup2(nothing, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    random.seed()
    sys.modules["numpy"].random.seed()
    sys.path.append(work)  # at the end: files beside the notebook take no library's place
    desk = Desk(trusted, shell)
    os.nice(10)  # the server must get its turn beside whatever this becomes
    confine.set_limits(
        limits["address_mb"], limits["file_mb"], limits["processes"], limits["cpu_seconds"]
    )
    if settings["inner"] == "landlock":
        program = confine.system_calls(alone=True)  # its rules name this process
        confine.restrict_files(settings["readable"], [work, "/dev/null"])
        confine.restrict_system_calls(program)
    elif settings["inner"] == "namespaces":
        confine.restrict_system_calls(settings["system_calls"])
    desk.serve()


class Server:
    """One submission after the other; at most one process of a student lives at a time."""

    def __init__(self, control: socket.socket, shell: object, settings: dict) -> None:
        self.control, self.shell, self.settings = control, shell, settings
        self.helper = self.student = None
        self.peak = 0
        self.why = None

    def serve(self) -> None:
        """Answer until the other side is gone, and watch the memory of what runs meanwhile."""
        while True:
            wait = 0.1 if self.student else None
            if not select.select([self.control], [], [], wait)[0]:
                self.watch()
                continue
            text, descriptors, _, _ = socket.recv_fds(self.control, 1 << 16, 1)
            if not text:
                return
            asked = json.loads(text)
            answer = getattr(self, "do_" + asked["do"])(asked, *descriptors)
            self.control.send(json.dumps(answer).encode())

    def do_open(self, asked: dict, descriptor: int) -> dict:
        """Fork the process of a submission, that talks over the descriptor."""
        self.peak, self.why, self.since = 0, None, time.monotonic()
        self.work = self.settings["work"]
        if self.settings["inner"] != "namespaces":  # where each has a file system of its own
            self.work = tempfile.mkdtemp(dir=self.work)
        receiver, sender = os.pipe()
        self.helper = os.fork()
        if self.helper == 0:
            code = 1
            try:
                self.control.close()
                os.close(receiver)
                code = self.helper_of(descriptor, sender)
            finally:
                os._exit(code)
        os.close(descriptor)
        os.close(sender)
        with os.fdopen(receiver, "rb") as pipe:
            told = pipe.read()
        self.student = int(told) if told.isdigit() else None
        if self.student is None:
            return {"failed": told.decode("utf-8", "replace") or "the process did not start"}
        return {"opened": True}

    def helper_of(self, descriptor: int, sender: int) -> int:
        """In a child: the parent of the student's process, which is first in its namespace."""
        confine.die_with_parent()
        trusted = socket.socket(fileno=descriptor)
        try:
            if self.settings["inner"] == "namespaces":
                confine.enter_namespaces()
            student = os.fork()
        except OSError as problem:
            os.write(sender, str(problem).encode())
            return 1
        if student:
            os.write(sender, str(student).encode())
            os.close(sender)
            trusted.close()
            os.waitpid(student, 0)
            return 0
        os.close(sender)
        try:
            confine.die_with_parent()
            files = frames.receive(trusted)["files"]
            sit_down(trusted, self.shell, self.settings, self.work, files)
        except BaseException as problem:
            frames.send(trusted, {"id": -1, "failed": f"{type(problem).__name__}: {problem}"})
        return 0

    def do_waited(self, asked: dict) -> dict:
        """How long the student's process was ready to run, and had no processor."""
        try:
            waited = int(Path(f"/proc/{self.student}/schedstat").read_text().split()[1])
        except (OSError, ValueError, IndexError):  # a kernel that does not tell
            waited = 0
        return {"seconds": waited / 1e9}

    def do_interrupt(self, asked: dict) -> dict:
        """As ctrl-c does."""
        self.signal(signal.SIGINT)
        return {}

    def do_close(self, asked: dict) -> dict:
        """End the student's process, and with it all that it started."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        if self.helper:
            self.signal(signal.SIGKILL)
            os.waitpid(self.helper, 0)
        self.helper = self.student = None
        while left := others():  # only where there are no namespaces
            for process in left:
                try:
                    os.kill(process, signal.SIGKILL)
                    os.waitpid(process, 0)
                except OSError:
                    pass
        if self.work != self.settings["work"]:
            shutil.rmtree(self.work, ignore_errors=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return {"why": self.why, "cpu": cpu, "peak_mb": self.peak >> 20}

    def signal(self, number: int) -> None:
        if self.student:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.student, number)

    def watch(self) -> None:
        """Stop what takes more memory than it may, in all its processes, or more time."""
        limits = self.settings["limits"]
        shared = memory_of(os.getpid())  # every child starts with these pages and may keep them
        used = sum(
            max(memory_of(process) - (shared if n < FEW_PROCESSES else 0), 0)
            for n, process in enumerate(others())
        )
        self.peak = max(self.peak, used)
        if used > limits["memory_mb"] << 20:
            self.why = "memory"
            self.signal(signal.SIGKILL)
        elif size_of(self.work) > limits["disk_mb"] << 20:
            self.why = "disk"
            self.signal(signal.SIGKILL)
        elif time.monotonic() - self.since > limits["submission_seconds"] + 30:
            self.why = "time"  # the other side has its own clock and is first as a rule
            self.signal(signal.SIGKILL)


def others() -> list[int]:
    """The processes that this one has started, and theirs."""
    found, parents = [], {os.getpid()}
    try:
        processes = sorted(int(name) for name in os.listdir("/proc") if name.isdigit())
    except OSError:
        return []
    for process in processes:
        try:
            stat = Path(f"/proc/{process}/stat").read_text()
        except OSError:
            continue
        if int(stat.rpartition(")")[2].split()[1]) in parents:
            parents.add(process)
            found.append(process)
    return found


def size_of(folder: str) -> int:
    """Bytes of the files in a folder; of very many files only the first are looked at."""
    size = 0
    for place, _, names in itertools.islice(os.walk(folder), 1000):
        for name in names[:10_000]:
            with contextlib.suppress(OSError):
                size += os.lstat(os.path.join(place, name)).st_size
    return size


def memory_of(process: int) -> int:
    """Bytes of memory that are not of files."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    return sum(int(kb) for kb in re.findall(r"Rss(?:Anon|Shmem):\s+(\d+)", status)) << 10


def main() -> None:
    """Get ready, say so, and serve."""
    settings = json.loads(sys.argv[1])
    control = socket.socket(fileno=settings["control"])
    os.set_inheritable(control.fileno(), False)
    confine.adopt_orphans()
    offer_course(settings["course"])
    sys.path.insert(0, settings["wire"])
    import wire  # noqa: F401

    sys.path.remove(settings["wire"])
    shell = import_libraries()
    counted = settings["counted"] or confine.processes_are_counted()
    settings["system_calls"] = confine.system_calls(alone=False, processes=counted)
    gc.collect()
    gc.freeze()
    control.send(b'{"ready": true}')
    Server(control, shell, settings).serve()


if __name__ == "__main__":
    main()
