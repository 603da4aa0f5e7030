/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads, makes and changes a dataset. */
#include "nas/dataset.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/map.h"
#include "nas/dataset_parse.h"
#include "nas/dataset_spec.h"
#include "nas/json.h"
#include "nas/parts.h"
#include "nas/scan.h"

/* Up to 25.04 there is no read at the cost of the dataset alone. */
static bool is_before_resources(struct nas *nas)
{
	const struct release *release = nas_release(nas);

	return release != NULL && !release->has_resource_query;
}

/* An array or object the size of a dataset's properties, or its absence. */
static scale_status parse(struct call *call, struct span row, const char *path,
			  struct dataset *ret)
{
	switch (dataset_parse(call->arena, row.at, row.len, ret)) {
	case 0:
		return SCALE_OK;
	case -ENOMEM:
		return call_nomem(call);
	default:
		return call_fail(call, SCALE_INTERNAL,
				 "the NAS describes dataset '%s' in a way that "
				 "is not known here",
				 path);
	}
}

void dataset_read_submit(struct call *call, struct nas *nas, const char *path,
			 struct rpc *rpc)
{
	const char *quoted = json_quote(call->arena, path);

	if (quoted == NULL) {
		*rpc = rpc_read("zfs.resource.query", NULL);
	} else if (is_before_resources(nas)) {
		*rpc = rpc_read("pool.dataset.query",
				call_printf(call,
					    "[[[\"id\",\"=\",%s]],{\"extra\":{"
					    "\"retrieve_children\":false,"
					    "\"properties\":" DATASET_PROPERTIES
					    "}}]",
					    quoted));
	} else {
		*rpc = rpc_read("zfs.resource.query",
				call_printf(call,
					    "[{\"paths\":[%s],"
					    "\"properties\":" DATASET_PROPERTIES
					    ",\"get_user_properties\":true}]",
					    quoted));
	}
	rpc_submit(call, nas, rpc);
}

static scale_status fail_absent(struct call *call, const char *path)
{
	return call_fail(call, SCALE_NOT_FOUND,
			 "dataset '%s' does not exist on the NAS", path);
}

scale_status dataset_read_finish(struct call *call, const struct rpc *rpc,
				 const char *path, struct dataset *ret)
{
	struct span row;

	if (rpc_is_absent(rpc))
		return fail_absent(call, path);
	if (rpc->status != SCALE_OK)
		return rpc_fail(call, rpc, "reading dataset '%s'", path);
	if (!scan_find((struct span){rpc->result, rpc->result_len}, "/0", &row))
		return fail_absent(call, path);
	return parse(call, row, path, ret);
}

scale_status dataset_read(struct call *call, struct nas *nas, const char *path,
			  struct dataset *ret)
{
	struct rpc rpc, *all[] = {&rpc};

	dataset_read_submit(call, nas, path, &rpc);
	(void)rpc_wait(call, nas, all, 1); /* finish looks at the outcome */
	return dataset_read_finish(call, &rpc, path, ret);
}

void dataset_create_submit(struct call *call, struct nas *nas,
			   const struct dataset_spec *spec, struct rpc *rpc)
{
	*rpc = rpc_write("pool.dataset.create",
			 dataset_spec_create(call->arena, spec));
	rpc_submit(call, nas, rpc);
}

static bool is_marked(const struct dataset *dataset,
		      const struct scale_map *user)
{
	for (size_t i = 0; i < user->n; i++) {
		const char *value = map_get(&dataset->user, user->kv[i].key);

		if (value == NULL || strcmp(value, user->kv[i].value) != 0)
			return false;
	}
	return true;
}

/*
 * A complaint about the name of a dataset that does not exist yet is one about
 * its parent: missing, locked, read-only, or a zvol (truenas-api.md 3.5).
 */
static bool is_about_parent(const struct rpc *rpc)
{
	const char *dot =
		rpc->attribute != NULL ? strrchr(rpc->attribute, '.') : NULL;

	return rpc_is_absent(rpc) ||
	       (rpc->outcome == RPC_REFUSED && !rpc_is_duplicate(rpc) &&
		dot != NULL && strcmp(dot, ".name") == 0);
}

