/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads one backend file and refuses what could hurt. */
#include "backend/load.h"

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "backend/gate.h"
#include "backend/id.h"
#include "backend/params.h"
#include "base/cleanup.h"
#include "base/text.h"

#define NAME_MAX_BYTES 15
#define ENTRY          "scale_backend_entry"

/*
 * The size a struct had in minor 0: up to the end of its last field then. These
 * lines never change within a major version; a younger field goes behind.
 */
#define SIZE_TO(type, last)                                                    \
	((uint32_t)(offsetof(struct type, last) +                              \
		    sizeof(((struct type *)0)->last)))
#define BACKEND_SIZE_0    SIZE_TO(scale_backend, node)
#define CONTROLLER_SIZE_0 SIZE_TO(scale_controller_ops, probe)
#define NODE_SIZE_0       SIZE_TO(scale_node_ops, probe)
#define PARAM_SIZE_0      SIZE_TO(scale_param, help)

typedef const struct scale_backend *entry_fn(void);

/* One load under way. */
struct loading {
	const char *name;
	struct text error;
	struct backend *backend;
	const struct scale_backend *theirs;
};

__attribute__((format(printf, 3, 4))) static int
load_refuse(struct loading *loading, int err, const char *fmt, ...)
{
	va_list ap;

	text_printf(&loading->error, "backend file '%s' is not usable: ",
		    loading->backend->file);
	va_start(ap, fmt);
	text_vprintf(&loading->error, fmt, ap);
	va_end(ap);
	return err;
}

static bool word_is_sane(const char *word, size_t max)
{
	size_t len = word == NULL ? 0 : strlen(word);

	if (len == 0 || len > max || !islower((unsigned char)word[0]))
		return false;
	for (; *word != '\0'; word++)
		if (!islower((unsigned char)*word) &&
		    !isdigit((unsigned char)*word) && *word != '-')
			return false;
	return true;
}

