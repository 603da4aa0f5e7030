/* SPDX-License-Identifier: BSD-2-Clause */
/* ListSnapshots: names first, then a few at a time by name. */
#include <string.h>

#include "base/text.h"
#include "nas/snapshot.h"
#include "volume/cursor.h"
#include "volume/owner.h"
#include "volume/zpools.h"

/* 25.10 runs five snapshot calls at a time (truenas-api.md 5.5). */
#define AT_ONCE 4
/* A snapshot comes with all its properties: 10 KB each, and their tree. */
#define SCRATCH_BYTES  (4u << 20)
#define ENTRY_OVERHEAD 64

struct listing {
	struct call *call;
	struct arena *arena; /* the call's own: what is kept */
	const struct volumes *volumes;
	const char **paths; /* sorted */
	size_t n_paths, at;
	uint32_t max;
	struct snapshot_info *infos;
	size_t n, room, bytes;
	const char *last; /* path of the last one taken */
};

static bool make_room(struct listing *l)
{
	size_t room = l->room == 0 ? AT_ONCE : l->room * 2;
	struct snapshot_info *infos;

	if (l->n < l->room)
		return true;
	infos = arena_array(l->arena, room, sizeof(*infos));
	if (infos == NULL)
		return false;
	if (l->n > 0)
		memcpy(infos, l->infos, l->n * sizeof(*infos));
	l->infos = infos;
	l->room = room;
	return true;
}

static bool is_full(const struct listing *l)
{
	return (l->max != 0 && l->n >= l->max) || l->bytes > CURSOR_PAGE_BYTES;
}

/* Ours and not deleted goes into the list. */
static scale_status take(struct listing *l, const struct snapshot *snapshot)
{
	const char *id = owner_snapshot_id(snapshot, l->volumes->instance);
	const char *source = map_get(&snapshot->user, RECORD_SNAPSHOT_SOURCE);
	const char *bytes = map_get(&snapshot->user, RECORD_SNAPSHOT_BYTES);
	struct snapshot_info *info;

	if (id == NULL || source == NULL || snapshot->is_deferred)
		return SCALE_OK;
	if (!make_room(l))
		return call_nomem(l->call);
	info = &l->infos[l->n];
	*info = (struct snapshot_info){
		.id = arena_strdup(l->arena, id),
		.volume_id = arena_strdup(l->arena, source),
		.bytes = snapshot->volsize_bytes,
		.created_s = snapshot->created_s,
	};
	if (info->bytes == 0 && bytes != NULL)
		(void)text_parse_u64(bytes, &info->bytes); /* else unknown */
	if (info->id == NULL || info->volume_id == NULL)
		return call_nomem(l->call);
	l->bytes += ENTRY_OVERHEAD + strlen(id) + strlen(source);
	l->n++;
	return SCALE_OK;
}

static scale_status read_batch(struct listing *l, size_t n)
{
	struct rpc rpcs[AT_ONCE] = {0}, *all[AT_ONCE];
	struct nas *nas = l->volumes->nas;

	for (size_t i = 0; i < n; i++) {
		all[i] = &rpcs[i];
		snapshot_read_submit(l->call, nas, l->paths[l->at + i],
				     &rpcs[i]);
	}
	(void)rpc_wait(l->call, nas, all, n);
	for (size_t i = 0; i < n && !is_full(l); i++) {
		struct snapshot snapshot = {0};
		const char *path = l->paths[l->at];
		scale_status status = snapshot_read_finish(l->call, &rpcs[i],
							   path, &snapshot);

		if (status == SCALE_OK)
			status = take(l, &snapshot);
		if (status != SCALE_OK && status != SCALE_NOT_FOUND)
			return status;
		l->at++;
		l->last = path;
	}
	return SCALE_OK;
}

