/* SPDX-License-Identifier: BSD-2-Clause */
/* What a CreateVolume will make, before anything is sent. */
#include "volume/plan.h"

#include <string.h>

#include "volume/access.h"
#include "volume/size.h"

/*
 * The room is counted with the longest prefix, so that the dataset of a name is
 * the same for every protocol and a name used twice is noticed.
 */
static scale_status make_id(struct call *call, const struct volume_class *class,
			    const char *name, struct id *ret_id)
{
	const char *parent = class->pool->parent;
	size_t room = ID_MAX - ID_PREFIX_MAX - 1 - strlen(parent) - 1 - 1 -
		      ID_SNAPSHOT_ROOM;
	const char *leaf = id_make_leaf(call->arena, name, room);
	struct id id = {.prefix = class->backend->descriptor.id_prefix};

	if (leaf == NULL)
		return call_nomem(call);
	id.dataset = call_printf(call, "%s/%s", parent, leaf);
	if (id.dataset == NULL)
		return call_nomem(call);
	id.volume = call_printf(call, "%s:%s", id.prefix, id.dataset);
	if (id.volume == NULL)
		return call_nomem(call);
	*ret_id = id;
	return SCALE_OK;
}

static scale_status check_kind(struct call *call,
			       const struct volume_plan *plan)
{
	const char *name = plan->class.backend->descriptor.name;

	if (plan->kind == SCALE_BLOCK)
		return SCALE_OK;
	if (plan->class.volblocksize_bytes != 0)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "class parameter 'volblocksize' is for block "
				 "protocols, the backend '%s' serves file "
				 "systems: remove it",
				 name);
	if (plan->class.is_thick)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "class parameter 'sparse' is for block "
				 "protocols, the backend '%s' serves file "
				 "systems: remove it",
				 name);
	return SCALE_OK;
}

static bool is_asked(const struct volume_create *create,
		     const struct volume_class *class)
{
	return class->filesystem[0] != '\0' ||
	       (create->n_accesses > 0 &&
		create->accesses[0].fs_type[0] != '\0');
}

scale_status plan_make(struct call *call, const struct volumes *volumes,
		       const struct volume_create *create,
		       struct volume_plan *ret_plan)
{
	struct volume_plan plan = {0};
	scale_status status;

	status = class_parse(call, volumes, &create->parameters, create->name,
			     &plan.class);
	if (status == SCALE_OK)
		status = access_choose(call, plan.class.backend,
				       create->accesses, create->n_accesses,
				       plan.class.filesystem, &plan.kind,
				       &plan.filesystem);
	if (status == SCALE_OK)
		status = check_kind(call, &plan);
	if (status == SCALE_OK)
		status = make_id(call, &plan.class, create->name, &plan.id);
	if (status == SCALE_OK)
		status = size_choose(call, plan.kind,
				     plan.class.volblocksize_bytes,
				     create->required_bytes,
				     create->limit_bytes, &plan.bytes);
	if (status != SCALE_OK)
		return call_prefix(call, "volume '%s' cannot be made",
				   create->name);
	plan.is_filesystem_asked = is_asked(create, &plan.class);
	*ret_plan = plan;
	return SCALE_OK;
}

scale_status volume_plan_create(struct call *call, struct volumes *volumes,
				const struct volume_create *create,
				const char **ret_id)
{
	struct volume_plan plan;
	scale_status status = plan_make(call, volumes, create, &plan);

	if (status == SCALE_OK)
		*ret_id = plan.id.volume;
	return status;
}
