/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of datasets and snapshots, and what their properties say of a volume. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "input.h"
#include "nas/dataset_parse.h"
#include "nas/names.h"
#include "nas/scan.h"
#include "nas/snapshot_parse.h"
#include "volume/owner.h"
#include "volume/publication.h"

#define INSTANCE "csi.scale.io/uid-1"

static void check_volume(struct call *call, const struct dataset *dataset)
{
	struct publication *found;
	struct volume_record record;
	enum owner owner;
	size_t n;

	assert(record_read(call, &dataset->user, &record) == SCALE_OK);
	owner = owner_of(dataset, &record, INSTANCE, NULL);
	if (owner == OWNER_OURS) {
		assert(strstr(record.id, dataset->path) != NULL);
		assert(strcmp(record.instance, INSTANCE) == 0);
	} else {
		assert_told(call, owner_fail(call, owner, SCALE_NOT_FOUND,
					     dataset, &record));
	}
	assert(publications_read(call, &dataset->user, &found, &n) == SCALE_OK);
	for (size_t i = 0; i < n; i++)
		assert(found[i].key != NULL && found[i].node != NULL);
}

static void check_dataset(struct call *call, const char *text, size_t len)
{
	struct dataset dataset;
	int rc = dataset_parse(call->arena, text, len, &dataset);

	assert(rc == 0 || rc == -EBADMSG || rc == -ENOMEM);
	if (rc == 0)
		check_volume(call, &dataset);
}

static void check_snapshot(struct call *call, const char *text, size_t len)
{
	struct snapshot snapshot;
	int rc = snapshot_parse(call->arena, text, len, &snapshot);
	const char *id, *helped = NULL;

	assert(rc == 0 || rc == -EBADMSG || rc == -ENOMEM);
	if (rc != 0)
		return;
	assert(strcmp(snapshot.path,
		      arena_printf(call->arena, "%s@%s", snapshot.dataset,
				   snapshot.name)) == 0);
	id = owner_snapshot_id(&snapshot, INSTANCE);
	if (id != NULL)
		assert(owner_has_snapshot(&snapshot, INSTANCE, id));
	if (owner_is_helper(&snapshot, INSTANCE, &helped))
		assert(helped != NULL);
}

static void check_names(struct call *call, const char *text, size_t len)
{
	struct rpc rpc = {.result = text, .result_len = len};
	const char **names;
	size_t n;

	if (!scan_is_value(text, len)) /* reply_read() has seen to that */
		return;
	if (names_read(call, &rpc, "tank", &names, &n) != SCALE_OK) {
		assert_told(call, call->status);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		assert(strcmp(names[i], "tank") != 0);
		assert(i == 0 || strcmp(names[i - 1], names[i]) <= 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, data + size};
	struct arena *arena = arena_new(CALL_ARENA_BYTES);
	struct call call;
	size_t len;
	char *text;

	call_init(&call, arena, NULL, NULL, CLOCK_NEVER);
	check_dataset(&call, (const char *)data, size);
	check_snapshot(&call, (const char *)data, size);
	text = input_text(arena, &input, &len);
	check_names(&call, text, len);
	arena_free(arena);
	return 0;
}
