# SPDX-License-Identifier: GPL-2.0-or-later
"""torc beside Debian's keepalived, and beside frr's vrrpd, on one network.

Six routers at once: version 2, version 3 and version 3 of IPv6, and of each one that torc is to
have and one that the other is to have.  So one run sees both in both roles.  tshark reads along and
must not complain about anything that torc sends.
"""

import json
import re
import signal
import subprocess
import time

import pytest

from lab import Lab, namespaces_refused, wait_for
from lab.rivals import Frr, Keepalived, Router

pytestmark = [
    pytest.mark.lab,
    pytest.mark.slow, # of waiting: what it asks does not change with the compiler's flags
    pytest.mark.torc_only("haproxy has no VRRP"),
    pytest.mark.skipif(bool(namespaces_refused()), reason="no network namespaces here"),
    pytest.mark.limit(120),
]

BETTER, WORSE = 120, 90


def routers(first, second):
    """Three routers of each kind with these two priorities."""
    return [
        Router("V2A", 50, 2, first, ("192.168.25.210",)),
        Router("V2B", 51, 2, second, ("192.168.25.211",)),
        Router("V3A", 60, 3, first, ("192.168.25.212",), advert_s=0.2),
        Router("V3B", 61, 3, second, ("192.168.25.213",), advert_s=0.2),
        Router("V6A", 70, 3, first, ("fe80::99:1", "fd00::91"), advert_s=0.2),
        Router("V6B", 71, 3, second, ("fe80::99:2", "fd00::92"), advert_s=0.2),
    ]


OURS, THEIRS = routers(BETTER, WORSE), routers(WORSE, BETTER)
EVERY = {router.name for router in OURS}
FIRST = {router.name for router in OURS if router.priority == BETTER}
SECOND = EVERY - FIRST


def rows(balancer):
    return {row["name"]: row for row in json.loads(balancer.runtime("show vrrp json"))}


def masters(balancer):
    """What torc is master of; the addresses must be there, and no other's."""
    if not balancer.torc:
        return set()
    found = {name for name, row in rows(balancer).items() if row["state"] == "MASTER"}
    held = {router.name for router in OURS
            if all(balancer.holds(address) for address in router.addresses)}
    return found if found == held else None # between the two


def wait_masters(lab, rival, ours, theirs, limit_s=10):
    """Until the two own what they should, and answer a ping at once."""
    seen = []

    def split():
        seen[:] = [masters(lab.lb1), rival.masters(THEIRS)]
        return seen == [ours, theirs]

    wait_for(split, limit_s,
             lambda: f"{sorted(ours)} and {sorted(theirs)}; there are {seen}\n"
                     f"{lab.lb1.messages()[-3000:]}\n{rival.messages()[-3000:]}")
    addresses = [router.addresses[0] for router in OURS if router.family == 4]
    for address in addresses:
        done = lab.client.run(["ping", "-c", "1", "-W", "1", address])
        assert done.returncode == 0, f"{address}: {done.stdout}"


def spectator(lab):
    """Writes down what leaves LB1 and comes to it on the outer network."""
    program = lab.switch.popen(["tcpdump", "-i", "lb1-eth0", "-U", "-Z", "root", "-w", "/run/seen",
                                "-q", "vrrp or ip6 proto 112 or arp or icmp6 or igmp"],
                               stderr=subprocess.PIPE)
    said = b""
    while b"listening" not in said:
        line = program.stderr.readline()
        assert line, said
        said += line
    return program


def decoded(lab, wanted, *fields):
    """Those frames as tshark sees them."""
    words = ["tshark", "-r", lab.switch.path("/run/seen"), "-o", "ip.check_checksum:TRUE",
             "-Y", wanted, "-T", "fields"]
    for field in fields:
        words += ["-e", field]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


def check_capture(lab):
    """tshark finds every router's adverts from LB1, all checksums right, nothing to complain of.
    What is no advert (type 15, between two torcs) it does not know."""
    hardware = re.search(r"link/ether (\S+)", lab.lb1.run(["ip", "link", "show", "eth0"]).stdout)
    ours = f"eth.src == {hardware.group(1)}"
    # Notes and worse; but that an address has moved is what a gratuitous ARP is for.
    bad = (f"{ours} and (_ws.malformed or _ws.expert.severity >= 0x400000)"
           " and not arp.duplicate-address-detected and not vrrp.type == 15")
    assert decoded(lab, bad, "frame.number", "_ws.col.Info", "_ws.expert.message") == []
    adverts = decoded(lab, f"{ours} and vrrp.type == 1", "vrrp.version", "vrrp.virt_rtr_id",
                      "vrrp.checksum.status", "ip.ttl", "ipv6.hlim")
    assert {(advert[0], advert[1]) for advert in adverts} == {
        (str(router.version), str(router.number)) for router in OURS}
    assert {advert[2] for advert in adverts} == {"1"}
    assert {advert[3] or advert[4] for advert in adverts} == {"255"}
    told = {line[0] for line in decoded(lab, f"{ours} and arp.isgratuitous", "arp.src.proto_ipv4")}
    assert told >= {router.addresses[0] for router in OURS if router.family == 4}
    told = {line[0] for line in decoded(lab, f"{ours} and icmpv6.type == 136",
                                        "icmpv6.nd.na.target_address")}
    assert told >= {address for router in OURS if router.family == 6
                    for address in router.addresses}


