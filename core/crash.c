/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crash.c - the crash record: written by the thread that dies, in a handler that may use nothing
 * but system calls and its own memory.
 *
 * The program is built with frame pointers, so its stack is a list: each frame starts with the
 * address of the caller's frame and the address to return to.  Libraries are not built that way;
 * in the middle of an abort() the frame register may hold anything.  The walk therefore believes
 * only a record whose return address lies in our own code, and from inside a library it first
 * searches the stack for the call that led there.
 *
 * Whatever is read may be gone: bytes are fetched with process_vm_readv on ourselves, which
 * returns an error where a load would be one more fault.
 *
 * The cell has one writer: the first thread that dies.  Others that fault meanwhile wait for the
 * end in pause(). */
#include "core/crash.h"
#include "core/symbols.h"
#include <errno.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#define STACK_BYTES	   (64 * 1024)
#define SEARCH_BYTES	   (16 * 1024) /* how far up the stack a first frame is looked for */
#define FRAME_DISTANCE_MAX (8u << 20)  /* no stack is larger */

enum cell_state { CELL_EMPTY, CELL_BEING_WRITTEN, CELL_COMPLETE };

_Thread_local struct span crash_work;

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

static struct {
	struct crash_cell *cell;
	uintptr_t base, code_start, code_end;
} watch;

static void die(int number, siginfo_t *info, void *context);

/* ---- installing ---- */

static int find_image(struct dl_phdr_info *info, size_t size, void *unused)
{
	(void)size;
	(void)unused;
	watch.base = info->dlpi_addr;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];

		if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
			continue;
		watch.code_start = info->dlpi_addr + part->p_vaddr;
		watch.code_end = watch.code_start + part->p_memsz;
	}
	return 1; /* the program itself comes first; the rest are libraries */
}

void crash_install(struct crash_cell *cell)
{
	struct sigaction action = {.sa_sigaction = die, .sa_flags = SA_SIGINFO | SA_ONSTACK};

	watch.cell = cell;
	dl_iterate_phdr(find_image, NULL);
	crash_watch_thread();
	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(fatal_signals) / sizeof(fatal_signals[0]); i++)
		sigaction(fatal_signals[i], &action, NULL);
}

void crash_watch_thread(void)
{
	/* A mapping of its own, never given back: a thread of the balancer lives as long as the
	 * process.  (AddressSanitizer unmaps the stack that it finds at a thread's end.) */
	void *room =
		mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack_t stack = {.ss_size = STACK_BYTES, .ss_sp = room};
	sigset_t fatal;

	if (room != MAP_FAILED)
		sigaltstack(&stack, NULL);
	/* A thread that was started with everything blocked would be killed without a word. */
	sigemptyset(&fatal);
	for (size_t i = 0; i < sizeof(fatal_signals) / sizeof(fatal_signals[0]); i++)
		sigaddset(&fatal, fatal_signals[i]);
	pthread_sigmask(SIG_UNBLOCK, &fatal, NULL);
}

/* ---- the handler ---- */

/* Copies `count` words of our own memory; false where there is none. */
static bool fetch(uint64_t *words, uintptr_t at, size_t count)
{
	struct iovec to = {.iov_base = words, .iov_len = count * sizeof(*words)};
	struct iovec from = {.iov_base = (void *)at, .iov_len = count * sizeof(*words)};

	return process_vm_readv(getpid(), &to, 1, &from, 1, 0) == (ssize_t)(count * sizeof(*words));
}

static bool in_our_code(uint64_t address)
{
	return address > watch.code_start && address < watch.code_end;
}

/* Whether control comes back to this address: a call of ours stands right before it. */
static bool is_way_back(uint64_t address)
{
	const uint8_t *code = (const uint8_t *)(uintptr_t)address;

	if (!in_our_code(address) || !in_our_code(address - 7))
		return false;
#if defined(__x86_64__)
	/* call rel32, or call through a register or memory with its operand of 0, 1 or 4 bytes */
	return code[-5] == 0xe8 || code[-2] == 0xff || code[-3] == 0xff || code[-6] == 0xff ||
	       code[-7] == 0xff;
#else
	return code[-1] >= 0x94; /* bl, blr */
#endif
}

/* A frame of ours: who called, and where to return to. */
struct record {
	uint64_t frame, back;
};

/* Reads the record at `at`; false when it cannot be one of ours. */
static bool read_record(struct record *record, uintptr_t at)
{
	uint64_t words[2];

	if (at % sizeof(uint64_t) != 0 || !fetch(words, at, 2) || !in_our_code(words[1]))
		return false;
	*record = (struct record){.frame = words[0], .back = words[1]};
	return true;
}

static bool leads_up(uintptr_t from, uint64_t to)
{
	return to > from && to - from < FRAME_DISTANCE_MAX;
}

