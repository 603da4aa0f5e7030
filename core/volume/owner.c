/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose a dataset or snapshot is, as far as its properties prove it. */
#include "volume/owner.h"

#include <string.h>

#include "base/text.h"

/* What other drivers for this NAS write on a volume of theirs. */
static const char *const foreign_marks[] = {
	"scale-csi:managed_resource",
	"scale-csi:driver_instance_id",
	"democratic-csi:managed_resource",
	"tns-csi:managed_by",
	DATASET_PROPERTY_PREFIX "driver_instance_id",
};

/* `managedby` as the two ways of reading a dataset call it. */
static const char *const managedby_names[] = {"org.truenas:managedby",
					      "managedby"};

static bool has_foreign_mark(const struct scale_map *user)
{
	for (size_t i = 0; i < sizeof(foreign_marks) / sizeof(*foreign_marks);
	     i++)
		if (map_get(user, foreign_marks[i]) != NULL)
			return true;
	return false;
}

/* Whether @id is "<any prefix>:<path>". */
static bool names_path(const char *id, const char *path)
{
	const char *colon = strchr(id, ':');

	return colon != NULL && strcmp(colon + 1, path) == 0;
}

enum owner owner_of(const struct dataset *dataset,
		    const struct volume_record *record, const char *instance,
		    const char *volume_id)
{
	bool is_managed = strcmp(record->managed, "true") == 0;

	if (!names_path(record->id, dataset->path)) {
		/* An id that names another dataset was inherited with the rest
		 * of the marks, or came along when the dataset was renamed; a
		 * mark without an id is another driver's. */
		if (has_foreign_mark(&dataset->user) ||
		    (is_managed && record->id[0] == '\0'))
			return OWNER_OTHER;
		return record->id[0] != '\0' ? OWNER_MOVED : OWNER_NOBODY;
	}
	if (!is_managed || strcmp(record->instance, instance) != 0)
		return OWNER_OTHER;
	if (record->version > RECORD_VERSION)
		return OWNER_NEWER;
	if (record->version == 0)
		return OWNER_OTHER;
	if (volume_id != NULL && strcmp(record->id, volume_id) != 0)
		return OWNER_SIBLING;
	return OWNER_OURS;
}

bool owner_may_take(const struct dataset *dataset, const char *instance)
{
	for (size_t i = 0;
	     i < sizeof(managedby_names) / sizeof(*managedby_names); i++) {
		const char *by = map_get(&dataset->user, managedby_names[i]);

		if (by != NULL && strcmp(by, instance) == 0)
			return true;
	}
	return false;
}

scale_status owner_fail(struct call *call, enum owner owner,
			scale_status status, const struct dataset *dataset,
			const struct volume_record *record)
{
	switch (owner) {
	case OWNER_SIBLING:
		return call_fail(call, status,
				 "dataset '%s' is volume '%s' of the backend "
				 "'%s'",
				 dataset->path, record->id, record->protocol);
	case OWNER_NEWER:
		return call_fail(call, status,
				 "the record of dataset '%s' has version %llu, "
				 "this driver reads up to %d: run the newer "
				 "driver that wrote it",
				 dataset->path,
				 (unsigned long long)record->version,
				 RECORD_VERSION);
	case OWNER_MOVED:
		return call_fail(
			call, status,
			"dataset '%s' bears the marks of volume '%s', "
			"so it was renamed or made inside of that, and "
			"is left alone",
			dataset->path, record->id);
	case OWNER_NOBODY:
		return call_fail(
			call, status,
			"dataset '%s' bears no mark of this driver, so "
			"it is somebody else's and is left alone",
			dataset->path);
	case OWNER_OTHER:
		if (record->instance[0] != '\0')
			return call_fail(call, status,
					 "dataset '%s' belongs to another "
					 "installation, '%s', and is left "
					 "alone",
					 dataset->path, record->instance);
		return call_fail(call, status,
				 "dataset '%s' bears the marks of another "
				 "driver and is left alone",
				 dataset->path);
	case OWNER_OURS:
		break;
	}
	return call_fail(call, SCALE_INTERNAL,
			 "dataset '%s' is ours and was refused as another's",
			 dataset->path);
}

static bool has_value(const struct scale_map *user, const char *key,
		      const char *wanted)
{
	const char *value = map_get(user, key);

	return value != NULL && strcmp(value, wanted) == 0;
}

bool owner_has_snapshot(const struct snapshot *snapshot, const char *instance,
			const char *handle)
{
	return has_value(&snapshot->user, RECORD_SNAPSHOT_HANDLE, handle) &&
	       has_value(&snapshot->user, RECORD_INSTANCE, instance);
}

const char *owner_snapshot_id(const struct snapshot *snapshot,
			      const char *instance)
{
	const char *handle = map_get(&snapshot->user, RECORD_SNAPSHOT_HANDLE);

	if (handle == NULL || !names_path(handle, snapshot->path) ||
	    !has_value(&snapshot->user, RECORD_INSTANCE, instance))
		return NULL;
	return handle;
}

bool owner_is_helper(const struct snapshot *snapshot, const char *instance,
		     const char **ret_for)
{
	*ret_for = map_get(&snapshot->user, RECORD_SNAPSHOT_FOR);
	return *ret_for != NULL &&
	       has_value(&snapshot->user, RECORD_INSTANCE, instance);
}
