# SPDX-License-Identifier: GPL-2.0-or-later
"""GRUB for both firmwares, made with grub-mkimage and put into place by hand: grub-install wants
a block device and a mounted file system.

What belongs where: GRUB's grub-core/boot/i386/pc/boot.S and diskboot.S (offsets below are
GRUB_BOOT_MACHINE_KERNEL_SECTOR and GRUB_BOOT_MACHINE_DRIVE_CHECK of include/grub/i386/pc/boot.h).
"""

import os
import struct
import subprocess
import tempfile

LIBRARY = "/usr/lib/grub"
COMMON = ("part_gpt", "fat", "normal", "configfile", "test", "echo", "loadenv", "serial",
          "terminal", "search", "search_label", "reboot", "halt", "boot", "minicmd")
BIOS = (*COMMON, "biosdisk", "linux16") # grub.cfg tells why that one
EFI = (*COMMON, "linux", "efi_gop", "efi_uga")
CD = ("iso9660",)

SECTOR = 512
BOOT_CODE = 440         # of the first sector; then come the disk's signature and the MBR's table
KERNEL_SECTOR = 0x5c    # in boot.img: where core.img begins, 64 bits
DRIVE_CHECK = 0x66      # in boot.img: a jump that old BIOSes need, and hard disks do not
BLOCK_LIST = 0x1f4      # in core.img's first sector: the rest of it: sector (64 bits), count (16)


def image(format_name, prefix, modules, config=None):
    """A core image: `prefix` is where grub.cfg lies; `config` runs before that is looked for."""
    with tempfile.TemporaryDirectory(prefix="torc-grub-") as folder:
        words = ["grub-mkimage", "-O", format_name, "-p", prefix, "-o", f"{folder}/image"]
        if config:
            with open(f"{folder}/config", "w", encoding="ascii") as stream:
                stream.write(config)
            words += ["-c", f"{folder}/config"]
        subprocess.run([*words, *modules], check=True)
        with open(f"{folder}/image", "rb") as stream:
            return stream.read()


def piece(name):
    """One of GRUB's own files for BIOS machines."""
    with open(f"{LIBRARY}/i386-pc/{name}", "rb") as stream:
        return stream.read()


def embed(disk, core, sector, room):
    """Makes a disk start `core`, written at `sector` where `room` sectors belong to it."""
    count = -(-len(core) // SECTOR)
    if count > room:
        raise SystemExit(f"appliance: GRUB's core image has {count} sectors, room is for {room}")
    boot = bytearray(piece("boot.img"))
    struct.pack_into("<Q", boot, KERNEL_SECTOR, sector)
    boot[DRIVE_CHECK:DRIVE_CHECK + 2] = b"\x90\x90"
    core = bytearray(core)
    struct.pack_into("<QH", core, BLOCK_LIST, sector + 1, count - 1)
    with open(disk, "r+b") as stream:
        stream.write(boot[:BOOT_CODE])
        stream.seek(sector * SECTOR, os.SEEK_SET)
        stream.write(core)


def environment_block(**variables):
    """grubenv: 1,024 bytes that GRUB, and later init, change in place."""
    text = "# GRUB Environment Block\n" + "".join(f"{name}={value}\n"
                                                  for name, value in variables.items())
    return text.encode().ljust(1024, b"#")