/* The first record above `stack` that is followed by another one. */
static uintptr_t find_frame(uintptr_t stack)
{
	struct record record, next;

	for (uintptr_t at = stack & ~(uintptr_t)7; at < stack + SEARCH_BYTES; at += 8)
		if (read_record(&record, at) && leads_up(at, record.frame) &&
			read_record(&next, record.frame))
			return at;
	return 0;
}

/* In a library that uses the frame register for itself: it may have saved our frame next to the way
 * back into our code, or somewhere else.  Returns 0 when no frame is found; *back is then the best
 * guess at the call, or 0. */
static uintptr_t find_lost_frame(uintptr_t stack, uint64_t *back)
{
	uint64_t word = 0;

	for (uintptr_t at = stack & ~(uintptr_t)7; at < stack + SEARCH_BYTES; at += 8) {
		if (!fetch(&word, at, 1))
			return 0;
		if (!is_way_back(word))
			continue;
		*back = word;
		fetch(&word, at - 8, 1);
		return leads_up(at, word) ? word : find_frame(at + 8);
	}
	return 0;
}

/* Our last frame is known: the call into the library is the first way back below it.  Searching
 * down from the frame and not up from the library's end, since what earlier calls left on the stack
 * looks the same, and a library's frames have holes (abort() of glibc has). */
static void find_call(uintptr_t frame, uintptr_t stack, uint64_t *back)
{
	uint64_t word;

	for (uintptr_t at = frame - 8; at >= stack && frame - at <= SEARCH_BYTES; at -= 8) {
		if (fetch(&word, at, 1) && is_way_back(word)) {
			*back = word;
			return;
		}
	}
}

static void walk(struct crash_cell *cell, uint64_t counter, uintptr_t frame, uintptr_t stack)
{
	struct record record;
	uint64_t back = 0;

	cell->frames[cell->frame_count++] = counter;
	/* A function that has not made its frame yet, or that needs none on this path: the way back
	 * is still the topmost word. */
	if (in_our_code(counter) && stack != frame && fetch(&back, stack, 1) && is_way_back(back))
		cell->frames[cell->frame_count++] = back;
	if (!in_our_code(counter)) {
		if (!(leads_up(stack, frame) && read_record(&record, frame)))
			frame = find_lost_frame(stack, &back);
		if (frame)
			find_call(frame, stack, &back);
		if (back)
			cell->frames[cell->frame_count++] = back;
	}
	while (cell->frame_count < BOARD_CRASH_FRAMES && read_record(&record, frame)) {
		cell->frames[cell->frame_count++] = record.back;
		if (!leads_up(frame, record.frame))
			break;
		frame = record.frame;
	}
}

static void walk_context(struct crash_cell *cell, const ucontext_t *context)
{
#if defined(__x86_64__)
	const greg_t *registers = context->uc_mcontext.gregs;

	walk(cell, (uint64_t)registers[REG_RIP], (uintptr_t)registers[REG_RBP],
		(uintptr_t)registers[REG_RSP]);
#elif defined(__aarch64__)
	walk(cell, context->uc_mcontext.pc, context->uc_mcontext.regs[29], context->uc_mcontext.sp);
#else
	(void)cell;
	(void)context;
	(void)walk;
#endif
}

static void fill(struct crash_cell *cell, int number, const siginfo_t *info, const void *context)
{
	cell->signal = (uint32_t)number;
	cell->thread = (uint32_t)syscall(SYS_gettid);
	cell->address = (uint64_t)(uintptr_t)info->si_addr;
	if (info->si_code <= 0) /* sent by somebody: there is no faulting address */
		cell->address = 0;
	cell->image_base = watch.base;
	cell->frame_count = 0;
	prctl(PR_GET_NAME, cell->thread_name, 0, 0, 0);
	walk_context(cell, context);
	cell->work_len = 0;
	/* What we were told to look at may be part of what went wrong. */
	if (crash_work.len > 0) {
		static char copy[BOARD_CRASH_WORK];
		uint32_t len = crash_work.len < sizeof(copy) ? crash_work.len : sizeof(copy);
		struct iovec to = {.iov_base = copy, .iov_len = len};
		struct iovec from = {.iov_base = (void *)(uintptr_t)crash_work.at, .iov_len = len};

		if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) == (ssize_t)len)
			cell->work_len =
				crash_mask(cell->work, BOARD_CRASH_WORK, span_of(copy, len));
	}
}

static void die(int number, siginfo_t *info, void *context)
{
	struct crash_cell *cell = watch.cell;
	uint32_t empty = CELL_EMPTY;

	if (atomic_compare_exchange_strong(&cell->state, &empty, CELL_BEING_WRITTEN)) {
		fill(cell, number, info, context);
		atomic_store(&cell->state, CELL_COMPLETE);
	} else if (cell->thread != (uint32_t)syscall(SYS_gettid)) {
		pause();
	}
	/* The signal's own course: back to the instruction with the default action, or, where the
	 * signal was sent, sent once more. */
	signal(number, SIG_DFL);
	if (info->si_code <= 0) {
		sigset_t one;

		sigemptyset(&one);
		sigaddset(&one, number);
		syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), number);
		sigprocmask(SIG_UNBLOCK, &one, NULL);
	}
}

