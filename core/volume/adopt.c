/* SPDX-License-Identifier: BSD-2-Clause */
/* CreateVolume finds something at its dataset's path: is it the volume? */
#include <string.h>

#include "base/text.h"
#include "volume/creation.h"
#include "volume/owner.h"
#include "volume/size.h"

__attribute__((format(printf, 3, 4))) static scale_status
differs(struct call *call, const struct creation *c, const char *fmt, ...)
{
	const char *what;
	va_list ap;

	va_start(ap, fmt);
	what = arena_vprintf(call->arena, fmt, ap);
	va_end(ap);
	return call_fail(call, SCALE_ALREADY_EXISTS,
			 "volume '%s' exists with %s: use another name or "
			 "delete it first",
			 c->plan.id.volume,
			 what != NULL ? what : "other values");
}

static const char *or_default(const char *value)
{
	return value != NULL ? value : "the default";
}

static scale_status compare_map(struct call *call, const struct creation *c,
				const char *prefix,
				const struct scale_map *found,
				const struct scale_map *wanted)
{
	const char *key = record_find_difference(found, wanted);

	if (key == NULL)
		return SCALE_OK;
	return differs(call, c, "parameter '%s%s' %s, not %s", prefix, key,
		       or_default(map_get(found, key)),
		       or_default(map_get(wanted, key)));
}

static scale_status compare_source(struct call *call, const struct creation *c,
				   const struct volume_record *found)
{
	if (strcmp(found->source_type, c->record.source_type) == 0 &&
	    strcmp(found->source_id, c->record.source_id) == 0)
		return SCALE_OK;
	if (found->source_type[0] == '\0')
		return differs(call, c, "no content source, not '%s'",
			       c->record.source_id);
	return differs(call, c, "the content of %s '%s', not %s",
		       found->source_type, found->source_id,
		       c->record.source_id[0] != '\0' ? c->record.source_id
						      : "none");
}

/* A clone takes its source's file system unless the class said another. */
static bool filesystem_fits(const struct creation *c,
			    const struct volume_record *found)
{
	if (strcmp(found->filesystem, c->plan.filesystem) == 0)
		return true;
	return c->record.source_id[0] != '\0' && found->filesystem[0] != '\0' &&
	       c->plan.filesystem[0] != '\0' && !c->plan.is_filesystem_asked;
}

static const char *filesystem_name(const char *filesystem)
{
	return filesystem[0] != '\0' ? filesystem : "raw access";
}

/* @bytes: what it has, or will have once a clone has grown. */
static scale_status compare_size(struct call *call, const struct creation *c,
				 uint64_t bytes)
{
	const struct volume_create *create = c->create;

	if (bytes < create->required_bytes)
		return differs(call, c,
			       "a size of %s, at least %s was asked "
			       "for",
			       size_text(call, bytes),
			       size_text(call, create->required_bytes));
	if (create->limit_bytes != 0 && bytes > create->limit_bytes)
		return differs(call, c,
			       "a size of %s, at most %s was asked for",
			       size_text(call, bytes),
			       size_text(call, create->limit_bytes));
	return SCALE_OK;
}

static scale_status compare(struct call *call, const struct creation *c,
			    const struct volume_record *found, uint64_t bytes)
{
	char prefix[32];
	struct text text;
	scale_status status;

	text_init(&text, prefix, sizeof(prefix));
	text_printf(&text, "%s.", c->record.protocol);
	if (c->dataset.kind != c->plan.kind)
		return differs(call, c, "a %s in place of a %s",
			       record_kind_name(c->dataset.kind),
			       record_kind_name(c->plan.kind));
	status = compare_source(call, c, found);
	if (status == SCALE_OK)
		status = compare_size(call, c, bytes);
	if (status == SCALE_OK && !filesystem_fits(c, found))
		status = differs(call, c, "%s, not %s",
				 filesystem_name(found->filesystem),
				 filesystem_name(c->plan.filesystem));
	if (status == SCALE_OK)
		status = compare_map(call, c, "", &found->class,
				     &c->record.class);
	if (status == SCALE_OK)
		status = compare_map(call, c, prefix, &found->params,
				     &c->record.params);
	return status;
}

/*
 * A dataset without marks of ours: born on a release that drops them, or a
 * clone of 26+, where they are written next.  `managedby`, or the origin that
 * was set with the clone, proves whose it is; a snapshot says that somebody
 * used it.
 */
