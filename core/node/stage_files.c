/* SPDX-License-Identifier: BSD-2-Clause */
/* Stages a volume of files: its source is mounted. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "node/attach.h"
#include "node/root_mode.h"
#include "node/stage.h"
#include "sys/mounter.h"

/* A server that answers does so at once; a second address must get its turn
 * within the two minutes that kubelet waits. */
#define SOURCE_MS 30000

/* @options of the backend, and "ro" if it is to be read-only. */
static const char *const *
with_readonly(struct call *call, const char *const *options, bool is_readonly)
{
	const char **all;
	size_t n = 0;

	while (options != NULL && options[n] != NULL)
		n++;
	all = arena_array(call->arena, n + 2, sizeof(*all));
	if (all == NULL)
		return NULL;
	if (n > 0)
		memcpy(all, options, n * sizeof(*all));
	if (is_readonly)
		all[n] = "ro";
	return all;
}

static scale_status mount_one(struct call *call, const char *fs_type,
			      const char *source, const struct place *place,
			      const char *const *options)
{
	if (strcmp(fs_type, "bind") == 0)
		return mounter_bind(call, source, place->real,
				    mountopts_have(options, "ro"));
	return mounter_mount_source(call, fs_type, source, place->real, options,
				    clock_after_ms(SOURCE_MS));
}

/* The first source that works; a helper killed at its deadline may have mounted
 * after all, so the mounts are asked. */
static scale_status mount_any(struct call *call,
			      const struct scale_attached *attached,
			      struct place *place, const char *const *options)
{
	for (const char *const *source = attached->sources;; source++) {
		scale_status st = mount_one(call, attached->fs_type, *source,
					    place, options);
		scale_status looked = place_look(call, place);

		if (looked != SCALE_OK)
			return looked;
		if (place->entry != NULL)
			return SCALE_OK;
		if (st == SCALE_OK)
			return call_fail(call, SCALE_INTERNAL,
					 "'%s' is not mounted at '%s', though "
					 "its mount reported success",
					 *source, place->real);
		if (source[1] == NULL || call_is_over(call))
			return st;
		call_log(call, SCALE_WARNING, "%s; trying the next source",
			 call->reason);
	}
}

/* Options that would do something else than mount this source here. */
static scale_status check_options(struct call *call,
				  const struct subject *subject,
				  const char *const *options)
{
	struct mountopts parsed;
	char bad[64];
	int rc = mountopts_parse(options, &parsed, bad, sizeof(bad));

	if (rc == -EINVAL)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "the mount option '%s' cannot be used for "
				 "volume '%s'; take it out of the storage "
				 "class",
				 bad, subject->id.volume);
	if (rc != 0)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "the mount options of volume '%s' are too "
				 "long",
				 subject->id.volume);
	return SCALE_OK;
}

static scale_status mount_fresh(struct call *call, struct subject *subject,
				const struct node_volume *given,
				const struct scale_attached *attached,
				struct place *place)
{
	bool is_readonly =
		given->is_readonly || mountopts_have(attached->options, "ro");
	const char *const *options =
		with_readonly(call, attached->options, given->is_readonly);
	scale_status st;

	if (options == NULL)
		return call_nomem(call);
	st = check_options(call, subject, options);
	if (st == SCALE_OK)
		st = mount_any(call, attached, place, options);
	if (st == SCALE_OK && !is_readonly)
		st = root_mode_apply(call, subject, place);
	if (st == SCALE_OK)
		return SCALE_OK;
	/* after a final error nothing may stay mounted */
	if (place->entry != NULL) {
		const char *reason = call->reason;

		if (place_unmount(call, place) != SCALE_OK)
			st = SCALE_UNAVAILABLE;
		return call_fail(call, st, "%s", reason);
	}
	return st;
}

scale_status stage_files(struct call *call, struct subject *subject,
			 const struct node_volume *given, struct place *place)
{
	struct scale_attached attached;
	enum device_owner owner;
	scale_status st;

	if (place->entry != NULL) {
		st = device_owner_of(call, subject, place->entry, &owner);
		if (st == SCALE_OK && owner == DEVICE_OTHERS)
			return stage_refuse_other(call, subject, place);
		if (st == SCALE_OK)
			st = stage_check_same(call, subject, given, place);
		/* a stage cut off before may have got no further */
		if (st == SCALE_OK && !mountinfo_has_option(place->entry, "ro"))
			st = root_mode_apply(call, subject, place);
		return st;
	}
	st = attach_files(call, subject, given, &attached);
	if (st == SCALE_OK)
		st = mount_fresh(call, subject, given, &attached, place);
	if (st == SCALE_OK)
		return SCALE_OK;
	return subject_explain(call, "staging", subject->id.volume);
}
