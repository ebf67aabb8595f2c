# SPDX-License-Identifier: GPL-2.0-or-later
"""A virtual machine that boots the appliance, its cards plugged into a lab's bridges.

The emulator runs as a process of the switch's node: it has that node's taps, and it ends with it.
No KVM: any machine can run this.  `-cx16` avoids an error of qemu 7.2, whose emulation of
cmpxchg16b leaves wrong flags behind an interrupt, which kernels from 6.12 on die of.
"""

import json
import os
import shutil
import signal
import socket
import time

from lab.node import ROOT, LabError, wait_for

OVMF = "/usr/share/OVMF"
KERNEL_WORDS = "console=tty0 console=ttyS0,115200 cryptomgr.notests loglevel=4 panic=5"
MEMORY_MIB = 384
# A boot takes some 10 s; on a machine that does ten other things it may take ten times as long.
BOOT_LIMIT_S = 240
# How often a boot is made of which the time is told.
BOOTS = int(os.environ.get("TORC_IMAGE_BOOTS", "1"))


def images(kernel=None):
    """The folder that `make appliance KERNEL=...` filled."""
    kernel = kernel or os.environ.get("TORC_IMAGE_KERNEL", "machine")
    return f"{ROOT}/appliance/out" + ("" if kernel == "machine" else f"/{kernel}")


