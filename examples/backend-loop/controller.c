/* SPDX-License-Identifier: BSD-2-Clause */
/* The controller's half: the dataset itself is the export. */
#include "loop.h"

/*
 * A backend with objects of its own on the NAS would look for them by
 * volume->object here, ask for what is missing, and wait in export_path() for
 * the dataset.  This one has none: the host makes the dataset, and that is all.
 */
scale_status loop_create(void *self, struct scale_call *call,
			 const struct scale_volume *volume)
{
	const char *path;

	(void)self;
	(void)volume;
	return call->host->export_path(call, &path);
}

/* Nothing of ours to remove, so nothing to ask first. */
scale_status loop_destroy(void *self, struct scale_call *call,
			  const struct scale_volume *volume)
{
	(void)self;
	(void)call;
	(void)volume;
	return SCALE_OK;
}

/*
 * The paths go out relative to the root: a value in a context has room for 128
 * bytes, and controller and node may see the root at different places.
 */
scale_status loop_publish(void *self, struct scale_call *call,
			  const struct scale_volume *volume,
			  const struct scale_grant *grant)
{
	const char *ready, *path;
	scale_status st;

	(void)self;
	(void)grant; /* whoever reads the root may use what is in it */
	st = call->host->export_path(call, &ready);
	if (st != SCALE_OK)
		return st;
	/* only now is it certain whether it is a zvol */
	path = volume->kind == SCALE_BLOCK
		       ? scale_text(call, "%s.zvol", volume->dataset)
		       : volume->dataset;
	st = call->host->put(call, SCALE_PUT_PUBLISH, LOOP_PUBLISH_PATH, path);
	if (st == SCALE_OK && volume->kind == SCALE_BLOCK)
		st = call->host->put(call, SCALE_PUT_PUBLISH, LOOP_PUBLISH_WWID,
				     path);
	return st;
}
