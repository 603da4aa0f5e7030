/* SPDX-License-Identifier: BSD-2-Clause */
/* ControllerPublishVolume: who has it, and how; written on the dataset. */
#include <errno.h>
#include <string.h>

#include "backend/nodeid.h"
#include "volume/access.h"
#include "volume/publication.h"
#include "volume/settle.h"
#include "volume/sight.h"
#include "volume/subject.h"

struct publishing {
	struct volumes *volumes;
	const struct volume_publish *publish;
	struct scale_node node;
	struct publication wanted;
	bool is_recorded;
	struct sight sight;
	struct subject subject;
	struct rpc rpc;
	struct verdict verdict;
};

static scale_status name_node(struct call *call, struct publishing *p)
{
	const char *node_id = p->publish->node_id;
	int rc;

	p->node.struct_size = sizeof(p->node);
	rc = nodeid_parse(call->arena, node_id, &p->node.name,
			  &p->node.identity);
	if (rc == -ENOMEM)
		return call_nomem(call);
	if (rc != 0)
		return call_fail(call, SCALE_NOT_FOUND,
				 "there is no node '%s': the id is not of the "
				 "form this driver's node plugin gives",
				 node_id);
	p->wanted = (struct publication){
		.key = publication_key(call, p->node.name),
		.node = p->node.name,
		.mode = p->publish->access.mode,
		.is_readonly = p->publish->is_readonly,
		.version = PUBLICATION_VERSION,
	};
	return p->wanted.key != NULL ? SCALE_OK : call_nomem(call);
}

static scale_status check_same_node(struct call *call,
				    const struct publishing *p,
				    const struct publication *found)
{
	const char *id = p->sight.ref.id.volume;

	if (found->version > PUBLICATION_VERSION)
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "volume '%s' was published to node '%s' by a "
				 "newer driver: run that one, or detach it "
				 "first",
				 id, p->node.name);
	/* Unreadable: what is asked for now replaces it. */
	if (found->mode == 0 || (found->mode == p->wanted.mode &&
				 found->is_readonly == p->wanted.is_readonly))
		return SCALE_OK;
	return call_fail(call, SCALE_ALREADY_EXISTS,
			 "volume '%s' is published to node '%s' as %s%s, and "
			 "was asked for as %s%s: detach it first",
			 id, p->node.name, access_mode_name(found->mode),
			 found->is_readonly ? ", read-only" : "",
			 access_mode_name(p->wanted.mode),
			 p->wanted.is_readonly ? ", read-only" : "");
}

static scale_status check_other_node(struct call *call,
				     const struct publishing *p,
				     const struct publication *found)
{
	bool is_single = access_is_single_node(p->wanted.mode);

	if (!is_single && found->mode != 0 &&
	    !access_is_single_node(found->mode))
		return SCALE_OK;
	return call_fail(call, SCALE_FAILED_PRECONDITION,
			 "volume '%s' is published to node '%s' and cannot be "
			 "published to node '%s' with access mode %s: detach "
			 "it there first",
			 p->sight.ref.id.volume, found->node, p->node.name,
			 access_mode_name(p->wanted.mode));
}

static scale_status check_records(struct call *call, struct publishing *p)
{
	struct publication *found;
	size_t n;
	scale_status status =
		publications_read(call, &p->sight.dataset.user, &found, &n);

	for (size_t i = 0; i < n && status == SCALE_OK; i++) {
		if (strcmp(found[i].key, p->wanted.key) != 0) {
			status = check_other_node(call, p, &found[i]);
			continue;
		}
		status = check_same_node(call, p, &found[i]);
		p->is_recorded = found[i].mode != 0;
	}
	return status;
}

static scale_status check_access(struct call *call, const struct publishing *p)
{
	const char *why =
		access_refuse(call, p->sight.ref.backend, p->sight.dataset.kind,
			      &p->publish->access, 1);

	if (why == NULL)
		return SCALE_OK;
	return call_fail(call, SCALE_INVALID_ARGUMENT,
			 "volume '%s' cannot be published: %s",
			 p->sight.ref.id.volume, why);
}

