# SPDX-License-Identifier: GPL-2.0-or-later
"""What a node's kernel has, asked over netlink: quick enough to be asked every millisecond.

    kernel = Kernel(lab.lb1)
    kernel.addresses()      {"10.0.0.1", "192.168.25.203", ...} of both families
    kernel.tables()         {"torc", ...} of nf_tables
    kernel.fill_tracking()  no further connection can be tracked there
"""

import socket
import struct

NETLINK_ROUTE, NETLINK_NETFILTER = 0, 12
NLM_F_REQUEST, NLM_F_DUMP = 1, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
RTM_NEWADDR, RTM_GETADDR, IFA_ADDRESS, IFA_LOCAL = 20, 22, 1, 2
NFNL_SUBSYS_NFTABLES, NFT_MSG_NEWTABLE, NFT_MSG_GETTABLE, NFTA_TABLE_NAME = 10, 0, 1, 1

NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_NEW, NLM_F_CREATE, NLM_F_NESTED = 1, 0, 0x400, 0x8000
CTA_TUPLE_ORIG, CTA_TUPLE_REPLY, CTA_STATUS, CTA_TIMEOUT = 1, 2, 3, 7
ANSWERED = 1 << 1 | 1 << 2 | 1 << 3 # seen reply, assured, confirmed: does not make room
TRACKED = "/proc/sys/net/netfilter/nf_conntrack_"

HEAD = struct.Struct("=IHHII") # length, type, flags, sequence, port


def attribute(kind, payload):
    return struct.pack("=HH", 4 + len(payload), kind) + payload + bytes(-len(payload) % 4)


def tracked_connection(address, port):
    """A message that makes an entry for a datagram's connection from there."""
    ends = [(address, port), (socket.inet_aton("192.168.25.9"), 9)]

    def tuple_of(kind, source, target):
        addresses = attribute(1, source[0]) + attribute(2, target[0])
        ports = attribute(1, bytes([socket.IPPROTO_UDP])) + attribute(
            2, struct.pack("!H", source[1])) + attribute(3, struct.pack("!H", target[1]))
        return attribute(kind | NLM_F_NESTED, attribute(1 | NLM_F_NESTED, addresses) +
                         attribute(2 | NLM_F_NESTED, ports))

    body = (bytes([socket.AF_INET, 0, 0, 0]) + tuple_of(CTA_TUPLE_ORIG, *ends) +
            tuple_of(CTA_TUPLE_REPLY, *ends[::-1]) +
            attribute(CTA_STATUS, struct.pack("!I", ANSWERED)) +
            attribute(CTA_TIMEOUT, struct.pack("!I", 600)))
    return HEAD.pack(HEAD.size + len(body), NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW,
                     NLM_F_REQUEST | NLM_F_CREATE, 1, 0) + body


def attributes(data):
    """{type: payload} of a message's attributes."""
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if length < 4:
            break
        found[kind & 0x3fff] = data[4:length]
        data = data[(length + 3) & ~3:]
    return found


class Kernel:
    """Sockets that stay open in the node's network."""

    def __init__(self, node):
        self.routing = node.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_ROUTE)
        self.filter = node.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)

        self.node = node

    def close(self):
        self.routing.close()
        self.filter.close()

    @staticmethod
    def _dump(link, kind, body):
        """All messages of an answer: (type, content) each."""
        link.send(HEAD.pack(HEAD.size + len(body), kind, NLM_F_REQUEST | NLM_F_DUMP, 1, 0) + body)
        while True:
            data = link.recv(65536)
            while len(data) >= HEAD.size:
                length, kind, *_ = HEAD.unpack_from(data)
                if kind == NLMSG_DONE:
                    return
                if kind == NLMSG_ERROR:
                    raise OSError(-struct.unpack_from("=i", data, HEAD.size)[0], "netlink")
                yield kind, data[HEAD.size:length]
                data = data[(length + 3) & ~3:]

    def addresses(self):
        found = set()
        for kind, content in self._dump(self.routing, RTM_GETADDR, bytes(8)):
            if kind == RTM_NEWADDR:
                told = attributes(content[8:])
                address = told.get(IFA_LOCAL) or told.get(IFA_ADDRESS)
                found.add(socket.inet_ntop(content[0], address))
        return found

    def tables(self):
        subsystem = NFNL_SUBSYS_NFTABLES << 8
        return {attributes(content[4:])[NFTA_TABLE_NAME].rstrip(b"\0").decode()
                for kind, content in self._dump(self.filter, subsystem | NFT_MSG_GETTABLE, bytes(4))
                if kind == subsystem | NFT_MSG_NEWTABLE}

    def _tracking(self, name):
        return int(self.node.run(["cat", TRACKED + name], check=True).stdout)

    def fill_tracking(self):
        """With connections that were answered, which do not make room for another one."""
        placeholder, batch = b"\xfe" * 4, 512
        parts = [b"".join(tracked_connection(placeholder, port)
                          for port in range(first, first + batch))
                 for first in range(1024, 1024 + 16384, batch)]
        for number in range(0, self._tracking("max") // 16384 + 1):
            for part in parts:
                self.filter.send(part.replace(placeholder, struct.pack("!I", 0x0a010000 + number)))
                self._drop_answers()
        assert self._tracking("count") >= self._tracking("max")

    def _drop_answers(self):
        """Of the entries for which there was no room."""
        try:
            while True:
                self.filter.recv(65536, socket.MSG_DONTWAIT)
        except OSError:
            pass
