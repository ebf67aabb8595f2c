/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What torc tells pid 1: everything that a file may say comes over whole, and an answer that is cut
 * anywhere is none. */
#include "appliance/init/accounts.h"
#include "appliance/init/facts.h"
#include "core/config/config.h"
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

static const char file[] =
	"appliance {\n"
	" host_name lb1.example.org\n"
	" interface eth0 { mac 52:54:00:19:02:0A\n address 192.168.25.201/24\n"
	"  address 2001:db8:25::201/64\n mtu 1400\n }\n"
	" interface inner { bus 0000:00:04.0\n address 10.0.0.1/16\n }\n"
	" interface eth2 { }\n"
	" gateway 192.168.25.1\n gateway 2001:db8:25::1\n"
	" route 10.1.0.0/16 via 10.0.0.254\n"
	" dns 192.168.25.53\n dns 2001:db8::53\n search example.org\n"
	" ntp 192.168.25.123\n syslog udp 192.168.25.9\n syslog tcp 192.168.25.10 6514\n"
	" management 192.168.25.201 8500\n"
	"}\n"
	"nat { from 10.0.0.0/16\n out eth0\n masquerade\n }\n";

static const char proxies[] = "global\n log 127.0.0.1 local2\n user haproxy\n group lb\n"
			      " chroot /var/lib/haproxy\n"
			      " stats socket /run/haproxy/admin.sock mode 660\n";

/* What torc would print for these two files. */
static char *tell_facts(size_t *len)
{
	struct config_file files[2] = {{"haproxy.cfg", proxies, sizeof(proxies) - 1},
		{"torc.conf", file, sizeof(file) - 1}};
	struct config_source source = {.files = files, .file_count = 2, .config_id = "main"};
	struct config config = {0};
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	config_load(&config, &source);
	for (const struct message *at = config.messages; at; at = at->next)
		print_message("%s\n", at->text);
	appliance_print_facts(&config, APPLIANCE_WHOLE, out);
	fclose(out);
	config_free(&config);
	arena_free(&source.arena);
	return text;
}

static const char *text_of(const struct vrrp_ip *ip)
{
	static char text[INET6_ADDRSTRLEN];

	return inet_ntop(ip->family, ip->bytes, text, sizeof(text));
}

static void come_over_whole(void **state)
{
	static struct facts facts;
	const struct appliance *machine = &facts.appliance;
	static const uint8_t mac[] = {0x52, 0x54, 0x00, 0x19, 0x02, 0x0a};
	size_t len;
	char *text = tell_facts(&len);

	(void)state;
	print_message("%s", text);
	assert_true(facts_read(&facts, text, len));
	assert_string_equal(machine->host_name, "lb1.example.org");
	assert_int_equal(machine->interface_count, 3);
	assert_string_equal(machine->interfaces[0].name, "eth0");
	assert_true(machine->interfaces[0].by_mac);
	assert_memory_equal(machine->interfaces[0].mac, mac, sizeof(mac));
	assert_int_equal(machine->interfaces[0].mtu, 1400);
	assert_int_equal(machine->interfaces[0].address_count, 2);
	assert_int_equal(machine->interfaces[0].addresses[0].bits, 24);
	assert_string_equal(text_of(&machine->interfaces[0].addresses[1].ip), "2001:db8:25::201");
	assert_string_equal(machine->interfaces[1].bus, "0000:00:04.0");
	assert_false(machine->interfaces[1].by_mac);
	assert_int_equal(machine->interfaces[2].address_count, 0);
	assert_string_equal(text_of(&machine->gateways[0]), "192.168.25.1");
	assert_string_equal(text_of(&machine->gateways[1]), "2001:db8:25::1");
	assert_int_equal(machine->route_count, 1);
	assert_string_equal(text_of(&machine->routes[0].via), "10.0.0.254");
	assert_int_equal(machine->dns_count, 2);
	assert_string_equal(machine->search, "example.org");
	assert_int_equal(machine->ntp_count, 1);
	assert_int_equal(machine->syslog_count, 2);
	assert_int_equal(machine->syslog[0].transport, APPLIANCE_UDP);
	assert_int_equal(machine->syslog[0].port, 514);
	assert_int_equal(machine->syslog[1].transport, APPLIANCE_TCP);
	assert_int_equal(machine->management_port, 8500);
	assert_true(facts.nat);
	assert_true(facts.log);
	assert_int_equal(facts.user_count, 1);
	assert_string_equal(facts.users[0], "haproxy");
	assert_string_equal(facts.groups[0], "lb");
	assert_int_equal(facts.folder_count, 2);
	assert_string_equal(facts.folders[0], "/var/lib/haproxy");
	assert_string_equal(facts.folders[1], "/run/haproxy");
	free(text);
}

