# SPDX-License-Identifier: GPL-2.0-or-later
"""What the images are made of, looked at with other eyes than those that made them: sfdisk, mtools
and xorriso read what Python wrote, and the archive is unpacked member by member."""

import glob
import json
import os
import re
import stat
import subprocess
import sys

import pytest

from appliance.image import cpio, initramfs, seed
from appliance.image.kernel import fetch
from initrd import archives, told_length, unpack
from lab.node import ROOT

MIB = 1024 * 1024
SECTOR = 512
EXAMPLES = f"{ROOT}/appliance/examples"
PUBLISHED = f"{ROOT}/tests/lab/published"
# Without these a machine of that kind would come up without its network or its files.
DRIVERS = ("virtio_net", "virtio_blk", "virtio_scsi", "e1000", "e1000e", "igb", "ixgbe", "i40e",
           "ice", "mlx5_core", "bnxt_en", "tg3", "r8169", "vmxnet3", "hv_netvsc", "hv_storvsc",
           "xen-netfront", "xen-blkfront", "ena", "gve", "vmw_pvscsi", "ahci", "nvme", "sd_mod",
           "sr_mod", "usb-storage", "mpt3sas", "megaraid_sas", "vfat", "isofs", "nls_cp437",
           "bonding", "8021q", "macvlan", "tls", "nft_masq", "nft_nat", "nft_ct", "i6300esb",
           "iTCO_wdt", "softdog", "button", "evdev", "nft_fib_inet", "nft_socket",
           "nft_reject_inet")


def run(*argv, **options):
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, **options).stdout


def read(path):
    with open(path, "rb") as stream:
        return stream.read()


@pytest.fixture(scope="module")
def table(out):
    return json.loads(run("/usr/sbin/sfdisk", "-J", f"{out}/torc-appliance.img"))["partitiontable"]


@pytest.fixture(scope="module")
def fat(out, table):
    """The content of a file in one of the disk's partitions, by mtools."""
    def content(number, path):
        offset = table["partitions"][number - 1]["start"] * SECTOR
        return run("mcopy", "-n", "-i", f"{out}/torc-appliance.img@@{offset}", f"::{path}", "-",
                   env={**os.environ, "MTOOLS_SKIP_CHECK": "1"})
    return content


@pytest.fixture(scope="module")
def members(out):
    """{path: (mode, content)} of the initramfs: two archives, one behind the other."""
    first, second = archives(f"{out}/initrd")
    assert not {path for path in set(first) & set(second) if not stat.S_ISDIR(first[path][0])}
    return {**first, **second}


def test_checksums_and_sizes(out):
    run("sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS", cwd=out)
    named = {line.split()[1] for line in read(f"{out}/SHA256SUMS").decode().splitlines()}
    assert named == {"vmlinuz", "initrd", "torc-appliance.img", "torc-appliance.img.zst",
                     "torc-appliance.iso", "PACKAGES"}
    assert os.path.getsize(f"{out}/initrd") < 20 * MIB
    assert os.path.getsize(f"{out}/torc-appliance.img.zst") < 60 * MIB


def test_disk_has_its_three_partitions(out, table, fat):
    run("/usr/sbin/sfdisk", "--verify", "--quiet", f"{out}/torc-appliance.img")
    assert table["label"] == "gpt"
    kinds = [part["type"] for part in table["partitions"]]
    assert kinds == ["21686148-6449-6E6F-744E-656564454649",
                     "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
                     "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7"]
    disk = f"{out}/torc-appliance.img"
    for number, label in ((2, "TORCBOOT"), (3, "TORCCONFIG")):
        offset = table["partitions"][number - 1]["start"] * SECTOR
        assert label in run("mlabel", "-s", "-i", f"{disk}@@{offset}", "::", text=True)
        # The file system ends where its partition does, at the latest.
        boot = read(disk)[offset:offset + SECTOR] if number == 3 else open_at(disk, offset)
        sectors = int.from_bytes(boot[19:21], "little") or int.from_bytes(boot[32:36], "little")
        assert sectors <= table["partitions"][number - 1]["size"]
    assert b"torc.conf" in fat(3, "README.txt")


def open_at(path, offset):
    with open(path, "rb") as stream:
        stream.seek(offset)
        return stream.read(SECTOR)


def test_disk_starts_by_both_firmwares(out, table, fat):
    """The two ways in: GRUB behind the first sector, and the file that UEFI looks for."""
    first = open_at(f"{out}/torc-appliance.img", 0)
    start = table["partitions"][0]["start"]
    assert int.from_bytes(first[0x5c:0x64], "little") == start
    assert first[510:] == b"\x55\xaa"
    core = open_at(f"{out}/torc-appliance.img", start * SECTOR)
    assert int.from_bytes(core[0x1f4:0x1fc], "little") == start + 1
    count = int.from_bytes(core[0x1fc:0x1fe], "little")
    assert 0 < count < table["partitions"][0]["size"]
    loader = fat(2, "EFI/BOOT/BOOTX64.EFI")
    assert loader[:2] == b"MZ"
    assert fat(2, "grub/grub.cfg") == read(f"{ROOT}/appliance/grub.cfg")
    environment = fat(2, "grub/grubenv")
    assert len(environment) == 1024 and b"\nslot=a\n" in environment


