"""The box that a student's code runs in: what this machine can offer, and how it is started.

Tiers, the best first. *bubblewrap*: namespaces of its own, so no network, no sight of other files
or processes. *landlock*: the kernel refuses other files, network, new processes and signals.
*limits*: a process of its own with limits on memory, time and files, and nothing more.
"""

import contextlib
import functools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from course.grading import GradingError
from course.grading.inside import confine
from course.language import N_, _

INSIDE = Path(__file__).parent / "inside"
WIRE = Path(__file__).parent / "wire.py"
COURSE = Path(__file__).parent.parent
VISIBLE = ("company", "files.py", "language.py")
WORK = "/submission"
KERNELS = "/tmp/jupyter/kernels"  # in the box
GROUP = "course-box-"
SERVER_MB = 600
SERVER_PROCESSES = 16
TIER = "COURSE_BOX"  # the environment variable that asks for a lower tier than the best


class BoxEnded(Exception):
    """The fork server in a box has ended, or does not answer; the text says why."""


class NoBox(GradingError):
    """No box can be started here; the text says why and what to do."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use; memory is of all its processes together."""

    submission_seconds: float = 120
    cell_seconds: float = 30
    call_seconds: float = 10
    cpu_seconds: int = 150
    memory_mb: int = 1500
    address_mb: int = 4096
    processes: int = 32
    file_mb: int = 64
    disk_mb: int = 128


@dataclass(frozen=True)
class Tier:
    """A way to isolate: `inner` is what each submission adds to the box around the server."""

    name: str
    inner: str
    protects: str
    lacks: str = ""
    better: str = ""


BUBBLEWRAP = Tier(
    "bubblewrap",
    "namespaces",
    N_(
        "no network; no sight of the gradebook, the keys, the home folder, other submissions or "
        "other processes; limits on time, memory, processes, files and output; nothing outlives a "
        "grading"
    ),
)
BUBBLEWRAP_LANDLOCK = Tier(
    "bubblewrap, inside it landlock",
    "landlock",
    N_("as bubblewrap; submissions are kept apart by Landlock and may not start other programs"),
    lacks=N_("namespaces for each submission (they are switched off inside namespaces here)"),
)
LANDLOCK = Tier(
    "landlock",
    "landlock",
    N_(
        "no network; no other files can be opened; no new processes, no signals to others; limits "
        "on time, memory and files"
    ),
    lacks=N_("names and sizes of files can be seen; the list of processes too"),
    better=N_("Install bubblewrap (`apt install bubblewrap`) and allow user namespaces."),
)
LIMITS = Tier(
    "limits",
    "limits",
    N_("limits on time, memory and files, in a process of its own"),
    lacks=N_("a submission can read and write what you can, use the network and start programs"),
    better=N_(
        "Grade on Linux: with bubblewrap (`apt install bubblewrap`), or a kernel from 5.13 on "
        "with Landlock and the package pyseccomp. On Windows and macOS a virtual machine or a "
        "container with Linux does."
    ),
)
TIERS = (BUBBLEWRAP, BUBBLEWRAP_LANDLOCK, LANDLOCK, LIMITS)


@functools.cache
def best() -> Tier:
    """The best tier of this machine, tried out; or the one that COURSE_BOX names.

    Raises
    ------
    NoBox
        If the one named does not work here, or the system has no fork.
    """
    asked = os.environ.get(TIER)
    if asked:
        tier = next((tier for tier in TIERS if tier.name == asked), None)
        if tier is None:
            names = ", ".join(repr(tier.name) for tier in TIERS)
            raise NoBox(
                _(
                    "{variable} is {asked}; it may be {names}.",
                    variable=TIER,
                    asked=repr(asked),
                    names=names,
                )
            )
        if problem := problem_of(tier):
            raise NoBox(
                _(
                    "{variable} asks for {tier}, which does not work here: {problem}",
                    variable=TIER,
                    tier=tier.name,
                    problem=_(problem),
                )
            )
        return tier
    if problem := problem_of(LIMITS):
        raise NoBox(_(problem))
    return next(tier for tier in TIERS if not problem_of(tier))


