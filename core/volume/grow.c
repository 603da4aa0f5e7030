/* SPDX-License-Identifier: BSD-2-Clause */
/* Making a dataset larger, with its record. */
#include "volume/creation.h"
#include "volume/doubt.h"
#include "volume/size.h"

/* A refusal that proves nothing: the size that is there decides. */
static scale_status grow_read(struct call *call, const struct volumes *volumes,
			      const struct dataset *dataset, uint64_t bytes,
			      scale_status refusal)
{
	const char *reason = call->reason;
	struct dataset now = {0};
	struct volume_record record;
	scale_status status =
		dataset_read(call, volumes->nas, dataset->path, &now);

	if (status == SCALE_OK)
		status = record_read(call, &now.user, &record);
	if (status != SCALE_OK)
		return status;
	/* Size and record are written one after the other: both, or the retry
	 * has something to do. */
	if (dataset_bytes(&now, &record) >= bytes && record.bytes >= bytes) {
		ledger_note_resolved(&call->ledger, 1);
		return SCALE_OK;
	}
	if (dataset_bytes(&now, &record) < bytes)
		ledger_note_resolved(&call->ledger, 0);
	return call_fail(call, refusal, "%s", reason);
}

scale_status grow_dataset(struct call *call, const struct volumes *volumes,
			  const struct dataset *dataset, uint64_t bytes,
			  const struct scale_map *native)
{
	struct doubt doubt = doubt_begin(call);
	struct dataset_change change = {.native = *native};
	struct map_builder user;
	scale_status status;

	map_init(&user, call->arena);
	map_put(&user, RECORD_BYTES,
		call_printf(call, "%llu", (unsigned long long)bytes));
	change.set = map_view(&user);
	if (user.failed)
		return call_nomem(call);
	if (dataset->kind == SCALE_BLOCK)
		change.volsize_bytes = bytes;
	else
		change.refquota_bytes = bytes;
	status = dataset_change(call, volumes->nas, dataset->path, &change);
	if (status != SCALE_OK && !retry_heals(status) &&
	    doubt_is_open(call, &doubt)) {
		if (native->n == 0)
			status = grow_read(call, volumes, dataset, bytes,
					   status);
		else /* not seen by reading: counts as done, to be undone */
			ledger_note_resolved(&call->ledger, 1);
	}
	if (status != SCALE_OK)
		return call_prefix(call, "growing dataset '%s' to %s",
				   dataset->path, size_text(call, bytes));
	return SCALE_OK;
}
