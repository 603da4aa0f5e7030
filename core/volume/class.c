/* SPDX-License-Identifier: BSD-2-Clause */
/* What a StorageClass says, checked and split between core and backend. */
#include "volume/class.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "backend/params.h"
#include "base/text.h"

/* The sidecars' own keys; they may come and go between two tries. */
#define SIDECAR_KEYS "csi.storage.k8s.io/"
#define KEY_PVC      SIDECAR_KEYS "pvc/name"
#define KEY_PVC_NS   SIDECAR_KEYS "pvc/namespace"

/* pool.dataset.create's `compression`, in lower case. */
#define COMPRESSIONS                                                           \
	"inherit|off|on|lz4|gzip|gzip-1|gzip-9|zle|lzjb|zstd|zstd-1|zstd-2|"   \
	"zstd-3|zstd-4|zstd-5|zstd-6|zstd-7|zstd-8|zstd-9|zstd-10|zstd-11|"    \
	"zstd-12|zstd-13|zstd-14|zstd-15|zstd-16|zstd-17|zstd-18|zstd-19|"     \
	"zstd-fast|zstd-fast-1|zstd-fast-2|zstd-fast-3|zstd-fast-4|"           \
	"zstd-fast-5|zstd-fast-6|zstd-fast-7|zstd-fast-8|zstd-fast-9|"         \
	"zstd-fast-10|zstd-fast-20|zstd-fast-30|zstd-fast-40|zstd-fast-50|"    \
	"zstd-fast-60|zstd-fast-70|zstd-fast-80|zstd-fast-90|zstd-fast-100|"   \
	"zstd-fast-500|zstd-fast-1000"

static const struct scale_param own_params[] = {
	{SCALE_STRING, SCALE_PARAM_CLASS, "protocol", NULL, NULL,
	 "the backend that serves the volume; may be left out when a single "
	 "one is loaded"},
	{SCALE_STRING, SCALE_PARAM_CLASS, "pool", NULL, NULL,
	 "the configured pool that holds the volume; the first one when left "
	 "out"},
	{SCALE_CHOICE, SCALE_PARAM_CLASS, "filesystem", NULL, "ext4|xfs|btrfs",
	 "what a mounted block volume is formatted with; ext4 when nobody says "
	 "otherwise"},
	{SCALE_BOOL, SCALE_PARAM_CLASS, "sparse", "true", NULL,
	 "whether a zvol takes space only as it is written"},
	{SCALE_SIZE, SCALE_PARAM_CLASS, "volblocksize", NULL, "512..131072",
	 "the block size of a zvol, a power of two; the NAS's own default when "
	 "left out"},
	{SCALE_CHOICE, SCALE_PARAM_CLASS, "compression", "inherit",
	 COMPRESSIONS, "how the NAS compresses the volume's data"},
};

const struct scale_param *class_params(size_t *ret_n)
{
	*ret_n = sizeof(own_params) / sizeof(*own_params);
	return own_params;
}

static const char *loaded_names(struct call *call,
				const struct backend_table *table)
{
	const char *names = "";

	for (size_t i = 0; i < table->n && names != NULL; i++)
		names = call_printf(call, "%s%s%s", names, i > 0 ? ", " : "",
				    table->backends[i]->descriptor.name);
	return names != NULL ? names : "";
}

static const char *nearest_backend(struct call *call,
				   const struct backend_table *table,
				   const char *protocol)
{
	const char **words =
		arena_array(call->arena, table->n + 1, sizeof(*words));

	if (words == NULL)
		return NULL;
	for (size_t i = 0; i < table->n; i++)
		words[i] = table->backends[i]->descriptor.name;
	return text_nearest(protocol, words);
}

static scale_status choose_backend(struct call *call,
				   const struct volumes *volumes,
				   const char *protocol,
				   struct backend **ret_backend)
{
	const struct backend_table *table = volumes->backends;
	const char *near;