@functools.cache
def problem_of(tier: Tier) -> str:
    """Why the tier does not work here, in English; empty where it does."""
    if not hasattr(os, "fork"):
        return N_("this system cannot fork processes; grade on Linux, for example in WSL.")
    if tier is LIMITS:
        return ""
    if sys.platform != "linux":
        return N_("it needs Linux")
    if tier.inner == "landlock":
        if not confine.landlock_version():
            return N_("this kernel has no Landlock")
        if not confine.system_calls(alone=True):
            return N_("the package pyseccomp or its library libseccomp is missing")
    if tier is LANDLOCK:
        return ""
    if not shutil.which("bwrap"):
        return N_("the program bwrap is not installed")
    program = "import sys; sys.path.insert(0, sys.argv[1]); import confine\n"
    if tier.inner == "namespaces":
        program += (
            "import os; confine.enter_namespaces()\n"
            f"if os.fork() == 0: confine.private_files({WORK!r}, 1); os._exit(0)\n"
            "sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))"
        )
    command = [*bubblewrap(), sys.executable, "-I", "-c", program, str(INSIDE)]
    tried = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    said = tried.stderr.strip().splitlines()
    if tried.returncode == 0:
        return ""
    return said[-1] if said else N_("it ends without a word")


def python_folders() -> list[str]:
    """Where the interpreter and its libraries are."""
    folders = {
        sys.prefix,
        sys.base_prefix,
        str(Path(sys.executable).parent),
        str(Path(os.path.realpath(sys.executable)).parent),
        *(sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib", "platstdlib")),
    }
    real = {os.path.realpath(folder) for folder in folders} | folders
    return sorted(folder for folder in real if not folder.startswith("/usr/"))


def course_folders() -> list[str]:
    """What of the course a submission may see: the shop's tables, and the box's own programs."""
    return [str(COURSE / name) for name in VISIBLE] + [str(INSIDE), str(WIRE)]


def bubblewrap(work: str = "", kernel: str = "") -> list[str]:
    """The command line up to the program that shall run in the box.

    Its work folder is empty, or one of this machine's that it may write into. `kernel` is the
    folder of a kernel's kernel.json.
    """
    command = ["bwrap", "--unshare-all", "--unshare-user", "--die-with-parent", "--new-session"]
    command += ["--cap-drop", "ALL", "--hostname", "box", "--uid", "1000", "--gid", "1000"]
    command += ["--clearenv"]
    for name, value in environment().items():
        command += ["--setenv", name, value]
    command += ["--ro-bind", "/usr", "/usr"]
    for folder in ("/lib", "/lib64", "/bin", "/sbin"):
        if os.path.islink(folder):
            command += ["--symlink", os.readlink(folder), folder]
        elif os.path.isdir(folder):
            command += ["--ro-bind", folder, folder]
    for file in ("/etc/ld.so.cache", "/etc/fonts", "/etc/localtime", "/etc/alternatives"):
        command += ["--ro-bind-try", file, file]
    command += ["--proc", "/proc", "--dev", "/dev"]
    for folder, megabytes in (("/tmp", 16), ("/dev/shm", 16), (WORK, Limits.disk_mb)):
        command += ["--size", str(megabytes << 20), "--tmpfs", folder]
    if work:
        command += ["--bind", work, WORK]
    if kernel:
        command += ["--ro-bind", kernel, f"{KERNELS}/{Path(kernel).name}"]
        command += ["--setenv", "JUPYTER_PATH", os.path.dirname(KERNELS)]
    for folder in python_folders():
        command += ["--ro-bind", folder, folder]
    # Where the course itself stands among the libraries, only its visible parts are there.
    for fonts in known_fonts():
        command += ["--ro-bind", str(fonts), f"/tmp/matplotlib/{fonts.name}"]
    command += ["--size", str(1 << 20), "--tmpfs", str(COURSE)]
    for path in course_folders():
        command += ["--ro-bind", path, path]
    for path in (str(COURSE), "/dev", "/"):  # nothing lasts from one submission to the next
        command += ["--remount-ro", path]
    return [*command, "--chdir", WORK, "--"]


def known_fonts() -> list[Path]:
    """matplotlib's list of fonts, where it is made already: making it takes a second."""
    import matplotlib

    return sorted(Path(matplotlib.get_cachedir()).glob("fontlist-*.json"))


def environment() -> dict[str, str]:
    """The environment of the box: nothing of the grader's own."""
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "HOME": "/tmp",
        "IPYTHONDIR": "/tmp/ipython",
        "MPLCONFIGDIR": "/tmp/matplotlib",
        "MPLBACKEND": "agg",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "NBGRADER_EXECUTION": "autograde",
    }


