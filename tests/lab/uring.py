# SPDX-License-Identifier: GPL-2.0-or-later
"""May a program make io_uring rings here, and if not: what has to change?"""

import ctypes
import errno
import os

SYS_IO_URING_SETUP = 425 # the same number on every architecture
PARAMS_BYTES = 120       # struct io_uring_params

CONTAINER = """\
A container's filter of system calls forbids io_uring.  Start the container with
    docker run --security-opt seccomp=unconfined ...
or with a profile that also allows io_uring_setup, io_uring_enter and io_uring_register
(podman takes the same flag; LXC: lxc.seccomp.profile, systemd-nspawn: --system-call-filter=@aio)."""


def refused():
    """None when a ring can be made, else the reason and what to change, as text."""
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.syscall(SYS_IO_URING_SETUP, 1, ctypes.create_string_buffer(PARAMS_BYTES))
    if fd >= 0:
        os.close(fd)
        return None
    number = ctypes.get_errno()
    try:
        with open("/proc/sys/kernel/io_uring_disabled", encoding="ascii") as text:
            disabled = int(text.read())
    except (OSError, ValueError):
        disabled = 0
    if number == errno.EPERM and disabled:
        return (f"kernel.io_uring_disabled is {disabled}.  As root, outside any container:\n"
                "    sysctl -w kernel.io_uring_disabled=0")
    if number == errno.EPERM:
        return CONTAINER
    if number == errno.ENOSYS:
        return f"Either the kernel has no io_uring (torc needs Linux 6.1), or:\n{CONTAINER}"
    return f"io_uring_setup: {os.strerror(number)}"


def container_hint():
    """Said where namespaces are refused."""
    return ("In a container, namespaces need: docker run --cap-add SYS_ADMIN --cap-add NET_ADMIN\n"
            "    --security-opt apparmor=unconfined --security-opt systempaths=unconfined ...")
