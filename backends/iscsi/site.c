/* SPDX-License-Identifier: BSD-2-Clause */
/* The NAS's iSCSI set-up: portal, addresses, base name; asked for once. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "iscsi.h"

#define FACT_MS      (60u * 60 * 1000)
#define FACT_PORTAL  "portal"
#define FACT_PORTALS "portals"
#define FACT_BASE    "basename"

static void ask_portal(struct scale_call *call, struct wave *wave,
		       struct iscsi_site *site)
{
	site->is_portal_asked = 1;
	wave_add(call, wave, &site->portal_rpc, "iscsi.portal.query", "[]",
		 SCALE_RPC_READ);
}

void iscsi_site_ask(struct scale_call *call, struct wave *wave,
		    struct iscsi_site *site)
{
	const char *portal = call->host->recall(call, FACT_PORTAL);

	site->portals = call->host->recall(call, FACT_PORTALS);
	site->basename = call->host->recall(call, FACT_BASE);
	if (portal != NULL && *portal != '\0' && site->portals != NULL)
		site->portal = strtoll(portal, NULL, 10);
	else
		ask_portal(call, wave, site);
	if (site->basename != NULL)
		return;
	site->is_global_asked = 1;
	wave_add(call, wave, &site->global_rpc, "iscsi.global.config", "[]",
		 SCALE_RPC_READ);
}

/* How well row @i suits: 3 its address is @server, 2 any address, 1 else. */
static int portal_rank(struct scale_call *call, const char *rows, size_t i,
		       const char *server)
{
	size_t n = call->host->json_count(call, rows,
					  scale_text(call, "/%zu/listen", i));
	int rank = 1;

	for (size_t j = 0; j < n; j++) {
		const char *ip =
			wave_text(call, rows,
				  scale_text(call, "/%zu/listen/%zu/ip", i, j));

		if (server != NULL && strcmp(ip, server) == 0)
			return 3;
		if (iscsi_is_wildcard(ip))
			rank = 2;
	}
	return rank;
}

/* The portal the configuration names, else the one nodes can reach. */
static scale_status choose_portal(struct scale_call *call, const char *rows,
				  size_t *ret_row)
{
	const char *wanted = call->host->config(call, ISCSI_KEY_PORTAL);
	const char *server = call->host->config(call, ISCSI_KEY_SERVER);
	size_t n = call->host->json_count(call, rows, "");
	int best = 0;

	for (size_t i = 0; i < n; i++) {
		const char *id =
			wave_text(call, rows, scale_text(call, "/%zu/id", i));
		int rank = portal_rank(call, rows, i, server);

		if (wanted != NULL)
			rank = strcmp(id, wanted) == 0 ? 4 : 0;
		if (rank > best) {
			best = rank;
			*ret_row = i;
		}
	}
	if (best > 1 || (best == 1 && n == 1))
		return SCALE_OK;
	if (wanted != NULL)
		return scale_fail(call, SCALE_FAILED_PRECONDITION,
				  "the NAS has no iSCSI portal with the id %s; "
				  "correct backends.iscsi.portal",
				  wanted);
	if (n == 0)
		return scale_fail(call, SCALE_FAILED_PRECONDITION,
				  "the NAS has no iSCSI portal; add one there "
				  "under Shares, Block (iSCSI) Shares Targets, "
				  "Portals");
	return scale_fail(call, SCALE_FAILED_PRECONDITION,
			  "the NAS has %zu iSCSI portals and none of them "
			  "listens on '%s'; name one by its id as "
			  "backends.iscsi.portal",
			  n, server != NULL ? server : "any address");
}

static scale_status learn_portal(struct scale_call *call,
				 struct iscsi_site *site)
{
	const char *configured = call->host->config(call, ISCSI_KEY_PORTALS);
	const char *rows = site->portal_rpc.result;
	size_t row = 0;
	scale_status st;

	if (site->portal_rpc.status != SCALE_OK)
		return wave_fail(call, &site->portal_rpc, "looking for",
				 "iSCSI portals");
	st = choose_portal(call, rows, &row);
	if (st != SCALE_OK)
		return st;
	site->portal =
		wave_number(call, rows, scale_text(call, "/%zu/id", row));
	site->portals = configured != NULL && *configured != '\0'
				? iscsi_portals_given(call, configured)
				: iscsi_portals_of(call, rows, row);
	if (*site->portals == '\0')
		return scale_fail(call, SCALE_FAILED_PRECONDITION,
				  "nobody has said by which address nodes "
				  "reach the NAS; set backends.iscsi.server");
	call->host->remember(call, FACT_PORTAL,
			     scale_text(call, "%" PRId64, site->portal),
			     FACT_MS);
	call->host->remember(call, FACT_PORTALS, site->portals, FACT_MS);
	return SCALE_OK;
}

scale_status iscsi_site_learn(struct scale_call *call, struct iscsi_site *site)
{
	scale_status st = SCALE_OK;

	if (site->is_portal_asked)
		st = learn_portal(call, site);
	if (st != SCALE_OK || !site->is_global_asked)
		return st;
	if (site->global_rpc.status != SCALE_OK)
		return wave_fail(call, &site->global_rpc, "reading",
				 "the iSCSI configuration");
	site->basename = wave_text(call, site->global_rpc.result, "/basename");
	if (*site->basename == '\0')
		return scale_fail(call, SCALE_INTERNAL,
				  "the NAS does not say its iSCSI base name");
	call->host->remember(call, FACT_BASE, site->basename, FACT_MS);
	return SCALE_OK;
}

scale_status iscsi_site_portal(struct scale_call *call, int64_t *ret_portal)
{
	const char *portal = call->host->recall(call, FACT_PORTAL);
	struct iscsi_site site = {0};
	struct wave wave = {0};
	scale_status st;

	if (portal != NULL && *portal != '\0') {
		*ret_portal = strtoll(portal, NULL, 10);
		return SCALE_OK;
	}
	ask_portal(call, &wave, &site);
	st = wave_wait(call, &wave);
	if (st == SCALE_OK)
		st = learn_portal(call, &site);
	if (st == SCALE_OK)
		*ret_portal = site.portal;
	return st;
}

void iscsi_site_forget(struct scale_call *call)
{
	call->host->remember(call, FACT_PORTAL, "", 1);
}
