/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The finished tree: its numbers and its pointers; the front door: files, folders, snapshots,
 * messages; and that the manual's table of words is the reader's. */
#include "core/config/config.h"

#include "core/config/keyword.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define PUBLISHED "tests/lab/published/haproxy.cfg"
#define MANUAL	  "docs/CONFIGURATION.md"

static uint32_t look_ups;

static bool look_up(const char *host, sa_family_t family, union address *address)
{
	(void)family;
	look_ups++;
	if (strcmp(host, "known.example") != 0)
		return false;
	address->in.sin_family = AF_INET;
	return inet_pton(AF_INET, "10.1.2.3", &address->in.sin_addr) == 1;
}

static int64_t nobody(const char *name)
{
	(void)name;
	return -1;
}

static bool everywhere(const char *path)
{
	(void)path;
	return true;
}

static const struct config_machine machine = {
	.look_up = look_up, .user_id = nobody, .group_id = nobody, .folder_exists = everywhere};

static uint32_t load(struct config *config, const char *text)
{
	struct config_file file = {"t.cfg", text, strlen(text)};
	struct config_source source = {.files = &file, .file_count = 1, .machine = &machine};
	uint32_t alerts = config_load(config, &source);

	arena_free(&source.arena);
	return alerts;
}

static bool said(const struct config *config, enum message_kind kind, const char *part)
{
	for (const struct message *at = config->messages; at; at = at->next) {
		if (at->kind == kind && strstr(at->text, part))
			return true;
	}
	return false;
}

static void published_file(void **state)
{
	const char *path = PUBLISHED;
	struct config_source source = {.paths = &path, .path_count = 1, .machine = &machine};
	struct config config = {0};
	const struct proxy *front, *back;

	(void)state;
	assert_int_equal(config_read_files(&source, &config), 0);
	assert_int_equal(config_load(&config, &source), 0);
	assert_true(config_has_listener(&config));
	assert_int_equal(config.proxy_count, 2);
	front = &config.proxies[0];
	back = &config.proxies[1];
	assert_true(front->is_frontend && !front->is_backend);
	assert_true(back->is_backend && !back->is_frontend);
	assert_ptr_equal(front->default_backend, back);
	assert_int_equal(back->frontends_using, 1);
	assert_int_equal(front->id, 2);
	assert_int_equal(back->id, 3);
	assert_int_equal(back->fullconn, 5000);
	assert_int_equal(back->timeouts.check_ms, 20);
	assert_int_equal(back->redispatch, -1);
	assert_int_equal(back->server_count, 4);
	assert_int_equal(back->servers[3].fall, 1);
	assert_int_equal(back->servers[3].downinter_ms, 5000);
	assert_int_equal(back->connection_mode, CONNECTION_SERVER_CLOSE);
	/* The backend says it again without `except`: its own is empty, the frontend's stays. */
	assert_int_equal(front->forwardfor.except.prefix_bits, 8);
	assert_int_equal(back->forwardfor.except.family, 0);
	assert_true(back->forwardfor.on);
	assert_null(back->httpchk.version);
	assert_string_equal(back->stats.realm, "Haproxy Statistics");
	assert_ptr_equal(front->log_targets, config.global.log_targets);
	assert_int_equal(config.global.uid, -1);
	assert_string_equal(config.global.user, "haproxy");
	assert_int_equal(config.global.stats_timeout_ms, 30000);
	config_free(&config);
	config_source_free(&source);
}

static const char several[] = "global\n"
			      " stats socket /run/s1\n"
			      " stats socket /run/s2 level admin\n"
			      "defaults\n"
			      " mode http\n"
			      " timeout client 1s\n timeout server 1s\n timeout connect 1s\n"
			      "frontend f1\n bind :1,:2-3\n default_backend b\n"
			      "frontend f2\n bind :4\n maxconn 101\n default_backend b\n"
			      "backend b\n server s1 10.0.0.1:1\n server s2 known.example:2\n"
			      "listen l\n bind :5\n maxconn 7\n server s1 unknown.example:1\n";

