# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's kernel: its packages fetched with apt, unpacked with dpkg-deb, nothing installed.

Three choices (make's KERNEL):
    machine   the newest kernel of the suites that this machine's apt knows
    6.1       Debian 12's, from bookworm and its security updates
    newest    the newest there is for a stable Debian: trixie and trixie-backports

The last two go through an apt configuration of our own (sources, lists, cache and an empty
status file in our folder, the machine's keyring), so that what the machine itself installs stays
as it is.  It takes the mirrors from the machine's sources.  Signatures are checked by apt as always.

A kernel comes in one package (linux-image-VERSION, up to 6.x) or in several (linux-binary,
linux-modules and linux-base beside it, from 7.x on); vmlinuz lies in /boot or beside the modules.
"""

import glob
import os
import re
import shutil
import subprocess

ARCHITECTURE = "amd64"
PACKAGE = f"linux-image-{ARCHITECTURE}"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SUITES = {
    "machine": None,
    "6.1": ["bookworm", "bookworm-security"],
    "newest": ["trixie", "trixie-security", "trixie-backports"],
}
# Of a backports suite apt takes nothing by itself: here the newest is what is wanted.
PREFERENCES = "Package: *\nPin: release a=*-backports\nPin-Priority: 500\n"


class AptError(Exception):
    """apt could not do what was asked."""


def mirrors():
    """Where the machine's apt finds Debian, by label: Debian, Debian-Security."""
    form = "$(ORIGIN)|$(LABEL)|$(REPO_URI)"
    lines = subprocess.run(["apt-get", "indextargets", "--format", form, "Created-By: Packages"],
                           text=True, stdout=subprocess.PIPE, check=True).stdout.splitlines()
    found = {}
    for origin, label, uri in (line.split("|") for line in lines):
        if origin == "Debian":
            found.setdefault(label, uri)
    if "Debian" not in found:
        raise SystemExit("appliance: apt's lists know no Debian: run apt-get update")
    # A mirror carries both side by side where the machine's sources name one of them only.
    found.setdefault("Debian-Security", found["Debian"].rstrip("/") + "-security/")
    return found


class Apt:
    """apt with the machine's configuration, or with one of our own in `folder`."""

    def __init__(self, folder, suites):
        self.environment = dict(os.environ, LC_ALL="C")
        if suites is not None:
            self._configure(folder, suites)

    def _configure(self, folder, suites):
        known = mirrors()

        def mirror_of(suite):
            return known["Debian-Security" if suite.endswith("-security") else "Debian"]

        for name in ("etc/parts", "lists/partial", "cache/archives/partial"):
            os.makedirs(f"{folder}/{name}", exist_ok=True)
        files = {
            "etc/sources.list": "".join(f"deb [arch={ARCHITECTURE} signed-by={KEYRING}] "
                                        f"{mirror_of(suite)} {suite} main\n" for suite in suites),
            "etc/preferences": PREFERENCES,
            "status": "",
            "apt.conf": f'Dir::Etc::sourcelist "{folder}/etc/sources.list";\n'
                        f'Dir::Etc::sourceparts "{folder}/etc/parts";\n'
                        f'Dir::Etc::preferences "{folder}/etc/preferences";\n'
                        f'Dir::Etc::preferencesparts "{folder}/etc/parts";\n'
                        f'Dir::State::lists "{folder}/lists";\n'
                        f'Dir::State::status "{folder}/status";\n'
                        f'Dir::Cache "{folder}/cache";\n'
                        f'Acquire::Languages "none";\n',
        }
        for name, text in files.items():
            with open(f"{folder}/{name}", "w", encoding="ascii") as stream:
                stream.write(text)
        self.environment["APT_CONFIG"] = f"{folder}/apt.conf"

    def _run(self, *words, folder=None):
        """What the command prints.  apt's own user may not enter the folder that a clone lies in."""
        done = subprocess.run([*words[:1], "-o", "APT::Sandbox::User=root", *words[1:]], cwd=folder,
                              env=self.environment, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise AptError(f"{' '.join(words)}: {done.stderr.strip()[-600:]}")
        return done.stdout

    def update(self):
        self._run("apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", "update")

    def record(self, package):
        """The fields of the version that apt would install; None of a package it does not know."""
        policy = self._run("apt-cache", "policy", package)
        found = re.search(r"^ +Candidate: (\S+)$", policy, re.MULTILINE)
        if not found or found.group(1) == "(none)":
            return None
        text = self._run("apt-cache", "show", f"{package}={found.group(1)}")
        fields = re.findall(r"^([\w-]+): (.*)$", text.split("\n\n")[0], re.MULTILINE)
        return dict(reversed(fields))

    def kernel_closure(self):
        """Records of the packages that hold the kernel: what the meta package depends on, as far
        as its name carries a version.  None when apt's lists do not know it."""
        wanted, found = [PACKAGE], {}
        while wanted:
            name = wanted.pop(0)
            record = self.record(name)
            if record is None:
                return None
            if name != PACKAGE:
                found[name] = record
            for other in re.findall(r"(?:^|, )(linux-(?:image|binary|modules|base)-\d[^\s,|]*)",
                                    f"{record.get('Pre-Depends', '')}, {record.get('Depends', '')}"):
                if other not in found and other not in wanted:
                    wanted.append(other)
        return list(found.values())

    def download(self, records, folder):
        self._run("apt-get", "-qq", "download", *(f"{record['Package']}={record['Version']}"
                                                  for record in records), folder=folder)


class Kernel:
    """An unpacked kernel: `version`, `image` (path of vmlinuz), `modules` (the folder of that
    version), `packages` (records, for the list of what is inside)."""

    def __init__(self, tree, packages):
        folders = glob.glob(f"{tree}/lib/modules/*/kernel") + \
                  glob.glob(f"{tree}/usr/lib/modules/*/kernel")
        if len(folders) != 1:
            raise SystemExit(f"appliance: not one kernel in {tree}: {folders}")
        self.modules = os.path.dirname(folders[0])
        self.version = os.path.basename(self.modules)
        self.packages = packages
        places = [f"{self.modules}/vmlinuz", f"{tree}/boot/vmlinuz-{self.version}"]
        self.image = next((place for place in places if os.path.exists(place)), None)
        if not self.image:
            raise SystemExit(f"appliance: no vmlinuz among {places}")


def fetch(choice, folder):
    """The chosen kernel, unpacked below `folder`; fetched unless that very version is there.
    apt's lists are read anew when they are missing, or name what is gone from the mirror."""
    if choice not in SUITES:
        raise SystemExit(f"appliance: KERNEL is one of {', '.join(SUITES)}, not '{choice}'")
    os.makedirs(folder, exist_ok=True)
    apt = Apt(f"{folder}/apt", SUITES[choice])
    records = apt.kernel_closure()
    try:
        if not records:
            raise AptError(f"apt knows no {PACKAGE}")
        _unpack(apt, records, folder)
    except AptError:
        apt.update()
        records = apt.kernel_closure()
        if not records:
            raise AptError(f"apt knows no {PACKAGE}") from None
        _unpack(apt, records, folder)
    return Kernel(f"{folder}/tree", records)


def _unpack(apt, records, folder):
    """Leaves the packages' files in tree/, and in `stamp` which they are."""
    stamp = "".join(f"{record['Package']} {record['Version']} {record['SHA256']}\n"
                    for record in records)
    try:
        with open(f"{folder}/stamp", encoding="ascii") as stream:
            if stream.read() == stamp:
                return
        os.unlink(f"{folder}/stamp")
    except FileNotFoundError:
        pass
    for place in (f"{folder}/deb", f"{folder}/tree"):
        shutil.rmtree(place, ignore_errors=True)
        os.makedirs(place)
    apt.download(records, f"{folder}/deb")
    for deb in sorted(glob.glob(f"{folder}/deb/*.deb")):
        subprocess.run(["dpkg-deb", "-x", deb, f"{folder}/tree"], check=True)
    shutil.rmtree(f"{folder}/deb")
    with open(f"{folder}/stamp", "w", encoding="ascii") as stream:
        stream.write(stamp)