@pytest.mark.parametrize("kind", [Keepalived, Frr])
def test_both_roles_beside(kind):
    """Each has what it should have; a stop of either, and its return, moves everything and back."""
    with Lab(servers=0, routers=True, torc=False) as lab:
        watcher = spectator(lab)
        rival = kind(lab.lb2)
        text = "".join(router.keepalived() for router in OURS)
        lab.lb1.write_routers(text)
        lab.lb1.start_torc()
        if kind is Keepalived:
            rival.start("".join(router.keepalived() for router in THEIRS))
        else:
            rival.start(THEIRS)
        wait_masters(lab, rival, FIRST, SECOND)
        time.sleep(1)
        assert [masters(lab.lb1), rival.masters(THEIRS)] == [FIRST, SECOND]
        told = rows(lab.lb1)
        for name in SECOND: # the other one's adverts are understood
            assert told[name]["adverts_in"] > 0 and told[name]["master_priority"] == BETTER

        rival.stop()
        wait_masters(lab, rival, EVERY, set(), 6)
        rival.start()
        wait_masters(lab, rival, FIRST, SECOND)
        errors = {name: row["errors"] for name, row in rows(lab.lb1).items()}
        assert errors == dict.fromkeys(EVERY, {})

        assert lab.lb1.stop_torc() == 143
        wait_masters(lab, rival, set(), EVERY, 6)
        lab.lb1.start_torc()
        wait_masters(lab, rival, FIRST, SECOND)
        watcher.signal(signal.SIGINT)
        watcher.communicate()
        check_capture(lab)


MACVLANS = """vrrp_instance FOUR {{
  interface eth0
  virtual_router_id 50
  priority {four}
  advert_int 1
  use_vmac
  virtual_ipaddress {{
    192.168.25.210
  }}
}}
vrrp_instance SIX {{
  interface eth0
  virtual_router_id 60
  priority {six}
  version 3
  advert_int 0.2
  use_vmac vip6
  virtual_ipaddress {{
    fe80::99:1
    fd00::99/64
  }}
}}
"""


def test_macvlans_beside_keepalived():
    """use_vmac on both: adverts come from one MAC address, and each hears the other's."""
    def states():
        told = rows(lab.lb1)
        assert all(row["errors"] == {} for row in told.values())
        return told["FOUR"]["state"], told["SIX"]["state"]

    def reached():
        """Both addresses answer; the client's MAC address of the one that torc has."""
        for address in ("192.168.25.210", "fd00::99"):
            lab.client.run(["ping", "-c", "1", "-W", "1", address], check=True)
        return re.search(r"^192.168.25.210 lladdr (\S+)", lab.client.run(
            ["ip", "neigh", "show", "dev", "eth0"]).stdout, re.MULTILINE).group(1)

    with Lab(servers=0, routers=True, torc=False) as lab:
        lab.client.ip(["addr add fd00::2/64 dev eth0 nodad"])
        rival = Keepalived(lab.lb2)
        rival.start(MACVLANS.format(four=WORSE, six=BETTER))
        lab.lb1.write_routers(MACVLANS.format(four=BETTER, six=WORSE))
        lab.lb1.start_torc()
        wait_for(lambda: states() == ("MASTER", "BACKUP"), 15, states)
        assert rows(lab.lb1)["SIX"]["master_priority"] == BETTER
        assert reached() == "00:00:5e:00:01:32"
        rival.stop()
        wait_for(lambda: states() == ("MASTER", "MASTER"), 5, states)
        assert reached() == "00:00:5e:00:01:32"
        rival.start()
        wait_for(lambda: states() == ("MASTER", "BACKUP"), 10, states)
        assert lab.lb1.stop_torc() == 143
        wait_for(lambda: lab.lb2.holds("192.168.25.210", "vrrp.50"), 5, "keepalived")
        ping = ["ping", "-c", "1", "-W", "1", "192.168.25.210"]
        wait_for(lambda: lab.client.run(ping).returncode == 0, 5, "its answer")
