# SPDX-License-Identifier: GPL-2.0-or-later
"""Every way to start the appliance leads to a page of a real nginx through torc.

Firmware, disk and card are paired so that four boots meet every kind of each.
"""

import pytest

from lab.node import wait_for
from machine import BOOT_LIMIT_S, BOOTS
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


def test_menu_comes_by_escape(site):
    """It is hidden, and it is the way to recovery.  The loader waits one second for the key: on a busy
    machine the emulator may sleep through it, and is started again."""
    lab = site("lb1", servers=1)
    menu, gone = "every message of the kernel", "Booting"

    def attempt():
        lab.lb1.power_on(boot="bios")
        # Not before: keys disturb a firmware that looks for its keyboard.
        wait_for(lab.lb1.serial, BOOT_LIMIT_S, "a word of the loader")

        def decided():
            lab.lb1.press_keys("esc")
            return menu in lab.lb1.serial() or gone in lab.lb1.serial()
        wait_for(decided, BOOT_LIMIT_S, lambda: f"the menu; the screen:\n{lab.lb1.serial()}")
        shown = menu in lab.lb1.serial()
        lab.lb1.kill()
        return shown
    wait_for(attempt, BOOT_LIMIT_S, "the menu")


@pytest.mark.parametrize("name", WAYS)
def test_boots_to_the_first_page(site, note, name):
    boot(site, note, name, WAYS[name])


@pytest.mark.full
@pytest.mark.parametrize("name", LONG)
def test_boots_in_other_surroundings(site, note, name):
    boot(site, note, name, LONG[name])
