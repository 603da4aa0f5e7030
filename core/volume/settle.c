/* SPDX-License-Identifier: BSD-2-Clause */
/* What must wait while a call sent earlier may still be executed. */
#include "volume/settle.h"

#include "base/clock.h"
#include "work/drain.h"

static scale_status settle_fail(struct call *call,
				const struct drain_state *state, const char *id,
				const char *doing, const char *sent)
{
	if (state->until_ns == CLOCK_NEVER)
		return call_fail(
			call, SCALE_UNAVAILABLE,
			"%s '%s' has to wait: %s may still be executed "
			"by the NAS until it has answered or let the "
			"driver in again; it will be tried again",
			doing, id, sent);
	return call_fail(
		call, SCALE_UNAVAILABLE,
		"%s '%s' has to wait: %s may still be executed by the "
		"NAS for %lld s; it will be tried again",
		doing, id, sent,
		(long long)((clock_left_ms(state->until_ns) + 999) / 1000));
}

static struct drain_state look(const struct volumes *volumes, const char *id)
{
	return drain_look(nas_drain(volumes->nas), id, clock_now_ns());
}

static bool is_own(const struct volumes *volumes, const char *id)
{
	struct drain *drain = nas_drain(volumes->nas);

	return drain_has_created(drain, id) || drain_has_deleted(drain, id);
}

scale_status settle_check_change(struct call *call,
				 const struct volumes *volumes, const char *id,
				 const char *doing)
{
	struct drain_state state = look(volumes, id);

	if (!state.deletes)
		return SCALE_OK;
	return settle_fail(call, &state, id, doing,
			   "a removal sent earlier and not answered");
}

scale_status settle_check_delete(struct call *call,
				 const struct volumes *volumes, const char *id,
				 const char *doing)
{
	struct drain_state state = look(volumes, id);

	if (state.creates || state.deletes)
		return settle_fail(call, &state, id, doing,
				   "a call sent earlier and not answered");
	if (state.predecessor && !is_own(volumes, id))
		return settle_fail(call, &state, id, doing,
				   "a call sent before this driver started");
	return SCALE_OK;
}

scale_status settle_check_gone(struct call *call, const struct volumes *volumes,
			       const char *id, const char *doing)
{
	struct drain_state state = look(volumes, id);

	if (state.creates)
		return settle_fail(call, &state, id, doing,
				   "a call sent earlier and not answered");
	if (state.predecessor &&
	    !drain_has_deleted(nas_drain(volumes->nas), id))
		return settle_fail(call, &state, id, doing,
				   "a call sent before this driver started");
	return SCALE_OK;
}
