/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices to modules to files: patterns of modules.alias, order of modules.dep, modules.softdep;
 * and what the kernel says of a device that comes. */
#include "appliance/init/module_index.h"
#include "appliance/init/uevent.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

static const struct {
	const char *path;
	bool waits;
} waiting[] = {
	{"kernel/drivers/watchdog/iTCO_wdt.ko.zst", true},
	{"kernel/drivers/input/evdev.ko.zst", true},
	{"kernel/drivers/acpi/button.ko.zst", true},
	{"kernel/arch/x86/crypto/crc32c-intel.ko.zst", true},
	{"kernel/drivers/net/virtio_net.ko.zst", false},
	{"kernel/drivers/ata/ahci.ko.zst", false},
	{"kernel/drivers/hv/hv_vmbus.ko.zst", false},
	{"kernel/drivers/usb/host/xhci-pci.ko.zst", false},
	{"kernel/drivers/char/hw_random/virtio-rng.ko.zst", false}, /* torc wants random numbers */
	{"kernel/drivers/mfd/", false},				    /* no module */
	{"kernel/drivers/inputs/x.ko.zst", false},
	{"", false},
};

static void test_what_can_wait(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(waiting) / sizeof(waiting[0]); i++) {
		if (module_can_wait(span_of_string(waiting[i].path)) != waiting[i].waits)
			fail_msg("%s", waiting[i].path);
	}
}

static const struct {
	const char *pattern, *text;
	bool fits;
} patterns[] = {
	{"abc", "abc", true},
	{"abc", "abd", false},
	{"abc", "abcd", false},
	{"abc", "ab", false},
	{"", "", true},
	{"*", "", true},
	{"*", "anything", true},
	{"a*c", "abbc", true},
	{"a*c", "ac", true},
	{"a*c", "acb", false},
	{"a*b*c", "aXbXbXc", true},
	{"a?c", "abc", true},
	{"a?c", "ac", false},
	{"a[0-9]c", "a5c", true},
	{"a[0-9]c", "axc", false},
	{"a[xyz]*", "aybc", true},
	{"a[x", "ax", true}, /* a set without its end: depmod writes none */
	{"pci:v00001AF4d00001000sv*sd*bc*sc*i*",
		"pci:v00001AF4d00001000sv00001AF4sd00000001bc02sc00i00", true},
	{"pci:v00001AF4d00001001sv*sd*bc*sc*i*",
		"pci:v00001AF4d00001000sv00001AF4sd00000001bc02sc00i00", false},
	{"pci:v*d*sv*sd*bc0Csc03i30*", "pci:v00008086d00001000sv1sd2bc0Csc03i30", true},
	{"*******b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
};

static void patterns_match(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		print_message("%s against %s\n", patterns[i].pattern, patterns[i].text);
		assert_int_equal(module_pattern_matches(
					 span_of_string(patterns[i].pattern), patterns[i].text),
			patterns[i].fits);
	}
}

static const char dependencies[] =
	"kernel/drivers/net/virtio_net.ko: kernel/drivers/net/net_failover.ko "
	"kernel/net/core/failover.ko\n"
	"kernel/drivers/net/net_failover.ko: kernel/net/core/failover.ko\n"
	"kernel/net/core/failover.ko:\n"
	"kernel/lib/libcrc32c.ko:\n"
	"kernel/crypto/crc32c_generic.ko:\n"
	"kernel/drivers/scsi/snd-hda.ko.xz:";
static const char aliases[] = "alias crc32c crc32c_generic\n"
			      "alias crc32c crc32c_intel\n"
			      "alias pci:v*d*sv*sd*bc01sc06i01* ahci\n"
			      "alias pci:v00001AF4d00001000sv*sd*bc*sc*i* virtio_pci\n"
			      "alias pci:v00001AF4d00001001sv*sd*bc*sc*i* virtio_other\n"
			      "alias pci:v0000[12]AF4d* virtio_any\n"
			      "alias virtio:d00000001v* virtio_net\n"
			      "alias virtio:d0000000?v* virtio_few\n"
			      "alias virtio:d0000000[12]v* virtio_blk\n"
			      "alias x x_driver";
static const char soft[] = "# Soft dependencies\n"
			   "softdep libcrc32c pre: crc32c post: other\n"
			   "softdep lib-crc32c pre: wrong\n"
			   "softdep ext4 post: crc16 pre: crypto-crc32c";

static const struct module_index module_table = {
	.dependencies = {dependencies, sizeof(dependencies) - 1},
	.aliases = {aliases, sizeof(aliases) - 1},
	.soft = {soft, sizeof(soft) - 1},
};

static void add_found(void *owner, struct span name)
{
	char *list = owner;

	sprintf(list + strlen(list), "%.*s ", (int)name.len, name.at);
}

