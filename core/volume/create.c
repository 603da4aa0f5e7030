/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CreateVolume.  The dataset is asked for and, without waiting, the backend is
 * set to work: what its export needs the dataset for, it asks export_path()
 * for, which is where the reply is waited for and judged.
 */
#include <string.h>

#include "volume/context.h"
#include "volume/creation.h"
#include "volume/doubt.h"
#include "volume/settle.h"
#include "work/drain.h"

static scale_status create_prepare(struct call *call, struct creation *c)
{
	const struct volume_plan *plan = &c->plan;
	struct map_builder marks;
	scale_status status;

	c->record = (struct volume_record){
		.version = RECORD_VERSION,
		.managed = "true",
		.id = plan->id.volume,
		.instance = c->volumes->instance,
		.name = c->create->name,
		.protocol = plan->class.backend->descriptor.name,
		.filesystem = plan->filesystem,
		.source_type = "",
		.source_id = "",
		.bytes = plan->bytes,
		.class = plan->class.own_said,
		.params = plan->class.params_said,
	};
	if (c->create->source_kind != VOLUME_BLANK) {
		c->record.source_type =
			c->create->source_kind == VOLUME_FROM_SNAPSHOT
				? "snapshot"
				: "volume";
		c->record.source_id = c->create->source_id;
	}
	/* Once now, so that a value that does not fit is refused early. */
	map_init(&marks, call->arena);
	status = record_put_marks(call, &c->record, &marks);
	if (status != SCALE_OK)
		return status;
	c->spec = (struct dataset_spec){
		.path = plan->id.dataset,
		.kind = plan->kind,
		.bytes = plan->bytes,
		.volblocksize_bytes = plan->class.volblocksize_bytes,
		.is_thick = plan->class.is_thick,
		.compression = plan->class.compression,
		.comments = plan->class.comments,
		.managedby = c->volumes->instance,
		.user = map_view(&marks),
	};
	status = subject_init(call, c->volumes, plan->class.backend, &plan->id,
			      plan->kind, &c->subject);
	if (status != SCALE_OK)
		return status;
	c->subject.volume.params = plan->class.params;
	c->subject.volume.bytes = plan->bytes;
	c->subject.inv.secrets = c->create->secrets;
	return SCALE_OK;
}

/* A release that drops marks: nothing else happens before they are written. */
static scale_status create_mark(struct call *call, struct creation *c)
{
	struct dataset_change change = {.set = c->spec.user};
	scale_status status =
		dataset_change(call, c->volumes->nas, c->spec.path, &change);

	if (status != SCALE_OK)
		return call_prefix(call, "marking dataset '%s' as volume '%s'",
				   c->spec.path, c->plan.id.volume);
	return SCALE_OK;
}

static scale_status create_note_made(struct call *call, struct creation *c,
				     bool is_marked)
{
	c->presence = PRESENCE_MADE;
	drain_note_created(nas_drain(c->volumes->nas), c->plan.id.volume);
	return is_marked ? SCALE_OK : create_mark(call, c);
}

/*
 * The create went unanswered.  If the dataset is there, it may be ours of just
 * now or of an earlier try; both are the volume, and neither is ours to undo.
 */
static scale_status create_read_lost(struct call *call, struct creation *c)
{
	struct drain *drain = nas_drain(c->volumes->nas);
	const char *reason = call->reason;
	scale_status status = adopt_read(call, c);

	if (status != SCALE_OK && retry_heals(status))
		return call_fail(call, SCALE_UNAVAILABLE, "%s", reason);
	if (status == SCALE_OK && c->presence == PRESENCE_ABSENT) {
		/* Not there yet is not never: it may still be executed. */
		c->presence = PRESENCE_UNKNOWN;
		return call_fail(call, SCALE_UNAVAILABLE, "%s", reason);
	}
	ledger_note_resolved(&call->ledger, status == SCALE_OK);
	if (status == SCALE_OK &&
	    !drain_look(drain, c->plan.id.volume, clock_now_ns()).predecessor)
		drain_note_created(drain, c->plan.id.volume);
	return status;
}

/* The NAS said no; what it has at that path decides what the no means. */
static scale_status create_read_refused(struct call *call, struct creation *c,
					scale_status refusal, bool is_open)
{
	const char *reason = call->reason;
	scale_status status = adopt_read(call, c);

	if (retry_heals(status))
		return status;
	if (is_open)
		ledger_note_resolved(&call->ledger, 0);
	if (status != SCALE_OK || c->presence == PRESENCE_FOUND)
		return status;
	if (refusal == SCALE_ALREADY_EXISTS)
		return call_fail(
			call, SCALE_ABORTED,
			"the NAS says that '%s' exists, but there is no "
			"such dataset: if this stays, remove the "
			"directory of that name on the NAS",
			c->spec.path);
	return call_fail(call, refusal, "%s", reason);
}

/* Waits for pool.dataset.create and says what it means. */
static scale_status create_finish_blank(struct call *call, struct creation *c)
{
	struct rpc *rpcs[] = {&c->rpc};
	struct doubt doubt = doubt_begin(call);
	bool is_marked = false, is_open;
	scale_status status;

	/* An ended call shows in the outcome, too. */
	(void)rpc_wait(call, c->volumes->nas, rpcs, 1);
	status = dataset_create_finish(call, &c->rpc, &c->spec, &c->dataset,
				       &is_marked);
	if (status == SCALE_OK)
		return create_note_made(call, c, is_marked);
	if (c->rpc.outcome == RPC_UNKNOWN)
		return call_is_over(call) ? status : create_read_lost(call, c);
	is_open = c->rpc.outcome == RPC_REFUSED && doubt_is_open(call, &doubt);
	if (status == SCALE_ALREADY_EXISTS || is_open)
		return create_read_refused(call, c, status, is_open);
	if (c->rpc.outcome == RPC_RESULT)
		(void)create_note_made(call, c, true); /* and not understood */
	return status;
}

