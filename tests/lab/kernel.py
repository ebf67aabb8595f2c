# SPDX-License-Identifier: GPL-2.0-or-later
"""What a node's kernel has, asked over netlink: quick enough to be asked every millisecond.

    kernel = Kernel(lab.lb1)
    kernel.addresses()      {"10.0.0.1", "192.168.25.203", ...} of both families
    kernel.tables()         {"torc", ...} of nf_tables
"""

import socket
import struct

NETLINK_ROUTE, NETLINK_NETFILTER = 0, 12
NLM_F_REQUEST, NLM_F_DUMP = 1, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
RTM_NEWADDR, RTM_GETADDR, IFA_ADDRESS, IFA_LOCAL = 20, 22, 1, 2
NFNL_SUBSYS_NFTABLES, NFT_MSG_NEWTABLE, NFT_MSG_GETTABLE, NFTA_TABLE_NAME = 10, 0, 1, 1

HEAD = struct.Struct("=IHHII") # length, type, flags, sequence, port


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
