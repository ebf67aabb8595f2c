# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/packages.sh: what it asks apt for, and that no service can start meanwhile.

apt itself is played by a script, so that nothing of this machine changes.
"""

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tests/packages.sh"

# Says what the policy was while it "installed", and ends as it is told.
APT_GET = """#!/bin/sh
case "$*" in
*install*) { echo "$*"; "$TORC_POLICY"; echo "policy $?"; } >>"$TOLD"; exit "$APT_STATUS" ;;
esac
"""


@pytest.fixture
def machine(tmp_path):
    """A folder with an apt, where cmocka's header is not to be found; run(group) runs there."""
    bins = tmp_path / "bin"
    bins.mkdir()
    for name, text in (("apt-get", APT_GET), ("apt-cache", "#!/bin/sh\nexit 0\n"),
                       ("dpkg-query", "#!/bin/sh\nexit 1\n")): # no package is installed
        (bins / name).write_text(text)
        (bins / name).chmod(0o755)
    # The demo group unpacks daemons: they are there already.
    for name in ("usr/sbin/nginx", "usr/sbin/rsyslogd", "usr/sbin/keepalived", "usr/lib/frr/vrrpd"):
        daemon = tmp_path / "tools" / name
        daemon.parent.mkdir(parents=True, exist_ok=True)
        daemon.write_text("")
        daemon.chmod(0o755)

    def run(group, status=0):
        env = {**os.environ, "PATH": f"{bins}:{os.environ['PATH']}", "APT_STATUS": str(status),
               "TORC_POLICY": str(tmp_path / "policy-rc.d"), "TORC_TOOLS": str(tmp_path / "tools"),
               "TOLD": str(tmp_path / "told")}
        return subprocess.run(["sh", SCRIPT, group], cwd=tmp_path, env=env, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
    run.folder = tmp_path
    return run


def test_no_service_may_start_during_an_installation(machine):
    done = machine("test")
    assert done.returncode == 0, done.stdout
    told = (machine.folder / "told").read_text()
    assert "policy 101" in told
    assert "--no-install-recommends" in told and "libclang-rt-dev" in told


def test_policy_is_gone_afterwards(machine):
    machine("test")
    assert not (machine.folder / "policy-rc.d").exists()


@pytest.mark.parametrize("status", (0, 100))
def test_a_policy_of_the_machine_is_put_back(machine, status):
    own = machine.folder / "policy-rc.d"
    own.write_text("#!/bin/sh\nexit 104\n")
    own.chmod(0o755)
    done = machine("test", status)
    assert (done.returncode == 0) == (status == 0)
    assert own.read_text() == "#!/bin/sh\nexit 104\n"
    assert sorted(path.name for path in machine.folder.glob("policy*")) == ["policy-rc.d"]


def test_what_a_killed_run_left_is_cleaned_up(machine):
    (machine.folder / "policy-rc.d").write_text("#!/bin/sh\n# placed by torc\nexit 101\n")
    (machine.folder / "policy-rc.d").chmod(0o755)
    (machine.folder / "policy-rc.d.before-torc").write_text("theirs")
    assert machine("test").returncode == 0
    assert (machine.folder / "policy-rc.d").read_text() == "theirs"


def test_daemons_are_never_installed(machine):
    machine("test")
    told = (machine.folder / "told").read_text().split()
    assert not {"nginx", "rsyslog", "haproxy", "keepalived", "frr"} & set(told)


def test_an_unknown_group_is_refused(machine):
    done = machine("kitchen")
    assert done.returncode == 2 and "kitchen" in done.stdout
