/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes what of an export is missing. */
#include <inttypes.h>
#include <string.h>

#include "nvmeof.h"

/* udev makes /dev/zvol/... a moment after the zvol; the NAS refuses the
 * namespace until then. */
#define DEVICE_TRIES    20
#define DEVICE_FIRST_MS 50
#define DEVICE_MOST_MS  500

/* What is under way together. */
struct making {
	const struct scale_volume *volume;
	const char *path;
	int64_t port;
	struct nvmeof_export *export;
	struct scale_rpc space, link;
	int is_space_sent, is_link_sent;
};

static int is_refused(const struct scale_rpc *rpc)
{
	return rpc->status == SCALE_INVALID_ARGUMENT ||
	       rpc->status == SCALE_ALREADY_EXISTS;
}

void nvmeof_add_subsys(struct scale_call *call, struct wave *wave,
		       struct scale_rpc *rpc, const struct scale_volume *volume)
{
	wave_add(call, wave, rpc, "nvmet.subsys.create",
		 scale_text(call,
			    "[{\"name\":%s,\"subnqn\":null,"
			    "\"allow_any_host\":true}]",
			    call->host->json_quote(call, volume->object)),
		 SCALE_RPC_CREATE);
}

void nvmeof_take_subsys(struct scale_call *call, const struct scale_rpc *rpc,
			struct nvmeof_export *export)
{
	export->subsys = wave_number(call, rpc->result, "/id");
	export->nqn = wave_text(call, rpc->result, "/subnqn");
}

static scale_status make_subsys(struct scale_call *call, struct making *m)
{
	struct scale_rpc rpc;
	struct wave wave = {0};
	scale_status st;

	nvmeof_add_subsys(call, &wave, &rpc, m->volume);
	st = wave_wait(call, &wave);
	if (st != SCALE_OK)
		return st;
	if (rpc.status != SCALE_OK)
		return wave_fail(call, &rpc, "making the NVMe-oF subsystem",
				 m->volume->object);
	nvmeof_take_subsys(call, &rpc, m->export);
	return SCALE_OK;
}

/* Namespace and port link do not need each other. */
static scale_status send_missing(struct scale_call *call, struct making *m)
{
	const struct nvmeof_export *export = m->export;
	struct wave wave = {0};

	m->is_space_sent = export->space == 0;
	m->is_link_sent = !export->is_linked;
	if (m->is_space_sent)
		wave_add(call, &wave, &m->space, "nvmet.namespace.create",
			 scale_text(call,
				    "[{\"subsys_id\":%" PRId64
				    ",\"device_type\":\"ZVOL\","
				    "\"device_path\":%s,\"nsid\":1,"
				    "\"enabled\":true}]",
				    export->subsys,
				    call->host->json_quote(call, m->path)),
			 SCALE_RPC_CREATE);
	if (m->is_link_sent)
		wave_add(call, &wave, &m->link, "nvmet.port_subsys.create",
			 scale_text(call,
				    "[{\"port_id\":%" PRId64
				    ",\"subsys_id\":%" PRId64 "}]",
				    m->port, export->subsys),
			 SCALE_RPC_CREATE);
	return wave_wait(call, &wave);
}

/* A refusal is no failure yet: it may be a duplicate. */
static scale_status take_answers(struct scale_call *call, struct making *m,
				 int *ret_is_refused)
{
	struct nvmeof_export *export = m->export;

	*ret_is_refused = 0;
	if (m->is_space_sent && m->space.status == SCALE_OK) {
		export->space = wave_number(call, m->space.result, "/id");
		export->nsid = wave_number(call, m->space.result, "/nsid");
		export->uuid = wave_text(call, m->space.result, "/device_uuid");
		export->is_enabled = 1;
	} else if (m->is_space_sent) {
		if (!is_refused(&m->space))
			return wave_fail(call, &m->space,
					 "making the namespace of",
					 m->volume->object);
		*ret_is_refused = 1;
	}
	if (m->is_link_sent && m->link.status == SCALE_OK) {
		export->is_linked = 1;
	} else if (m->is_link_sent) {
		if (!is_refused(&m->link))
			return wave_fail(call, &m->link,
					 "putting on its port the subsystem",
					 m->volume->object);
		*ret_is_refused = 1;
	}
	return SCALE_OK;
}

