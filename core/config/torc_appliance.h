/* SPDX-License-Identifier: GPL-2.0-or-later */
/* torc_appliance.h - what torc.conf says of the machine itself: the block `appliance`.
 *
 * torc checks the block with the rest of the files and does not act on it.  Pid 1 of the appliance
 * does, and asks torc for it (`torc --appliance`), so that no parser runs in a process that must
 * not die.  The answer is lines of plain words, one fact a line:
 *
 *	host_name NAME			interface NAME [mac XX:XX:XX:XX:XX:XX | bus PATH]
 *	mtu NAME BYTES			address NAME ADDRESS/BITS
 *	route NETWORK/BITS ADDRESS	gateway ADDRESS
 *	dns ADDRESS			search DOMAIN
 *	ntp ADDRESS			syslog udp|tcp ADDRESS PORT
 *	management ADDRESS PORT		user NAME
 *	group NAME			folder PATH
 *	nat				log
 *	end
 *
 * Flat, without pointers: both ends keep it as one object. */
#ifndef TORC_CORE_CONFIG_TORC_APPLIANCE_H
#define TORC_CORE_CONFIG_TORC_APPLIANCE_H

#include "core/config/vrrp_model.h"
#include <stdio.h>

#define APPLIANCE_INTERFACES_MAX 16
#define APPLIANCE_ADDRESSES_MAX	 16 /* of one interface */
#define APPLIANCE_ROUTES_MAX	 64
#define APPLIANCE_DNS_MAX	 3 /* as many as a resolver reads */
#define APPLIANCE_NTP_MAX	 4
#define APPLIANCE_SYSLOG_MAX	 4
#define APPLIANCE_NAME_BYTES	 64 /* of a host, RFC 1123 2.1 */
#define APPLIANCE_DOMAIN_BYTES	 254
#define APPLIANCE_BUS_BYTES	 64
#define APPLIANCE_MAC_BYTES	 6

#define APPLIANCE_MANAGEMENT_PORT 8404
#define APPLIANCE_SYSLOG_PORT	  514

struct appliance_prefix {
	struct vrrp_ip ip;
	uint8_t bits;
};

struct appliance_interface {
	char name[IF_NAMESIZE];
	uint8_t mac[APPLIANCE_MAC_BYTES];
	bool by_mac;
	char bus[APPLIANCE_BUS_BYTES]; /* "0000:00:03.0"; empty: not asked for */
	uint32_t mtu;		       /* 0: as the card has it */
	struct appliance_prefix addresses[APPLIANCE_ADDRESSES_MAX];
	uint32_t address_count;
};

struct appliance_route {
	struct appliance_prefix to;
	struct vrrp_ip via;
};

enum appliance_transport { APPLIANCE_UDP, APPLIANCE_TCP };

struct appliance_syslog {
	enum appliance_transport transport;
	struct vrrp_ip ip;
	uint16_t port;
};

struct appliance {
	char host_name[APPLIANCE_NAME_BYTES];
	struct appliance_interface interfaces[APPLIANCE_INTERFACES_MAX];
	uint32_t interface_count;
	struct vrrp_ip gateways[2]; /* IPv4, IPv6 */
	struct appliance_route routes[APPLIANCE_ROUTES_MAX];
	uint32_t route_count;
	struct vrrp_ip dns[APPLIANCE_DNS_MAX];
	uint32_t dns_count;
	char search[APPLIANCE_DOMAIN_BYTES];
	struct vrrp_ip ntp[APPLIANCE_NTP_MAX];
	uint32_t ntp_count;
	struct appliance_syslog syslog[APPLIANCE_SYSLOG_MAX];
	uint32_t syslog_count;
	struct vrrp_ip management; /* AF_UNSPEC: none */
	uint16_t management_port;
};

/* "52:54:00:12:34:56", six bytes in hexadecimal. */
bool appliance_parse_mac(const char *text, uint8_t mac[APPLIANCE_MAC_BYTES]);
/* A host's name or a domain: letters, digits, hyphens, dots between them (RFC 1123 2.1). */
bool appliance_is_host_name(const char *text, size_t len_max);

struct config;
struct config_machine;

/* The machine that --appliance reads the files for: one that will have every user and group that
 * they name, and a name server.  Which users and groups is among the facts.  Thread: the one that
 * reads, once. */
const struct config_machine *appliance_machine(void);

/* The normal form of the block, parses back to itself. */
void appliance_print(const struct appliance *appliance, FILE *out);
/* The answer to --appliance: the block, and whom and what the other files name unless they have
 * errors. */
enum appliance_extent { APPLIANCE_WHOLE, APPLIANCE_BLOCK };
void appliance_print_facts(const struct config *config, enum appliance_extent extent, FILE *out);

#endif
