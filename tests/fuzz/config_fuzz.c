/* SPDX-License-Identifier: GPL-2.0-or-later */
/* config_fuzz.c - any bytes can be read as a configuration: messages come out, never a crash, a
 * leak or a wait.  The normal form of a file without errors prints itself when it is read again.
 * Input: the file. */
#include "core/config/config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Names whose first letter says so are found. */
static bool look_up(const char *host, sa_family_t family, union address *address)
{
	(void)family;
	if (host[0] > 'm')
		return false;
	address->in.sin_family = AF_INET;
	address->in.sin_addr.s_addr = (in_addr_t)host[0];
	return true;
}

static int64_t id_of(const char *name)
{
	return name[0] == 'h' ? 107 : -1;
}

static bool folder_exists(const char *path)
{
	return path[1] == 'r';
}

/* One file is there: it serves as patterns and as an error page. */
static bool read_file(struct arena *arena, const char *path, struct config_file *file)
{
	static const char text[] = "HTTP/1.0 503 Busy\r\n\r\nbusy\n";

	(void)arena;
	file->name = path;
	file->bytes = text;
	file->len = sizeof(text) - 1;
	return path[0] == '/';
}

static const struct config_machine machine = {.look_up = look_up,
	.user_id = id_of,
	.group_id = id_of,
	.folder_exists = folder_exists,
	.read_file = read_file};

/* The normal form of what could be read, and how many errors there were. */
static char *render(const char *bytes, size_t len, uint32_t *errors)
{
	struct config_file file = {"f", bytes, len};
	/* The other language has a target of its own, and includes would be looked for on the disk.
	 */
	struct config_source source = {
		.files = &file, .file_count = 1, .machine = &machine, .proxies_only = true};
	struct config config = {0};
	char *text = NULL;
	size_t text_len = 0;
	FILE *out = open_memstream(&text, &text_len);

	*errors = config_load(&config, &source);
	config_print(&config, out);
	fclose(out);
	config_free(&config);
	arena_free(&source.arena);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t errors, errors_again;
	char *once = render((const char *)data, size, &errors);
	char *twice = render(once, strlen(once), &errors_again);

	/* Of a file with errors nothing is promised but that it can be read: a word that stopped
	 * the reading of its line stops it again. */
	if (errors == 0 && (errors_again > 0 || strcmp(once, twice) != 0))
		abort();
	free(once);
	free(twice);
	return 0;
}