/* ---- masking ---- */

static bool is_secret(struct span name)
{
	return span_equal_nocase(name, SPAN("authorization")) ||
	       span_equal_nocase(name, SPAN("proxy-authorization")) ||
	       span_equal_nocase(name, SPAN("cookie")) ||
	       span_equal_nocase(name, SPAN("set-cookie"));
}

struct copier {
	char *out;
	uint32_t used, capacity;
};

static void put(struct copier *copier, struct span bytes)
{
	uint32_t room = copier->capacity - copier->used;
	uint32_t len = bytes.len < room ? bytes.len : room;

	if (len)
		memcpy(copier->out + copier->used, bytes.at, len);
	copier->used += len;
}

/* The name in front of a colon, without the white space that some put there. */
static struct span field_name(struct span line)
{
	const char *colon = memchr(line.at, ':', line.len);
	uint32_t len = colon ? (uint32_t)(colon - line.at) : 0;

	while (len > 0 && (line.at[len - 1] == ' ' || line.at[len - 1] == '\t'))
		len--;
	return span_of(line.at, len);
}

uint32_t crash_mask(char *out, uint32_t capacity, struct span work)
{
	struct copier copier = {.out = out, .capacity = capacity};
	bool secret = false; /* also the continuation lines of a folded value */

	for (uint32_t at = 0; at < work.len;) {
		const char *start = work.at + at;
		const char *feed = memchr(start, '\n', work.len - at);
		struct span line = span_of(start, feed ? (size_t)(feed - start) : work.len - at);
		struct span name = field_name(line);
		bool folded = line.len > 0 && (line.at[0] == ' ' || line.at[0] == '\t');

		secret = folded ? secret : is_secret(name);
		if (!secret) {
			put(&copier, line);
		} else {
			put(&copier, folded ? SPAN("") : name);
			put(&copier, folded ? SPAN(" ***") : SPAN(": ***"));
			if (line.at[line.len - 1] == '\r')
				put(&copier, SPAN("\r"));
		}
		if (feed)
			put(&copier, SPAN("\n"));
		at += line.len + (feed ? 1 : 0);
	}
	return copier.used;
}

/* ---- reading the record: the keeper's side ---- */

static void describe_work(
	const struct crash_cell *cell, void (*line)(void *, const char *), void *context)
{
	uint32_t len = cell->work_len < BOARD_CRASH_WORK ? cell->work_len : BOARD_CRASH_WORK;
	uint32_t at = 0;

	while (at < len) {
		char text[256];
		uint32_t used = (uint32_t)snprintf(text, sizeof(text), "crash: working on: ");

		/* One line of ours a line of the message; what does not print is shown as \xNN. */
		while (at < len && used < sizeof(text) - 8) {
			unsigned char byte = (unsigned char)cell->work[at++];

			if (byte == '\n')
				break;
			if (byte == '\r')
				continue;
			used += (uint32_t)snprintf(text + used, sizeof(text) - used,
				byte >= 32 && byte < 127 ? "%c" : "\\x%02x", byte);
		}
		line(context, text);
	}
}

void crash_describe(
	const struct crash_cell *cell, int image, void (*line)(void *, const char *), void *context)
{
	uint32_t frames =
		cell->frame_count < BOARD_CRASH_FRAMES ? cell->frame_count : BOARD_CRASH_FRAMES;
	struct symbols symbols;
	char text[256];

	if (atomic_load((_Atomic uint32_t *)(uintptr_t)&cell->state) != CELL_COMPLETE) {
		line(context, "crash: no record was written");
		return;
	}
	symbols_open(&symbols, image);
	snprintf(text, sizeof(text), "crash: signal %u (%s) in thread %u '%.16s', address %#llx",
		cell->signal, strsignal((int)cell->signal), cell->thread, cell->thread_name,
		(unsigned long long)cell->address);
	line(context, text);
	for (uint32_t i = 0; i < frames; i++) {
		uint64_t offset = cell->frames[i] - cell->image_base;
		struct symbol symbol;

		/* A return address is one past its call: the call is what we want to name. */
		if (symbols_find(&symbols, i == 0 ? offset : offset - 1, &symbol))
			snprintf(text, sizeof(text), "crash: #%-2u %.128s+%#llx [%#llx]", i,
				symbol.name, (unsigned long long)(offset - symbol.start),
				(unsigned long long)offset);
		else
			snprintf(text, sizeof(text), "crash: #%-2u ? [%#llx]", i,
				(unsigned long long)offset);
		line(context, text);
	}
	describe_work(cell, line, context);
	symbols_close(&symbols);
}