scale_status dataset_create_finish(struct call *call, const struct rpc *rpc,
				   const struct dataset_spec *spec,
				   struct dataset *ret, bool *ret_marked)
{
	const char *kind = spec->kind == SCALE_BLOCK ? "zvol" : "dataset";
	struct dataset dataset;
	scale_status status;

	if (is_about_parent(rpc))
		return call_fail(
			call, SCALE_FAILED_PRECONDITION,
			"making %s '%s': the NAS does not allow it "
			"there: %s; mend its parent on the NAS, or "
			"name another one in the configuration's pools",
			kind, spec->path, rpc->reason);
	if (rpc->status != SCALE_OK)
		return rpc_fail(call, rpc, "making %s '%s'", kind, spec->path);
	status = parse(call, (struct span){rpc->result, rpc->result_len},
		       spec->path, &dataset);
	if (status != SCALE_OK)
		return status;
	*ret_marked = is_marked(&dataset, &spec->user);
	if (ret != NULL)
		*ret = dataset;
	return SCALE_OK;
}

static void put_user_changes(struct json_builder *json,
			     const struct dataset_change *change)
{
	if (change->set.n == 0 && change->unset == NULL)
		return;
	json_key(json, "user_properties_update");
	json_begin_array(json);
	for (size_t i = 0; i < change->set.n; i++) {
		json_begin_object(json);
		json_key(json, "key");
		json_put_text(json, change->set.kv[i].key);
		json_key(json, "value");
		json_put_text(json, change->set.kv[i].value);
		json_end_object(json);
	}
	for (const char *const *key = change->unset;
	     key != NULL && *key != NULL; key++) {
		json_begin_object(json);
		json_key(json, "key");
		json_put_text(json, *key);
		json_key(json, "remove");
		json_put_bool(json, true);
		json_end_object(json);
	}
	json_end_array(json);
}

/* force_size: without it growth beyond 80 % of what is free is refused. */
static const char *change_params(struct arena *arena, const char *path,
				 const struct dataset_change *change)
{
	struct json_builder json;

	json_init(&json, arena);
	json_begin_array(&json);
	json_put_text(&json, path);
	json_begin_object(&json);
	if (change->volsize_bytes > 0) {
		json_key(&json, "volsize");
		json_put_uint(&json, change->volsize_bytes);
		json_key(&json, "force_size");
		json_put_bool(&json, true);
	}
	if (change->refquota_bytes > 0) {
		json_key(&json, "refquota");
		json_put_uint(&json, change->refquota_bytes);
	}
	for (size_t i = 0; i < change->native.n; i++) {
		json_key(&json, change->native.kv[i].key);
		json_put_raw(&json, change->native.kv[i].value);
	}
	put_user_changes(&json, change);
	json_end_object(&json);
	json_end_array(&json);
	return json_text(&json);
}

void dataset_change_submit(struct call *call, struct nas *nas, const char *path,
			   const struct dataset_change *change, struct rpc *rpc)
{
	*rpc = rpc_write("pool.dataset.update",
			 change_params(call->arena, path, change));
	/* run late, it would remove what was written anew */
	if (change->unset != NULL)
		rpc->flags |= RPC_DELETE;
	rpc_submit(call, nas, rpc);
}

scale_status dataset_change_finish(struct call *call, const struct rpc *rpc,
				   const char *path, struct dataset *ret)
{
	if (rpc_is_absent(rpc))
		return fail_absent(call, path);
	if (rpc->status != SCALE_OK)
		return rpc_fail(call, rpc, "changing dataset '%s'", path);
	if (ret == NULL)
		return SCALE_OK;
	return parse(call, (struct span){rpc->result, rpc->result_len}, path,
		     ret);
}

scale_status dataset_change(struct call *call, struct nas *nas,
			    const char *path,
			    const struct dataset_change *change)
{
	struct rpc rpc, *all[] = {&rpc};

	dataset_change_submit(call, nas, path, change, &rpc);
	(void)rpc_wait(call, nas, all, 1); /* finish looks at the outcome */
	return dataset_change_finish(call, &rpc, path, NULL);
}
