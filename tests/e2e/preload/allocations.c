/* SPDX-License-Identifier: GPL-2.0-or-later */
/* allocations.c - counts what each thread of a program takes from and gives to the heap.
 *
 * Loaded with LD_PRELOAD in front of the C library, into the program and into everything that it
 * executes.  Each thread that allocates takes a line of its own in a file that all processes map
 * (TORC_E2E_ALLOCATIONS names it), and is the only one to write there; a test reads the lines
 * while the program runs.  A thread that never allocates has no line.
 *
 * The file is made and mapped before the first count.  Where that fails nothing is counted: the
 * test sees an empty file and says so.  The thread that the line belongs to is named by its kernel
 * number, since names are given late. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LINES 1024u

struct line {
	_Atomic uint64_t process, thread;
	_Atomic uint64_t taken, given;
};

struct table {
	_Atomic uint64_t used;
	uint64_t unused[3];
	struct line lines[LINES];
};

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *old);

static struct table *table;
/* Set by the first call of a process, whichever that is. */
static _Atomic int opened;
static _Thread_local struct line *own;
static _Thread_local pid_t owner;

static void open_table(void)
{
	const char *path = getenv("TORC_E2E_ALLOCATIONS");
	int fd;
	void *mapped;

	if (!path)
		return;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	mapped = mmap(NULL, sizeof(*table), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (mapped != MAP_FAILED)
		table = mapped;
}

/* The program can be opened by several threads at once only after its first allocation, which the
 * dynamic linker makes alone. */
static struct line *line_of_this_thread(void)
{
	uint64_t number;
	int kept = errno;

	if (!atomic_exchange(&opened, 1))
		open_table();
	if (table && (!own || owner != getpid())) {
		number = atomic_fetch_add(&table->used, 1);
		owner = getpid();
		own = NULL;
		if (number < LINES) {
			own = &table->lines[number];
			atomic_store(&own->process, (uint64_t)owner);
			atomic_store(&own->thread, (uint64_t)syscall(SYS_gettid));
		}
	}
	errno = kept;
	return table ? own : NULL;
}

static void count_taken(void)
{
	struct line *line = line_of_this_thread();

	if (line)
		atomic_fetch_add_explicit(&line->taken, 1, memory_order_relaxed);
}

static void count_given(void)
{
	struct line *line = line_of_this_thread();

	if (line)
		atomic_fetch_add_explicit(&line->given, 1, memory_order_relaxed);
}

void *malloc(size_t size)
{
	count_taken();
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	count_taken();
	return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	count_taken();
	return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size)
{
	count_taken();
	return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	count_taken();
	return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size)
{
	count_taken();
	*result = __libc_memalign(alignment, size);
	return *result || !size ? 0 : ENOMEM;
}

void free(void *old)
{
	if (old)
		count_given();
	__libc_free(old);
}
