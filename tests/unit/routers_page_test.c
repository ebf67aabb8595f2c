/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page of the virtual routers: what is written is read whole, and only a page is a page. */
#include "core/routers_page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void reads_what_was_written(void **state)
{
	static struct routers_cell cell, got;
	const struct routers_page *seen;
	struct routers_page *page;
	int fd;

	(void)state;
	page = routers_page_make(&fd);
	assert_non_null(page);
	seen = routers_page_map(dup(fd));
	assert_non_null(seen);
	assert_false(routers_page_read(seen, 0, &got)); /* there is none */
	strcpy(cell.name, "VI_1");
	cell.priority = 103;
	routers_page_write(page, 0, &cell);
	assert_false(routers_page_read(seen, 0, &got)); /* not counted yet */
	atomic_store(&page->count, 1u);
	assert_true(routers_page_read(seen, 0, &got));
	assert_memory_equal(&cell, &got, sizeof(cell));
	assert_false(routers_page_read(seen, 1, &got));
	atomic_store(&page->count, UINT32_MAX);
	assert_false(routers_page_read(seen, VRRP_INSTANCES_MAX, &got));
	munmap((void *)(uintptr_t)seen, sizeof(*seen));
	munmap(page, sizeof(*page));
	close(fd);
}

static void a_cell_that_is_being_written_is_not_read(void **state)
{
	static struct routers_cell cell, got;
	struct routers_page *page;
	int fd;

	(void)state;
	page = routers_page_make(&fd);
	atomic_store(&page->count, 1u);
	routers_page_write(page, 0, &cell);
	assert_true(routers_page_read(page, 0, &got));
	atomic_fetch_add(&page->rows[0].sequence, 1u);
	assert_false(routers_page_read(page, 0, &got));
	munmap(page, sizeof(*page));
	close(fd);
}

static void nobody_else_writes(void **state)
{
	struct routers_page *page;
	int fd;

	(void)state;
	page = routers_page_make(&fd);
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_ptr_equal(
		mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
	assert_int_equal(ftruncate(fd, 1), -1);
	munmap(page, sizeof(*page));
	close(fd);
}

static void only_a_page_is_mapped(void **state)
{
	int empty = memfd_create("empty", MFD_CLOEXEC), zeros = memfd_create("zeros", MFD_CLOEXEC);

	(void)state;
	assert_int_equal(ftruncate(zeros, sizeof(struct routers_page)), 0);
	assert_null(routers_page_map(-1));
	assert_null(routers_page_map(empty));
	assert_null(routers_page_map(zeros));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_was_written),
		cmocka_unit_test(a_cell_that_is_being_written_is_not_read),
		cmocka_unit_test(nobody_else_writes),
		cmocka_unit_test(only_a_page_is_mapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