static scale_status judge(struct call *call, struct publishing *p)
{
	struct rpc *rpcs[] = {&p->rpc};
	scale_status status;

	(void)rpc_wait(call, p->volumes->nas, rpcs, 1);
	status = sight_finish(call, p->volumes, &p->rpc, &p->sight);
	if (status == SCALE_OK && p->sight.dataset.is_locked)
		status = call_fail(call, SCALE_FAILED_PRECONDITION,
				   "volume '%s' cannot be published: its "
				   "dataset is encrypted and locked, unlock it "
				   "on the NAS",
				   p->sight.ref.id.volume);
	if (status == SCALE_OK)
		status = check_access(call, p);
	if (status == SCALE_OK)
		status = check_records(call, p);
	if (status == SCALE_OK)
		status = subject_learn(call, &p->subject, &p->sight.dataset,
				       &p->sight.record);
	return status;
}

static scale_status publish_settle(struct call *call, void *arg,
				   const char **ret_path)
{
	struct publishing *p = arg;
	const char *path = NULL;
	scale_status status;

	if (p->verdict.is_known)
		return verdict_tell(call, &p->verdict, ret_path);
	status = judge(call, p);
	if (status == SCALE_OK)
		path = ref_export_path(call, p->sight.ref.id.dataset,
				       p->sight.dataset.kind);
	status = verdict_keep(call, &p->verdict, status, path);
	if (status == SCALE_OK)
		*ret_path = path;
	return status;
}

/* One write for the record and for hints of an export that was made anew. */
static scale_status write_record(struct call *call, struct publishing *p)
{
	struct scale_map put = map_view(&p->subject.inv.put[SCALE_PUT_STATE]);
	struct dataset_change change = {0};
	struct map_builder user;
	scale_status status = SCALE_OK;

	map_init(&user, call->arena);
	if (!p->is_recorded)
		map_put(&user, p->wanted.key,
			publication_format(call, &p->wanted));
	if (put.n > 0 && !map_equal(&put, &p->sight.record.state))
		status = record_put_state(call, &put, &user);
	change.set = map_view(&user);
	if (user.failed)
		status = call_nomem(call);
	if (status != SCALE_OK || change.set.n == 0)
		return status;
	status = dataset_change(call, p->volumes->nas, p->sight.ref.id.dataset,
				&change);
	if (status != SCALE_OK)
		return call_prefix(call,
				   "recording that volume '%s' is published to "
				   "node '%s'",
				   p->sight.ref.id.volume, p->node.name);
	return SCALE_OK;
}

static scale_status run(struct call *call, struct publishing *p)
{
	const struct volume_publish *publish = p->publish;
	struct scale_grant grant = {
		.struct_size = sizeof(grant),
		.access_mode = publish->access.mode,
		.flags = publish->is_readonly ||
					 access_is_reader(publish->access.mode)
				 ? SCALE_GRANT_READONLY
				 : 0,
		.node = &p->node,
	};
	const char *path, *reason;
	scale_status status;

	p->subject.volume.context = publish->context;
	p->subject.inv.secrets = publish->secrets;
	p->subject.inv.settle = publish_settle;
	p->subject.inv.settle_arg = p;
	dataset_read_submit(call, p->volumes->nas, p->sight.ref.id.dataset,
			    &p->rpc);
	status = invoke_publish(call, p->subject.backend, &p->subject.inv,
				&p->subject.volume, &grant);
	reason = call->reason;
	if (status == SCALE_OK || !p->verdict.is_known) {
		scale_status own = publish_settle(call, p, &path);

		if (own != SCALE_OK)
			return own;
	}
	if (status != SCALE_OK)
		return call_fail(call, status,
				 "volume '%s' cannot be published: %s",
				 p->sight.ref.id.volume, reason);
	return write_record(call, p);
}

scale_status volume_publish(struct call *call, struct volumes *volumes,
			    const struct volume_publish *publish,
			    struct scale_map *ret)
{
	struct publishing *p = arena_alloc(call->arena, sizeof(*p));
	struct volume_ref *ref;
	scale_status status;

	if (p == NULL)
		return call_nomem(call);
	p->volumes = volumes;
	p->publish = publish;
	ref = &p->sight.ref;
	status =
		ref_resolve(call, volumes, publish->volume_id, REF_VOLUME, ref);
	if (status == SCALE_OK)
		status = name_node(call, p);
	if (status == SCALE_OK)
		status = settle_check_change(call, volumes, ref->id.volume,
					     "publishing volume");
	if (status == SCALE_OK)
		status = subject_init(call, volumes, ref->backend, &ref->id,
				      ref->kind, &p->subject);
	if (status == SCALE_OK)
		status = run(call, p);
	if (status == SCALE_OK)
		*ret = map_view(&p->subject.inv.put[SCALE_PUT_PUBLISH]);
	return status;
}
