/* SPDX-License-Identifier: GPL-2.0-or-later */
/* symbols.c - names for addresses, out of our own file.
 *
 * dladdr() would know exported names only and would call every static function by the name of
 * whatever exported one stands before it.  The full table is in the file as long as it was not
 * stripped, and finding the function around an address takes one pass over it.  This runs after a
 * crash in the privileged process, so every offset in the file is checked before it is used. */
#include "core/symbols.h"
#include <elf.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static bool inside(const struct symbols *symbols, uint64_t at, uint64_t bytes)
{
	return at <= symbols->len && bytes <= symbols->len - at && at % 4 == 0;
}

static const Elf64_Shdr *section(
	const struct symbols *symbols, const Elf64_Ehdr *head, uint32_t index)
{
	uint64_t at = head->e_shoff + (uint64_t)index * sizeof(Elf64_Shdr);

	if (index >= head->e_shnum || at % 8 != 0 || !inside(symbols, at, sizeof(Elf64_Shdr)))
		return NULL;
	return (const void *)(symbols->bytes + at);
}

static bool use_table(struct symbols *symbols, const Elf64_Ehdr *head, uint32_t type)
{
	for (uint32_t i = 0; i < head->e_shnum; i++) {
		const Elf64_Shdr *table = section(symbols, head, i), *strings;

		if (!table || table->sh_type != type || table->sh_offset % 8 != 0)
			continue;
		strings = section(symbols, head, table->sh_link);
		if (!strings || !inside(symbols, table->sh_offset, table->sh_size) ||
			strings->sh_offset > symbols->len ||
			strings->sh_size > symbols->len - strings->sh_offset ||
			strings->sh_size == 0 ||
			symbols->bytes[strings->sh_offset + strings->sh_size - 1] != '\0')
			continue;
		symbols->table_at = table->sh_offset;
		symbols->table_count = table->sh_size / sizeof(Elf64_Sym);
		symbols->strings_at = strings->sh_offset;
		symbols->strings_bytes = strings->sh_size;
		return symbols->table_count > 0;
	}
	return false;
}

void symbols_read(struct symbols *symbols, const void *bytes, size_t len)
{
	const Elf64_Ehdr *head = bytes;

	*symbols = (struct symbols){.bytes = bytes, .len = len};
	if (len < sizeof(*head) || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 ||
		head->e_ident[EI_CLASS] != ELFCLASS64 || head->e_shentsize != sizeof(Elf64_Shdr) ||
		head->e_shoff > len)
		return;
	if (!use_table(symbols, head, SHT_SYMTAB))
		use_table(symbols, head, SHT_DYNSYM);
}

void symbols_open(struct symbols *symbols, int image)
{
	struct stat status;
	void *bytes;

	*symbols = (struct symbols){0};
	if (image < 0 || fstat(image, &status) < 0 || status.st_size <= 0)
		return;
	bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, image, 0);
	if (bytes == MAP_FAILED)
		return;
	symbols_read(symbols, bytes, (size_t)status.st_size);
	symbols->mapped = true;
}

bool symbols_find(const struct symbols *symbols, uint64_t offset, struct symbol *symbol)
{
	const Elf64_Sym *table;

	if (symbols->table_count == 0)
		return false;
	table = (const void *)(symbols->bytes + symbols->table_at);
	for (uint64_t i = 0; i < symbols->table_count; i++) {
		if (ELF64_ST_TYPE(table[i].st_info) != STT_FUNC || table[i].st_shndx == SHN_UNDEF ||
			offset < table[i].st_value ||
			offset - table[i].st_value >= table[i].st_size ||
			table[i].st_name >= symbols->strings_bytes)
			continue;
		*symbol = (struct symbol){
			.name = symbols->bytes + symbols->strings_at + table[i].st_name,
			.start = table[i].st_value,
		};
		return true;
	}
	return false;
}

void symbols_close(struct symbols *symbols)
{
	if (symbols->mapped)
		munmap((void *)(uintptr_t)symbols->bytes, symbols->len);
	*symbols = (struct symbols){0};
}