static int load_open(struct loading *loading)
{
	struct backend *backend = loading->backend;
	const char *why;

	backend->handle =
		dlopen(backend->file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (backend->handle != NULL)
		return 0;
	why = dlerror();
	return load_refuse(loading, -ENOEXEC, "the loader says: %s",
			   why == NULL ? "nothing" : why);
}

/*
 * dlsym() also finds what a dependency exports, so a backend without an entry
 * could answer with somebody else's: the symbol has to be in this very object.
 */
static int load_enter(struct loading *loading)
{
	struct backend *backend = loading->backend;
	void *symbol = dlsym(backend->handle, ENTRY);
	struct link_map *own = NULL, *its = NULL;
	entry_fn *entry;
	Dl_info info;

	if (symbol == NULL)
		return load_refuse(loading, -ENOEXEC,
				   "it exports no " ENTRY
				   ", so it is no backend");
	if (dlinfo(backend->handle, RTLD_DI_LINKMAP, &own) != 0 ||
	    dladdr1(symbol, &info, (void **)&its, RTLD_DL_LINKMAP) == 0 ||
	    own != its)
		return load_refuse(loading, -ENOEXEC,
				   "its " ENTRY " comes from '%s', which it "
				   "depends on; it must export its own",
				   its != NULL ? its->l_name : "elsewhere");
	memcpy(&entry, &symbol, sizeof(entry));
	loading->theirs = entry();
	if (loading->theirs == NULL)
		return load_refuse(loading, -ENOEXEC,
				   "its " ENTRY " gave no descriptor");
	return 0;
}

static int check_head(struct loading *loading)
{
	const struct scale_backend *theirs = loading->theirs;

	if (theirs->magic != SCALE_BACKEND_MAGIC)
		return load_refuse(loading, -ENOEXEC,
				   "its descriptor begins with 0x%08x, not "
				   "with 0x%08x",
				   theirs->magic, SCALE_BACKEND_MAGIC);
	if (theirs->abi_major != SCALE_ABI_MAJOR)
		return load_refuse(loading, -ENOEXEC,
				   "it was built for ABI %u.%u, this program "
				   "has %u.%u; build it with this program's "
				   "SDK",
				   theirs->abi_major, theirs->abi_minor,
				   SCALE_ABI_MAJOR, SCALE_ABI_MINOR);
	if (theirs->struct_size < BACKEND_SIZE_0)
		return load_refuse(loading, -ENOEXEC,
				   "its descriptor has %u bytes, at least %u "
				   "are wanted",
				   theirs->struct_size, BACKEND_SIZE_0);
	if (theirs->host_minor_min > SCALE_ABI_MINOR)
		return load_refuse(loading, -ENOEXEC,
				   "it needs a host with ABI %u.%u, this "
				   "program has %u.%u; upgrade scale-csi",
				   SCALE_ABI_MAJOR, theirs->host_minor_min,
				   SCALE_ABI_MAJOR, SCALE_ABI_MINOR);
	return 0;
}

/* Copy a sized struct from the other side; what it lacks reads as zero. */
static void take(void *dst, size_t dst_size, const void *src, size_t src_size)
{
	memset(dst, 0, dst_size);
	memcpy(dst, src, src_size < dst_size ? src_size : dst_size);
}

static int take_tables(struct loading *loading)
{
	const struct scale_backend *theirs = loading->theirs;
	struct backend *backend = loading->backend;
	struct scale_backend *ours = &backend->descriptor;

	take(ours, sizeof(*ours), theirs, theirs->struct_size);
	if (ours->controller == NULL && ours->node == NULL)
		return load_refuse(loading, -ENOEXEC,
				   "it has neither a controller nor a node "
				   "half");
	if (ours->controller != NULL) {
		if (ours->controller->struct_size < CONTROLLER_SIZE_0)
			return load_refuse(
				loading, -ENOEXEC,
				"its controller table has %u bytes, at least "
				"%u are wanted",
				ours->controller->struct_size,
				CONTROLLER_SIZE_0);
		take(&backend->controller, sizeof(backend->controller),
		     ours->controller, ours->controller->struct_size);
	}
	if (ours->node != NULL) {
		if (ours->node->struct_size < NODE_SIZE_0)
			return load_refuse(loading, -ENOEXEC,
					   "its node table has %u bytes, at "
					   "least %u are wanted",
					   ours->node->struct_size,
					   NODE_SIZE_0);
		take(&backend->node, sizeof(backend->node), ours->node,
		     ours->node->struct_size);
	}
	return 0;
}

static int take_params(struct loading *loading)
{
	struct backend *backend = loading->backend;
	const struct scale_backend *ours = &backend->descriptor;
	const char *from = (const char *)ours->params;
	char flaw[SCALE_TEXT_MAX];

	if (ours->n_params == 0)
		return 0;
	if (from == NULL || ours->param_size < PARAM_SIZE_0)
		return load_refuse(loading, -ENOEXEC,
				   "its parameters have %u bytes each, at "
				   "least %u are wanted",
				   from == NULL ? 0 : ours->param_size,
				   PARAM_SIZE_0);
	backend->params = calloc(ours->n_params, sizeof(*backend->params));
	if (backend->params == NULL)
		return load_refuse(loading, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < ours->n_params; i++)
		take(&backend->params[i], sizeof(*backend->params),
		     from + (size_t)i * ours->param_size, ours->param_size);
	if (params_check_table(backend->params, ours->n_params, flaw,
			       sizeof(flaw)) != 0)
		return load_refuse(loading, -EINVAL, "%s", flaw);
	return 0;
}

/* What the functions and the flags must have in common; NULL: all is well. */
static const char *missing_function(const struct backend *backend)
{
	const struct scale_controller_ops *controller = &backend->controller;
	bool is_mutable = false;

	for (uint32_t i = 0; i < backend->descriptor.n_params; i++)
		if ((backend->params[i].flags & SCALE_PARAM_MUTABLE) != 0)
			is_mutable = true;
	if (backend->descriptor.controller != NULL) {
		if (controller->create == NULL)
			return "create";
		if (controller->destroy == NULL)
			return "destroy";
		if (controller->publish == NULL)
			return "publish";
		if (controller->unpublish == NULL &&
		    (backend->descriptor.can & SCALE_CAN_FENCE) != 0)
			return "unpublish";
		if (controller->modify == NULL && is_mutable)
			return "modify";
	}
	if (backend->descriptor.node != NULL) {
		if (backend->node.attach == NULL)
			return "attach";
		if (backend->node.detach == NULL)
			return "detach";
	}
	return NULL;
}

static int check_texts(struct loading *loading)
{
	const struct scale_backend *ours = &loading->backend->descriptor;

	if (ours->name == NULL || strcmp(ours->name, loading->name) != 0)
		return load_refuse(loading, -EINVAL,
				   "it calls itself '%s', but its file name "
				   "says '%s'",
				   ours->name == NULL ? "" : ours->name,
				   loading->name);
	if (!word_is_sane(ours->id_prefix, ID_PREFIX_MAX))
		return load_refuse(loading, -EINVAL,
				   "its id prefix '%s' is not of "
				   "[a-z][a-z0-9-]{0,%d}",
				   ours->id_prefix == NULL ? ""
							   : ours->id_prefix,
				   ID_PREFIX_MAX - 1);
	if (ours->version == NULL || ours->summary == NULL)
		return load_refuse(loading, -EINVAL,
				   "it has no version or no summary");
	return 0;
}

static int check_lists(struct loading *loading)
{
	const struct scale_backend *ours = &loading->backend->descriptor;

	for (const char *const *it = ours->tools; it != NULL && *it; it++)
		if ((*it)[0] == '\0' || strchr(*it, '/') != NULL)
			return load_refuse(loading, -EINVAL,
					   "its tool '%s' is not a bare name",
					   *it);
	for (const char *const *it = ours->paths; it != NULL && *it; it++)
		if ((*it)[0] != '/' || strstr(*it, "/..") != NULL)
			return load_refuse(loading, -EINVAL,
					   "its path '%s' is not absolute and "
					   "plain",
					   *it);
	return 0;
}

static int check_promises(struct loading *loading)
{
	const struct backend *backend = loading->backend;
	const struct scale_backend *ours = &backend->descriptor;
	const char *missing = missing_function(backend);

	if (missing != NULL)
		return load_refuse(loading, -ENOEXEC,
				   "it lacks the function '%s', which its "
				   "descriptor calls for",
				   missing);
	if ((ours->can & (SCALE_CAN_FILESYSTEM | SCALE_CAN_BLOCK)) == 0)
		return load_refuse(loading, -EINVAL,
				   "it can export neither file systems nor "
				   "block devices");
	if (ours->thread_model < SCALE_SERIAL)
		return load_refuse(loading, -EINVAL,
				   "its thread model %u is not known",
				   ours->thread_model);
	return 0;
}

static int load_all(struct loading *loading)
{
	static int (*const steps[])(struct loading *) = {
		load_open,   load_enter,  check_head,     take_tables,
		take_params, check_texts, check_promises, check_lists,
	};
	struct backend *backend = loading->backend;

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		int err = steps[i](loading);

		if (err != 0)
			return err;
	}
	/* A model between the known ones is newer: the strict one is safe. */
	if (backend->descriptor.thread_model >= SCALE_PARALLEL)
		return 0;
	backend->serial = backend_gate_new();
	return backend->serial != NULL
		       ? 0
		       : load_refuse(loading, -ENOMEM, "out of memory");
}

