/* SPDX-License-Identifier: BSD-2-Clause */
/* attach() of the backend, and its undoing. */
#include "node/attach.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "sys/blockdev.h"
#include "sys/blockwait.h"

#define OPEN_MS 5000

static scale_status run_attach(struct call *call, struct subject *subject,
			       const struct node_volume *given,
			       struct scale_attached *ret_attached)
{
	struct invocation inv = subject_invocation(subject);
	const struct scale_attach attach = {
		.struct_size = sizeof(attach),
		.access_mode = given->access_mode,
		.flags = (given->is_readonly ? SCALE_ATTACH_READONLY : 0u) |
			 (given->is_raw ? SCALE_ATTACH_RAW : 0u),
		.publish = given->publish,
		.options = given->options,
	};

	inv.secrets = given->secrets;
	return invoke_attach(call, subject->backend, &inv, &subject->volume,
			     &attach, ret_attached);
}

scale_status attach_files(struct call *call, struct subject *subject,
			  const struct node_volume *given,
			  struct scale_attached *ret_attached)
{
	return run_attach(call, subject, given, ret_attached);
}

static scale_status check_identity(struct call *call,
				   const struct subject *subject,
				   const struct node_volume *given,
				   const struct scale_attached *attached)
{
	const char *want = map_get(&given->publish, "wwid");
	const char *got = attached->wwid;

	if (want == NULL || want[0] == '\0')
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "the publish context of volume '%s' does not "
				 "say how to recognise its device; detach the "
				 "volume from this node, then attach it again",
				 subject->id.volume);
	if (got == NULL || got[0] == '\0')
		return call_fail(call, SCALE_INTERNAL,
				 "backend '%s' does not say what device '%s' "
				 "of volume '%s' is, so it is not used",
				 subject->backend->descriptor.name,
				 attached->device, subject->id.volume);
	if (strcmp(want, got) != 0)
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "device '%s' is not that of volume '%s': it "
				 "says it is '%s', but the NAS exported '%s'; "
				 "it is not touched",
				 attached->device, subject->id.volume, got,
				 want);
	return SCALE_OK;
}

/* Nobody can use it before. */
static scale_status wait_open(struct call *call, const struct subject *subject,
			      const struct device *device)
{
	int rc = blockwait_open(call, device->path, clock_after_ms(OPEN_MS));

	if (rc == -ECANCELED)
		return call_check(call);
	if (rc == 0)
		return SCALE_OK;
	return call_fail(call, SCALE_UNAVAILABLE,
			 "device '%s' of volume '%s' cannot be opened: %s",
			 device->path, subject->id.volume,
			 strerrordesc_np(-rc));
}

scale_status attach_device(struct call *call, struct subject *subject,
			   const struct node_volume *given,
			   struct device *ret_device)
{
	struct scale_attached attached;
	scale_status st = run_attach(call, subject, given, &attached);

	if (st == SCALE_OK)
		st = check_identity(call, subject, given, &attached);
	if (st == SCALE_OK)
		st = device_from_path(call, attached.device, ret_device);
	if (st == SCALE_OK)
		st = wait_open(call, subject, ret_device);
	return st;
}

/* Whether something here still uses the volume's device; when in doubt: yes. */
static bool is_in_use(struct call *call, const struct device *device)
{
	struct mountinfo mounts;
	struct blockdev look;

	if (mountinfo_read(call->arena, NULL, &mounts) != 0 ||
	    device_next_mount(&mounts, device->dev, NULL) != NULL ||
	    blockdev_is_busy(device->path) == 1)
		return true;
	return blockdev_read(call->arena, BLOCKDEV_SYSFS, device->dev, &look) ==
		       0 &&
	       look.has_holder;
}

scale_status attach_undo(struct call *call, struct subject *subject,
			 const struct device *device)
{
	struct invocation inv = subject_invocation(subject);
	struct scale_attached found = {.struct_size = sizeof(found)};
	scale_status failed = call->status, st = SCALE_OK;
	const char *reason = call->reason;
	struct device listed = *device;
	bool is_known;

	if (listed.dev == 0)
		st = device_of_volume(call, subject, &listed, &is_known);
	if (st == SCALE_OK && listed.dev != 0 && !is_in_use(call, &listed)) {
		found.device = listed.path;
		st = invoke_detach(call, subject->backend, &inv,
				   &subject->volume, &found);
	}
	if (st != SCALE_OK) {
		call_log(call, SCALE_WARNING, "could not detach it again: %s",
			 call->reason);
		failed = SCALE_UNAVAILABLE;
	}
	return call_fail(call, failed, "%s", reason);
}