/* A batch in memory of its own: what is kept of it is a fraction. */
static scale_status read_apart(struct listing *l)
{
	size_t n = l->n_paths - l->at;
	struct call *call = l->call;
	struct arena *scratch;
	scale_status status;

	scratch = arena_new(SCRATCH_BYTES);
	if (scratch == NULL)
		return call_nomem(call);
	call->arena = scratch;
	status = read_batch(l, n < AT_ONCE ? n : AT_ONCE);
	call->arena = l->arena;
	/* The reason lies in the scratch memory, and must outlive it. */
	if (status != SCALE_OK)
		(void)call_fail(call, status, "%s", call->reason);
	else
		call->reason = "";
	arena_free(scratch);
	return status;
}

static scale_status read_pages(struct listing *l, const char **ret_next)
{
	*ret_next = "";
	while (l->at < l->n_paths && !is_full(l)) {
		scale_status status = read_apart(l);

		if (status != SCALE_OK)
			return status;
	}
	if (l->at < l->n_paths)
		*ret_next = cursor_format(l->call, l->last);
	return *ret_next != NULL ? SCALE_OK : call_nomem(l->call);
}

/* The one snapshot of an id; none when the id is nobody's. */
static scale_status list_one(struct listing *l, const char *snapshot_id,
			     const char *volume_id)
{
	struct volume_ref ref = {0};
	struct call *call = l->call;
	scale_status status =
		ref_resolve(call, l->volumes, snapshot_id, REF_SNAPSHOT, &ref);

	if (status == SCALE_NOT_FOUND ||
	    (status == SCALE_OK && volume_id[0] != '\0' &&
	     strcmp(volume_id, ref.id.volume) != 0))
		return SCALE_OK;
	if (status != SCALE_OK)
		return status;
	l->paths = arena_array(l->arena, 1, sizeof(*l->paths));
	if (l->paths == NULL)
		return call_nomem(call);
	l->paths[0] =
		call_printf(call, "%s@%s", ref.id.dataset, ref.id.snapshot);
	l->n_paths = 1;
	return l->paths[0] != NULL ? SCALE_OK : call_nomem(call);
}

static scale_status list_volume(struct listing *l, const char *volume_id)
{
	struct rpc rpc = {0}, *rpcs[] = {&rpc};
	struct nas *nas = l->volumes->nas;
	struct volume_ref ref = {0};
	scale_status status =
		ref_resolve(l->call, l->volumes, volume_id, REF_VOLUME, &ref);

	if (status == SCALE_NOT_FOUND)
		return SCALE_OK;
	if (status != SCALE_OK)
		return status;
	snapshot_list_names_submit(l->call, nas, ref.id.dataset, false, &rpc);
	(void)rpc_wait(l->call, nas, rpcs, 1);
	return snapshot_list_names_finish(l->call, &rpc, &l->paths,
					  &l->n_paths);
}

static scale_status list_all(struct listing *l)
{
	struct zpools zpools = {0};
	scale_status status = zpools_submit(l->call, l->volumes, &zpools);

	if (status == SCALE_OK)
		status = zpools_wait(l->call, l->volumes, &zpools, NULL);
	if (status == SCALE_OK)
		status = zpools_finish(l->call, l->volumes, &zpools, &l->paths,
				       &l->n_paths);
	return status;
}

scale_status volume_snapshot_list(struct call *call, struct volumes *volumes,
				  const char *snapshot_id,
				  const char *volume_id, uint32_t max,
				  const char *token,
				  struct snapshot_info **ret_infos,
				  size_t *ret_n, const char **ret_next)
{
	struct listing l = {.call = call,
			    .arena = call->arena,
			    .volumes = volumes,
			    .max = max};
	const char *from;
	scale_status status = cursor_parse(call, token, &from);

	if (status != SCALE_OK)
		return status;
	if (snapshot_id[0] != '\0')
		status = list_one(&l, snapshot_id, volume_id);
	else if (volume_id[0] != '\0')
		status = list_volume(&l, volume_id);
	else
		status = list_all(&l);
	if (status != SCALE_OK)
		return status;
	l.at = cursor_skip(l.paths, l.n_paths, from);
	status = read_pages(&l, ret_next);
	if (status != SCALE_OK)
		return status;
	*ret_infos = l.infos;
	*ret_n = l.n;
	return SCALE_OK;
}
