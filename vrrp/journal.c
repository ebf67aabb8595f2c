/* SPDX-License-Identifier: GPL-2.0-or-later */
/* journal.c - a short memory, and the words for what happened.
 *
 * The log, `show vrrp` and the tests' traces read the same records through the same sentences, so
 * that a line in the log can always be found on the page.  Eight entries are a morning's worth: who
 * needs more has the log.
 *
 * The speaker's thread. */
#include "vrrp/journal.h"
#include "vrrp/fsm.h"
#include "vrrp/ip.h"
#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static void say_why(char *out, const struct vrrp_transition *transition);
static void say_faults(char *out, uint32_t faults);
static void append(char *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void append_peer(char *out, const struct vrrp_ip *ip, uint8_t priority);
static void append_seconds(char *out, uint64_t us);

const char *vrrp_state_name(enum vrrp_state state)
{
	static const char *const names[VRRP_STATES] = {
		[VRRP_INIT] = "INIT",
		[VRRP_BACKUP] = "BACKUP",
		[VRRP_MASTER] = "MASTER",
		[VRRP_LEAVING] = "LEAVING",
		[VRRP_FAULT] = "FAULT",
	};

	assert(state < VRRP_STATES);
	return names[state];
}

void vrrp_journal_add(struct vrrp_journal *journal, const struct vrrp_transition *transition)
{
	journal->entries[journal->count++ % VRRP_JOURNAL_ENTRIES] = *transition;
	journal->since_us = transition->at_us;
}

const struct vrrp_transition *vrrp_journal_at(const struct vrrp_journal *journal, uint32_t back)
{
	if (back >= VRRP_JOURNAL_ENTRIES || back >= journal->count)
		return NULL;
	return &journal->entries[(journal->count - 1 - back) % VRRP_JOURNAL_ENTRIES];
}

const char *vrrp_transition_text(
	char out[VRRP_LINE_BYTES], const char *name, const struct vrrp_transition *transition)
{
	out[0] = '\0';
	append(out, "(%s) Entering %s STATE", name, vrrp_state_name(transition->to));
	say_why(out, transition);
	return out;
}

const char *vrrp_note_text(
	char out[VRRP_LINE_BYTES], const char *name, const struct vrrp_note *note)
{
	out[0] = '\0';
	append(out, "(%s) ", name);
	switch (note->kind) {
	case VRRP_NOTE_LOWER_MASTER:
		append(out, "master beside us, of lower priority: ");
		append_peer(out, &note->peer, note->priority);
		append(out, "; answered at once");
		break;
	case VRRP_NOTE_SAME_ADDRESS:
		append(out, "somebody sends with our address and our priority: ");
		append_peer(out, &note->peer, note->priority);
		break;
	case VRRP_NOTE_TWO_OWNERS:
		append(out, "another router says that it owns the addresses: ");
		append_peer(out, &note->peer, note->priority);
		append(out, "; only one may have priority 255");
		break;
	case VRRP_NOTE_STRANGER_LEFT:
		append(out, "ignored the farewell of a router that is not our master: ");
		append_peer(out, &note->peer, note->priority);
		break;
	case VRRP_NOTE_STEPPED_DOWN:
		append(out, "the master lowered its priority below ours: ");
		append_peer(out, &note->peer, note->priority);
		break;
	case VRRP_NOTE_INTERVAL:
		append(out, "the master advertises every ");
		append_seconds(out, note->interval_us);
		append(out, ", which is not our interval: ");
		append_peer(out, &note->peer, note->priority);
		break;
	case VRRP_NOTE_LISTENING:
		append(out, "our own clock jumped; listening for a master first");
		break;
	case VRRP_NOTES:
		break;
	}
	return out;
}

static void say_why(char *out, const struct vrrp_transition *transition)
{
	switch (transition->why) {
	case VRRP_WHY_STARTED:
		append(out, " (init)");
		break;
	case VRRP_WHY_OWNER:
		append(out, ": owner of the addresses");
		break;
	case VRRP_WHY_SILENCE:
		if (!vrrp_ip_is_set(&transition->peer)) {
			append(out, ": no master was heard");
			break;
		}
		append(out, ": ");
		append_peer(out, &transition->peer, transition->peer_priority);
		append(out, " was silent for ");
		append_seconds(out, transition->silence_us);
		break;
	case VRRP_WHY_FAREWELL:
		append(out, ": master left, ");
		append_peer(out, &transition->peer, transition->peer_priority);
		break;
	case VRRP_WHY_LOWER:
		append(out, ": priority %u against ", transition->priority);
		append_peer(out, &transition->peer, transition->peer_priority);
		break;
	case VRRP_WHY_HIGHER:
		append(out, ": master is ");
		append_peer(out, &transition->peer, transition->peer_priority);
		append(out, ", ours was %u", transition->priority);
		break;
	case VRRP_WHY_AWAY:
		append(out, ": we were away for longer than a take-over takes");
		break;
	case VRRP_WHY_GROUP:
		append(out, ": with its sync group");
		break;
	case VRRP_WHY_FAULT:
		say_faults(out, transition->faults);
		break;
	case VRRP_WHY_WELL_AGAIN:
		append(out, ": faults are gone");
		break;
	case VRRP_WHY_STOPPED:
		append(out, ": stopped");
		break;
	case VRRP_WHY_SUCCEEDED:
		append(out, ": successor is ");
		append_peer(out, &transition->peer, transition->peer_priority);
		break;
	case VRRP_WHY_NOBODY:
		append(out, ": nobody took over");
		break;
	case VRRP_WHYS:
		break;
	}
}

static void say_faults(char *out, uint32_t faults)
{
	static const struct {
		uint32_t bit;
		const char *text;
	} words[] = {
		{VRRP_FAULT_INTERFACE, "interface is down"},
		{VRRP_FAULT_SOURCE, "no address to send from"},
		{VRRP_FAULT_TRACKED, "a tracked thing failed"},
		{VRRP_FAULT_ADDRESSES, "addresses could not be added"},
		{VRRP_FAULT_PEERS, "no unicast peer is named"},
		{VRRP_FAULT_GROUP, "a member of the sync group failed"},
	};
	const char *between = ": ";

	for (uint32_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!(faults & words[i].bit))
			continue;
		append(out, "%s%s", between, words[i].text);
		between = ", ";
	}
}

/* What does not fit is cut: names are short, and the first words matter most. */
static void append(char *out, const char *format, ...)
{
	size_t used = strlen(out);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(out + used, VRRP_LINE_BYTES - used, format, arguments);
	va_end(arguments);
}

static void append_peer(char *out, const struct vrrp_ip *ip, uint8_t priority)
{
	char text[VRRP_IP_TEXT_BYTES];

	append(out, "%s (priority %u)", vrrp_ip_text(text, ip), priority);
}

static void append_seconds(char *out, uint64_t us)
{
	append(out, "%" PRIu64 ".%03" PRIu64 " s", us / 1000000u, us / 1000u % 1000u);
}
