# SPDX-License-Identifier: GPL-2.0-or-later
"""The CD image: started by BIOS and UEFI, from a CD drive or written to a stick as it is.

It carries one system and no configuration: that comes from a seed disk or another CD.
"""

import datetime
import os
import subprocess

from . import fat, grub

LABEL = "TORCISO"
EFI_SERIAL = 0x544F5203
EFI_SECTORS = 2 * 1024 * 1024 // fat.SECTOR
# The image cannot know which drive it will be: GRUB looks for it by its label.
SEARCH = f"search --no-floppy --label {LABEL} --set=root\nset prefix=($root)/grub\n"


def make(path, kernel, initrd, menu, work, time):
    """Writes the image; `work` is a folder for what goes into it."""
    tree = f"{work}/iso"
    subprocess.run(["rm", "-rf", tree], check=True)
    files = {
        "a/vmlinuz": kernel,
        "a/initrd": initrd,
        "grub/grub.cfg": menu.encode(),
        "grub/bios.img": grub.piece("cdboot.img") + grub.image(
            "i386-pc", "/grub", (*grub.BIOS, *grub.CD), SEARCH),
    }
    for name, content in files.items():
        os.makedirs(os.path.dirname(f"{tree}/{name}"), exist_ok=True)
        with open(f"{tree}/{name}", "wb") as stream:
            stream.write(content)
    efi = f"{tree}/grub/efi.img"
    with open(efi, "wb") as stream:
        stream.truncate(EFI_SECTORS * fat.SECTOR)
    loader = grub.image("x86_64-efi", "/grub", (*grub.EFI, *grub.CD), SEARCH)
    fat.make(efi, 0, EFI_SECTORS, "TORCEFI", EFI_SERIAL, {"EFI/BOOT/BOOTX64.EFI": loader}, time)
    with open(f"{work}/boot_hybrid.img", "wb") as stream:
        stream.write(grub.piece("boot_hybrid.img"))
    moment = datetime.datetime.fromtimestamp(time, datetime.timezone.utc)
    stamp = moment.strftime("%Y%m%d%H%M%S00")
    subprocess.run(
        ["xorriso", "-no_rc", "-report_about", "WARNING", "-as", "mkisofs", "-quiet", "-o", path,
         "-V", LABEL, "-r", "-J", f"--modification-date={stamp}",
         "--set_all_file_dates", stamp,
         "--grub2-mbr", f"{work}/boot_hybrid.img", "-partition_offset", "16", "--protective-msdos-label",
         "-b", "grub/bios.img", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table",
         "--grub2-boot-info", "-c", "grub/boot.cat",
         "-eltorito-alt-boot", "-e", "grub/efi.img", "-no-emul-boot", "-isohybrid-gpt-basdat", tree],
        check=True, env=fat.environment(time), stderr=subprocess.DEVNULL)
    subprocess.run(["rm", "-rf", tree], check=True)
