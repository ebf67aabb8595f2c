#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Puts on a Debian or Ubuntu machine what a group of targets needs:
#
#   sh tests/packages.sh GROUP...        build, demo, test, check, bench, appliance, image
#
# Two ways, and neither changes what the machine does.  Compilers, libraries and clients are
# installed with apt, under a policy that forbids services to start.  Daemons (nginx, rsyslog,
# haproxy, keepalived, frr) are never installed: their packages, and the libraries that these need and the machine
# lacks, are unpacked into build/tools/, so that no user, unit, folder or port of theirs ever
# appears.  `ready` below looks for the thing itself (a header, a program) and not for a package,
# so that a machine that has it from elsewhere is left alone.

set -eu

tools=${TORC_TOOLS:-build/tools}
policy=${TORC_POLICY:-/usr/sbin/policy-rc.d}

# What is missing, as package names.
lacking=

need_header() { # header package
	for folder in /usr/include "/usr/include/$(uname -m)-linux-gnu" /usr/local/include; do
		[ -e "$folder/$1" ] && return
	done
	lacking="$lacking $2"
}

need_program() { # program package
	command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || lacking="$lacking $2"
}

need_file() { # path package
	[ -e "$1" ] || lacking="$lacking $2"
}

need_python() { # module package
	/usr/bin/python3 -c "import $1" 2>/dev/null || lacking="$lacking $2"
}

want() { # package: by its name, where nothing else tells
	dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed' ||
		lacking="$lacking $1"
}

look_for() {
	case $1 in
	build)
		need_program gcc gcc
		need_header stdio.h libc6-dev
		need_header linux/io_uring.h linux-libc-dev
		need_header liburing.h liburing-dev
		need_header libmnl/libmnl.h libmnl-dev
		need_header seccomp.h libseccomp-dev
		need_header xxhash.h libxxhash-dev
		need_header pcre2.h libpcre2-dev
		need_header crypt.h libcrypt-dev
		need_header zstd.h libzstd-dev
		;;
	demo)
		need_program python3 python3
		need_program ip iproute2
		need_program nsenter util-linux
		need_program unshare util-linux
		need_program mount mount
		need_program curl curl
		need_program ab apache2-utils
		need_program wrk wrk
		;;
	test)
		look_for build
		look_for demo
		need_header cmocka.h libcmocka-dev
		need_program clang clang
		want libclang-rt-dev
		need_program tcpdump tcpdump
		need_program tshark tshark
		need_program pgrep procps
		need_program ping iputils-ping
		need_program slowhttptest slowhttptest
		need_python pytest python3-pytest
		need_python websockets python3-websockets
		need_python scapy python3-scapy
		;;
	check)
		look_for test
		need_program clang-format clang-format
		need_program clang-tidy clang-tidy
		need_program cppcheck cppcheck
		;;
	bench)
		look_for build
		look_for demo
		need_program killall psmisc
		;;
	appliance) # what makes the bootable image
		look_for build
		need_program depmod kmod
		need_program sfdisk fdisk
		need_program mkfs.vfat dosfstools
		need_program mcopy mtools
		need_program xorriso xorriso
		need_program xz xz-utils
		need_program zstd zstd
		need_program grub-mkimage grub-common
		need_file /usr/lib/grub/i386-pc/boot.img grub-pc-bin
		need_file /usr/lib/grub/x86_64-efi/kernel.img grub-efi-amd64-bin
		;;
	image) # what boots it
		look_for appliance
		look_for test
		need_program qemu-system-x86_64 qemu-system-x86
		need_file /usr/share/seabios/vgabios-stdvga.bin seabios
		need_file /usr/share/OVMF/OVMF_CODE_4M.fd ovmf
		need_file /usr/lib/ipxe/qemu/efi-virtio.rom ipxe-qemu
		;;
	*)
		echo "packages: no group is called '$1'" >&2
		exit 2
		;;
	esac
}

daemons_of() {
	case $1 in
	demo | image) echo nginx rsyslog ;;
	test) echo nginx rsyslog keepalived frr ;;
	bench) echo nginx rsyslog haproxy keepalived ;;
	esac
}

have_daemon() {
	case $1 in
	rsyslog) [ -x "$tools/usr/sbin/rsyslogd" ] ;;
	frr) [ -x "$tools/usr/lib/frr/vrrpd" ] ;;
	*) [ -x "$tools/usr/sbin/$1" ] ;;
	esac
}

as_root_or_say() { # what is wanted, the command that gets it
	[ "$(id -u)" = 0 ] && return
	echo "packages: missing: $1" >&2
	echo "packages: as root: $2" >&2
	exit 1
}

# apt's lists are fetched when a package is not known, or when what they say is gone.
update_lists() {
	as_root_or_say "apt's lists of packages, as they are now" "apt-get update"
	apt-get -qq -o DPkg::Lock::Timeout=300 update
}

lists_know() { # packages
	for name in "$@"; do
		apt-cache show "$name" >/dev/null 2>&1 || return 1
	done
}

policy_in() {
	if [ -e $policy ] && grep -q 'placed by torc' $policy; then
		return # of a run that was killed: ours, and to be taken away
	fi
	[ -e $policy ] && mv $policy $policy.before-torc
	printf '#!/bin/sh\n# placed by torc while it installs packages\nexit 101\n' >$policy
	chmod 755 $policy
}

policy_out() {
	grep -qs 'placed by torc' $policy && rm -f $policy
	[ -e $policy.before-torc ] && mv $policy.before-torc $policy
	return 0
}

apt_install() {
	DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 \
		-o DPkg::Lock::Timeout=300 install --no-install-recommends "$@" \
		>build/packages/log 2>&1
}

install_packages() {
	command -v apt-get >/dev/null || {
		echo "packages: no apt-get here; please provide:$*" >&2
		exit 1
	}
	as_root_or_say "$*" "apt-get install --no-install-recommends $*"
	echo "packages: installing $*"
	lists_know "$@" || update_lists
	trap policy_out EXIT
	trap 'exit 130' INT TERM
	policy_in
	apt_install "$@" || { update_lists && apt_install "$@"; } || {
		tail -20 build/packages/log >&2
		exit 1
	}
	policy_out
	trap - EXIT INT TERM
}

# Fetches a daemon and what it needs beyond what is installed: apt says which packages an
# installation would add ("Inst name (version ...)"; with a bracket it is an upgrade, and is left).
fetch() {
	closure=$(apt-get -s install --no-install-recommends "$1" |
		sed -n 's/^Inst \([^ ]*\) (.*/\1/p')
	# The package itself is wanted also where it is installed already.
	# As who we are: apt's own user may not enter the home folder that a clone often lies in.
	(cd $folder && apt-get -qq -o APT::Sandbox::User=root download "$1" $closure)
}

unpack() {
	echo "packages: unpacking $1 into $tools (not installed)"
	lists_know "$1" || update_lists
	folder=build/packages/deb
	mkdir -p $folder "$tools"
	fetch "$1" || { update_lists && fetch "$1"; }
	for deb in $folder/*.deb; do
		dpkg -x "$deb" "$tools"
		rm -f "$deb"
	done
}

mkdir -p build/packages
daemons=
for group in "$@"; do
	look_for "$group"
	daemons="$daemons $(daemons_of "$group")"
done
lacking=$(printf '%s\n' $lacking | sort -u | tr '\n' ' ')
[ -z "${lacking# }" ] || install_packages $lacking
for daemon in $daemons; do
	have_daemon "$daemon" || unpack "$daemon"
done
