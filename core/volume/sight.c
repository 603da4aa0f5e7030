/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a volume that must be there and ours. */
#include "volume/sight.h"

scale_status sight_finish(struct call *call, const struct volumes *volumes,
			  const struct rpc *rpc, struct sight *sight)
{
	const struct id *id = &sight->ref.id;
	scale_status status =
		dataset_read_finish(call, rpc, id->dataset, &sight->dataset);
	enum owner owner;

	if (status == SCALE_NOT_FOUND)
		return call_fail(call, SCALE_NOT_FOUND,
				 "there is no volume '%s': its dataset is not "
				 "on the NAS",
				 id->volume);
	if (status == SCALE_OK)
		status =
			record_read(call, &sight->dataset.user, &sight->record);
	if (status != SCALE_OK)
		return status;
	owner = owner_of(&sight->dataset, &sight->record, volumes->instance,
			 id->volume);
	if (owner == OWNER_OURS)
		return SCALE_OK;
	(void)owner_fail(call, owner,
			 owner == OWNER_NEWER ? SCALE_FAILED_PRECONDITION
					      : SCALE_NOT_FOUND,
			 &sight->dataset, &sight->record);
	return call_prefix(call, "there is no volume '%s'", id->volume);
}

scale_status sight_read(struct call *call, const struct volumes *volumes,
			const char *volume_id, struct sight *ret_sight)
{
	struct rpc rpc = {0}, *rpcs[] = {&rpc};
	scale_status status = ref_resolve(call, volumes, volume_id, REF_VOLUME,
					  &ret_sight->ref);

	if (status != SCALE_OK)
		return status;
	dataset_read_submit(call, volumes->nas, ret_sight->ref.id.dataset,
			    &rpc);
	(void)rpc_wait(call, volumes->nas, rpcs, 1);
	return sight_finish(call, volumes, &rpc, ret_sight);
}