/* Owners of sockets, who are not there while the files are read. */
static void owners_are_asked_for(void **state)
{
	static const char text[] =
		"global\n stats socket /run/a.sock user one group two\n"
		"frontend f\n bind /run/b.sock user one group lb\n mode http\n"
		" timeout client 1s\n"
		"backend b\n mode http\n timeout server 1s\n timeout connect 1s\n"
		" server s1 web1.example.org:80\n"
		" server s2 ipv6@web2.example.org:80\n";
	struct config_file one = {"haproxy.cfg", text, sizeof(text) - 1};
	struct config_source source = {
		.files = &one, .file_count = 1, .config_id = "x", .machine = appliance_machine()};
	static struct facts facts;
	struct config config = {0};
	char *told = NULL;
	size_t len;
	FILE *out = open_memstream(&told, &len);

	(void)state;
	assert_int_equal(config_load(&config, &source), 0);
	assert_int_equal(config.warning_count, 0);
	appliance_print_facts(&config, APPLIANCE_WHOLE, out);
	fclose(out);
	assert_true(facts_read(&facts, told, len));
	assert_int_equal(facts.user_count, 1);
	assert_string_equal(facts.users[0], "one");
	assert_int_equal(facts.group_count, 2);
	assert_string_equal(facts.groups[0], "two");
	assert_string_equal(facts.groups[1], "lb");
	config_free(&config);
	arena_free(&source.arena);
	free(told);
}

/* Cut at every byte. */
static void a_part_is_nothing(void **state)
{
	static struct facts facts;
	static const struct facts none;
	size_t len;
	char *text = tell_facts(&len);

	(void)state;
	for (size_t cut = 0; cut < len; cut++) {
		assert_false(facts_read(&facts, text, cut));
		assert_memory_equal(&facts, &none, sizeof(facts));
	}
	free(text);
}

static const struct {
	const char *text;
	bool good;
} answers[] = {
	{"end\n", true},
	{"word of tomorrow\nend\n", true},
	{"host_name\nend\n", false},
	{"interface\nend\n", false},
	{"interface a/b\nend\n", false},
	{"interface eth0 mac 52:54\nend\n", false},
	{"interface eth0 mac 52:54:00:19:02:01\nend\n", true},
	{"address eth0 1.2.3.4/8\nend\n", false},
	{"interface eth0\naddress eth1 1.2.3.4/8\nend\n", false},
	{"interface eth0\naddress eth0 1.2.3.4\nend\n", false},
	{"interface eth0\naddress eth0 1.2.3.4/33\nend\n", false},
	{"interface eth0\naddress eth0 ::1/128\nend\n", true},
	{"interface eth0\nmtu eth0 70000\nend\n", false},
	{"gateway everywhere\nend\n", false},
	{"route 10.0.0.0/8\nend\n", false},
	{"syslog udp 1.2.3.4\nend\n", false},
	{"syslog udp 1.2.3.4 514\nend\n", true},
	{"folder relative\nend\n", false},
	{"dns 1.1.1.1\ndns 1.1.1.1\ndns 1.1.1.1\ndns 1.1.1.1\nend\n", false},
};

static void nonsense_is_refused(void **state)
{
	static struct facts facts;

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		print_message("%s\n", answers[i].text);
		assert_int_equal(facts_read(&facts, answers[i].text, strlen(answers[i].text)),
			answers[i].good);
	}
}

static void accounts_for_names(void **state)
{
	static struct facts facts = {
		.users = {"haproxy", "107", "root"},
		.user_count = 3,
		.groups = {"lb", "haproxy", "a:b"},
		.group_count = 3,
	};
	char passwd[ACCOUNTS_BYTES], group[ACCOUNTS_BYTES];

	(void)state;
	accounts_render(&facts, passwd, group);
	assert_string_equal(passwd, "root:x:0:0:root:/:/\nnobody:x:65534:65534:nobody:/:/\n"
				    "haproxy:x:901:901::/:/\n");
	assert_string_equal(group, "root:x:0:\nnogroup:x:65534:\nlb:x:900:\nhaproxy:x:901:\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(come_over_whole),
		cmocka_unit_test(a_part_is_nothing),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(owners_are_asked_for),
		cmocka_unit_test(accounts_for_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