static void mark(uint8_t *seen, uint32_t cell, uint32_t count)
{
	assert_in_range(cell, 0, count - 1);
	assert_int_equal(seen[cell], 0);
	seen[cell] = 1;
}

/* Every row of the statistics has a cell, every server a verdict, every socket a place. */
static void numbers(void **state)
{
	struct config config = {0};
	uint8_t cells[64] = {0}, verdicts[8] = {0};
	uint32_t marked = 0;

	(void)state;
	assert_int_equal(load(&config, several), 0);
	assert_int_equal(config.listener_count, 7);
	assert_int_equal(config.server_count, 3);
	for (uint32_t i = 0; i < config.listener_count; i++) {
		const struct listener *at = &config.listeners[i];

		assert_int_equal(at->index, i);
		mark(cells, at->cell, config.cell_count);
		assert_non_null(at->key);
		assert_true((at->proxy == NULL) != (at->stats_socket == NULL));
	}
	for (uint32_t i = 0; i < config.proxy_count; i++) {
		const struct proxy *proxy = &config.proxies[i];

		assert_int_equal(proxy->index, i);
		if (proxy->is_frontend)
			mark(cells, proxy->frontend_cell, config.cell_count);
		else
			assert_int_equal(proxy->frontend_cell, UINT32_MAX);
		if (proxy->is_backend)
			mark(cells, proxy->backend_cell, config.cell_count);
		else
			assert_int_equal(proxy->backend_cell, UINT32_MAX);
		for (uint32_t j = 0; j < proxy->server_count; j++) {
			assert_ptr_equal(proxy->servers[j].proxy, proxy);
			assert_int_equal(proxy->servers[j].index, j);
			mark(cells, proxy->servers[j].cell, config.cell_count);
			mark(verdicts, proxy->servers[j].verdict, config.server_count);
		}
		for (uint32_t j = 0; j < proxy->listener_count; j++)
			assert_ptr_equal(proxy->listeners[j]->proxy, proxy);
	}
	for (uint32_t i = 0; i < config.cell_count; i++)
		marked += cells[i];
	assert_int_equal(marked, config.cell_count);
	/* Binds in the order of the file, then the stats sockets. */
	assert_string_equal(config.listeners[2].key, "0.0.0.0:3");
	assert_ptr_equal(config.listeners[5].stats_socket, config.global.stats_sockets);
	assert_int_equal(config.global.stats_sockets->next->level, STATS_LEVEL_ADMIN);
	config_free(&config);
}

/* f1 has the process's limit: before that is known, what is known counts. */
static void fullconn(void **state)
{
	struct config config = {0};

	(void)state;
	load(&config, several);
	assert_int_equal(config.proxies[2].frontends_using, 2);
	assert_int_equal(config.proxies[2].fullconn, 11);
	assert_int_equal(config.proxies[3].frontends_using, 1);
	assert_int_equal(config.proxies[3].fullconn, 1);
	config_derive_fullconn(&config, 9985);
	assert_int_equal(config.proxies[2].fullconn, 11 + 999 - 1);
	assert_int_equal(config.proxies[3].fullconn, 1);
	config_free(&config);
}

static void names_of_servers(void **state)
{
	struct config config = {0};
	const struct server *known, *unknown;

	(void)state;
	load(&config, several);
	known = &config.proxies[2].servers[1];
	unknown = &config.proxies[3].servers[0];
	assert_string_equal(known->host_name, "known.example");
	assert_int_equal(known->address.in.sin_family, AF_INET);
	assert_int_equal(ntohs(known->address.in.sin_port), 2);
	assert_int_equal(unknown->address.any.sa_family, AF_UNSPEC);
	assert_true(said(&config, MESSAGE_WARNING, "could not resolve address 'unknown.example'"));
	config_free(&config);
}

