# SPDX-License-Identifier: GPL-2.0-or-later
"""Every way to start the appliance leads to a page of a real nginx through torc.

Firmware, disk and card are paired so that four boots meet every kind of each.
"""

import pytest

from machine import BOOTS
from site_of_machines import CLIENT, VIP

BY_MAC = """appliance {{
    host_name ubuntu14-pvha1
    interface eth0 {{
        mac {outer}
        address 192.168.25.201/24
    }}
    interface eth1 {{
        mac {inner}
        address 10.0.0.1/16
    }}
    gateway 192.168.25.1
}}
"""

WAYS = {
    "kernel": {},
    "bios": {"disk": "ide-hd", "card": "e1000e"},
    "uefi": {"disk": "nvme", "card": "vmxnet3"},
    "iso": {"disk": "ide-hd", "seed_as": "ide-cd", "swapped": True},
}
LONG = {
    "uefi-iso": {"seed_as": "ide-cd"},
    "bios virtio": {},
    "uefi virtio": {},
    "kernel nvme": {"disk": "nvme"},
    "kernel e1000": {"card": "e1000"},
    "kernel rtl8139": {"card": "rtl8139"},
    "bios virtio-scsi": {"disk": "scsi-hd"},
    "pxe": {},
}


def boot(site, note, name, way):
    lab = site("lb1", servers=1)
    kind = "iso" if way.get("seed_as") else "img"
    changes = {}
    if way.get("swapped"):
        outer, inner = (lab.lb1.cards[card][1] for card in ("eth0", "eth1"))
        changes = {"torc.conf": BY_MAC.format(outer=outer, inner=inner)}
    seed = lab.seed("lb1", changes, kind)
    for turn in range(BOOTS):
        if turn:
            lab.lb1.kill()
        lab.lb1.power_on(boot=name.split()[0], seed=seed, **way)
        note(f"power-on to the first page, {name}", lab.wait_page(lab.lb1), lab.lb1)
    assert lab.owner() is lab.lb1
    lines = lab.pv[1].access_log()
    assert lines and all(line.startswith(f"{CLIENT} ") for line in lines)
    # The servers' way out: the kernel's modules for it are loaded before they are asked for.
    if "torc.conf" not in changes:
        lab.go_out()
    # The rest of the machine came up as well, and says so.
    lab.lb1.wait_serial(f"VIP {VIP}/32", 60)
    assert "ubuntu14-pvha1" in lab.lb1.serial()
    assert "Kernel panic" not in lab.lb1.serial() and "Oops" not in lab.lb1.serial()


@pytest.mark.parametrize("name", WAYS)
def test_boots_to_the_first_page(site, note, name):
    boot(site, note, name, WAYS[name])


@pytest.mark.full
@pytest.mark.parametrize("name", LONG)
def test_boots_in_other_surroundings(site, note, name):
    boot(site, note, name, LONG[name])
