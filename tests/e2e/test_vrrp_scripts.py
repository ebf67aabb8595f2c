# SPDX-License-Identifier: GPL-2.0-or-later
"""Scripts that are not there yet, that nobody may run, and who runs the others: as keepalived does."""

import os

import pytest

from lab import Lab, namespaces_refused
from lab.node import wait_for

pytestmark = [
    pytest.mark.lab,
    pytest.mark.torc_only("haproxy has no VRRP"),
    pytest.mark.skipif(bool(namespaces_refused()), reason="no network namespaces here"),
]

LATE = """{presets}
vrrp_script late {{
  script "/etc/late.sh now"
  interval 1
}}
vrrp_instance VI_1 {{
  virtual_router_id 50
  interface eth0
  virtual_ipaddress {{
    192.168.25.203
  }}
  track_script {{
    late
  }}
  notify_master /etc/told.sh
}}
"""


def write_script(node, path, text, mode=0o755):
    node.write(path, "#!/bin/sh\n" + text)
    os.chmod(node.path(path), mode)


def test_a_script_that_comes_later():
    """Without a weight its failure is the router's; before it is there it says nothing."""
    with Lab(routers=True, servers=1, torc=False) as lab:
        node = lab.lb1
        node.write_routers(LATE.format(presets="global_defs {\n  router_id one\n}"))
        write_script(node, "/etc/told.sh", "id -un >> /run/told\n")
        node.start_torc()
        node.wait_holds()
        assert any("script late cannot be started: No such file or directory; until it can, it has "
                   "no say" in row for row in node.log())
        wait_for(lambda: node.exists("/run/told") and node.lines("/run/told") == ["root"], 3,
                 "the notify script, run by root")
        write_script(node, "/etc/late.sh", "id -un > /run/who\ntest ! -e /run/bad\n")
        wait_for(lambda: node.exists("/run/who") and node.lines("/run/who") == ["root"], 5,
                 "the script's first turn")
        assert node.holds()
        node.write("/run/bad", "")
        wait_for(lambda: not node.holds(), 5, "its failure")
        os.unlink(node.path("/run/bad"))
        node.wait_holds()
        # It has answered: now its absence is a failure.
        os.unlink(node.path("/etc/late.sh"))
        wait_for(lambda: not node.holds(), 5, "the end of what had answered")


def test_what_others_may_change_is_not_run_by_root():
    with Lab(routers=True, servers=1, torc=False) as lab:
        node = lab.lb1
        node.write_routers(LATE.format(presets="global_defs {\n  enable_script_security\n"
                                               "  script_user root\n}"))
        write_script(node, "/etc/late.sh", "id -un > /run/who\n", mode=0o777)
        write_script(node, "/etc/told.sh", "id -un >> /run/told\n", mode=0o757)
        node.start_torc()
        node.wait_holds()
        wait_for(lambda: any("/etc/told.sh was not started: others than root may change "
                             in row for row in node.log()), 5, "the refusal")
        assert any("script late cannot be started: others than root may change /" in row
                   for row in node.log())
        assert not node.exists("/run/who") and not node.exists("/run/told")
        os.chmod(node.path("/etc/late.sh"), 0o755)
        wait_for(lambda: node.exists("/run/who"), 5, "the script's first turn")