/* A socket is the same when all that makes it is. */
static void listener_keys(void **state)
{
	struct config config = {0};

	(void)state;
	load(&config, "defaults\n mode http\nfrontend f\n"
		      " bind 10.0.0.1:80 name a backlog 9 maxconn 8 accept-proxy\n"
		      " bind :::80 v4v6 interface eth0 transparent\n"
		      " bind /run/x mode 660 uid 1\n bind fd@3\n bind abns@y\n");
	assert_string_equal(config.listeners[0].key, "10.0.0.1:80");
	assert_string_equal(config.listeners[1].key, "[::]:80;interface=eth0;v4v6;transparent");
	assert_string_equal(config.listeners[2].key, "/run/x;mode=660;uid=1;gid=-1");
	assert_string_equal(config.listeners[3].key, "fd@3");
	assert_string_equal(config.listeners[4].key, "abns@y;mode=0;uid=-1;gid=-1");
	assert_int_equal(config.listeners[3].inherited_fd, 3);
	config_free(&config);
}

static void disabled_proxies_do_not_listen(void **state)
{
	struct config config = {0};

	(void)state;
	assert_int_equal(load(&config, "listen l\n mode http\n bind :1\n disabled\n"), 0);
	assert_int_equal(config.listener_count, 0);
	assert_false(config_has_listener(&config));
	config_free(&config);
}

/* Only the files of a folder that end in .cfg and are not hidden, in bytewise order; a folder and
 * its files are read as if they stood on the command line. */
static void files_and_folders(void **state)
{
	static const struct {
		const char *name, *text;
	} files[] = {{"b.cfg", "node second\n"}, {"Z.cfg", "global\n node first\n"},
		{".hidden.cfg", "global\n node hidden\n"}, {"c.cfg.bak", "global\n node old\n"},
		{"d.cfg", "global\n description third\n"}};
	char folder[] = "/tmp/torc-config-XXXXXX", path[128];
	const char *paths[1] = {folder};
	struct config_source source = {.paths = paths, .path_count = 1, .machine = &machine};
	struct config config = {0};

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		FILE *out;

		snprintf(path, sizeof(path), "%s/%s", folder, files[i].name);
		out = fopen(path, "w");
		fputs(files[i].text, out);
		fclose(out);
	}
	assert_int_equal(config_read_files(&source, &config), 0);
	assert_int_equal(source.file_count, 3);
	assert_non_null(strstr(source.files[0].name, "/Z.cfg"));
	assert_non_null(strstr(source.files[2].name, "/d.cfg"));
	/* b.cfg begins outside of every section, whatever came before it. */
	assert_int_equal(config_load(&config, &source), 1);
	assert_true(
		said(&config, MESSAGE_ALERT, "b.cfg:1] : unknown keyword 'node' out of section"));
	assert_string_equal(config.global.node, "first");
	assert_string_equal(config.global.description, "third");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i].name);
		unlink(path);
	}
	rmdir(folder);
	config_free(&config);
	config_source_free(&source);
}

static void missing_file(void **state)
{
	const char *path = "/nonexistent/torc.cfg";
	struct config_source source = {.paths = &path, .path_count = 1};
	struct config config = {0};

	(void)state;
	assert_int_equal(config_read_files(&source, &config), -1);
	assert_int_equal(config.alert_count, 1);
	assert_string_equal(config.messages->text,
		"config : Cannot open configuration file/directory /nonexistent/torc.cfg : No such "
		"file or directory");
	config_free(&config);
	config_source_free(&source);
}

static int snapshot_of(const char *text)
{
	struct config_file files[2] = {{"t.cfg", text, strlen(text)}, {"empty.cfg", "", 0}};
	struct config_source source = {.files = files,
		.file_count = 2,
		.nbproc_cores = 3,
		.ipv4_only = true,
		.machine = &machine};
	struct config config = {0};
	int fd;

	config_load(&config, &source);
	fd = config_snapshot_write(&source);
	config_free(&config);
	arena_free(&source.arena);
	return fd;
}

