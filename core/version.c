/* SPDX-License-Identifier: GPL-2.0-or-later */
/* version.c - the program about itself.
 *
 * Kernel features are tried, not derived from the kernel's version: containers and hardened
 * kernels forbid what the version promises, and distributions backport. */
#include "core/version.h"
#include "core/loop.h"
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

void version_print(FILE *out)
{
	fprintf(out, "torc version %s - load balancer on io_uring that reads haproxy.cfg\n",
		TORC_VERSION);
}

/* Whether a ring can be had with these flags: 0 or -errno. */
static int try_ring(uint32_t flags)
{
	struct io_uring_params params = {.flags = flags};
	struct io_uring ring;
	int error = io_uring_queue_init_params(8, &ring, &params);

	if (error == 0)
		io_uring_queue_exit(&ring);
	return error;
}

static void print_ring_flags(FILE *out)
{
	static const struct {
		uint32_t flags;
		const char *name;
	} sets[] = {
		{IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
			"SINGLE_ISSUER + DEFER_TASKRUN"},
		{IORING_SETUP_COOP_TASKRUN, "COOP_TASKRUN"},
		{IORING_SETUP_SUBMIT_ALL, "SUBMIT_ALL"},
	};
	struct loop loop;
	struct loop_options options = {.submission_entries = 8};

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		fprintf(out, "  %-32s %s\n", sets[i].name,
			try_ring(sets[i].flags) == 0 ? "yes" : "no");
	if (loop_open(&loop, &options) == 0) {
		fprintf(out, "  %-32s %s\n", "chosen for workers",
			loop.ring.flags & IORING_SETUP_DEFER_TASKRUN
				? "SINGLE_ISSUER + DEFER_TASKRUN + SUBMIT_ALL"
			: loop.ring.flags & IORING_SETUP_COOP_TASKRUN ? "COOP_TASKRUN + SUBMIT_ALL"
								      : "no flags");
		loop_close(&loop);
	}
}

static void print_operations(FILE *out)
{
	static const struct {
		int operation;
		const char *name, *use;
	} operations[] = {
		{IORING_OP_ACCEPT, "accept", "clients"},
		{IORING_OP_RECV, "receive into provided buffers", "all reads"},
		{IORING_OP_SEND, "send", "all writes"},
		{IORING_OP_CONNECT, "connect", "servers, probes"},
		{IORING_OP_POLL_ADD, "poll", "splice, supervision"},
		{IORING_OP_SENDMSG, "sendmsg", "gathered writes"},
		{IORING_OP_SPLICE, "splice", "not used: bodies go by splice(2)"},
		{IORING_OP_SEND_ZC, "zero-copy send", "not used: dearer where the kernel copies"},
	};
	struct io_uring_probe *probe = io_uring_get_probe();

	if (!probe)
		return;
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		fprintf(out, "  %-32s %-4s (%s)\n", operations[i].name,
			io_uring_opcode_supported(probe, operations[i].operation) ? "yes" : "no",
			operations[i].use);
	io_uring_free_probe(probe);
}

static void print_kernel(FILE *out)
{
	struct utsname kernel;
	int error = try_ring(0);

	if (uname(&kernel) == 0)
		fprintf(out, "Running on: %s %s %s, %ld processors\n", kernel.sysname,
			kernel.release, kernel.machine, sysconf(_SC_NPROCESSORS_ONLN));
	if (error < 0) {
		fprintf(out, "io_uring: not available: %s\n", loop_explain(error));
		return;
	}
	fprintf(out, "io_uring:\n");
	print_ring_flags(out);
	print_operations(out);
}

void version_print_build(FILE *out)
{
	version_print(out);
	fprintf(out, "Licence: GPL-2.0-or-later\n");
	fprintf(out, "Compiler: %s\n", __VERSION__);
#if defined(__SANITIZE_ADDRESS__)
	fprintf(out, "Built with: AddressSanitizer\n");
#elif defined(__SANITIZE_THREAD__)
	fprintf(out, "Built with: ThreadSanitizer\n");
#endif
	fprintf(out, "Libraries:\n");
#ifdef IO_URING_VERSION_MAJOR
	fprintf(out, "  liburing %d.%d\n", IO_URING_VERSION_MAJOR, IO_URING_VERSION_MINOR);
#else
	fprintf(out, "  liburing 2.3 or earlier\n");
#endif
	print_kernel(out);
}
