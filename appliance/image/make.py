# SPDX-License-Identifier: GPL-2.0-or-later
"""make appliance: from a built torc and Debian's packages to files that boot.

    python3 -m appliance.image.make --kernel CHOICE --out FOLDER --work FOLDER --init FILE --torc FILE

leaves in the out folder

    vmlinuz, initrd             for PXE, and for a hypervisor that starts a kernel itself
    torc-appliance.img          the disk (disk.py)       torc-appliance.img.zst   the same, to download
    torc-appliance.iso          the CD (iso.py)
    PACKAGES                    what is inside, by package, with version and source
    SHA256SUMS                  checksums of all of them

No privilege is needed: no mounts, no loop devices.  The same tree and the same packages give the
same bytes: every time is SOURCE_DATE_EPOCH (make passes the last commit's), every order is by
name, every identity is fixed.
"""

import argparse
import glob
import hashlib
import os
import subprocess
import sys

from . import disk, grub, initramfs, iso, kernel

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MIB = 1024 * 1024
INITRD_MAX = 20 * MIB
DOWNLOAD_MAX = 60 * MIB


def read(path):
    with open(path, "rb") as stream:
        return stream.read()


def write(path, content):
    """All of it or nothing: a build that was interrupted leaves no half of a file."""
    with open(f"{path}.new", "wb") as stream:
        stream.write(content)
    os.rename(f"{path}.new", path)


def installed(path):
    """Which installed package a file is from: (name, version, source, source's version)."""
    for place in (path, path.removeprefix("/usr")): # dpkg knows the name it unpacked
        done = subprocess.run(["dpkg", "-S", place], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=False)
        if done.returncode == 0:
            name = done.stdout.split(": ")[0].split(",")[0]
            text = subprocess.run(
                ["dpkg-query", "-W", "-f", "${Package} ${Version} ${source:Package} ${source:Version}",
                 name], text=True, stdout=subprocess.PIPE, check=True).stdout
            return tuple(text.split())
    return (os.path.basename(path), "unpackaged", "-", "-")


def of_kernel(record):
    """The same of a kernel's package; its Source field has the version where they differ."""
    source, _, version = record.get("Source", record["Package"]).partition(" ")
    return (record["Package"], record["Version"], source, version.strip("()") or record["Version"])


def list_of_packages(the_kernel, torc, version):
    rows = {of_kernel(record) for record in the_kernel.packages}
    rows |= {installed(path) for path in initramfs.libraries(torc).values()}
    rows |= {installed(f"{grub.LIBRARY}/i386-pc/boot.img"),
             installed(f"{grub.LIBRARY}/x86_64-efi/kernel.img")}
    # init is linked statically: what it is made of is these too.
    rows |= {installed(f"/usr/lib/x86_64-linux-gnu/{name}.a") for name in ("libc", "libzstd")}
    lines = [f"# What torc's appliance is made of.  torc itself (init included): {version}",
             f"# Made with SOURCE_DATE_EPOCH={os.environ['SOURCE_DATE_EPOCH']}",
             "# The rest is Debian's, unchanged.  The source of a package, at its very version:",
             "#   apt-get source SOURCE=VERSION, or Debian's snapshot archive where it is gone from there",
             "# package version source version"]
    lines += [" ".join(row) for row in sorted(rows)]
    return "\n".join(lines) + "\n"


def main():
    options = argparse.ArgumentParser()
    for name in ("kernel", "out", "work", "init", "torc", "version"):
        options.add_argument(f"--{name}", required=True)
    options.add_argument("--firmware", help="a folder with files for /lib/firmware")
    options = options.parse_args()
    time = int(os.environ["SOURCE_DATE_EPOCH"])
    out, work = os.path.abspath(options.out), os.path.abspath(options.work)
    for folder in (out, work):
        os.makedirs(folder, exist_ok=True)

    the_kernel = kernel.fetch(options.kernel, f"{work}/kernel")
    modules = initramfs.modules(the_kernel, f"{HERE}/modules.txt", work)
    programs = initramfs.programs(options.init, options.torc, work)
    initramfs.add_tree(programs, "", f"{HERE}/root")
    if options.firmware:
        initramfs.add_tree(programs, "lib/firmware/", options.firmware)
    initrd = modules + initramfs.compress(bytes(programs))
    # What a user adds is his own affair.
    if len(initrd) >= INITRD_MAX and not options.firmware:
        raise SystemExit(f"appliance: initrd has {len(initrd)} bytes, {INITRD_MAX} are the limit")
    linux, menu = read(the_kernel.image), read(f"{HERE}/grub.cfg").decode()

    write(f"{out}/vmlinuz", linux)
    write(f"{out}/initrd", initrd)
    disk.make(f"{work}/disk", linux, initrd, menu, time)
    os.rename(f"{work}/disk", f"{out}/torc-appliance.img")
    iso.make(f"{work}/cd", linux, initrd, menu, work, time)
    os.rename(f"{work}/cd", f"{out}/torc-appliance.iso")
    subprocess.run(["zstd", "-9", "-T2", "-q", "-f", f"{out}/torc-appliance.img"], check=True)
    download = os.path.getsize(f"{out}/torc-appliance.img.zst")
    if download >= DOWNLOAD_MAX:
        raise SystemExit(f"appliance: the compressed disk has {download} bytes, "
                         f"{DOWNLOAD_MAX} are the limit")
    write(f"{out}/PACKAGES", list_of_packages(the_kernel, options.torc, options.version).encode())
    names = sorted(os.path.basename(path) for path in glob.glob(f"{out}/*")
                   if os.path.isfile(path) and not path.endswith((".new", "SHA256SUMS")))
    sums = "".join(f"{hashlib.sha256(read(f'{out}/{name}')).hexdigest()}  {name}\n" for name in names)
    write(f"{out}/SHA256SUMS", sums.encode())
    for name in names:
        print(f"  {os.path.getsize(f'{out}/{name}'):>11,}  {os.path.relpath(out)}/{name}")
    print(f"  kernel {the_kernel.version}")


if __name__ == "__main__":
    sys.exit(main())