/* What is read out of a snapshot is what went in, and nobody is asked for a name again. */
static void snapshots(void **state)
{
	struct config_source source = {.machine = &machine};
	struct config config = {0};
	int fd;

	(void)state;
	look_ups = 0;
	fd = snapshot_of(several);
	assert_true(fd >= 0);
	assert_int_equal(look_ups, 2);
	assert_int_equal(config_snapshot_open(&source, fd), 0);
	assert_int_equal(source.file_count, 2);
	assert_int_equal(source.nbproc_cores, 3);
	assert_true(source.ipv4_only);
	assert_string_equal(source.files[0].name, "t.cfg");
	assert_int_equal(source.files[0].len, strlen(several));
	assert_memory_equal(source.files[0].bytes, several, strlen(several));
	assert_int_equal(config_load(&config, &source), 0);
	assert_int_equal(look_ups, 2);
	assert_int_equal(config.proxies[2].servers[1].address.in.sin_family, AF_INET);
	/* It cannot be changed any more. */
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(ftruncate(fd, 1), -1);
	close(fd);
	config_free(&config);
	config_source_free(&source);
}

static int sealed(const char *bytes, size_t len)
{
	int fd = memfd_create("cut", MFD_ALLOW_SEALING);

	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE), 0);
	return fd;
}

static void torn_snapshots(void **state)
{
	int whole = snapshot_of("global\nlisten l\n server s known.example:1\n"), fd;
	char bytes[4096];
	ssize_t len = pread(whole, bytes, sizeof(bytes), 0);
	struct config_source source = {0};

	(void)state;
	assert_in_range(len, 50, 500);
	for (ssize_t cut = 0; cut < len; cut++) {
		fd = sealed(bytes, (size_t)cut);
		assert_int_equal(config_snapshot_open(&source, fd), -EPROTO);
		close(fd);
	}
	/* A wrong byte anywhere is refused or harmless. */
	for (ssize_t at = 0; at < len; at++) {
		bytes[at] ^= (char)0xff;
		fd = sealed(bytes, (size_t)len);
		if (config_snapshot_open(&source, fd) == 0)
			config_source_free(&source);
		else
			assert_int_equal(source.file_count, 0);
		close(fd);
		bytes[at] ^= (char)0xff;
	}
	bytes[len] = 'x';
	fd = sealed(bytes, (size_t)len + 1);
	assert_int_equal(config_snapshot_open(&source, fd), -EPROTO);
	close(fd);
	/* What could be cut short while it is being read. */
	fd = memfd_create("open", MFD_ALLOW_SEALING);
	assert_int_equal(write(fd, bytes, (size_t)len), len);
	assert_int_equal(config_snapshot_open(&source, fd), -EPERM);
	close(fd);
	assert_int_equal(config_snapshot_open(&source, -1), -EBADF);
	close(whole);
}

static void fingerprints(void **state)
{
	struct config a = {0}, b = {0}, c = {0};

	(void)state;
	load(&a, "global\n node a\n");
	load(&b, "global\n node a\n");
	load(&c, "global\n node b\n");
	assert_true(a.fingerprint == b.fingerprint);
	assert_true(a.fingerprint != c.fingerprint);
	config_free(&a);
	config_free(&b);
	config_free(&c);
}

