# SPDX-License-Identifier: GPL-2.0-or-later
"""The archive format of an initramfs ("newc"), written without a file system in between.

Members go in by name and come out sorted, owned by root, without a time and with inode numbers
counted from 1: the same content gives the same bytes, and device nodes need no privilege.  See
the kernel's Documentation/driver-api/early-userspace/buffer-format.rst.
"""

import stat


class Archive:
    """Collects members; bytes() is the archive."""

    def __init__(self):
        self.members = {} # path without a leading slash: (mode, content, device numbers)

    def folder(self, path, mode=0o755):
        self._parents(path)
        self.members[path] = (stat.S_IFDIR | mode, b"", (0, 0))

    def file(self, path, content, mode=0o644):
        self._parents(path)
        self.members[path] = (stat.S_IFREG | mode, content, (0, 0))

    def link(self, path, target):
        self._parents(path)
        self.members[path] = (stat.S_IFLNK | 0o777, target.encode(), (0, 0))

    def device(self, path, major, minor, mode=0o600):
        self._parents(path)
        self.members[path] = (stat.S_IFCHR | mode, b"", (major, minor))

    def _parents(self, path):
        parts = path.split("/")[:-1]
        for count in range(1, len(parts) + 1):
            self.members.setdefault("/".join(parts[:count]), (stat.S_IFDIR | 0o755, b"", (0, 0)))

    def __bytes__(self):
        parts = []
        for inode, (path, member) in enumerate(sorted(self.members.items()), 1):
            parts += self._member(inode, path, *member)
        parts += self._member(0, "TRAILER!!!", 0, b"", (0, 0))
        return b"".join(parts)

    def _member(self, inode, path, mode, content, device):
        name = path.encode() + b"\0"
        links = 2 if stat.S_ISDIR(mode) else 1
        fields = (inode, mode, 0, 0, links, 0, len(content), 0, 0, *device,
                  len(name), 0)
        header = b"070701" + b"".join(b"%08x" % field for field in fields)
        return [header, name, _padding(len(header) + len(name)), content, _padding(len(content))]


def _padding(length):
    return b"\0" * (-length % 4)


def read(data):
    """The members of an archive: {path: (mode, content)}."""
    members, place = {}, 0
    while True:
        fields = [int(data[at:at + 8], 16) for at in range(place + 6, place + 110, 8)]
        mode, size, name_size = fields[1], fields[6], fields[11]
        name = data[place + 110:place + 110 + name_size - 1].decode()
        if name == "TRAILER!!!":
            return members
        place += 110 + name_size
        place += -place % 4
        members[name] = (mode, data[place:place + size])
        place += size
        place += -place % 4