class Machine:
    """One machine.  Its cards are {name: (bridge, MAC)}, in the order of their slots."""

    def __init__(self, switch, name, cards, folder, kernel=None):
        self.switch, self.name, self.folder = switch, name, folder
        self.cards = cards
        self.out = images(kernel)
        self.boots = 0
        self.process = None
        self.began = 0.0
        self._qmp = None

    # --- power ---

    def power_on(self, boot="kernel", disk="virtio-blk-pci", card="virtio-net-pci", seed=None,
                 seed_as=None, words="", initrd=None, swapped=False, extra=()):
        """Starts it.  boot: kernel, bios, uefi, iso (by BIOS), uefi-iso or pxe; disk: virtio-blk-pci,
        ide-hd (AHCI), nvme or scsi-hd, the system's and the seed's; seed_as: another kind for the
        seed (ide-cd)."""
        self.boots += 1
        argv = ["nice", "-n", "10", "qemu-system-x86_64", "-accel", "tcg", "-machine", "q35",
                "-cpu", "max,-cx16", "-smp", "1", "-m", str(MEMORY_MIB), "-display", "none",
                "-no-user-config", "-nodefaults", "-vga", "std", "-no-reboot",
                "-serial", f"file:{self.serial_path()}",
                "-qmp", f"unix:{self._qmp_path()},server=on,wait=off",
                "-device", "virtio-rng-pci"]
        argv += self._boot_words(boot, disk, words, initrd)
        if seed:
            argv += self._drive("seed", seed, seed_as or disk)
        for name, (bridge, mac) in (reversed(self.cards.items()) if swapped else self.cards.items()):
            tap = f"{self.name}-{name}"
            argv += ["-netdev", f"tap,id={name},ifname={tap},script=no,downscript=no",
                     "-device", f"{card},netdev={name},mac={mac},romfile="]
        self._plug()
        self.output = open(f"{self.folder}/{self.name}.qemu", "ab")
        self.began = time.monotonic()
        self.process = self.switch.popen([*argv, *extra], stdout=self.output, stderr=self.output)

    def _boot_words(self, boot, disk, words, initrd):
        if boot == "kernel":
            return ["-kernel", f"{self.out}/vmlinuz", "-initrd", initrd or f"{self.out}/initrd",
                    "-append", f"{KERNEL_WORDS} {words}"]
        if boot == "pxe":
            return self._network_words()
        argv = []
        if boot.startswith("uefi"):
            settings = f"{self.folder}/{self.name}.vars"
            shutil.copy(f"{OVMF}/OVMF_VARS_4M.fd", settings)
            argv += ["-drive", f"if=pflash,format=raw,readonly=on,file={OVMF}/OVMF_CODE_4M.fd",
                     "-drive", f"if=pflash,format=raw,file={settings}"]
        if boot.endswith("iso"):
            return argv + self._drive("system", f"{self.out}/torc-appliance.iso", "ide-cd", 1)
        return argv + self._drive("system", f"{self.out}/torc-appliance.img", disk, 1)

    def _network_words(self):
        """A card of its own whose firmware loads the kernel by TFTP from the emulator."""
        script = f"{self.folder}/boot.ipxe"
        with open(script, "w", encoding="ascii") as stream:
            stream.write(f"#!ipxe\nkernel vmlinuz {KERNEL_WORDS} initrd=initrd\n"
                         "initrd initrd\nboot\n")
        for name in ("vmlinuz", "initrd"):
            shutil.copy(f"{self.out}/{name}", f"{self.folder}/{name}")
        return ["-netdev", f"user,id=pxe,tftp={self.folder},bootfile=boot.ipxe",
                "-device", "virtio-net-pci,netdev=pxe,bootindex=1,addr=0x1e"]

    def _drive(self, name, path, kind, order=None):
        words = f"{kind},drive={name}"
        if kind == "scsi-hd" and name == "system":
            extra = ["-device", "virtio-scsi-pci"]
        else:
            extra = []
        words += f",serial={name}" if kind == "nvme" else ""
        words += f",bus=ide.{2 if name == 'system' else 3}" if kind.startswith("ide-") else ""
        words += f",bootindex={order}" if order else ""
        media = "media=cdrom,readonly=on" if kind == "ide-cd" else "snapshot=on"
        return [*extra, "-drive", f"file={path},format=raw,if=none,id={name},{media}",
                "-device", words]

    def _plug(self):
        """Taps on their bridges; of an earlier boot they are gone with it."""
        for name, (bridge, _) in self.cards.items():
            tap = f"{self.name}-{name}"
            if self.switch.run(["ip", "link", "show", tap]).returncode != 0:
                self.switch.ip([f"tuntap add dev {tap} mode tap", f"link set {tap} master {bridge} up"])

    def kill(self):
        """The plug is pulled."""
        self.process.signal(signal.SIGKILL)
        self.wait_off(10)

    def wait_off(self, limit_s=60):
        """Until the machine has switched itself off."""
        wait_for(lambda: self.process.poll() is not None, limit_s,
                 lambda: f"{self.name} to be off; its screen:\n{self.serial()[-3000:]}")
        if self._qmp:
            self._qmp.close()
            self._qmp = None
        self.output.close()

    def is_on(self):
        return self.process is not None and self.process.poll() is None

    def seconds(self):
        """Since power-on."""
        return time.monotonic() - self.began

    def processor_seconds(self):
        """What the emulator has computed since: says more than the clock on a busy machine."""
        try:
            with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stream:
                fields = stream.read().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # --- looking ---

    def serial_path(self):
        return f"{self.folder}/{self.name}.serial.{self.boots}"

    def serial(self):
        """What this boot has said so far."""
        try:
            with open(self.serial_path(), encoding="utf-8", errors="replace") as stream:
                return stream.read()
        except FileNotFoundError:
            return ""

    def wait_serial(self, text, limit_s=BOOT_LIMIT_S):
        def said():
            if not self.is_on():
                raise LabError(f"{self.name} is off; its screen:\n{self.serial()[-3000:]}")
            return text in self.serial()
        wait_for(said, limit_s,
                 lambda: f"'{text}' on {self.name}'s screen:\n{self.serial()[-3000:]}")

    # --- its buttons ---

    def _qmp_path(self):
        return f"{self.folder}/{self.name}.qmp"

    def qmp(self, command, **arguments):
        """A command to the emulator's monitor: its answer."""
        if not self._qmp:
            wait_for(lambda: os.path.exists(self._qmp_path()), 30, "the emulator's monitor")
            link = socket.socket(socket.AF_UNIX)
            folder = os.open(self.folder, os.O_PATH) # the kernel takes 107 bytes of a path
            try:
                link.connect(f"/proc/self/fd/{folder}/{self.name}.qmp")
            finally:
                os.close(folder)
            link.settimeout(30)
            self._qmp = link.makefile("rw", encoding="utf-8")
            link.close()
            self._qmp.readline()
            self._command("qmp_capabilities", {})
        return self._command(command, arguments)

    def _command(self, command, arguments):
        self._qmp.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self._qmp.flush()
        while True:
            answer = json.loads(self._qmp.readline())
            if "event" not in answer:
                return answer

    def attach(self, name, path, bus):
        """Puts in another disk while it runs, on a SCSI bus that it has."""
        for command, words in (
                ("blockdev-add", {"driver": "raw", "node-name": name, "read-only": True,
                                  "file": {"driver": "file", "filename": path}}),
                ("device_add", {"driver": "scsi-hd", "drive": name, "bus": bus})):
            answer = self.qmp(command, **words)
            assert "error" not in answer, answer

    def press_power(self):
        self.qmp("system_powerdown")

    def press_keys(self, *keys):
        self.qmp("send-key", keys=[{"type": "qcode", "data": key} for key in keys])