static int load_check_file(struct loading *loading, char *ret_error,
			   size_t size)
{
	int err =
		backend_check_trusted(loading->backend->file, ret_error, size);

	if (err == -ENOENT)
		text_printf(&loading->error,
			    "backend '%s' is not installed: there is no '%s'; "
			    "install it, or take it out of the configuration",
			    loading->name, loading->backend->file);
	return err;
}

int backend_load(const char *dir, const char *name,
		 struct backend **ret_backend, char *ret_error, size_t size)
{
	struct loading loading = {.name = name};
	struct backend *backend;
	int err;

	text_init(&loading.error, ret_error, size);
	if (!word_is_sane(name, NAME_MAX_BYTES)) {
		text_put(&loading.error, "a backend's name is of "
					 "[a-z][a-z0-9-]{0,14}, not '");
		text_put_printable(&loading.error, name);
		text_put(&loading.error, "'");
		return -EINVAL;
	}
	backend = calloc(1, sizeof(*backend));
	if (backend == NULL ||
	    asprintf(&backend->file, "%s/backend_%s.so", dir, name) < 0) {
		free(backend);
		text_put(&loading.error, "out of memory");
		return -ENOMEM;
	}
	loading.backend = backend;
	err = backend_check_trusted(dir, ret_error, size);
	if (err == 0)
		err = load_check_file(&loading, ret_error, size);
	if (err == 0)
		err = load_all(&loading);
	if (err != 0) {
		backend_free(backend);
		return err;
	}
	*ret_backend = backend;
	return 0;
}

void backend_free(struct backend *backend)
{
	if (backend == NULL)
		return;
	backend_gate_free(backend->serial);
	free(backend->params);
	free(backend->file);
	free(backend);
}