/* The head lines up as HAProxy's does. */
static void printed_messages(void **state)
{
	struct config config = {0};
	char *text = NULL, expected[1024];
	size_t len;
	int pid = (int)getpid();
	FILE *out;

	(void)state;
	load(&config, ".notice hello\n.diag hidden\nglobal\n.warning careful\n bad\n");
	out = open_memstream(&text, &len);
	config_print_messages(&config, out, false);
	fclose(out);
	snprintf(expected, sizeof(expected),
		"[NOTICE]   (%d) : config : parsing [t.cfg:1] : 'hello'.\n"
		"[WARNING]  (%d) : config : parsing [t.cfg:4] : 'careful'.\n"
		"[ALERT]    (%d) : config : parsing [t.cfg:5] : unknown keyword 'bad' in 'global' "
		"section\n"
		"[ALERT]    (%d) : config : Error(s) found in configuration file : t.cfg\n",
		pid, pid, pid, pid);
	assert_string_equal(text, expected);
	free(text);
	config.show_diagnostics = true;
	out = open_memstream(&text, &len);
	config_print_messages(&config, out, false);
	fclose(out);
	assert_non_null(strstr(text, "[DIAG]     ("));
	free(text);
	out = open_memstream(&text, &len);
	config_print_messages(&config, out, true);
	fclose(out);
	assert_int_equal(len, 0);
	free(text);
	config_free(&config);
}

/* The words of the published file that wait for their feature: this list only gets shorter. */
static void words_not_acting(void **state)
{
	static const char *const expected[] = {"ca-base", "crt-base", "ssl-default-bind-ciphers",
		"ssl-default-bind-options", NULL};
	uint32_t count = 0, listed = 0;

	(void)state;
	for (; expected[listed]; listed++)
		assert_string_equal(config_words_not_acting[listed], expected[listed]);
	assert_null(config_words_not_acting[listed]);
	for (uint32_t i = 0; keyword_tables[i]; i++) {
		for (uint32_t j = 0; j < keyword_tables[i]->count; j++) {
			if (keyword_tables[i]->rows[j].state != KEYWORD_NOT_ACTING)
				continue;
			assert_string_equal(keyword_tables[i]->rows[j].name, expected[count]);
			count++;
		}
	}
	assert_int_equal(count, listed);
}

/* A row that acts can be read, every row has a place, no word has two rows. */
static void tables_are_sound(void **state)
{
	(void)state;
	for (uint32_t i = 0; keyword_tables[i]; i++) {
		const struct keyword_table *table = keyword_tables[i];

		for (uint32_t j = 0; j < table->count; j++) {
			const struct keyword *row = &table->rows[j];

			print_message("%s %s\n", table->prefix, row->name);
			assert_true(row->where & IN_ANY);
			assert_ptr_equal(keyword_find(table, row->name), row);
			if (row->state == KEYWORD_ACTS || row->state == KEYWORD_NOT_ACTING) {
				assert_non_null(row->read);
				assert_non_null(row->form);
			}
			if (row->state != KEYWORD_LATER)
				assert_true(row->summary && *row->summary);
		}
	}
}

/* docs/CONFIGURATION.md carries the table as it is printed. */
static void manual_has_the_table(void **state)
{
	char *words = NULL, *manual = calloc(1, 1 << 20);
	size_t len;
	FILE *out = open_memstream(&words, &len), *in = fopen(MANUAL, "r");

	(void)state;
	config_print_words(out);
	fclose(out);
	assert_non_null(in);
	assert_true(fread(manual, 1, (1 << 20) - 1, in) > 0);
	fclose(in);
	if (!strstr(manual, words))
		fail_msg(MANUAL " differs from the tables: put the output of --words into it");
	free(words);
	free(manual);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_file),
		cmocka_unit_test(numbers),
		cmocka_unit_test(fullconn),
		cmocka_unit_test(names_of_servers),
		cmocka_unit_test(listener_keys),
		cmocka_unit_test(disabled_proxies_do_not_listen),
		cmocka_unit_test(files_and_folders),
		cmocka_unit_test(missing_file),
		cmocka_unit_test(snapshots),
		cmocka_unit_test(torn_snapshots),
		cmocka_unit_test(fingerprints),
		cmocka_unit_test(printed_messages),
		cmocka_unit_test(words_not_acting),
		cmocka_unit_test(tables_are_sound),
		cmocka_unit_test(manual_has_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
