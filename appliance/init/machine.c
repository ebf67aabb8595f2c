/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine.c - from the places where a configuration may be to a machine that works by it.
 *
 * Places are tried in their order (volume_rank(), then the command line), and the first one whose
 * files torc finds good in all is used; of the others nothing is, but for one thing: when no place
 * is good, the addresses of the first block `appliance` that is good by itself are put, so that the
 * machine can be reached and its statistics page says that it serves nobody. */
#include "appliance/init/machine.h"

#include "appliance/init/accounts.h"
#include "appliance/init/balancer.h"
#include "appliance/init/clock.h"
#include "appliance/init/cmdline.h"
#include "appliance/init/console.h"
#include "appliance/init/devices.h"
#include "appliance/init/files.h"
#include "appliance/init/logging.h"
#include "appliance/init/modules.h"
#include "appliance/init/network.h"
#include "appliance/init/seed.h"
#include "appliance/init/tell.h"
#include "appliance/init/turn.h"
#include "appliance/init/volume.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Disks are found one after the other: when none has come for this long, those are all. */
#define QUIET_MS     700
#define LOADING_NICE 10
/* Where there is none at all, slow ones (USB, many SCSI targets) get this long. */
#define WAIT_S	   10
#define WAIT_S_MAX 600

static struct machine machine;

/* The volumes that were tried last: the same ones again would say the same. */
static struct seed_volume tried[SEED_VOLUMES_MAX];
static uint32_t tried_count;

/* The power button: its device says no more than that it is one. */
static const char *const button_modules[] = {"evdev", "button"};

/* A gateway's rules are put when it becomes master, and not tried again: these have to be there. */
static const char *const gateway_modules[] = {
	"nf_tables", "nft_chain_nat", "nft_nat", "nft_masq", "nft_ct"};

/* What torc asks of the kernel once it has an address, each by a name that nothing in /sys has:
 * rules of address translation and of a hand-over, the list of connections, and interfaces of
 * use_vmac. */
static const char *const torc_modules[] = {"nf_tables", "nf_conntrack", "nft_ct", "nft_chain_nat",
	"nft_nat", "nft_masq", "nft_fib", "nft_fib_ipv4", "nft_fib_ipv6", "nft_fib_inet",
	"nft_socket", "nft_reject_inet", "nft_dup_ipv4", "nft_dup_ipv6", "inet_diag", "tcp_diag",
	"macvlan"};

void machine_open(void)
{
	files_read("/proc/cmdline", machine.cmdline, sizeof(machine.cmdline));
}

const struct machine *machine_state(void)
{
	return &machine;
}

static bool ignores_disks(void)
{
	char value[CMDLINE_BYTES];

	for (uint32_t nth = 0;
		cmdline_value(machine.cmdline, "torc.config", nth, value, sizeof(value)); nth++) {
		if (strcmp(value, "ignore") == 0)
			return true;
	}
	return false;
}

/* ---- finding ---- */

static uint32_t wait_for_disks(struct seed_volume volumes[SEED_VOLUMES_MAX])
{
	uint64_t began = tell_now_ms();
	uint32_t limit_s = cmdline_number(machine.cmdline, "torc.wait", WAIT_S_MAX, WAIT_S);
	uint32_t count = 0;

	if (ignores_disks())
		return 0;
	for (bool look = true;; look = devices_take_news().disks) {
		uint64_t now = tell_now_ms();

		if (look)
			count = seed_find(volumes);
		/* A medium of its own is what somebody put in for this machine. */
		if (count && volumes[0].rank < volume_rank("TORCCONFIG", true))
			break;
		if (count && now - devices_last_ms() >= QUIET_MS)
			break;
		if (now - began >= (uint64_t)limit_s * 1000)
			break;
		turn_wait(100);
		console_show_messages();
	}
	return count;
}

/* ---- checking ---- */

/* What is in /etc/torc now: is it good, and what does it say? */
static enum balancer_verdict check(struct facts *facts)
{
	static struct facts second;
	struct appliance none = {.management = {.family = AF_UNSPEC}};
	enum balancer_verdict verdict;

