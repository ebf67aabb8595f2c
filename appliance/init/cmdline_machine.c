/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmdline_machine.c - a block `appliance` out of words that somebody types at a boot loader.
 *
 * Nothing is checked here: the block goes to torc like one from a disk, and what is wrong with it
 * is said in the same words. */
#include "appliance/init/cmdline.h"

#include <string.h>

/* "a,b,c" in lines or words of torc.conf. */
static void write_words(FILE *out, char *value, const char *first)
{
	char *rest = NULL;

	fprintf(out, "\t%s", first);
	for (char *word = strtok_r(value, ",", &rest); word; word = strtok_r(NULL, ",", &rest))
		fprintf(out, " %s", word);
	fputc('\n', out);
}

static void write_interface(FILE *out, char *value)
{
	char *rest = NULL, *word = strtok_r(value, ",", &rest);

	fprintf(out, "\tinterface %s {\n", word ? word : "");
	while ((word = strtok_r(NULL, ",", &rest))) {
		if (strncmp(word, "mac=", 4) == 0)
			fprintf(out, "\t\tmac %s\n", word + 4);
		else if (strncmp(word, "bus=", 4) == 0)
			fprintf(out, "\t\tbus %s\n", word + 4);
		else
			fprintf(out, "\t\taddress %s\n", word);
	}
	fputs("\t}\n", out);
}

bool cmdline_write_machine(const char *text, FILE *out)
{
	static const char *const words[] = {
		"host_name", "gateway", "dns", "search", "ntp", "syslog", "management"};
	char value[CMDLINE_BYTES], name[32];
	bool any = false;

	fputs("appliance {\n", out);
	for (uint32_t nth = 0; cmdline_value(text, "torc.interface", nth, value, sizeof(value));
		nth++) {
		write_interface(out, value);
		any = true;
	}
	for (uint32_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		snprintf(name, sizeof(name), "torc.%s", words[i]);
		for (uint32_t nth = 0; cmdline_value(text, name, nth, value, sizeof(value));
			nth++) {
			write_words(out, value, words[i]);
			any = true;
		}
	}
	fputs("}\n", out);
	return any;
}