static scale_status take_over(struct call *call, struct creation *c)
{
	struct dataset_change change = {.set = c->spec.user};
	struct rpc rpc = {0}, *rpcs[] = {&rpc};
	const char **snapshots;
	size_t n;
	scale_status status;

	snapshot_list_names_submit(call, c->volumes->nas, c->spec.path, false,
				   &rpc);
	(void)rpc_wait(call, c->volumes->nas, rpcs, 1);
	status = snapshot_list_names_finish(call, &rpc, &snapshots, &n);
	if (status != SCALE_OK)
		return status;
	if (n > 0)
		return call_fail(
			call, SCALE_ALREADY_EXISTS,
			"dataset '%s' bears no mark of this driver but "
			"has a snapshot, '%s': it is left alone, use "
			"another name",
			c->spec.path, snapshots[0]);
	status = dataset_change(call, c->volumes->nas, c->spec.path, &change);
	if (status != SCALE_OK)
		return call_prefix(call, "marking dataset '%s' as volume '%s'",
				   c->spec.path, c->plan.id.volume);
	call_log(call, SCALE_NOTICE,
		 "took over the unmarked dataset '%s' as volume '%s'",
		 c->spec.path, c->plan.id.volume);
	return SCALE_OK;
}

static bool may_take_over(const struct creation *c)
{
	if (c->dataset.kind != c->plan.kind)
		return false;
	if (c->origin != NULL)
		return strcmp(c->dataset.origin, c->origin->snapshot) == 0;
	return c->create->source_kind == VOLUME_BLANK &&
	       c->dataset.origin[0] == '\0' &&
	       owner_may_take(&c->dataset, c->volumes->instance);
}

/* A crash between clone and growth shows as a record larger than the zvol. */
static scale_status finish_growth(struct call *call, struct creation *c)
{
	static const struct scale_map nothing;
	scale_status status;

	if (c->record.source_id[0] == '\0' || c->record.is_provisioned ||
	    dataset_bytes(&c->dataset, &c->record) >= c->record.bytes)
		return SCALE_OK;
	status = grow_dataset(call, c->volumes, &c->dataset, c->record.bytes,
			      &nothing);
	if (status != SCALE_OK)
		return status;
	if (c->dataset.kind == SCALE_BLOCK)
		c->dataset.volsize_bytes = c->record.bytes;
	else
		c->dataset.refquota_bytes = c->record.bytes;
	return SCALE_OK;
}

static scale_status adopt_ours(struct call *call, struct creation *c,
			       const struct volume_record *found)
{
	uint64_t bytes = dataset_bytes(&c->dataset, found);
	scale_status status;

	if (c->dataset.is_inconsistent)
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "dataset '%s' holds a copy that was not "
				 "finished: delete the volume and make it anew",
				 c->dataset.path);
	if (c->dataset.is_locked)
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "dataset '%s' is encrypted and locked: unlock "
				 "it on the NAS",
				 c->dataset.path);
	if (found->source_id[0] != '\0' && !found->is_provisioned &&
	    found->bytes > bytes)
		bytes = found->bytes;
	status = compare(call, c, found, bytes);
	if (status != SCALE_OK)
		return status;
	c->record = *found;
	c->presence = PRESENCE_FOUND;
	return finish_growth(call, c);
}

scale_status adopt_found(struct call *call, struct creation *c)
{
	struct volume_record found;
	scale_status status = record_read(call, &c->dataset.user, &found);
	enum owner owner;

	if (status != SCALE_OK)
		return status;
	owner = owner_of(&c->dataset, &found, c->volumes->instance,
			 c->plan.id.volume);
	if (owner == OWNER_OURS)
		return adopt_ours(call, c, &found);
	if (owner == OWNER_NOBODY && may_take_over(c)) {
		found = c->record;
		status = take_over(call, c);
		return status == SCALE_OK ? adopt_ours(call, c, &found)
					  : status;
	}
	(void)owner_fail(call, owner,
			 owner == OWNER_NEWER ? SCALE_FAILED_PRECONDITION
					      : SCALE_ALREADY_EXISTS,
			 &c->dataset, &found);
	return call_prefix(call, "volume '%s' cannot be made",
			   c->plan.id.volume);
}

scale_status adopt_read(struct call *call, struct creation *c)
{
	struct dataset dataset = {0};
	scale_status status = dataset_read(call, c->volumes->nas,
					   c->plan.id.dataset, &dataset);

	if (status == SCALE_NOT_FOUND) {
		c->presence = PRESENCE_ABSENT;
		return SCALE_OK;
	}
	if (status != SCALE_OK)
		return status;
	c->dataset = dataset;
	return adopt_found(call, c);
}
