# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line, the start and what can go wrong with it."""

import ctypes
import errno
import os
import pathlib
import platform
import pwd
import signal
import socket
import struct
import subprocess
import time

import pytest

from tools import address, pace, processes, programs
from tools.service import Service, exchange

pytestmark = pytest.mark.torc_only("another program's processes")


@pytest.fixture
def service():
    made = []

    def make(**parts):
        made.append(Service(**parts))
        return made[-1]

    yield make
    for one in made:
        one.close()


def ask(*args):
    done = subprocess.run(
        [str(programs.under_test()), *args],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
    )
    return done.returncode, done.stdout, done.stderr


# Questions


def test_the_version_is_the_third_word():
    """Scripts read it there: "HAProxy version X date"."""
    code, out, _ = ask("-v")
    assert code == 0
    assert out.split()[:2] == ["torc", "version"] and out.split()[2][0].isdigit()
    assert out.count("\n") == 1


def test_the_long_version_tells_what_the_kernel_offers():
    code, out, _ = ask("-vv")
    assert code == 0
    assert "liburing" in out and "io_uring" in out and os.uname().release in out


def test_no_arguments_give_the_usage():
    code, out, err = ask()
    assert code == 1 and "Usage:" in out + err


def test_help_lists_what_has_no_meaning_here():
    code, out, _ = ask("-h")
    assert code == 0
    assert " -f " in out and {"-S", "-m", "-dR"} <= set(out.rstrip().splitlines()[-1].split())


def test_an_unknown_option_is_named():
    code, _, err = ask("--colour")
    assert code == 1 and "unknown option '--colour'" in err


@pytest.mark.parametrize("condition, code", [("1", 0), ("0", 1), ("nonsense(", 2)])
def test_a_condition_decides_the_exit_code(condition, code):
    assert ask("-cc", condition)[0] == code


# Checks


def test_a_good_file_is_silent_unless_asked(service):
    one = service()
    assert one.run("-c") == (0, "")
    assert one.run("-c", "-V") == (0, "Configuration file is valid\n")


def test_a_check_opens_nothing(service):
    """-c in front of a reload: the address is in use by the very service."""
    one = service().start()
    assert subprocess.run(one.command("-c", "-q"), timeout=30).returncode == 0


def test_errors_of_a_file(service):
    one = service(frontend="    bogus word")
    code, said = one.run("-c")
    assert code == 1
    assert "bogus" in said and "[ALERT]" in said and "Fatal errors found" in said


def test_a_missing_file(service):
    one = service()
    one.config_path.unlink()
    code, said = one.run()
    assert code == 1 and str(one.config_path) in said


def test_nothing_to_listen_on_is_2(service):
    one = service()
    one.write("defaults\n    mode http\n    timeout server 1s\n    timeout connect 1s\nbackend b\n")
    code, said = one.run()
    assert code == 2 and "No enabled listener found" in said
    assert one.run("-c")[0] == 2


def test_warnings_are_fatal_when_asked(service):
    one = service()
    one.write("frontend f\n    bind 127.0.0.1:1\n    mode http\n")  # time-outs are missing
    code, said = one.run("-c")
    assert code == 0 and "[WARNING]" in said
    assert one.run("-c", "-dW")[0] == 1
    assert one.run("-dW")[0] == 1


# Starts that fail


def test_an_address_in_use(service):
    one = service()
    with socket.create_server(one.address):
        code, said = one.run()
    assert code == 1
    where = "%s:%d" % one.address
    assert f"Starting frontend web: cannot bind socket (Address already in use) [{where}]" in said


def test_an_address_that_comes_free_within_a_second(service):
    one = service()
    blocker = socket.create_server(one.address)
    one.start(wait=False)
    time.sleep(0.4)
    blocker.close()
    pace.until(one.answers, "the service to answer")


def test_what_is_missing_is_named_with_its_commands(service):
    """The published file on a machine that never saw haproxy."""
    folder = "/nonexistent/torc-chroot"
    one = service(global_=f"    user torc-nobody\n    group torc-nobodies\n    chroot {folder}")
    code, said = one.run()
    assert code == 1
    assert "user 'torc-nobody' does not exist" in said and "useradd" in said
    assert "group 'torc-nobodies' does not exist" in said and "groupadd" in said
    assert f"'{folder}' does not exist" in said and f"install -d -m 755 {folder}" in said
    code, said = one.run("-c")
    assert code == 0 and "useradd" in said