static void devices_find_modules(void **state)
{
	static const struct {
		const char *modalias, *modules;
	} cases[] = {
		{"virtio:d00000001v00001AF4", "virtio_few virtio_blk virtio_net "},
		{"virtio:d00000002v00001AF4", "virtio_few virtio_blk "},
		{"virtio:d00000003v00001AF4", "virtio_few "},
		{"virtio:", ""},
		{"pci:v00001AF4d00001000sv00001AF4sd00000001bc02sc00i00", "virtio_any virtio_pci "},
		{"pci:v00001AF5d00001000sv00001AF4sd00000001bc02sc00i00", ""},
		{"pci:v00008086d00002922sv00001AF4sd00001100bc01sc06i01", "ahci "},
		{"crc32c", "crc32c_generic crc32c_intel "},
		{"crc32", ""},
		{"crc32cc", ""},
		{"x", "x_driver "},
		{"y", ""},
		{"a", ""},
		{"*", ""},
		{" ", ""},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char list[256] = "";

		module_index_match(&module_table, cases[i].modalias, add_found, list);
		assert_string_equal(list, cases[i].modules);
	}
}

/* Cut anywhere, the list is a shorter one: nothing beyond its end is read. */
static void cut_lists_are_walked(void **state)
{
	(void)state;
	for (size_t cut = 0; cut < sizeof(aliases); cut++) {
		char *bytes = malloc(cut + 1), list[256] = "";
		struct module_index index = {.aliases = {bytes, (uint32_t)cut}};

		assert_non_null(bytes);
		memcpy(bytes, aliases, cut);
		module_index_match(&index, "virtio:d00000001v00001AF4", add_found, list);
		module_index_match(&index, "x", add_found, list);
		free(bytes);
	}
}

static void files_come_in_order(void **state)
{
	struct span files[MODULE_DEPENDENCIES_MAX];

	(void)state;
	assert_int_equal(module_index_files(&module_table, SPAN("virtio-net"), files), 3);
	assert_true(span_equal(files[0], SPAN("kernel/net/core/failover.ko")));
	assert_true(span_equal(files[1], SPAN("kernel/drivers/net/net_failover.ko")));
	assert_true(span_equal(files[2], SPAN("kernel/drivers/net/virtio_net.ko")));
	assert_int_equal(module_index_files(&module_table, SPAN("failover"), files), 1);
	assert_int_equal(module_index_files(&module_table, SPAN("snd_hda"), files), 1);
	assert_int_equal(module_index_files(&module_table, SPAN("virtio"), files), 0);
	assert_int_equal(module_index_files(&module_table, SPAN(""), files), 0);
}

static void soft_ones_before(void **state)
{
	struct span before[MODULE_SOFT_MAX];

	(void)state;
	assert_int_equal(module_index_before(&module_table, SPAN("libcrc32c"), before), 1);
	assert_true(span_equal(before[0], SPAN("crc32c")));
	assert_int_equal(module_index_before(&module_table, SPAN("ext4"), before), 1);
	assert_true(span_equal(before[0], SPAN("crypto-crc32c")));
	assert_int_equal(module_index_before(&module_table, SPAN("xfs"), before), 0);
}

static const char event[] = "add@/devices/pci0000:00/0000:00:03.0/virtio1/net/eth0\0"
			    "ACTION=add\0"
			    "DEVPATH=/devices/pci0000:00/0000:00:03.0/virtio1/net/eth0\0"
			    "SUBSYSTEM=net\0"
			    "INTERFACE=eth0\0"
			    "MODALIAS=virtio:d00000001v00001AF4\0"
			    "DEVNAME=bus/usb\0"
			    "SEQNUM=1234";

static void events_are_read(void **state)
{
	struct uevent read;

	(void)state;
	assert_true(uevent_read(&read, event, sizeof(event)));
	assert_string_equal(read.action, "add");
	assert_string_equal(read.subsystem, "net");
	assert_string_equal(read.modalias, "virtio:d00000001v00001AF4");
	assert_string_equal(read.device, "bus/usb");
	/* udev's own messages begin otherwise. */
	assert_false(uevent_read(&read, "libudev\0ACTION=add", 19));
	assert_false(uevent_read(&read, "", 0));
	for (size_t cut = 0; cut < sizeof(event) - 1; cut++) {
		bool at_end = cut && event[cut - 1] == '\0' && cut > 60;

		assert_int_equal(uevent_read(&read, event, cut), at_end);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_can_wait),
		cmocka_unit_test(patterns_match),
		cmocka_unit_test(devices_find_modules),
		cmocka_unit_test(cut_lists_are_walked),
		cmocka_unit_test(files_come_in_order),
		cmocka_unit_test(soft_ones_before),
		cmocka_unit_test(events_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
