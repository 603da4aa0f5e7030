/* SPDX-License-Identifier: BSD-2-Clause */
/* The NAS's NVMe-oF port: found, never made, and asked for once. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "nvmeof.h"

#define FACT_MS        (60u * 60 * 1000)
#define FACT_PORT      "port"
#define FACT_ADDRESSES "addresses"

static const char *service_wanted(struct scale_call *call)
{
	const char *port = call->host->config(call, NVMEOF_KEY_PORT);

	return port != NULL ? port : "4420";
}

void nvmeof_site_ask(struct scale_call *call, struct wave *wave,
		     struct nvmeof_site *site)
{
	const char *port = call->host->recall(call, FACT_PORT);

	site->service = service_wanted(call);
	site->addresses = call->host->recall(call, FACT_ADDRESSES);
	if (port != NULL && *port != '\0' && site->addresses != NULL) {
		site->port = strtoll(port, NULL, 10);
		return;
	}
	site->is_asked = 1;
	wave_add(call, wave, &site->rpc, "nvmet.port.query",
		 scale_text(call,
			    "[[[\"addr_trtype\",\"=\",\"TCP\"],"
			    "[\"addr_trsvcid\",\"=\",%s]]]",
			    site->service),
		 SCALE_RPC_READ);
}

static int is_wildcard(const char *address)
{
	return strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;
}

/* The port on the address nodes use, else on any address, else the only one. */
static scale_status choose_port(struct scale_call *call, const char *rows,
				const char *service, size_t *ret_row)
{
	const char *server = call->host->config(call, NVMEOF_KEY_SERVER);
	size_t n = call->host->json_count(call, rows, "");
	int best = 0;

	for (size_t i = 0; i < n; i++) {
		const char *address = wave_text(
			call, rows, scale_text(call, "/%zu/addr_traddr", i));
		int rank = 1;

		if (server != NULL && strcmp(server, address) == 0)
			rank = 3;
		else if (is_wildcard(address))
			rank = 2;
		if (rank > best) {
			best = rank;
			*ret_row = i;
		}
	}
	if (best > 1 || n == 1)
		return SCALE_OK;
	if (n == 0)
		return scale_fail(call, SCALE_FAILED_PRECONDITION,
				  "the NAS has no NVMe-oF port for TCP with "
				  "the number %s; add one there under Shares, "
				  "NVMe-oF Subsystems, Ports, or set "
				  "backends.nvmeof.port",
				  service);
	return scale_fail(call, SCALE_FAILED_PRECONDITION,
			  "the NAS has %zu NVMe-oF ports with the number %s "
			  "and none of them is on '%s'; set "
			  "backends.nvmeof.server to the address of one",
			  n, service, server != NULL ? server : "any address");
}

scale_status nvmeof_site_learn(struct scale_call *call,
			       struct nvmeof_site *site)
{
	const char *given = call->host->config(call, NVMEOF_KEY_ADDRESSES);
	const char *rows = site->rpc.result;
	size_t row = 0;
	scale_status st;

	if (!site->is_asked)
		return SCALE_OK;
	if (site->rpc.status != SCALE_OK)
		return wave_fail(call, &site->rpc, "looking for",
				 "NVMe-oF ports");
	st = choose_port(call, rows, site->service, &row);
	if (st != SCALE_OK)
		return st;
	site->port = wave_number(call, rows, scale_text(call, "/%zu/id", row));
	site->addresses = given;
	if (given == NULL || *given == '\0')
		site->addresses = wave_text(
			call, rows, scale_text(call, "/%zu/addr_traddr", row));
	if (is_wildcard(site->addresses))
		site->addresses = call->host->config(call, NVMEOF_KEY_SERVER);
	if (site->addresses == NULL)
		return scale_fail(call, SCALE_FAILED_PRECONDITION,
				  "nobody has said by which address nodes "
				  "reach the NAS; set backends.nvmeof.server");
	call->host->remember(call, FACT_PORT,
			     scale_text(call, "%" PRId64, site->port), FACT_MS);
	call->host->remember(call, FACT_ADDRESSES, site->addresses, FACT_MS);
	return SCALE_OK;
}

scale_status nvmeof_site_find(struct scale_call *call, struct nvmeof_site *site)
{
	struct wave wave = {0};
	scale_status st;

	nvmeof_site_ask(call, &wave, site);
	st = wave_wait(call, &wave);
	return st == SCALE_OK ? nvmeof_site_learn(call, site) : st;
}

void nvmeof_site_forget(struct scale_call *call)
{
	call->host->remember(call, FACT_PORT, "", 1);
}