	if (protocol == NULL && table->n == 1) {
		*ret_backend = table->backends[0];
		return SCALE_OK;
	}
	if (protocol == NULL)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "class parameter 'protocol' is missing: "
				 "several backends are loaded (%s), name one",
				 loaded_names(call, table));
	*ret_backend = backend_find_name(table, protocol);
	if (*ret_backend != NULL)
		return SCALE_OK;
	near = nearest_backend(call, table, protocol);
	if (near != NULL)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "class parameter 'protocol' is '%s', which no "
				 "backend is called; did you mean '%s'?",
				 protocol, near);
	return call_fail(call, SCALE_FAILED_PRECONDITION,
			 "class parameter 'protocol' asks for the backend "
			 "'%s', which this controller has not loaded (loaded: "
			 "%s): add it to the driver's backends",
			 protocol, loaded_names(call, table));
}

static scale_status choose_pool(struct call *call,
				const struct volumes *volumes, const char *name,
				const struct volume_pool **ret_pool)
{
	*ret_pool = volumes_find_pool(volumes, name);
	if (*ret_pool != NULL)
		return SCALE_OK;
	return call_fail(call, SCALE_INVALID_ARGUMENT,
			 "class parameter 'pool' is '%s', which is no pool of "
			 "this driver's configuration (the first one is '%s')",
			 name, volumes->pools[0].name);
}

/* The keys that neither params_take() will look at, nor may pass unseen. */
static scale_status check_keys(struct call *call, const struct scale_map *given,
			       const struct backend *backend)
{
	const char *name = backend->descriptor.name;
	size_t len = strlen(name);

	for (size_t i = 0; i < given->n; i++) {
		const char *key = given->kv[i].key;

		if (text_starts(key, SIDECAR_KEYS))
			continue;
		if (strcasecmp(key, "fstype") == 0)
			return call_fail(
				call, SCALE_INVALID_ARGUMENT,
				"class parameter '%s' is the old form: "
				"write 'csi.storage.k8s.io/fstype' in "
				"its place",
				key);
		if (strpbrk(key, "./") == NULL ||
		    (text_starts(key, name) && key[len] == '.'))
			continue;
		return call_fail(
			call, SCALE_INVALID_ARGUMENT,
			"class parameter '%s' is not known: this class "
			"uses the backend '%s', whose keys begin with "
			"'%s.'",
			key, name, name);
	}
	return SCALE_OK;
}

static const char *upper(struct call *call, const char *text)
{
	char *copy = arena_strdup(call->arena, text);

	for (char *c = copy; c != NULL && *c != '\0'; c++)
		*c = (char)toupper((unsigned char)*c);
	return copy;
}

static scale_status take_own(struct call *call, const struct scale_map *own,
			     struct volume_class *class)
{
	const char *compression = map_get(own, "compression");
	const char *volblocksize = map_get(own, "volblocksize");
	const char *filesystem = map_get(own, "filesystem");
	struct map_builder said;

	map_init(&said, call->arena);
	class->filesystem = filesystem != NULL ? filesystem : "";
	class->is_thick = strcmp(map_get(own, "sparse"), "false") == 0;
	if (class->is_thick)
		map_put(&said, "sparse", "false");
	if (strcmp(compression, "inherit") != 0) {
		class->compression = upper(call, compression);
		map_put(&said, "compression", compression);
	}
	if (volblocksize != NULL) {
		uint64_t bytes = 0;

		(void)text_parse_size(volblocksize, &bytes); /* was checked */
		if ((bytes & (bytes - 1)) != 0)
			return call_fail(call, SCALE_INVALID_ARGUMENT,
					 "class parameter 'volblocksize' is "
					 "'%s': use a power of two such as "
					 "'16Ki'",
					 volblocksize);
		class->volblocksize_bytes = bytes;
		map_put(&said, "volblocksize", volblocksize);
	}
	class->own_said = map_view(&said);
	return said.failed ? call_nomem(call) : SCALE_OK;
}

/* The pairs as a class has them: with the backend's name before each key. */
static scale_status with_prefix(struct call *call,
				const struct backend *backend,
				const struct scale_map *from,
				struct scale_map *ret)
{
	struct map_builder map;

	map_init(&map, call->arena);
	for (size_t i = 0; i < from->n; i++)
		map_put(&map,
			call_printf(call, "%s.%s", backend->descriptor.name,
				    from->kv[i].key),
			from->kv[i].value);
	*ret = map_view(&map);
	return map.failed ? call_nomem(call) : SCALE_OK;
}

