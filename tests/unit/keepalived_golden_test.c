/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of keepalived's language in, messages and normal form out: every
 * tests/config/keepalived_x.conf has a keepalived_x.out beside it, and so have the published
 * files.  The normal form, read again, prints itself.  `TORC_GOLDEN=write` writes the .out files
 * anew, for the eye to judge.
 *
 * The machine is a played one with three interfaces and two users; a file that begins with
 * "# with: X" is read together with X. */
#include "core/config/config.h"
#include "core/config/keepalived.h"
#include "core/config/torc_appliance.h"
#include "core/config/vrrp_model.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define FOLDER	  "tests/config"
#define PUBLISHED "tests/lab/published"
#define MANUAL	  "docs/KEEPALIVED.md"

static int64_t id_of(const char *name)
{
	if (strcmp(name, "keepalived_script") == 0)
		return 501;
	return strcmp(name, "haproxy") == 0 ? 107 : -1;
}

static bool interface_name(uint32_t index, char name[16])
{
	static const char *const names[] = {"lo", "eth0", "eth1"};

	if (index >= 3)
		return false;
	strcpy(name, names[index]);
	return true;
}

static const char *const kinds[] = {
	[MESSAGE_NOTICE] = "notice",
	[MESSAGE_WARNING] = "warning",
	[MESSAGE_ALERT] = "alert",
	[MESSAGE_DIAG] = "diag",
};

static char *read_whole(const char *path, size_t *len)
{
	FILE *in = fopen(path, "r");
	char *bytes = calloc(1, 1 << 20);

	*len = 0;
	if (in) {
		*len = fread(bytes, 1, (1 << 20) - 1, in);
		fclose(in);
	}
	return bytes;
}

/* iproute2's files are played ones, too; what is included is real. */
static bool read_file(struct arena *arena, const char *path, struct config_file *file)
{
	static const struct {
		const char *path, *bytes;
	} played[] = {
		{"/etc/iproute2/rt_tables", "#\n255\tlocal\n# 7 blue\n 77  small # comment\r\n"},
		{"/usr/share/iproute2/rt_tables", "78 small\n"},
		{"/usr/share/iproute2/rt_protos", "0x63 ours"},
		{"/etc/iproute2/rt_realms", "9 blue\n70000 green\n"},
		{"/etc/iproute2/rt_scopes", "17 near\n"},
		{"/etc/iproute2/rt_dsfield", "0x10 fast\n"},
	};
	char *bytes = NULL;

	for (uint32_t i = 0; !bytes && i < sizeof(played) / sizeof(played[0]); i++)
		if (strcmp(played[i].path, path) == 0)
			bytes = arena_copy(arena, played[i].bytes, strlen(played[i].bytes));
	if (bytes) {
		*file = (struct config_file){path, bytes, (uint32_t)strlen(bytes)};
		return true;
	}
	if (strstr(path, "iproute2") || access(path, R_OK) != 0)
		return false;
	bytes = read_whole(path, &file->len);
	file->bytes = arena_copy(arena, bytes, file->len);
	free(bytes);
	return true;
}

/* Programs are where their files say, but for these. */
static int find_program(char path[PROGRAM_PATH_BYTES], const char *name)
{
	strcpy(path, name);
	if (strncmp(name, "/absent/", 8) == 0)
		return -ENOENT;
	return strncmp(name, "/plain/", 7) == 0 ? -EACCES : 0;
}

static int check_owner(const char *path, char element[PROGRAM_PATH_BYTES])
{
	strcpy(element, "/loose");
	return strncmp(path, "/loose/", 7) == 0 ? -EPERM : 0;
}

static const struct config_machine machine = {.user_id = id_of,
	.group_id = id_of,
	.interface_name = interface_name,
	.read_file = read_file,
	.find_program = find_program,
	.check_owner = check_owner};

