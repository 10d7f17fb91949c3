"""How a process that is about to run a student's code gives up what it does not need. Linux only,
but for the limits.

Standard library only: this runs in a child just forked, before any other line of the student's.
"""

import contextlib
import ctypes
import os
import resource
import struct
import sys

LIBC = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID = 0x20000, 0x08000000, 0x10000000, 0x20000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 0x20, 0x1000, 0x4000, 0x40000
MS_RELATIME, ST_RELATIME = 1 << 21, 1 << 12
# Flags that statvfs gives as mount takes them: NOSUID, NODEV, NOEXEC, NOATIME, NODIRATIME.
MS_AS_ST = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 10 | 1 << 11
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_CAPBSET_DROP = 1, 22, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38
SECCOMP_MODE_FILTER = 2
CAPABILITY_VERSION_3, LAST_CAPABILITY = 0x20080522, 40

LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
LANDLOCK_READ = 1 << 0 | 1 << 2 | 1 << 3  # execute, read a file, list a folder
LANDLOCK_OF_FILES = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15

FORBIDDEN = [
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "keyctl",
    "add_key",
    "request_key",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "kexec_load",
    "init_module",
    "finit_module",
    "delete_module",
    "mount",
    "umount2",
    "pivot_root",
    "move_mount",
    "open_tree",
    "fsopen",
    "fsmount",
    "fsconfig",
    "mount_setattr",
    "setns",
    "unshare",
    "acct",
    "swapon",
    "swapoff",
    "reboot",
    "quotactl",
    "name_to_handle_at",
    "open_by_handle_at",
    "memfd_secret",
    "memfd_create",  # memory that no process is seen to have
    "pidfd_getfd",
    "process_madvise",
    "chroot",
]
# What Landlock leaves to every program of the same user. They seem to succeed, for copying a file
# calls some of them.
ABOUT_FILES = [
    "chmod",
    "fchmod",
    "fchmodat",
    "fchmodat2",
    "chown",
    "fchown",
    "lchown",
    "fchownat",
    "utime",
    "utimes",
    "futimesat",
    "utimensat",
]
ATTRIBUTES_OF_FILES = [
    "setxattr",
    "lsetxattr",
    "fsetxattr",
    "setxattrat",
    "removexattr",
    "lremovexattr",
    "fremovexattr",
    "removexattrat",
    "file_setattr",
]
FLAGS_OF_FILES = [0x40086602, 0x40046602, 0x401C5820, 0x40087602]  # ioctl: FS_IOC_SET…, FSSETXATTR
OF_OTHER_PROCESSES = {  # and the argument that says of which; 0 is the caller
    "prlimit64": 0,
    "sched_setaffinity": 0,
    "sched_setscheduler": 0,
    "sched_setparam": 0,
    "sched_setattr": 0,
    "migrate_pages": 0,
    "move_pages": 0,
    "setpriority": 1,
    "ioprio_set": 1,
}
SHARED_WITH_OTHERS = [
    *("shmget", "shmat", "shmctl", "semget", "semop", "semtimedop", "semctl"),
    *("msgget", "msgsnd", "msgrcv", "msgctl", "mq_open", "mq_unlink", "fanotify_init", "kcmp"),
]
NAMESPACE_FLAGS = 0x7E020000  # every CLONE_NEW… that clone knows