static scale_status take_backend(struct call *call,
				 const struct backend *backend,
				 const struct scale_map *given,
				 struct scale_map *ret)
{
	return params_take(call, backend->params, backend->descriptor.n_params,
			   backend->descriptor.name, SCALE_PARAM_CLASS, given,
			   ret);
}

/* What differs from the backend's defaults, and what has none. */
static scale_status leave_out_defaults(struct call *call,
				       const struct backend *backend,
				       const struct scale_map *taken,
				       struct scale_map *ret)
{
	struct scale_map required, defaults;
	struct map_builder need, said;
	scale_status status;

	map_init(&need, call->arena);
	map_init(&said, call->arena);
	for (uint32_t i = 0; i < backend->descriptor.n_params; i++) {
		const struct scale_param *param = &backend->params[i];
		const char *value = map_get(taken, param->key);

		if (value != NULL && (param->flags & SCALE_PARAM_REQUIRED) != 0)
			map_put(&need, param->key, value);
	}
	required = map_view(&need);
	status = need.failed ? call_nomem(call)
			     : with_prefix(call, backend, &required, &required);
	if (status == SCALE_OK)
		status = take_backend(call, backend, &required, &defaults);
	if (status != SCALE_OK)
		return status;
	required = map_view(&need);
	for (size_t i = 0; i < taken->n; i++) {
		const struct scale_kv *kv = &taken->kv[i];
		const char *fallback = map_get(&defaults, kv->key);

		if (fallback == NULL || strcmp(fallback, kv->value) != 0 ||
		    map_get(&required, kv->key) != NULL)
			map_put(&said, kv->key, kv->value);
	}
	*ret = map_view(&said);
	return said.failed ? call_nomem(call) : SCALE_OK;
}

static const char *make_comments(struct call *call,
				 const struct volumes *volumes,
				 const struct scale_map *given,
				 const char *name)
{
	const char *pvc = map_get(given, KEY_PVC);
	const char *space = map_get(given, KEY_PVC_NS);
	bool has_cluster = volumes->cluster[0] != '\0';

	if (pvc == NULL || space == NULL) {
		space = "";
		pvc = name;
	}
	return call_printf(call, "%s%s%s%s%s%s", space,
			   space[0] != '\0' ? "/" : "", pvc,
			   has_cluster ? " (" : "", volumes->cluster,
			   has_cluster ? ")" : "");
}

scale_status class_parse(struct call *call, const struct volumes *volumes,
			 const struct scale_map *given, const char *name,
			 struct volume_class *ret_class)
{
	struct volume_class class = {0};
	struct scale_map own;
	scale_status status;

	status = choose_backend(call, volumes, map_get(given, "protocol"),
				&class.backend);
	if (status == SCALE_OK)
		status = check_keys(call, given, class.backend);
	if (status == SCALE_OK)
		status = choose_pool(call, volumes, map_get(given, "pool"),
				     &class.pool);
	if (status == SCALE_OK)
		status = params_take(call, own_params,
				     sizeof(own_params) / sizeof(*own_params),
				     "", SCALE_PARAM_CLASS, given, &own);
	if (status == SCALE_OK)
		status = take_own(call, &own, &class);
	if (status == SCALE_OK)
		status =
			take_backend(call, class.backend, given, &class.params);
	if (status == SCALE_OK)
		status = leave_out_defaults(call, class.backend, &class.params,
					    &class.params_said);
	if (status != SCALE_OK)
		return status;
	class.comments = make_comments(call, volumes, given, name);
	if (class.comments == NULL)
		return call_nomem(call);
	*ret_class = class;
	return SCALE_OK;
}

scale_status class_complete(struct call *call, const struct backend *backend,
			    const struct scale_map *recorded,
			    struct scale_map *ret_params)
{
	struct scale_map given;
	scale_status status = with_prefix(call, backend, recorded, &given);

	if (status != SCALE_OK)
		return status;
	if (take_backend(call, backend, &given, ret_params) != SCALE_OK)
		*ret_params = *recorded;
	return SCALE_OK;
}
