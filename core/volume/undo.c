/* SPDX-License-Identifier: BSD-2-Clause */
/* CreateVolume failed for good: what it made goes again, as far as proven. */
#include "volume/creation.h"
#include "work/drain.h"

static scale_status undo_settle(struct call *call, void *arg,
				const char **ret_path)
{
	struct creation *c = arg;

	*ret_path = ref_export_path(call, c->spec.path, c->plan.kind);
	return *ret_path != NULL ? SCALE_OK : call_nomem(call);
}

static scale_status undo_export(struct call *call, struct creation *c)
{
	struct subject subject;
	scale_status status = subject_init(call, c->volumes, c->subject.backend,
					   &c->plan.id, c->plan.kind, &subject);

	if (status != SCALE_OK)
		return status;
	subject.volume.params = c->plan.class.params;
	subject.volume.bytes = c->record.bytes;
	subject.inv.secrets = c->create->secrets;
	subject.inv.settle = undo_settle;
	subject.inv.settle_arg = c;
	return invoke_destroy(call, subject.backend, &subject.inv,
			      &subject.volume);
}

static scale_status undo_all(struct call *call, struct creation *c)
{
	struct nas *nas = c->volumes->nas;
	scale_status status = undo_export(call, c);

	if (status == SCALE_OK && c->presence == PRESENCE_MADE) {
		status = dataset_delete(call, nas, c->spec.path);
		if (status == SCALE_OK)
			drain_note_deleted(nas_drain(nas), c->plan.id.volume);
	}
	if (status == SCALE_OK && c->is_helper_made)
		status = source_clean_up(call, c);
	return status;
}

/* A refusal tells nothing of what an earlier try left at that path. */
static void undo_look(struct call *call, struct creation *c)
{
	struct dataset dataset;

	if (dataset_read(call, c->volumes->nas, c->spec.path, &dataset) ==
	    SCALE_NOT_FOUND)
		c->presence = PRESENCE_ABSENT;
}

scale_status undo_creation(struct call *call, struct creation *c,
			   scale_status status)
{
	const char *reason = call->reason;
	enum ledger_state state = ledger_state(&call->ledger);
	scale_status undone;

	if (retry_heals(status) || state == LEDGER_CLEAN)
		return status;
	if (c->presence == PRESENCE_UNKNOWN)
		undo_look(call, c);
	if (c->presence == PRESENCE_MADE || c->presence == PRESENCE_ABSENT) {
		undone = undo_all(call, c);
		if (undone == SCALE_OK)
			ledger_note_undone(&call->ledger);
		else
			call_log(call, SCALE_WARNING,
				 "volume '%s' was not made, and taking back "
				 "what is left of it waits for the next try: "
				 "%s",
				 c->plan.id.volume, call->reason);
		return call_fail(call, status, "%s", reason);
	}
	/*
	 * Something else is at that path.  A backend that passes on the host's
	 * own no promises to have removed what it had made by then.
	 */
	(void)call_fail(call, status, "%s", reason);
	if (c->verdict.is_known && c->verdict.status == status &&
	    status != SCALE_OK && !c->is_helper_made && state == LEDGER_DIRTY)
		ledger_note_undone(&call->ledger);
	return status;
}
