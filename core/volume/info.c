/* SPDX-License-Identifier: BSD-2-Clause */
/* What a volume on the NAS looks like to CSI. */
#include "volume/info.h"

#include <errno.h>
#include <string.h>

#include "volume/publication.h"
#include "volume/subject.h"

/* Tags, lengths and the nested messages of one entry, generously. */
#define ENTRY_OVERHEAD 64

static int copy_nodes(struct call *call, struct arena *arena,
		      const struct dataset *dataset,
		      const char *const **ret_nodes)
{
	struct publication *found;
	const char **nodes;
	size_t n;

	if (publications_read(call, &dataset->user, &found, &n) != SCALE_OK)
		return -ENOMEM;
	nodes = arena_array(arena, n + 1, sizeof(*nodes));
	if (nodes == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		nodes[i] = arena_strdup(arena, found[i].node);
		if (nodes[i] == NULL)
			return -ENOMEM;
	}
	*ret_nodes = nodes;
	return 0;
}

static enum volume_source_kind source_kind(const struct volume_record *record)
{
	if (strcmp(record->source_type, "snapshot") == 0)
		return VOLUME_FROM_SNAPSHOT;
	return strcmp(record->source_type, "volume") == 0 ? VOLUME_FROM_VOLUME
							  : VOLUME_BLANK;
}

int info_fill(struct call *call, struct arena *arena,
	      const struct dataset *dataset, const struct volume_record *record,
	      struct volume_info *ret_info)
{
	struct volume_info info = {
		.id = arena_strdup(arena, record->id),
		.bytes = dataset_bytes(dataset, record),
		.source_kind = source_kind(record),
		.source_id = arena_strdup(arena, record->source_id),
	};

	if (info.id == NULL || info.source_id == NULL ||
	    copy_nodes(call, arena, dataset, &info.nodes) != 0)
		return -ENOMEM;
	*ret_info = info;
	return 0;
}

size_t info_bytes(const struct volume_info *info)
{
	size_t bytes =
		ENTRY_OVERHEAD + strlen(info->id) + strlen(info->source_id);

	for (size_t i = 0; info->nodes[i] != NULL; i++)
		bytes += strlen(info->nodes[i]) + 2;
	return bytes;
}