def test_every_medium_carries_the_same_system(out, fat, table):
    kernel, initrd = read(f"{out}/vmlinuz"), read(f"{out}/initrd")
    assert fat(2, "a/vmlinuz") == kernel and fat(2, "a/initrd") == initrd
    iso = ["xorriso", "-no_rc", "-osirrox", "on", "-indev", f"{out}/torc-appliance.iso"]
    place = f"{ROOT}/build/image-test/iso"
    run("rm", "-rf", place)
    run(*iso, "-extract", "/a", place, stderr=subprocess.DEVNULL)
    assert read(f"{place}/vmlinuz") == kernel and read(f"{place}/initrd") == initrd
    run("rm", "-rf", place)
    # Room for a second system of the same size.
    offset = table["partitions"][1]["start"] * SECTOR
    told = run("mdir", "-i", f"{out}/torc-appliance.img@@{offset}", "::", text=True)
    free = int(re.sub(r"\s", "", re.search(r"([\d\s]+) bytes free", told).group(1)))
    assert free > 2 * (len(kernel) + len(initrd))


def test_nothing_of_a_distribution_is_inside(members):
    programs = {path for path, (mode, _) in members.items()
                if stat.S_ISREG(mode) and mode & 0o111}
    libraries = {path for path in programs if re.fullmatch(r"lib(64|/x86_64-linux-gnu)/\S+\.so\.\d+",
                                                           path)}
    assert programs - libraries == {"init", "usr/sbin/torc"}
    others = {path for path, (mode, _) in members.items() if stat.S_ISREG(mode)} - programs
    assert all(path.startswith(("lib/modules/", "lib/firmware/", "etc/")) for path in others)
    everything = b"".join(content for path, (_, content) in members.items() if path in programs)
    assert ROOT.encode() not in everything, "the folder of the build is nobody's business"


def test_torc_finds_its_libraries(members):
    """Every library that is asked for lies where the loader looks."""
    work = f"{ROOT}/build/image-test/elf"
    os.makedirs(os.path.dirname(work), exist_ok=True)

    def needed(content):
        with open(work, "wb") as stream:
            stream.write(content)
        told = run("readelf", "-dlW", work, text=True)
        return (re.findall(r"\(NEEDED\).*\[(.+)\]", told),
                re.findall(r"interpreter: (\S+)\]", told))
    asked, loader = needed(members["usr/sbin/torc"][1])
    assert loader == ["/lib64/ld-linux-x86-64.so.2"] and loader[0][1:] in members
    while asked:
        name = asked.pop()
        path = f"lib/x86_64-linux-gnu/{name}"
        if name not in os.path.basename(loader[0]):
            assert path in members
            asked += needed(members[path][1])[0]
    assert needed(members["init"][1]) == ([], []), "pid 1 is static"
    os.unlink(work)


def plain_modules(members):
    """{path without .zst: content} of the modules among the members of an archive."""
    packed = {path: content for path, (_, content) in sorted(members.items())
              if path.endswith(".ko.zst")}
    lengths = [told_length(content) for content in packed.values()]
    assert None not in lengths, "init wants to know how long a module is"
    everything, place, plain = unpack(b"".join(packed.values())), 0, {}
    for path, length in zip(packed, lengths):
        plain[path.removesuffix(".zst")] = everything[place:place + length]
        place += length
    assert place == len(everything)
    return plain


def test_modules_are_complete(members):
    plain = plain_modules(members)
    assert plain and all(content[:4] == b"\x7fELF" for content in plain.values())
    modules = {path for path in members if path.endswith(".ko.zst")}
    assert modules == {path for path in members if "/kernel/" in path and ".ko" in path}
    base = {path.split("/kernel/")[0] for path in modules}
    assert len(base) == 1
    base = base.pop()
    listed = set()
    for line in members[f"{base}/modules.dep"][1].decode().splitlines():
        names = {f"{base}/{name}" for name in line.replace(":", " ").split()}
        assert names <= modules
        listed |= names
    assert listed == modules
    names = {os.path.basename(path)[:-len(".ko.zst")].replace("-", "_") for path in modules}
    missing = {name for name in DRIVERS if name.replace("-", "_") not in names}
    # The kernel may have one built in: then none of its versions has the module.
    assert not missing - built_in(base), missing
    aliases = members[f"{base}/modules.alias"][1].decode().splitlines()
    assert aliases == sorted(aliases) and all(line.startswith("alias ") for line in aliases)
    assert {line.split()[-1] for line in aliases} <= names
    assert f"{base}/modules.softdep" in members


