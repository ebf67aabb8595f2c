/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_fuzz.c - any bytes can be read as keepalived's language: messages come out, never a
 * crash, a leak or a wait.  What could be read makes sound tables, and their normal form prints
 * itself when it is read again.
 * Input: the file.  Every include finds that same file once more. */
#include "core/config/config.h"
#include "core/config/keepalived.h"
#include "core/config/vrrp_model.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct config_file input;

/* Names whose first letter says so are found. */
static int64_t id_of(const char *name)
{
	return name[0] == 'h' ? 107 : -1;
}

static bool interface_name(uint32_t index, char name[16])
{
	static const char *const names[] = {"lo", "eth0", "eth1", "e"};

	if (index >= 4)
		return false;
	strcpy(name, names[index]);
	return true;
}

static uint32_t match_files(struct arena *arena, const char *pattern, const char *const **paths)
{
	const char **list = arena_alloc(arena, 2 * sizeof(*list));

	list[0] = list[1] = "folder/again";
	*paths = list;
	return strchr(pattern, '*') ? 2 : pattern[0] != 'n';
}

static bool read_file(struct arena *arena, const char *path, struct config_file *file)
{
	(void)arena;
	(void)path;
	*file = (struct config_file){path, input.bytes, input.len};
	return true;
}

static const struct config_machine machine = {.user_id = id_of,
	.group_id = id_of,
	.interface_name = interface_name,
	.match_files = match_files,
	.read_file = read_file};

/* The normal form of what could be read, or NULL. */
static char *render(const char *bytes, size_t len)
{
	struct config_file file = {"f", bytes, len};
	struct config_source source = {
		.files = &file, .file_count = 1, .machine = &machine, .config_id = "main"};
	struct config config = {0};
	char *text = NULL;
	size_t text_len = 0;
	FILE *out;

	keepalived_load(&config, &source);
	/* The cards of an appliance have their names from it, and it is printed elsewhere. */
	if (config.vrrp && !config.appliance) {
		if (!vrrp_config_is_sound(config.vrrp, config.vrrp->bytes))
			abort();
		out = open_memstream(&text, &text_len);
		keepalived_print(config.vrrp, out);
		fclose(out);
	}
	config_free(&config);
	arena_free(&source.arena);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *once, *twice;

	input = (struct config_file){"f", (const char *)data, size};
	once = render((const char *)data, size);
	if (!once)
		return 0;
	twice = render(once, strlen(once));
	if (!twice || strcmp(once, twice) != 0)
		abort();
	free(once);
	free(twice);
	return 0;
}