def readable_folders() -> list[str]:
    """What Landlock lets a submission read."""
    system = ["/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/fonts", "/etc/localtime"]
    devices = ["/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"]
    libraries = [str(path) for folder in python_folders() for path in landlock_parts(Path(folder))]
    return [*system, *devices, *libraries, *course_folders()]


def landlock_parts(folder: Path) -> Sequence[Path]:
    """The folder; where the course lies inside, the parts of it that do not hold the course."""
    if not COURSE.is_relative_to(folder):
        return [folder]
    return [
        part
        for child in sorted(folder.iterdir())
        if child != COURSE
        for part in landlock_parts(child)
    ]


class Group:
    """A control group around a box: the kernel counts its processes and memory.

    Only the administrator can make one, and only for him it is needed: to everybody else the
    limit on processes applies.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = list(folders)

    @classmethod
    def of(cls, limits: Limits) -> "Group | None":
        """A new group with these limits; None where the system lets nobody make one."""
        root, name = Path("/sys/fs/cgroup"), f"{GROUP}{uuid.uuid4().hex[:12]}"
        memory = (limits.memory_mb + 3 * limits.disk_mb + SERVER_MB) << 20
        files = {"pids": "pids.max", "memory": "memory.limit_in_bytes"}
        if (root / "cgroup.controllers").exists():  # version 2: one folder for both
            files = {"": "pids.max", ".": "memory.max"}
        group = cls([])
        try:
            for controller, file in files.items():
                for left in (root / controller).glob(f"{GROUP}*"):
                    with contextlib.suppress(OSError):
                        left.rmdir()  # of a grader that was killed; one in use stays
                folder = root / controller / name
                folder.mkdir(exist_ok=True)
                group.folders.append(folder)
                most = limits.processes + SERVER_PROCESSES if "pids" in file else memory
                (folder / file).write_text(str(most))
        except OSError:
            group.remove()
            return None
        return group

    def enter(self) -> None:
        """Put this process, and all that it will start, into the group."""
        for folder in self.folders:
            (folder / "cgroup.procs").write_text(str(os.getpid()))

    def remove(self) -> None:
        """Remove the group once its processes have ended."""
        for folder in self.folders:
            for _attempt in range(50):
                try:
                    folder.rmdir()
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.02)
                else:
                    break


class Box:
    """A running box with the fork server in it, and the socket to talk to it."""

    def __init__(self, limits: Limits, tier: Tier | None = None) -> None:
        self.limits, self.tier = limits, tier or best()
        self.folder = None
        if self.tier.name.startswith("bubblewrap"):
            before, environ, self.work = bubblewrap(), {"PATH": os.environ["PATH"]}, WORK
        else:
            self.folder = tempfile.mkdtemp(prefix="course-box-")
            self.work = f"{self.folder}/work"
            Path(self.work).mkdir()
            before, environ = (
                [],
                {
                    **environment(),
                    "HOME": self.folder,
                    "IPYTHONDIR": f"{self.folder}/ipython",
                    "MPLCONFIGDIR": f"{self.folder}/matplotlib",
                },
            )
        self.group = Group.of(limits) if hasattr(os, "geteuid") and os.geteuid() == 0 else None
        settings = {
            "counted": self.group is not None,
            "inner": self.tier.inner,
            "limits": asdict(limits),
            "course": str(COURSE),
            "wire": str(WIRE.parent),
            "work": self.work,
            "readable": readable_folders() if self.tier.inner == "landlock" else [],
        }
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        settings["control"] = theirs.fileno()
        server = [sys.executable, "-I", str(INSIDE / "server.py"), json.dumps(settings)]
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the box is)
        try:
            self.process = subprocess.Popen(
                [*before, *server],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self.log,
                env=environ,
                cwd="/",
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
                # Before the first line of bubblewrap, which forks.
                preexec_fn=self.group.enter if self.group else None,
            )
        except OSError as problem:
            raise NoBox(_("The box cannot be started: {problem}", problem=problem)) from None
        finally:
            theirs.close()
        self.ready()

    def ready(self) -> None:
        """Wait until the server has imported its libraries."""
        self.control.settimeout(120)
        try:
            said = self.control.recv(1 << 16)
        except OSError:
            said = b""
        if not said:
            self.close()
            raise NoBox(
                _(
                    "The box ({tier}) did not start: {said}",
                    tier=self.tier.name,
                    said=self.last_words(),
                )
            )
        self.control.settimeout(30)

    @property
    def descriptors(self) -> tuple[int, ...]:
        """The open files that another process needs to talk to it."""
        return self.control.fileno(), self.log.fileno()

    def last_words(self) -> str:
        """What the server wrote to stderr at the end."""
        self.log.seek(0)
        return self.log.read()[-2000:].decode("utf-8", "replace")

    def ask(self, what: dict, descriptor: int | None = None) -> dict:
        """Ask the fork server for something.

        Raises
        ------
        BoxEnded
        """
        try:
            descriptors = [] if descriptor is None else [descriptor]
            socket.send_fds(self.control, [json.dumps(what).encode()], descriptors)
            said = self.control.recv(1 << 16)
        except OSError as problem:
            raise BoxEnded(_("the box does not answer: {problem}", problem=problem)) from None
        if not said:
            raise BoxEnded(_("the box has ended: {said}", said=self.last_words()))
        return json.loads(said)

    def close(self) -> None:
        """End the server and everything inside the box."""
        if self.process.returncode is not None:
            return
        self.control.close()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.group:
            self.group.remove()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def run_kernel(notebook: str, name: str, files: Mapping[str, bytes], limits: Limits) -> str:
    """The text of a notebook after a run by the kernel of that name, in a box of its own.

    Empty where it came to nothing.

    Raises
    ------
    NoBox
        Also where this machine has no such kernel.
    """
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        kernel = KernelSpecManager().get_kernel_spec(name).resource_dir
    except NoSuchKernel:
        reason = _("The kernel {name} is not installed on this machine.", name=repr(name))
        raise NoBox(reason) from None
    if not best().name.startswith("bubblewrap"):
        raise NoBox(_("Only bubblewrap can run kernels of other languages: install it."))
    with (
        tempfile.TemporaryDirectory(prefix="course-box-") as work,
        tempfile.TemporaryFile() as answer,  # no larger than the limit on files
    ):
        for path, content in files.items():
            file = Path(work, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)

        def limit() -> None:
            confine.set_limits(
                limits.address_mb, limits.file_mb, limits.processes, limits.cpu_seconds
            )

        program = [sys.executable, "-I", str(INSIDE / "kernel.py"), str(int(limits.cell_seconds))]
        try:
            subprocess.run(
                [*bubblewrap(work, kernel), *program],
                input=notebook.encode(),
                stdout=answer,
                stderr=subprocess.DEVNULL,
                timeout=limits.submission_seconds,
                env={"PATH": os.environ["PATH"]},
                preexec_fn=limit,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return ""
        answer.seek(0)
        return answer.read().decode("utf-8", "replace")