def built_in(base):
    version = os.path.basename(base)
    found = set()
    for path in glob.glob(f"{ROOT}/build/appliance/*/kernel/tree/**/{version}/modules.builtin",
                          recursive=True):
        found |= {os.path.basename(line)[:-3] for line in read(path).decode().split()}
    return found | {name.replace("_", "-") for name in found}


def test_list_of_packages_names_sources(out):
    rows = [line.split() for line in read(f"{out}/PACKAGES").decode().splitlines()
            if not line.startswith("#")]
    assert all(len(row) == 4 and row[1] != "unpackaged" for row in rows), rows
    sources = {row[2] for row in rows}
    assert {"glibc", "grub2", "liburing", "libmnl"} <= sources
    assert any(source.startswith("linux") for source in sources)


def test_second_build_is_the_same(out, tmp_path):
    """Disk, CD, programs and lists are made anew; with TORC_IMAGE_FULL the modules are compressed
    again too, which takes a minute, else they are packed again and compared unpacked."""
    kernel = os.environ.get("TORC_IMAGE_KERNEL", "machine")
    work = str(tmp_path / "work")
    kept = f"{ROOT}/build/appliance/{kernel}"
    os.makedirs(work)
    os.symlink(f"{kept}/kernel", f"{work}/kernel")
    packed = glob.glob(f"{kept}/modules-*.cpio")
    assert len(packed) == 1
    if os.environ.get("TORC_IMAGE_FULL") != "1":
        os.symlink(packed[0], f"{work}/{os.path.basename(packed[0])}")
        again = initramfs.module_archive(fetch(kernel, f"{work}/kernel"),
                                         read(f"{ROOT}/appliance/modules.txt").decode(), work,
                                         pack=lambda content: content)
        members = cpio.read(read(packed[0]))
        plain = {**{path: content for path, (_, content) in members.items()
                    if not path.endswith(".zst")}, **plain_modules(members)}
        assert {path.removesuffix(".zst"): content
                for path, (_, content, _) in again.members.items()} == plain
    told = read(f"{out}/PACKAGES").decode()
    run(sys.executable, "-m", "appliance.image.make", "--kernel", kernel, "--out",
        str(tmp_path / "out"), "--work", work, "--init", f"{ROOT}/build/appliance/init", "--torc",
        f"{ROOT}/build/torc", "--version", re.search(r"included\): (\S+)", told).group(1), cwd=ROOT,
        env={**os.environ, "SOURCE_DATE_EPOCH": re.search(r"EPOCH=(\d+)", told).group(1)})
    assert read(tmp_path / "out" / "SHA256SUMS") == read(f"{out}/SHA256SUMS")


def test_examples_are_the_published_files():
    for number in (1, 2):
        folder = f"{EXAMPLES}/lb{number}"
        assert read(f"{folder}/haproxy.cfg") == read(f"{PUBLISHED}/haproxy.cfg")
        assert read(f"{folder}/keepalived.conf") == read(f"{PUBLISHED}/keepalived-lb{number}.conf")
        files = [word for name in ("haproxy.cfg", "keepalived.conf", "torc.conf")
                 for word in ("-f", f"{folder}/{name}")]
        done = subprocess.run([f"{ROOT}/build/torc", "-c", *files], text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        # What the published file names on its machine (user, folder) may lack here.
        assert "torc.conf" not in "\n".join(line for line in done.stdout.splitlines()
                                            if "[ALERT]" in line), done.stdout


@pytest.mark.parametrize("kind", ["img", "iso"])
def test_seed_holds_its_folder_and_is_the_same_twice(tmp_path, kind):
    folder = tmp_path / "folder"
    (folder / "certs").mkdir(parents=True)
    contents = {"haproxy.cfg": b"a", "keepalived.conf": b"bb", "certs/site.pem": b"c" * 5000}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    made = []
    for turn in range(2):
        path = tmp_path / f"{turn}.{kind}"
        run(sys.executable, "-m", "appliance.image.seed", str(folder), str(path), "CIDATA", cwd=ROOT)
        made.append(read(path))
    assert made[0] == made[1]
    for name, content in contents.items():
        if kind == "img":
            assert run("mcopy", "-n", "-i", str(path), f"::{name}", "-") == content
        else:
            target = str(tmp_path / "extracted")
            run("xorriso", "-no_rc", "-osirrox", "on", "-indev", str(path), "-extract", f"/{name}",
                target, stderr=subprocess.DEVNULL)
            assert read(target) == content
            os.chmod(target, 0o600)
            os.unlink(target)
    assert seed.files_of(str(folder)) == contents