/* export_path(): the host's mind about the dataset. */
static scale_status create_settle(struct call *call, void *arg,
				  const char **ret_path)
{
	struct creation *c = arg;
	const char *path = NULL;
	scale_status status = SCALE_OK;

	if (c->verdict.is_known)
		return verdict_tell(call, &c->verdict, ret_path);
	if (c->presence == PRESENCE_FOUND)
		status = SCALE_OK;
	else if (c->origin != NULL)
		status = source_clone(call, c);
	else
		status = create_finish_blank(call, c);
	if (status == SCALE_OK)
		status = subject_learn(call, &c->subject, &c->dataset,
				       &c->record);
	if (status == SCALE_OK)
		path = ref_export_path(call, c->spec.path, c->plan.kind);
	status = verdict_keep(call, &c->verdict, status, path);
	if (status == SCALE_OK)
		*ret_path = path;
	return status;
}

/* The backend has returned; the dataset's reply is waited for in any case. */
static scale_status create_run(struct call *call, struct creation *c)
{
	struct backend *backend = c->subject.backend;
	const char *reason, *path;
	scale_status status;

	if (c->create->source_kind == VOLUME_BLANK)
		dataset_create_submit(call, c->volumes->nas, &c->spec, &c->rpc);
	c->subject.inv.settle = create_settle;
	c->subject.inv.settle_arg = c;
	status = invoke_create(call, backend, &c->subject.inv,
			       &c->subject.volume);
	reason = call->reason;
	if (c->verdict.is_known && status != SCALE_OK)
		return status;
	if (status == SCALE_OK)
		return create_settle(call, c, &path);
	(void)create_settle(call, c, &path);
	return call_fail(call, status, "%s", reason);
}

/* Hints: their loss costs a look-up, so it is only logged. */
static void create_write_hints(struct call *call, struct creation *c)
{
	struct scale_map put = map_view(&c->subject.inv.put[SCALE_PUT_STATE]);
	struct dataset_change change = {0};
	struct map_builder user;
	scale_status status;

	if (c->record.is_provisioned &&
	    (put.n == 0 || map_equal(&put, &c->record.state)))
		return;
	map_init(&user, call->arena);
	map_put(&user, RECORD_PROVISIONED, "true");
	status = record_put_state(call, &put, &user);
	change.set = map_view(&user);
	if (status == SCALE_OK)
		status = dataset_change(call, c->volumes->nas, c->spec.path,
					&change);
	if (status != SCALE_OK)
		call_log(call, SCALE_WARNING,
			 "the hints of volume '%s' were not written, which "
			 "only costs look-ups later: %s",
			 c->plan.id.volume, call->reason);
}

/* A snapshot of the helper's name that this volume does not hang on is not its
 * helper. */
static bool has_helper(const struct creation *c)
{
	return c->create->source_kind == VOLUME_FROM_VOLUME &&
	       !c->record.is_provisioned &&
	       strcmp(c->dataset.origin, c->origin->snapshot) == 0;
}

static void create_finish_behind(struct call *call, struct creation *c)
{
	if (has_helper(c) && source_clean_up(call, c) != SCALE_OK) {
		/* provision_success stays unset, so a retry comes by here. */
		call_log(call, SCALE_WARNING,
			 "the snapshot that volume '%s' was cloned from stays "
			 "until its source is deleted: %s",
			 c->plan.id.volume, call->reason);
		return;
	}
	create_write_hints(call, c);
}

static scale_status create_describe(struct call *call, struct creation *c,
				    struct volume_info *ret)
{
	struct volume_info info = {
		.id = c->plan.id.volume,
		.bytes = dataset_bytes(&c->dataset, &c->record),
		.source_kind = c->create->source_kind,
		.source_id = c->create->source_id,
	};
	scale_status status =
		context_compose(call, &c->subject, c->record.filesystem,
				c->record.source_type, &info.context);

	*ret = info;
	return status;
}

static scale_status create_check(struct call *call, struct creation *c)
{
	scale_status status = settle_check_change(
		call, c->volumes, c->plan.id.volume, "creating volume");

	if (status == SCALE_OK && c->create->source_kind != VOLUME_BLANK)
		status = source_look(call, c);
	if (status == SCALE_OK && c->presence != PRESENCE_FOUND)
		status = invoke_validate(call, c->subject.backend,
					 &c->subject.inv, &c->subject.volume);
	return status;
}

scale_status volume_create(struct call *call, struct volumes *volumes,
			   const struct volume_create *create,
			   void (*answer)(struct call *call,
					  const struct volume_info *info,
					  void *arg),
			   void *arg, struct volume_info *ret_info)
{
	struct creation *c = arena_alloc(call->arena, sizeof(*c));
	scale_status status;

	if (c == NULL)
		return call_nomem(call);
	c->volumes = volumes;
	c->create = create;
	status = plan_make(call, volumes, create, &c->plan);
	if (status == SCALE_OK)
		status = create_prepare(call, c);
	if (status == SCALE_OK)
		status = create_check(call, c);
	if (status != SCALE_OK)
		return status;
	status = create_run(call, c);
	if (status == SCALE_OK)
		status = create_describe(call, c, ret_info);
	if (status != SCALE_OK)
		return undo_creation(call, c, status);
	if (answer != NULL)
		answer(call, ret_info, arg);
	create_finish_behind(call, c);
	return SCALE_OK;
}
