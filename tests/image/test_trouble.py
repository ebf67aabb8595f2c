# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine in trouble: nothing valid to work by, torc killed, torc hanging."""

import calendar
import re
import socket
import subprocess
import time

import pytest

from appliance.image import cpio
from initrd import archives
from lab.lab import OUTSIDE
from lab.node import ROOT, wait_for
from site_of_machines import VIP

IMP = f"{ROOT}/build/tests/image/imp"
IMP_PORT = 6666
MANAGEMENT = "192.168.25.201"


def with_imp(lab):
    """The initramfs with the imp at torc's place: a further archive behind those that are there."""
    archive = cpio.Archive()
    with open(IMP, "rb") as imp:
        archive.file("usr/sbin/torc", imp.read(), 0o755)
    with open(f"{lab.lb1.out}/initrd", "rb") as initrd:
        content = initrd.read()
    # The real one comes out of the image itself.
    second = archives(f"{lab.lb1.out}/initrd")[1]
    archive.file("usr/sbin/torc.real", second["usr/sbin/torc"][1], 0o755)
    path = f"{lab.folder}/initrd"
    packed = subprocess.run(["zstd", "-1", "-qc"], input=bytes(archive), stdout=subprocess.PIPE,
                            check=True).stdout
    with open(path, "wb") as stream:
        stream.write(content + packed)
    return path


def order(lab, word, patience_s=20):
    """An order to the imp: how many processes it met, or the machine's time."""
    with lab.client.socket(kind=socket.SOCK_DGRAM) as link:
        link.settimeout(patience_s)
        link.sendto(word.encode(), (MANAGEMENT, IMP_PORT))
        return int(link.recv(32))


@pytest.fixture
def started(site):
    """One machine that serves, with the imp inside, and a watchdog that switches it off."""
    lab = site("lb1", servers=1)
    lab.lb1.power_on(seed=lab.seed("lb1"), initrd=with_imp(lab),
                     extra=["-device", "i6300esb", "-action", "watchdog=poweroff"])
    lab.wait_page(lab.lb1)
    return lab


def test_torc_is_killed_and_hangs(started, note):
    """Killed, it is there again at once; what hangs is left to the watchdog."""
    lab = started
    assert order(lab, "balancer") >= 1
    killed = time.monotonic()
    wait_for(lab.page, 60, lambda: f"a page; lb1's screen:\n{lab.lb1.serial()[-3000:]}")
    note("the balancer was killed, a page comes after", time.monotonic() - killed)
    assert order(lab, "keeper") == 1
    killed = time.monotonic()
    lab.lb1.wait_serial("torc was ended by signal 9", 60)
    wait_for(lambda: lab.page() and time.monotonic() - killed > 0.5, 90,
             lambda: f"a page; lb1's screen:\n{lab.lb1.serial()[-3000:]}")
    note("torc was killed, a page comes after", time.monotonic() - killed)
    assert lab.lb1.is_on()
    assert order(lab, "stop") >= 2
    stopped = time.monotonic()
    lab.lb1.wait_off(240)
    note("torc hangs, the watchdog switches the machine off after", time.monotonic() - stopped)
    assert "power off" not in lab.lb1.serial(), "nobody asked for it"


def test_nothing_valid(site, note):
    """No disk, no words: the machine says who it is.  Then comes a disk with a wrong word in its
    haproxy.cfg: nobody gets an address, everybody can see why.  Then one on which it is right."""
    lab = site("lb1", servers=1)
    lab.lb1.power_on(words="torc.wait=1", extra=["-device", "virtio-scsi-pci,id=later"])
    lab.lb1.wait_serial("no valid configuration")
    note("power-on to the banner of a machine without a configuration", lab.lb1.seconds(), lab.lb1)
    for name, (_, mac) in lab.lb1.cards.items():
        wait_for(lambda name=name, mac=mac: re.search(
            rf"^{name} +{mac}", lab.lb1.serial(), re.MULTILINE | re.IGNORECASE), 30,
            lambda: f"a card's address; lb1's screen:\n{lab.lb1.serial()[-3000:]}")

    with open(f"{ROOT}/appliance/examples/lb1/haproxy.cfg", encoding="utf-8") as stream:
        text = stream.read().replace("balance roundrobin", "balance roundrobbin")
    lab.lb1.attach("wrong", lab.seed("lb1", {"haproxy.cfg": text}), "later.0")
    answer = wait_for(lambda: lab.answer("/", host=MANAGEMENT, port=8404, timeout=5), 90,
                      lambda: f"the page; lb1's screen:\n{lab.lb1.serial()[-3000:]}")
    assert answer.status == 200 and "Statistics" in answer.text
    screen = lab.lb1.serial()
    assert "roundrobbin" in screen and "'roundrobin'" in screen
    assert not lab.answer(timeout=2), f"{VIP} is nobody's"
    assert f"VIP {VIP}" not in screen

    lab.lb1.attach("right", lab.seed("lb2"), "later.0")
    lab.wait_page(lab.lb1)
    # The torc of the management page had to go for it, and that was no accident.
    lab.lb1.wait_serial("init: torc has ended\n", 30)
    assert "was ended by signal" not in lab.lb1.serial()
    lab.lb1.press_power()
    lab.lb1.wait_off(90)


class Reading:
    """What the machine says the time is, and when it was asked."""

    def __init__(self, lab):
        self.asked = time.time()
        there = order(lab, "clock", 5) / 1e6
        self.took = time.time() - self.asked
        # Half of the way is the best guess of when it looked.
        self.error = there - (self.asked + self.took / 2)

    def is_right(self):
        return abs(self.error) < 1 + self.took / 2


def test_clock_and_recovery(site, note):
    """By the kernel's words alone, with a clock that is years behind: a second after the time server
    has been reached the clock is right within a second."""
    lab = site("lb1", servers=1)
    server = lab.time_server()
    lab.lb1.power_on(seed=lab.seed("lb1"), extra=["-rtc", "base=2020-01-01T00:00:00"],
                     initrd=with_imp(lab),
                     words="torc.config=ignore torc.interface=eth0,192.168.25.201/24 "
                           f"torc.ntp={OUTSIDE} torc.management={MANAGEMENT}")
    lab.lb1.wait_serial(f"set by {OUTSIDE}")
    assert wait_for(lambda: lab.answer("/", host=MANAGEMENT, port=8404, timeout=5), 90,
                    "the management page").status == 200
    readings = [Reading(lab) for _ in range(20)]
    assert all(reading.is_right() for reading in readings), [vars(each) for each in readings]
    best = min(readings, key=lambda reading: reading.took)
    note("the clock was set with an error of", abs(best.error))
    # The message carries the time that was just set, in whole seconds.
    said = re.search(r"(\d\d:\d\d:\d\d) init: the clock was .* is set by", lab.lb1.serial()).group(1)
    clock = calendar.timegm(time.strptime("1970-01-01 " + said, "%Y-%m-%d %H:%M:%S"))
    late = [(clock - at + 43200) % 86400 - 43200 for at in server.answered]
    assert any(-1 < each < 1 for each in late), f"set at {said}, answered {late} s before"
    lab.lb1.kill()
    server.close()