def checked(result: int, what: str) -> int:
    """The result of a C call, or OSError."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def set_limits(memory_mb: int, file_mb: int, processes: int, cpu_seconds: int) -> None:
    """Limits of this process and of those that it starts; a lower one that is there stays."""
    for name, value in {
        "RLIMIT_CORE": 0,
        "RLIMIT_FSIZE": file_mb << 20,
        "RLIMIT_NOFILE": 256,
        "RLIMIT_NPROC": processes,
        "RLIMIT_CPU": cpu_seconds,
        "RLIMIT_AS": memory_mb << 20,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
    }.items():
        limit = getattr(resource, name, None)
        if limit is None:
            continue
        hard = resource.getrlimit(limit)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(limit, (value, value))
        except (ValueError, OSError):
            if sys.platform == "linux":
                raise


def enter_namespaces() -> None:
    """A user, mount, IPC and process namespace of its own for what this process will fork."""
    user, group = os.getuid(), os.getgid()
    checked(
        LIBC.unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC),
        "namespaces",
    )
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def mount(target: str, megabytes: int, flags: int = 0) -> None:
    """An empty file system in memory at that folder."""
    options = f"size={megabytes}m,nr_inodes=4096,mode=0700".encode()
    flags |= MS_NOSUID | MS_NODEV
    checked(LIBC.mount(b"tmpfs", target.encode(), b"tmpfs", flags, options), f"mount {target}")


def private_files(work: str, disk_mb: int) -> None:
    """Folders of its own for work and for temporary files; no sight of other processes."""
    checked(LIBC.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "private mounts")
    mount(work, disk_mb)
    # Python itself or its libraries may stand in /tmp: what is mounted there is there again.
    kept = {target: os.open(target, os.O_PATH | os.O_CLOEXEC) for target in mounts_in("/tmp")}
    mount("/tmp", disk_mb)
    for target, there in kept.items():
        mount_again(target, there)
        os.close(there)
    mount("/dev/shm", disk_mb)
    for name in DEVICES:  # they are this machine's own
        make_read_only(f"/dev/{name}")
    # A /proc of this namespace may not be mounted inside bubblewrap's; none at all is safest.
    mount("/proc", 1, MS_RDONLY | MS_NOEXEC)


def make_read_only(target: str) -> None:
    """Let nobody change the owner, rights or times of what is mounted there, where it is mounted.

    A device can still be written to.
    """
    if not os.path.ismount(target):
        return
    has = os.statvfs(target).f_flag
    flags = MS_REMOUNT | MS_BIND | MS_RDONLY | has & MS_AS_ST
    flags |= MS_RELATIME if has & ST_RELATIME else 0
    checked(LIBC.mount(None, target.encode(), None, flags, None), f"mount {target}")


def mounts_in(folder: str) -> list[str]:
    """What is mounted somewhere in that folder, but not what lies in another of them."""
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        targets = {line.split()[4].replace("\\040", " ") for line in file}
    found: list[str] = []
    for target in sorted(target for target in targets if target.startswith(f"{folder}/")):
        if not found or not target.startswith(f"{found[-1]}/"):
            found.append(target)
    return found


def mount_again(target: str, there: int) -> None:
    """Mount what is open as `there`, with all that is mounted in it, at that path."""
    source = f"/proc/self/fd/{there}"
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY))
    checked(
        LIBC.mount(source.encode(), target.encode(), None, MS_BIND | MS_REC, None),
        f"mount {target}",
    )


def drop_capabilities(kept: int = 0) -> None:
    """No capability but those whose bits are in `kept`, and no way to one, not even by a setuid
    program.
    """
    checked(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")
    for capability in range(LAST_CAPABILITY + 1):
        LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    header, had = struct.pack("Ii", CAPABILITY_VERSION_3, 0), bytearray(24)
    checked(LIBC.capget(header, (ctypes.c_char * 24).from_buffer(had)), "capabilities")
    effective, permitted, *_ = struct.unpack("6I", had)
    left = struct.pack("6I", effective & kept, permitted & kept, 0, 0, 0, 0)
    checked(LIBC.capset(header, left), "capabilities")


def die_with_parent() -> None:
    """Killed when the parent dies."""
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, 9, 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of processes whose own parent has ended, so as to find them."""
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def landlock_version() -> int:
    """The version of Landlock in this kernel; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    return max(LIBC.syscall(LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1), 0)


def restrict_files(readable: list[str], writable: list[str]) -> None:
    """By Landlock: from now on only these paths, no TCP, no signal to anybody outside.

    Every file descriptor that is open stays open.
    """
    version = landlock_version()
    everything = (1 << 13) - 1
    for since, right in ((2, 1 << 13), (3, 1 << 14), (5, 1 << 15)):
        everything |= right if version >= since else 0
    fields = [everything]
    if version >= 4:
        fields.append(0b11)  # bind and connect TCP
    if version >= 6:
        fields.append(0b11)  # abstract sockets and signals
    rules = struct.pack(f"{len(fields)}Q", *fields)
    ruleset = checked(
        LIBC.syscall(LANDLOCK_CREATE, rules, ctypes.c_size_t(len(rules)), 0), "Landlock"
    )
    for paths, rights in ((readable, LANDLOCK_READ), (writable, everything)):
        for path in paths:
            try:
                at = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except OSError:
                continue
            allowed = rights if os.path.isdir(path) else rights & LANDLOCK_OF_FILES
            rule = struct.pack("=Qi", allowed & everything, at)
            checked(LIBC.syscall(LANDLOCK_ADD, ruleset, 1, rule, 0), f"Landlock {path}")
            os.close(at)
    checked(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")
    checked(LIBC.syscall(LANDLOCK_RESTRICT, ruleset, 0), "Landlock")
    os.close(ruleset)


def processes_are_counted() -> bool:
    """Whether the limit on processes holds here; for the administrator it does not."""
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
        try:
            if os.fork() == 0:
                os._exit(0)
        except OSError:
            os._exit(0)
        os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def system_calls(alone: bool, processes: bool = True) -> bytes:
    """The seccomp program: no calls that reach into other processes or the kernel's inside.

    With `alone` no network, no new processes and no signals to others either: for a box
    without namespaces. Empty where libseccomp is not there.
    """
    try:
        import pyseccomp as seccomp
    except (ImportError, OSError, RuntimeError):
        return b""
    import errno
    import socket
    import tempfile

    rules = seccomp.SyscallFilter(seccomp.ALLOW)

    def forbid(name: str, *where: object, number: int = errno.EPERM) -> None:
        # Some are no calls of this kernel or processor.
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            rules.add_rule(seccomp.ERRNO(number), name, *where)

    for name in FORBIDDEN:
        forbid(name)
    for flag in (1 << bit for bit in range(32) if NAMESPACE_FLAGS >> bit & 1):
        forbid("clone", seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag))
    # Its flags are out of seccomp's reach; glibc then falls back to clone.
    forbid("clone3", number=errno.ENOSYS)
    forbid("socket", seccomp.Arg(0, seccomp.GT, socket.AF_INET6), number=errno.EACCES)
    if alone or not processes:
        thread = 0x10000
        forbid("clone", seccomp.Arg(0, seccomp.MASKED_EQ, thread, 0), number=errno.EAGAIN)
        for name in ("fork", "vfork"):
            forbid(name, number=errno.EAGAIN)
    if alone:
        forbid("socket", number=errno.EACCES)
        for name in ("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal"):
            forbid(name, seccomp.Arg(0, seccomp.NE, os.getpid()))
        forbid("tkill")
        forbid("setsid")
        for name in SHARED_WITH_OTHERS:
            forbid(name)
        for name in ABOUT_FILES:
            forbid(name, number=0)
        for name in ATTRIBUTES_OF_FILES:
            forbid(name, number=errno.ENOTSUP)
        for request in FLAGS_OF_FILES:
            forbid("ioctl", seccomp.Arg(1, seccomp.MASKED_EQ, 0xFFFFFFFF, request))
        for name, which in OF_OTHER_PROCESSES.items():
            forbid(name, seccomp.Arg(which, seccomp.NE, 0))
        for name in ("setpriority", "ioprio_set"):  # of a group, or of all that a user runs
            forbid(name, seccomp.Arg(0, seccomp.NE, int(name == "ioprio_set")))
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def restrict_system_calls(program: bytes) -> None:
    """Put a seccomp program in force for this process and all that it starts."""
    if not program:
        return
    instructions = ctypes.create_string_buffer(program, len(program))

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]

    filter = Program(len(program) // 8, ctypes.addressof(instructions))
    checked(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")
    checked(LIBC.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(filter), 0, 0), "seccomp")
