/* SPDX-License-Identifier: BSD-2-Clause */
/* ControllerExpandVolume: larger, never smaller. */
#include "volume/creation.h"
#include "volume/settle.h"
#include "volume/sight.h"
#include "volume/size.h"

static scale_status choose_size(struct call *call, const struct sight *sight,
				uint64_t required_bytes, uint64_t limit_bytes,
				uint64_t *ret_bytes)
{
	uint64_t now = dataset_bytes(&sight->dataset, &sight->record);
	scale_status status;

	if (limit_bytes != 0 && now > limit_bytes)
		return call_fail(call, SCALE_OUT_OF_RANGE,
				 "volume '%s' has %s, more than the limit of "
				 "%s, and volumes do not shrink",
				 sight->ref.id.volume, size_text(call, now),
				 size_text(call, limit_bytes));
	*ret_bytes = now;
	if (now >= required_bytes && now != 0)
		return SCALE_OK;
	status = size_choose(call, sight->dataset.kind,
			     sight->dataset.volblocksize_bytes, required_bytes,
			     limit_bytes, ret_bytes);
	if (status != SCALE_OK)
		return call_prefix(call, "volume '%s' is not expanded",
				   sight->ref.id.volume);
	return SCALE_OK;
}

static scale_status resize_settle(struct call *call, void *arg,
				  const char **ret_path)
{
	const struct sight *sight = arg;

	*ret_path = ref_export_path(call, sight->ref.id.dataset,
				    sight->dataset.kind);
	return *ret_path != NULL ? SCALE_OK : call_nomem(call);
}

/*
 * A smaller size asked for before and written late would be the last word; of
 * a zvol the NAS would refuse it.
 */
static scale_status check_settled(struct call *call,
				  const struct volumes *volumes,
				  const struct sight *sight)
{
	if (sight->dataset.kind == SCALE_BLOCK)
		return SCALE_OK;
	return settle_check_delete(call, volumes, sight->ref.id.volume,
				   "expanding volume");
}

static scale_status grow(struct call *call, const struct volumes *volumes,
			 const struct sight *sight, uint64_t bytes)
{
	static const struct scale_map nothing;
	scale_status status;

	if (bytes <= dataset_bytes(&sight->dataset, &sight->record))
		return SCALE_OK;
	status = check_settled(call, volumes, sight);
	if (status != SCALE_OK)
		return status;
	return grow_dataset(call, volumes, &sight->dataset, bytes, &nothing);
}

/* The protocol hears of it also when the size was there: the call before may
 * have got no further. */
static scale_status tell_backend(struct call *call, struct volumes *volumes,
				 struct sight *sight, uint64_t bytes)
{
	struct subject subject;
	scale_status status =
		subject_init(call, volumes, sight->ref.backend, &sight->ref.id,
			     sight->dataset.kind, &subject);

	if (status == SCALE_OK)
		status = subject_learn(call, &subject, &sight->dataset,
				       &sight->record);
	if (status != SCALE_OK)
		return status;
	subject.volume.bytes = bytes;
	subject.inv.settle = resize_settle;
	subject.inv.settle_arg = sight;
	return invoke_resize(call, subject.backend, &subject.inv,
			     &subject.volume);
}

scale_status volume_expand(struct call *call, struct volumes *volumes,
			   const char *volume_id, uint64_t required_bytes,
			   uint64_t limit_bytes, uint64_t *ret_bytes,
			   bool *ret_node)
{
	struct sight sight = {0};
	uint64_t bytes = 0;
	scale_status status = settle_check_change(call, volumes, volume_id,
						  "expanding volume");

	if (status == SCALE_OK)
		status = sight_read(call, volumes, volume_id, &sight);
	if (status == SCALE_OK)
		status = choose_size(call, &sight, required_bytes, limit_bytes,
				     &bytes);
	if (status == SCALE_OK)
		status = grow(call, volumes, &sight, bytes);
	if (status == SCALE_OK)
		status = tell_backend(call, volumes, &sight, bytes);
	if (status != SCALE_OK)
		return status;
	*ret_bytes = bytes;
	*ret_node = sight.dataset.kind == SCALE_BLOCK;
	return SCALE_OK;
}