static void write_whole(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

/* "# with: haproxy.cfg" in the first line. */
static bool companion(char path[512], const char *bytes)
{
	char name[256];

	if (sscanf(bytes, "# with: %255s", name) != 1)
		return false;
	snprintf(path, 512, FOLDER "/%s", name);
	return true;
}

/* What a gateway is told of the other language's file; no part of the normal form. */
static void print_ends(const struct vrrp_config *config, FILE *out)
{
	const struct vrrp_range *ranges[] = {&config->listeners, &config->servers};

	for (uint32_t r = 0; r < 2; r++)
		for (uint32_t i = 0; i < ranges[r]->count; i++) {
			const struct vrrp_end *end = &vrrp_ends(config)[ranges[r]->first + i];
			char text[INET6_ADDRSTRLEN] = "*";

			if (end->ip.family)
				inet_ntop(end->ip.family, end->ip.bytes, text, sizeof(text));
			assert_int_equal(end->protocol, IPPROTO_TCP);
			fprintf(out, "--- %s %s %u is not tracked\n", r ? "server" : "listener",
				text, end->port);
		}
}

/* The normal form of these bytes; with `messages`, what there was to say before it. */
static char *render(
	const char *name, const char *bytes, size_t len, const char *with, bool messages)
{
	struct config_file files[2] = {{name, bytes, len}};
	struct config_source source = {
		.files = files, .file_count = 1, .machine = &machine, .config_id = "main"};
	struct config config = {0};
	char *text = NULL, *other = NULL;
	size_t text_len;
	FILE *out = open_memstream(&text, &text_len);

	if (with) {
		files[1].name = with;
		files[1].bytes = other = read_whole(with, &files[1].len);
		source.file_count = 2;
	}
	config_load(&config, &source);
	for (const struct message *at = config.messages; messages && at; at = at->next)
		fprintf(out, "%s: %s\n", kinds[at->kind], at->text);
	if (messages)
		fprintf(out, "--- %u alerts, %u warnings\n", config.alert_count,
			config.warning_count);
	if (config.vrrp) {
		assert_true(vrrp_config_is_sound(config.vrrp, config.vrrp->bytes));
		keepalived_print(config.vrrp, out);
		if (messages)
			print_ends(config.vrrp, out);
	}
	if (config.appliance)
		appliance_print(config.appliance, out);
	fclose(out);
	config_free(&config);
	arena_free(&source.arena);
	free(other);
	return text;
}

/* keepalived_x.conf has keepalived_x.out; a published file is named after its folder, too. */
static void out_path(char path[512], const char *input)
{
	const char *slash = strrchr(input, '/');
	const char *prefix = strncmp(input, PUBLISHED, strlen(PUBLISHED)) != 0 ? "" : "published_";

	snprintf(path, 512, FOLDER "/%s%.*s.out", prefix, (int)(strlen(slash + 1) - 5), slash + 1);
}

static void check_golden(void **state)
{
	const char *input = *state;
	char path[512], with[512];
	size_t len, expected_len;
	char *bytes = read_whole(input, &len), *expected, *got;

	assert_true(len > 0);
	got = render(input, bytes, len, companion(with, bytes) ? with : NULL, true);
	out_path(path, input);
	if (getenv("TORC_GOLDEN"))
		write_whole(path, got);
	expected = read_whole(path, &expected_len);
	assert_string_equal(got, expected);
	free(got);
	free(expected);
	free(bytes);
}

static void check_normal_form(void **state)
{
	const char *input = *state;
	char with_path[512];
	size_t len;
	char *bytes = read_whole(input, &len);
	const char *with = companion(with_path, bytes) ? with_path : NULL;
	char *once = render(input, bytes, len, with, false);
	char *twice = *once ? render("twice", once, strlen(once), with, false) : strdup("");

	assert_string_equal(twice, once);
	free(twice);
	free(once);
	free(bytes);
}

/* ---- the manual ---- */

#define BEGIN "<!-- words: begin -->\n"
#define END   "<!-- words: end -->\n"

static void check_manual(void **state)
{
	char *words = NULL, *page, *begin, *end, *whole = NULL;
	size_t words_len, page_len, whole_len;
	FILE *out = open_memstream(&words, &words_len);

	(void)state;
	keepalived_print_words(out);
	fclose(out);
	page = read_whole(MANUAL, &page_len);
	begin = strstr(page, BEGIN);
	end = strstr(page, END);
	assert_non_null(begin);
	assert_non_null(end);
	begin += strlen(BEGIN);
	out = open_memstream(&whole, &whole_len);
	fprintf(out, "%.*s\n%s\n%s", (int)(begin - page), page, words, end);
	fclose(out);
	if (getenv("TORC_GOLDEN"))
		write_whole(MANUAL, whole);
	else
		assert_string_equal(page, whole);
	free(whole);
	free(words);
	free(page);
}

/* ---- the list of tests ---- */

static int is_configuration(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return strncmp(entry->d_name, "keepalived_", 11) == 0 && len > 16 &&
	       strcmp(entry->d_name + len - 5, ".conf") == 0;
}

static struct CMUnitTest tests[512];
static size_t test_count;

static void add_tests(const char *path)
{
	char *kept = strdup(path), *golden, *normal;

	if (test_count + 2 > 512 || asprintf(&golden, "%s: golden", path) < 0 ||
		asprintf(&normal, "%s: normal form", path) < 0)
		abort();
	tests[test_count++] = (struct CMUnitTest){golden, check_golden, NULL, NULL, kept};
	tests[test_count++] = (struct CMUnitTest){normal, check_normal_form, NULL, NULL, kept};
}

int main(void)
{
	struct dirent **entries;
	int count = scandir(FOLDER, &entries, is_configuration, alphasort), failed;

	if (count < 1)
		return 1;
	add_tests(PUBLISHED "/keepalived-lb1.conf");
	add_tests(PUBLISHED "/keepalived-lb2.conf");
	for (int i = 0; i < count; i++) {
		char path[512];

		snprintf(path, sizeof(path), FOLDER "/%s", entries[i]->d_name);
		add_tests(path);
		free(entries[i]);
	}
	free(entries);
	tests[test_count++] =
		(struct CMUnitTest){"docs/KEEPALIVED.md", check_manual, NULL, NULL, NULL};
	failed = _cmocka_run_group_tests("keepalived", tests, test_count, NULL, NULL);
	for (size_t i = 0; i + 1 < test_count; i++) {
		free((void *)(uintptr_t)tests[i].name);
		if (i % 2)
			free(tests[i].initial_state);
	}
	return failed;
}