	seed_add_machine(machine.cmdline);
	balancer_write_own(&none);
	verdict = balancer_ask(facts, BALANCER_SAYS_ALL);
	if (verdict == BALANCER_GOOD && !seed_has(SEED_HAPROXY)) {
		tell(LOG_ERR, "there is no haproxy.cfg");
		verdict = BALANCER_PARTLY;
	}
	if (verdict != BALANCER_GOOD || facts->appliance.management.family == AF_UNSPEC)
		return verdict;
	/* The page of ours must not take an address that the user's files have. */
	balancer_write_own(&facts->appliance);
	if (balancer_ask(&second, BALANCER_SAYS_NOTHING) != BALANCER_GOOD) {
		tell(LOG_ERR,
			"the management page cannot be had beside haproxy.cfg: it is left out");
		facts->appliance.management.family = AF_UNSPEC;
		balancer_write_own(&facts->appliance);
	}
	return verdict;
}

/* ---- using ---- */

static void load(const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		modules_load(names[i]);
}
#define LOAD(names) load(names, sizeof(names) / sizeof((names)[0]))

/* By a child that steps back, since it takes a while and nobody waits for it: torc, which is
 * starting, is master after seconds at the earliest. */
static void load_for_torc(void)
{
	pid_t child = fork();

	if (child == 0 && nice(LOADING_NICE) < 0)
		_exit(1);
	if (child <= 0)
		LOAD(torc_modules);
	if (child == 0)
		_exit(0);
}

static void use(const struct facts *facts, enum machine_condition condition)
{
	machine.facts = *facts;
	machine.condition = condition;
	network_write_names(&facts->appliance);
	accounts_make(facts);
	network_apply(&facts->appliance);
	logging_forward(&facts->appliance);
	clock_follow(facts->appliance.ntp, facts->appliance.ntp_count);
	balancer_write_own(&facts->appliance);
	for (size_t i = 0; i < sizeof(button_modules) / sizeof(button_modules[0]); i++)
		modules_load_later(button_modules[i]);
	if (condition == MACHINE_SERVING) {
		tell(LOG_NOTICE, "the configuration of %s is used", machine.source);
		if (facts->nat)
			LOAD(gateway_modules);
		balancer_start(BALANCER_ALL, facts->log);
		balancer_tick(tell_now_ms());
		load_for_torc();
		return;
	}
	tell(LOG_ALERT, "no valid configuration: no virtual address is taken");
	if (facts->appliance.management.family != AF_UNSPEC)
		balancer_start(BALANCER_MACHINE_ONLY, false);
}

/* Is this place the one?  Keeps the first block that is good by itself. */
static bool try_place(struct facts *facts, struct facts *partly, bool *have_partly)
{
	enum balancer_verdict verdict;

	tell(LOG_NOTICE, "found a configuration: %s", machine.source);
	verdict = check(facts);
	if (verdict == BALANCER_GOOD)
		return true;
	tell(LOG_ERR, "the configuration of %s has errors and is not used", machine.source);
	if (verdict == BALANCER_PARTLY && !*have_partly) {
		*partly = *facts;
		*have_partly = true;
	}
	return false;
}

static void try_places(const struct seed_volume *volumes, uint32_t count)
{
	static struct facts facts, partly;
	bool have_partly = false;

	memcpy(tried, volumes, count * sizeof(*volumes));
	tried_count = count;
	memset(&partly, 0, sizeof(partly));
	for (uint32_t i = 0; i < count; i++) {
		snprintf(machine.source, sizeof(machine.source), "/dev/%s (%s)", volumes[i].device,
			volumes[i].label);
		if (seed_take_volume(&volumes[i]) > 0 && try_place(&facts, &partly, &have_partly)) {
			use(&facts, MACHINE_SERVING);
			return;
		}
	}
	snprintf(machine.source, sizeof(machine.source), "the kernel's command line");
	if (seed_take_cmdline(machine.cmdline) > 0 && try_place(&facts, &partly, &have_partly)) {
		use(&facts, MACHINE_SERVING);
		return;
	}
	machine.source[0] = '\0';
	use(&partly, MACHINE_UNCONFIGURED);
}

void machine_configure(void)
{
	struct seed_volume volumes[SEED_VOLUMES_MAX];
	uint32_t count = wait_for_disks(volumes);

	try_places(volumes, count);
}

void machine_disk_came(void)
{
	struct seed_volume volumes[SEED_VOLUMES_MAX];
	uint32_t count;

	if (machine.condition != MACHINE_UNCONFIGURED || ignores_disks())
		return;
	count = seed_find(volumes);
	if (!count ||
		(count == tried_count && memcmp(volumes, tried, count * sizeof(*volumes)) == 0))
		return;
	balancer_kill();
	try_places(volumes, count);
}

void machine_card_came(void)
{
	if (network_has_changed())
		network_apply(&machine.facts.appliance);
}