static scale_status look_again(struct scale_call *call, struct making *m)
{
	struct nvmeof_look look;
	struct wave wave = {0};
	scale_status st;

	nvmeof_look_ask(call, &wave, &look, m->volume);
	st = wave_wait(call, &wave);
	if (st == SCALE_OK)
		st = nvmeof_look_read(call, &look, m->volume, m->port,
				      m->export);
	return st;
}

static scale_status check_foreign(struct scale_call *call,
				  const struct scale_volume *volume,
				  const struct nvmeof_export *export)
{
	const char *foreign = export->foreign;

	if (foreign == NULL && export->space == 0 && export->n_others > 0)
		foreign = scale_text(call,
				     "the NVMe-oF subsystem '%s' has "
				     "namespaces of others",
				     volume->object);
	if (foreign == NULL)
		return SCALE_OK;
	return scale_fail(call, SCALE_ALREADY_EXISTS,
			  "volume '%s' cannot be exported: %s, which this "
			  "driver did not make and does not touch; rename or "
			  "remove that on the NAS",
			  volume->id, foreign);
}

static scale_status fail_refused(struct scale_call *call, struct making *m)
{
	if (m->is_space_sent && is_refused(&m->space))
		return wave_fail(call, &m->space, "making the namespace of",
				 m->volume->object);
	/* perhaps the port we remember has gone */
	nvmeof_site_forget(call);
	return wave_fail(call, &m->link, "putting on its port the subsystem",
			 m->volume->object);
}

static scale_status make_missing(struct scale_call *call, struct making *m)
{
	struct nvmeof_export *export = m->export;
	uint32_t ms = DEVICE_FIRST_MS;
	int was_refused;
	scale_status st;

	for (int i = 0; export->space == 0 || !export->is_linked; i++) {
		st = send_missing(call, m);
		if (st == SCALE_OK)
			st = take_answers(call, m, &was_refused);
		if (st != SCALE_OK || !was_refused)
			return st;
		/* a duplicate, or a device that is not there yet? */
		st = look_again(call, m);
		if (st == SCALE_OK)
			st = check_foreign(call, m->volume, export);
		if (st != SCALE_OK)
			return st;
		if (export->space != 0 && export->is_linked)
			return SCALE_OK;
		if (i == DEVICE_TRIES || export->space != 0)
			return fail_refused(call, m);
		st = call->host->wait_event(call, NULL, ms);
		if (st != SCALE_OK)
			return st;
		ms = ms * 2 < DEVICE_MOST_MS ? ms * 2 : DEVICE_MOST_MS;
	}
	return SCALE_OK;
}

scale_status nvmeof_complete(struct scale_call *call,
			     const struct scale_volume *volume,
			     const char *path, int64_t port,
			     struct nvmeof_export *export)
{
	struct making m = {
		.volume = volume, .path = path, .port = port, .export = export};
	scale_status st = check_foreign(call, volume, export);

	if (st == SCALE_OK && export->subsys == 0)
		st = make_subsys(call, &m);
	if (st == SCALE_OK)
		st = make_missing(call, &m);
	return st;
}

scale_status nvmeof_put_state(struct scale_call *call,
			      const struct nvmeof_export *export)
{
	scale_status st = call->host->put(
		call, SCALE_PUT_STATE, "truenas_nvmeof_subsystem_id",
		scale_text(call, "%" PRId64, export->subsys));

	if (st != SCALE_OK)
		return st;
	return call->host->put(call, SCALE_PUT_STATE,
			       "truenas_nvmeof_namespace_id",
			       scale_text(call, "%" PRId64, export->space));
}
