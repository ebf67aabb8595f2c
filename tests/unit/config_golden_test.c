/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configurations in, messages and normal form out: every tests/config/x.cfg has an x.out beside
 * it.  The normal form, read again, prints itself, whatever there was to complain about.
 * `TORC_GOLDEN=write` writes the .out files anew, for the eye to judge.
 *
 * The machine is a played one, on which nothing exists but what is named below. */
#include "core/config/config.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define FOLDER	  "tests/config"
#define PUBLISHED "tests/lab/published/haproxy.cfg"

static bool look_up(const char *host, sa_family_t family, union address *address)
{
	(void)family;
	static const struct {
		const char *name;
		const char *address;
	} hosts[] = {{"localhost", "127.0.0.1"}, {"db.example", "10.9.9.9"}};

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		if (strcmp(host, hosts[i].name) != 0)
			continue;
		address->in.sin_family = AF_INET;
		return inet_pton(AF_INET, hosts[i].address, &address->in.sin_addr) == 1;
	}
	return false;
}

static int64_t id_of(const char *name)
{
	return strcmp(name, "haproxy") == 0 ? 107 : -1;
}

static bool folder_exists(const char *path)
{
	return strcmp(path, "/run") == 0;
}

/* Files that configurations name: patterns and error pages. */
static bool read_file(struct arena *arena, const char *path, struct config_file *file)
{
	static const struct {
		const char *path, *text;
	} files[] = {
		{"/etc/patterns", "# countries\n\n  /de \n/fr\r\n"},
		{"/etc/503.http", "HTTP/1.0 503 Busy\nContent-Type: text/plain\n\nbusy\n"},
		{"/etc/empty", ""},
		{"/etc/no_status", "Busy\n"},
		{"/etc/no_end", "HTTP/1.1 503 Busy\r\nA: b\r\n"},
		{"/etc/bad_field", "HTTP/1.1 503 Busy\r\nA b\r\n\r\n"},
		{"/etc/bad_length", "HTTP/1.1 503 Busy\r\nContent-Length: 3\r\n\r\nbusy"},
		{"/etc/chunked", "HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n"},
		{"/etc/page.html", "<p>%[src]</p>\n"},
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (strcmp(path, files[i].path) != 0)
			continue;
		file->bytes = arena_copy(arena, files[i].text, strlen(files[i].text));
		file->len = strlen(files[i].text);
		return true;
	}
	return false;
}

static const struct config_machine machine = {.look_up = look_up,
	.user_id = id_of,
	.group_id = id_of,
	.folder_exists = folder_exists,
	.read_file = read_file};

static const char *const kinds[] = {
	[MESSAGE_NOTICE] = "notice",
	[MESSAGE_WARNING] = "warning",
	[MESSAGE_ALERT] = "alert",
	[MESSAGE_DIAG] = "diag",
};

/* The normal form of these bytes; with `messages`, what there was to say before it. */
static char *render(const char *name, const char *bytes, size_t len, bool messages)
{
	struct config_file file = {name, bytes, len};
	struct config_source source = {.files = &file, .file_count = 1, .machine = &machine};
	struct config config = {0};
	char *text = NULL;
	size_t text_len;
	FILE *out = open_memstream(&text, &text_len);

	config_load(&config, &source);
	for (const struct message *at = config.messages; messages && at; at = at->next)
		fprintf(out, "%s: %s\n", kinds[at->kind], at->text);
	if (messages)
		fprintf(out, "--- %u alerts, %u warnings, listens: %s\n", config.alert_count,
			config.warning_count, config_has_listener(&config) ? "yes" : "no");
	config_print(&config, out);
	fclose(out);
	config_free(&config);
	arena_free(&source.arena);
	return text;
}

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

static void write_whole(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

/* The golden file of x/y.cfg is tests/config/y.out. */
static void out_path(char path[512], const char *input)
{
	const char *slash = strrchr(input, '/');
	const char *name = slash ? slash + 1 : input;

	snprintf(path, 512, FOLDER "/%.*s.out", (int)(strlen(name) - 4), name);
}

static void check_golden(void **state)
{
	const char *input = *state, *slash = strrchr(input, '/');
	char path[512];
	size_t len, expected_len;
	char *bytes = read_whole(input, &len), *expected, *got;

	assert_true(len > 0);
	got = render(slash + 1, bytes, len, true);
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
	size_t len;
	char *bytes = read_whole(input, &len);
	char *once = render("once", bytes, len, false);
	char *twice = render("twice", once, strlen(once), false);

	assert_string_equal(twice, once);
	free(twice);
	free(once);
	free(bytes);
}

static int is_configuration(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 4 && strcmp(entry->d_name + len - 4, ".cfg") == 0;
}

int main(void)
{
	struct dirent **entries;
	int count = scandir(FOLDER, &entries, is_configuration, alphasort);
	struct CMUnitTest tests[512] = {
		{"published: golden", check_golden, NULL, NULL, (void *)(uintptr_t)PUBLISHED},
		{"published: normal form", check_normal_form, NULL, NULL,
			(void *)(uintptr_t)PUBLISHED},
	};
	size_t test_count = 2;

	for (int i = 0; i < count && test_count + 2 <= 512; i++) {
		char *path, *golden, *normal;

		if (asprintf(&path, FOLDER "/%s", entries[i]->d_name) < 0 ||
			asprintf(&golden, "%s: golden", entries[i]->d_name) < 0 ||
			asprintf(&normal, "%s: normal form", entries[i]->d_name) < 0)
			return 1;
		tests[test_count++] = (struct CMUnitTest){golden, check_golden, NULL, NULL, path};
		tests[test_count++] =
			(struct CMUnitTest){normal, check_normal_form, NULL, NULL, path};
		free(entries[i]);
	}
	free(entries);
	if (count < 1)
		return 1;
	count = _cmocka_run_group_tests("configurations", tests, test_count, NULL, NULL);
	for (size_t i = 2; i < test_count; i++) {
		free((void *)(uintptr_t)tests[i].name);
		/* A golden test and its normal form share the path. */
		if (i % 2)
			free(tests[i].initial_state);
	}
	return count;
}
