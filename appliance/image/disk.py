# SPDX-License-Identifier: GPL-2.0-or-later
"""The disk image: GPT, started by BIOS and UEFI alike.

    1  BIOS boot    GRUB's core image, for BIOS machines
    2  TORCBOOT     FAT32, the EFI system partition: GRUB for UEFI, its menu, and one folder for
                    each system (a/, and room for b/): vmlinuz and initrd
    3  TORCCONFIG   FAT16, the operator's: haproxy.cfg, keepalived.conf, torc.conf, certs/

GRUB finds its menu on the very disk it was loaded from, so that a second disk with another
appliance on it confuses nobody.
"""

import subprocess

from . import fat, grub

SECTOR = 512
MIB = 1024 * 1024 // SECTOR # in sectors

BIOS_TYPE = "21686148-6449-6E6F-744E-656564454649"
EFI_TYPE = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
DATA_TYPE = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7" # what other systems show to their user

# Identities are fixed: an image is the same wherever it was made.
DISK_ID = "544F5243-0000-4000-8000-000000000000"
SYSTEM_SERIAL, CONFIG_SERIAL = 0x544F5201, 0x544F5202

BIOS_PART = (1 * MIB, 1 * MIB) # first sector, sectors
# FAT32 wants 65,525 clusters: with 4 KiB each, which GRUB reads fast, that is 256 MiB.
SYSTEM_PART = (2 * MIB, 272 * MIB)
CONFIG_PART = (274 * MIB, 16 * MIB)
SECTORS = 291 * MIB # the last MiB holds the table's copy

CONFIG_LABEL = "TORCCONFIG"
README = """\
This is torc's configuration partition.  Put here:

  haproxy.cfg       frontends, backends, servers
  keepalived.conf   virtual routers (optional)
  torc.conf         host name, interfaces, addresses, gateway, DNS, NTP, syslog
  certs/            certificates

and start the appliance again.  A disk or CD labelled CIDATA or TORCCONFIG with the same files is
looked for first.  docs/APPLIANCE.md tells the rest.
"""


def partition(path):
    """An empty image with its three partitions."""
    with open(path, "wb") as stream:
        stream.truncate(SECTORS * SECTOR)
    lines = ["label: gpt", f"label-id: {DISK_ID}", "unit: sectors", "first-lba: 34"]
    for number, (place, kind, name) in enumerate(((BIOS_PART, BIOS_TYPE, "torc bios boot"),
                                                  (SYSTEM_PART, EFI_TYPE, "torc system"),
                                                  (CONFIG_PART, DATA_TYPE, "torc configuration")), 1):
        lines.append(f"start={place[0]}, size={place[1]}, type={kind}, "
                     f"uuid={DISK_ID[:-1]}{number}, name=\"{name}\"")
    subprocess.run(["/usr/sbin/sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", path],
                   input="\n".join(lines) + "\n", text=True, check=True)


def make(path, kernel, initrd, menu, time):
    """Writes the image.  kernel and initrd are bytes, menu is the text of grub.cfg."""
    partition(path)
    fat.make(path, *SYSTEM_PART, "TORCBOOT", SYSTEM_SERIAL, {
        "EFI/BOOT/BOOTX64.EFI": grub.image("x86_64-efi", "/grub", grub.EFI),
        "grub/grub.cfg": menu.encode(),
        "grub/grubenv": grub.environment_block(slot="a"),
        "a/vmlinuz": kernel,
        "a/initrd": initrd,
    }, time, bits=32, cluster=8)
    fat.make(path, *CONFIG_PART, CONFIG_LABEL, CONFIG_SERIAL,
             {"README.txt": README.replace("\n", "\r\n").encode()}, time, bits=16, cluster=4)
    grub.embed(path, grub.image("i386-pc", "(,gpt2)/grub", grub.BIOS), *BIOS_PART)