def forbid_io_uring():
    """What a container's seccomp profile does: io_uring_setup answers EPERM."""
    number = {"x86_64": 425, "aarch64": 425}[platform.machine()]
    program = b"".join(
        struct.pack("HBBI", *line)
        for line in (
            (0x20, 0, 0, 0),  # load the number of the call
            (0x15, 0, 1, number),
            (0x06, 0, 0, 0x00050000 | errno.EPERM),
            (0x06, 0, 0, 0x7FFF0000),
        )
    )
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(program)
    filter_ = struct.pack("HxxxxxxP", 4, ctypes.addressof(buffer))
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    assert libc.prctl(22, 2, ctypes.create_string_buffer(filter_), 0, 0) == 0


def test_a_kernel_that_forbids_rings_is_told_which_setting(service):
    code, said = service().run(preexec_fn=forbid_io_uring)
    assert code == 1
    assert "io_uring_disabled" in said and "seccomp" in said


# Starts that succeed


def test_the_process_started_is_the_keeper(service):
    one = service().start("-p", "pid")
    assert one.pidfile.read_text() == f"{one.pid}\n"
    assert processes.children(one.pid) == [one.balancer()]
    one.signal(signal.SIGTERM)
    assert one.wait_exit() == 143
    assert not one.pidfile.exists()


@pytest.mark.parametrize("how", ["flag", "file"])
def test_to_the_background(service, how):
    """The parent leaves when the service answers, with 0; the pid file names the keeper."""
    one = service(global_="    daemon" if how == "file" else "")
    one.start(*(["-D"] if how == "flag" else []), "-p", "pid", wait=False)
    assert one.wait_exit() == 0
    assert one.answers()
    keeper = int(one.pidfile.read_text())
    assert keeper != one.pid and processes.alive(keeper)
    for pid in one.pids():
        assert set(processes.descriptors(pid)[fd] for fd in range(3)) == {"/dev/null"}
    os.kill(keeper, signal.SIGTERM)
    pace.until(lambda: not one.pids(), "everything to end")


def test_to_the_background_in_vain(service):
    one = service()
    with socket.create_server(one.address):
        code, said = one.run("-D")
    assert code == 1 and "cannot bind socket" in said
    assert not one.pids()


@pytest.mark.parametrize("flag", ["-d", "-db"])
def test_in_the_foreground_whatever_the_file_says(service, flag):
    one = service(global_="    daemon").start(flag)
    assert processes.alive(one.pid) and one.process.poll() is None


def test_a_folder_to_change_to_first(service):
    one = service()
    (one.folder / "sub").mkdir()
    one.config_path.rename(one.folder / "sub" / "other.cfg")
    one.config_path = pathlib.Path("other.cfg")
    one.start("-C", one.folder / "sub", "-p", "pid")
    assert (one.folder / "sub" / "pid").exists()
    # Over a reload and an upgrade the folder is entered once only.
    old = one.balancer()
    one.signal(signal.SIGUSR2)
    old = one.wait_new_balancer(old)
    one.signal(signal.SIGHUP)
    one.wait_new_balancer(old)


def status_of(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def test_privileges_are_given_up(service):
    """User, groups, capabilities, root folder: nothing is left of root in the balancer."""
    one = service()
    jail = one.folder / "jail"
    jail.mkdir()
    one.write(global_=f"    user nobody\n    group nogroup\n    chroot {jail}")
    one.start()
    nobody = pwd.getpwnam("nobody")
    status = status_of(one.balancer())
    assert set(status["Uid"].split()) == {str(nobody.pw_uid)}
    assert set(status["Gid"].split()) == {str(nobody.pw_gid)}
    assert status["Groups"].strip() == ""
    assert status["NoNewPrivs"] == "1"
    filtered = "2" if programs.built_with(programs.under_test()) == "" else "0"
    assert status["Seccomp"] == status_of(one.pid)["Seccomp"] == filtered
    for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[kind], 16) == 0, kind
    assert os.readlink(f"/proc/{one.balancer()}/root") == str(jail)


