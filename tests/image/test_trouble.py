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


def order(lab, word):
    """An order to the imp: how many processes it met."""
    with lab.client.socket(kind=socket.SOCK_DGRAM) as link:
        link.settimeout(20)
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
    """A word in haproxy.cfg is wrong: nobody gets an address, everybody can see why."""
    lab = site("lb1", servers=1)
    with open(f"{ROOT}/appliance/examples/lb1/haproxy.cfg", encoding="utf-8") as stream:
        text = stream.read().replace("balance roundrobin", "balance roundrobbin")
    lab.lb1.power_on(seed=lab.seed("lb1", {"haproxy.cfg": text}))
    lab.lb1.wait_serial("no valid configuration")
    note("power-on to the banner of a machine without a configuration", lab.lb1.seconds())
    answer = wait_for(lambda: lab.answer("/", host=MANAGEMENT, port=8404, timeout=5), 90,
                      lambda: f"the page; lb1's screen:\n{lab.lb1.serial()[-3000:]}")
    assert answer.status == 200 and "Statistics" in answer.text
    screen = lab.lb1.serial()
    assert "roundrobbin" in screen and "'roundrobin'" in screen
    for name, (_, mac) in lab.lb1.cards.items():
        assert re.search(rf"^{name} +{mac}", screen, re.MULTILINE | re.IGNORECASE), screen[-3000:]
    assert not lab.answer(timeout=2), f"{VIP} is nobody's"
    assert f"VIP {VIP}" not in screen
    lab.lb1.press_power()
    lab.lb1.wait_off(90)


def test_nothing_at_all(site):
    """No disk, no words: the machine says who it is, and finds a disk that comes later."""
    lab = site("lb1", servers=1)
    lab.lb1.power_on(words="torc.wait=1")
    lab.lb1.wait_serial("no valid configuration")
    for _, mac in lab.lb1.cards.values():
        lab.lb1.wait_serial(mac, 30)
    lab.lb1.kill()


def test_clock_and_recovery(site):
    """By the kernel's words alone, with a clock that is years behind: the time server sets it."""
    lab = site("lb1", servers=1)
    server = lab.time_server()
    lab.lb1.power_on(seed=lab.seed("lb1"), extra=["-rtc", "base=2020-01-01T00:00:00"],
                     words="torc.config=ignore torc.interface=eth0,192.168.25.201/24 "
                           f"torc.ntp={OUTSIDE} torc.management={MANAGEMENT}")
    lab.lb1.wait_serial(f"set by {OUTSIDE}")
    assert wait_for(lambda: lab.answer("/", host=MANAGEMENT, port=8404, timeout=5), 90,
                    "the management page").status == 200
    # A new page is drawn when something changes; its time is compared when it comes.
    seen = len(re.findall(r"clock: ", lab.lb1.serial()))
    lab.switch.ip(["link set lb1-eth1 down"])
    wait_for(lambda: len(re.findall(r"clock: \S+ \S+ UTC", lab.lb1.serial())) > seen, 60,
             "another page on the serial line")
    shown = re.findall(r"clock: (\S+ \S+) UTC", lab.lb1.serial())[-1]
    there = calendar.timegm(time.strptime(shown, "%Y-%m-%d %H:%M:%S"))
    assert abs(time.time() - there) < 10, shown # of which the emulator and the serial line take most
    lab.lb1.kill()
    server.close()
