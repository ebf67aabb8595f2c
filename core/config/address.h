/* SPDX-License-Identifier: GPL-2.0-or-later */
/* address.h - how haproxy.cfg writes addresses: [family@]host[:port[-port]], paths, descriptors.
 * Source: HAProxy's configuration manual, "Address formats" and `bind`, `server`, `log`.
 * Pure: names are not looked up here.  Spans point into the caller's text. */
#ifndef TORC_CORE_CONFIG_ADDRESS_H
#define TORC_CORE_CONFIG_ADDRESS_H

#include "core/config/model.h"
#include "core/span.h"

enum address_kind {
	ADDRESS_IP,	  /* a number, or every address ("*" and nothing) */
	ADDRESS_NAME,	  /* to be looked up; family_wanted may narrow it */
	ADDRESS_PATH,	  /* a unix socket */
	ADDRESS_ABSTRACT, /* abns@name */
	ADDRESS_FD,	  /* fd@N */
};

enum address_port_sign {
	ADDRESS_PORT_ABSENT,
	ADDRESS_PORT_PLAIN,
	ADDRESS_PORT_PLUS,
	ADDRESS_PORT_MINUS
};

struct address_text {
	enum address_kind kind;
	sa_family_t family;    /* of ADDRESS_IP; wanted for ADDRESS_NAME, AF_UNSPEC any */
	union address address; /* ADDRESS_IP, _PATH, _ABSTRACT; without a port */
	socklen_t address_len;
	bool any;	  /* every address: "", "*", 0.0.0.0, :: */
	struct span host; /* ADDRESS_NAME */
	int fd;		  /* ADDRESS_FD */
	enum address_port_sign port_sign;
	uint16_t port_first, port_last;
};

/* NULL, or what is wrong with it (printed after the word). */
const char *address_read(struct address_text *out, const char *text);

/* Puts a port into an IPv4 or IPv6 address and returns the length of the socket address. */
socklen_t address_set_port(union address *address, uint16_t port);
uint16_t address_port(const union address *address);

/* ::ffff:a.b.c.d, as which an IPv6 socket shows an IPv4 peer, becomes a.b.c.d; others stay. */
void address_unmap(union address *address);

/* "10.0.0.1", "10.0.0.1/8", "::1/64", "10.0.0.0/255.0.0.0".  False when it is none of these. */
bool address_read_network(struct network *network, const char *text);

/* The address as bind and server lines write it: "10.0.0.1:80", "[::1]:80", "/run/x",
 * "abns@x".  Returns out. */
#define ADDRESS_TEXT_BYTES 128
const char *address_print(char out[ADDRESS_TEXT_BYTES], const union address *address);

#endif