def test_nothing_of_the_keeper_leaks_into_the_balancer(service):
    """No descriptor of another file, ring or directory, and no listening socket twice."""
    one = service()
    with open(one.config_path, encoding="ascii") as stray:
        os.set_inheritable(stray.fileno(), True)
        one.start(close_fds=False)
        found = processes.descriptors(one.balancer())
    assert not any("torc.cfg" in target or "pidfd" in target for target in found.values())
    sockets = [target for target in found.values() if target.startswith("socket:")]
    # The channel to the keeper is there twice: its words are heard in one thread, ours are said
    # in another, which may outlive it.
    assert len(sockets) == len(set(sockets)) + 1


# What to listen on


def test_unix_sockets(service):
    """A path with its mode, a stale file in its place, and a name that is no path."""
    one = service()
    path = one.folder / "web.sock"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    name = f"torc-e2e-{os.getpid()}-{one.address[1]}"
    one.write(frontend=f"    bind unix@{path} mode 640 user nobody\n    bind abns@{name}")
    one.start()
    assert one.answers(str(path))
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.stat().st_uid == pwd.getpwnam("nobody").pw_uid
    assert [entry.name for entry in one.folder.glob("web.sock*")] == ["web.sock"]
    padded = b"\0" + name.encode()
    exact, full = padded, padded.ljust(108, b"\0")
    assert one.answers(full) or one.answers(exact)


def test_an_inherited_socket_and_its_neighbour(service):
    """fd@N is used as it is; another listening socket beside it is closed, as nobody would ever
    accept from it."""
    one = service()
    wanted = socket.create_server(one.address)
    neighbour = socket.create_server(address.free())
    where = neighbour.getsockname()
    one.write(bind=f"fd@{wanted.fileno()}")
    one.start(pass_fds=[wanted.fileno(), neighbour.fileno()], wait=False)
    wanted.close()
    neighbour.close()
    pace.until(one.answers, f"the service to answer; {one.stderr()}")
    with pytest.raises(ConnectionRefusedError):
        exchange(where)


def test_an_inherited_descriptor_that_does_not_listen(service):
    one = service()
    with socket.socket() as plain:
        one.write(bind=f"fd@{plain.fileno()}")
        code, said = one.run(pass_fds=[plain.fileno()])
    assert code == 1 and "does not listen" in said


def test_an_address_that_this_machine_does_not_have(service):
    """The standby of a pair binds the virtual address without ip_nonlocal_bind."""
    one = service(frontend="    bind 192.0.2.77:8080")
    one.start()
    assert "cannot bind" not in one.stderr()


def test_many_listeners(service):
    """More than fit into one message between the processes."""
    host = address.fresh()
    one = service(frontend=f"    bind {host}:20000-20149")
    one.start()
    for port in (20000, 20063, 20064, 20149):
        assert one.answers((host, port))


# Taking over from another process


def test_taking_over_by_pid(service):
    """-sf: the new one starts, the old one finishes."""
    old = service().start("-p", "pid")
    new = service()
    new.address = old.address
    new.write()
    new.start("-sf", old.pid, wait=False)
    assert old.wait_exit() == 0
    pace.until(new.answers, "the new one to answer")
    assert new.process.poll() is None


def test_not_taking_over_when_the_new_one_cannot_start(service):
    """The old one is asked to go on, and does."""
    old = service().start()
    new = service()
    with socket.create_server(address.free()) as blocker:
        new.write(frontend="    bind %s:%d" % blocker.getsockname(), bind="%s:%d" % old.address)
        code, _ = new.run("-sf", old.pid)
    assert code == 1
    pace.until(old.answers, "the old one to answer again")
    assert old.process.poll() is None


def test_no_sockets_to_take_over(service):
    one = service()
    code, said = one.run("-x", "/nonexistent.sock")
    assert code == 1 and "/nonexistent.sock" in said


def test_sockets_from_a_running_haproxy(service, tmp_path):
    """-x: its listening sockets go on being the same, so nobody is refused on the way."""
    haproxy = programs.find("haproxy")
    if not haproxy:
        pytest.skip("no haproxy to take over from")
    old = service(program=haproxy)
    path = tmp_path / "stats.sock"
    old.write(global_=f"    stats socket {path} level admin expose-fd listeners")
    old.start()
    new = service()
    new.address = old.address
    new.write()
    new.start("-x", path, "-sf", old.pid, wait=False)
    assert old.wait_exit() in (0, 143)
    pace.until(new.answers, f"the new one to answer; {new.stderr()}")
    assert new.process.poll() is None
