/* SPDX-License-Identifier: BSD-2-Clause */
/* ListVolumes: names first, then pages of them, in the order of paths. */
#include <stdlib.h>
#include <string.h>

#include "volume/cursor.h"
#include "volume/info.h"
#include "volume/owner.h"
#include "volume/service.h"

#define CHUNK_MAX 500
#define CHUNK_MIN 16

/* What is being put together.  Texts are kept in @arena, because the call's own
 * is a short-lived one while a chunk is read. */
struct listing {
	struct call *call;
	struct arena *arena;
	const struct volumes *volumes;
	const char **paths; /* of all pools, sorted */
	size_t n_paths, at;
	struct volume_info *infos;
	size_t n, room, bytes;
	bool is_out_of_memory;
};

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Ids of one dataset differ by prefix alone: the path is what counts. */
static const char *path_of(const struct volume_info *info)
{
	return strchr(info->id, ':') + 1;
}

static int compare_infos(const void *a, const void *b)
{
	return strcmp(path_of(a), path_of(b));
}

static scale_status read_names(struct listing *l)
{
	struct call *call = l->call;

	for (size_t i = 0; i < l->volumes->n_pools; i++) {
		const char *parent = l->volumes->pools[i].parent;
		const char **more, **all;
		size_t n;
		scale_status status = dataset_list_names(call, l->volumes->nas,
							 parent, &more, &n);

		if (status == SCALE_NOT_FOUND)
			return call_fail(call, SCALE_FAILED_PRECONDITION,
					 "the parent dataset '%s' of pool '%s' "
					 "is not on the NAS: make it there",
					 parent, l->volumes->pools[i].name);
		if (status != SCALE_OK)
			return status;
		if (l->n_paths == 0) {
			l->paths = more;
			l->n_paths = n;
			continue;
		}
		all = arena_array(l->arena, l->n_paths + n, sizeof(*all));
		if (all == NULL)
			return call_nomem(call);
		memcpy(all, l->paths, l->n_paths * sizeof(*all));
		memcpy(all + l->n_paths, more, n * sizeof(*all));
		l->paths = all;
		l->n_paths += n;
		qsort(l->paths, l->n_paths, sizeof(*l->paths), compare_paths);
	}
	return SCALE_OK;
}

static bool make_room(struct listing *l)
{
	size_t room = l->room == 0 ? CHUNK_MIN : l->room * 2;
	struct volume_info *infos;

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

static int take_dataset(const struct dataset *dataset, void *arg)
{
	struct listing *l = arg;
	struct volume_record record;

	l->is_out_of_memory = true; /* until proven otherwise */
	if (record_read(l->call, &dataset->user, &record) != SCALE_OK)
		return -1;
	if (owner_of(dataset, &record, l->volumes->instance, NULL) ==
	    OWNER_OURS) {
		if (!make_room(l) || info_fill(l->call, l->arena, dataset,
					       &record, &l->infos[l->n]) != 0)
			return -1;
		l->n++;
	}
	l->is_out_of_memory = false;
	return 0;
}

/* Volumes of this chunk beyond @max or the page's bytes wait for the next. */
static bool close_page(struct listing *l, size_t first, uint32_t max)
{
	if (l->n > first)
		qsort(l->infos + first, l->n - first, sizeof(*l->infos),
		      compare_infos);
	for (size_t i = first; i < l->n; i++) {
		size_t bytes = info_bytes(&l->infos[i]);

		if ((max != 0 && i >= max) ||
		    (i > 0 && l->bytes + bytes > CURSOR_PAGE_BYTES)) {
			l->n = i;
			return true;
		}
		l->bytes += bytes;
	}
	return false;
}

static size_t chunk_size(const struct listing *l, uint32_t max)
{
	size_t left = l->n_paths - l->at;
	size_t want = CHUNK_MAX;

	/* What else lies there is not counted: a few more than needed. */
	if (max != 0 && max - l->n < CHUNK_MAX - CHUNK_MIN)
		want = max - l->n + CHUNK_MIN;
	return want < left ? want : left;
}

/* *@ret_last: the path the page ends behind; NULL when the list is complete. */
static scale_status read_page(struct listing *l, uint32_t max,
			      const char **ret_last)
{
	*ret_last = NULL;
	while (l->at < l->n_paths) {
		size_t n = chunk_size(l, max), first = l->n;
		scale_status status =
			dataset_read_many(l->call, l->volumes->nas,
					  l->paths + l->at, n, take_dataset, l);

		if (l->is_out_of_memory)
			return call_nomem(l->call);
		if (status != SCALE_OK)
			return status;
		if (close_page(l, first, max)) {
			*ret_last = path_of(&l->infos[l->n - 1]);
			return SCALE_OK;
		}
		l->at += n;
		if (max != 0 && l->n >= max && l->at < l->n_paths) {
			*ret_last = path_of(&l->infos[l->n - 1]);
			return SCALE_OK;
		}
	}
	return SCALE_OK;
}

scale_status volume_list(struct call *call, struct volumes *volumes,
			 uint32_t max, const char *token,
			 struct volume_info **ret_infos, size_t *ret_n,
			 const char **ret_next)
{
	struct listing l = {
		.call = call, .arena = call->arena, .volumes = volumes};
	const char *last, *from;
	scale_status status = cursor_parse(call, token, &from);

	if (status == SCALE_OK)
		status = read_names(&l);
	if (status != SCALE_OK)
		return status;
	l.at = cursor_skip(l.paths, l.n_paths, from);
	status = read_page(&l, max, &last);
	if (status != SCALE_OK)
		return status;
	*ret_infos = l.infos;
	*ret_n = l.n;
	*ret_next = last != NULL ? cursor_format(call, last) : "";
	return *ret_next != NULL ? SCALE_OK : call_nomem(call);
}
