/* SPDX-License-Identifier: GPL-2.0-or-later */
/* routers_page.c - one writer, any readers, no locks.
 *
 * The file is sealed against growing, shrinking and every further writer as soon as the keeper has
 * mapped it: what a balancer is given it can read and nothing else.  Untouched rows cost no
 * memory. */
#include "core/routers_page.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif
#define SEALS	 (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL)
#define ATTEMPTS 64u
#define OLD_US	 2000000u /* the keeper writes ten times a second */

struct routers_page *routers_page_make(int *out)
{
	size_t bytes = sizeof(struct routers_page);
	int fd = memfd_create("torc-routers-page", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct routers_page *page;

	*out = -1;
	if (fd < 0)
		return NULL;
	if (ftruncate(fd, (off_t)bytes) < 0)
		goto fail;
	page = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		goto fail;
	if (fcntl(fd, F_ADD_SEALS, SEALS) < 0) {
		munmap(page, bytes);
		goto fail;
	}
	page->magic = ROUTERS_PAGE_MAGIC;
	page->version = ROUTERS_PAGE_VERSION;
	*out = fd;
	return page;
fail:
	close(fd);
	return NULL;
}

const struct routers_page *routers_page_map(int fd)
{
	const struct routers_page *page;
	struct stat status;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) < 0 || status.st_size != (off_t)sizeof(*page)) {
		close(fd);
		return NULL;
	}
	page = mmap(NULL, sizeof(*page), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (page == MAP_FAILED)
		return NULL;
	if (page->magic == ROUTERS_PAGE_MAGIC && page->version == ROUTERS_PAGE_VERSION)
		return page;
	munmap((void *)(uintptr_t)page, sizeof(*page));
	return NULL;
}

void routers_page_write(struct routers_page *page, uint32_t row, const struct routers_cell *cell)
{
	_Atomic uint32_t *sequence = &page->rows[row].sequence;
	uint32_t before = atomic_load_explicit(sequence, memory_order_relaxed);

	atomic_store_explicit(sequence, before + 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	page->rows[row].cell = *cell;
	atomic_store_explicit(sequence, before + 2, memory_order_release);
}

bool routers_page_is_old(const struct routers_page *page, uint64_t now_us)
{
	return now_us > atomic_load((_Atomic uint64_t *)(uintptr_t)&page->written_us) + OLD_US;
}

/* Text of another process: whatever stands there ends within its field. */
static void close_texts(struct routers_cell *cell)
{
	cell->name[sizeof(cell->name) - 1] = cell->group[sizeof(cell->group) - 1] =
		cell->interface[sizeof(cell->interface) - 1] =
			cell->state[sizeof(cell->state) - 1] = cell->sum[sizeof(cell->sum) - 1] =
				cell->source[sizeof(cell->source) - 1] =
					cell->master[sizeof(cell->master) - 1] = '\0';
	cell->hop.offered_by[sizeof(cell->hop.offered_by) - 1] =
		cell->hop.passes_to[sizeof(cell->hop.passes_to) - 1] = '\0';
	for (uint32_t i = 0; i < ROUTERS_ERRORS; i++)
		cell->errors[i].name[sizeof(cell->errors[i].name) - 1] = '\0';
	for (uint32_t i = 0; i < ROUTERS_LINES; i++)
		cell->lines[i].text[sizeof(cell->lines[i].text) - 1] =
			cell->lines[i].from[sizeof(cell->lines[i].from) - 1] = '\0';
}

bool routers_page_read(const struct routers_page *page, uint32_t row, struct routers_cell *cell)
{
	_Atomic uint32_t *sequence;

	if (row >= VRRP_INSTANCES_MAX ||
		row >= atomic_load((_Atomic uint32_t *)(uintptr_t)&page->count))
		return false;
	sequence = (_Atomic uint32_t *)(uintptr_t)&page->rows[row].sequence;
	for (uint32_t i = 0; i < ATTEMPTS; i++) {
		uint32_t before = atomic_load_explicit(sequence, memory_order_acquire);

		*cell = page->rows[row].cell;
		atomic_thread_fence(memory_order_acquire);
		if (before % 2 == 0 &&
			before == atomic_load_explicit(sequence, memory_order_relaxed)) {
			close_texts(cell);
			return before != 0;
		}
	}
	return false;
}
