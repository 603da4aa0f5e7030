/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads one backend file and refuses what could hurt. */
#ifndef SCALE_CSI_BACKEND_LOAD_H
#define SCALE_CSI_BACKEND_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#include <scale_backend.h>

/*
 * A loaded backend: host-sized copies of what it declares, fields it lacks are
 * zero.  Constant after loading but for `self` and `is_open`, which
 * backend_table_open() sets before any call begins.  Never unloaded: threads,
 * strings and destructors may point into its text.
 */
struct backend {
	struct scale_backend descriptor;
	struct scale_controller_ops controller; /* all NULL: no such half */
	struct scale_node_ops node;
	struct scale_param
		*params; /* descriptor.n_params of them, host-sized */
	char *file;      /* the path it was loaded from */
	void *handle;    /* of dlopen; never closed */
	void *self;
	bool is_open;                /* open() was OK: close() is due */
	struct backend_gate *serial; /* one call at a time; NULL: many */
};

/*
 * backend_load - the file "<dir>/backend_<name>.so" and nothing else.
 *
 * Refused, each with one sentence that names the file, what was found and what
 * is wanted: a name outside [a-z][a-z0-9-]{0,14}; a directory or file that is a
 * symbolic link, not root's, or writable by group or others (the last two are
 * excused on a file system mounted read-only; a link never, for it may point
 * out of it); a file that dlopen refuses; no entry symbol, or one of a
 * dependency's; a NULL descriptor; magic; major; a host_minor_min above ours;
 * sizes below those of minor 0; both halves missing; a missing required
 * function, or one that a flag or a mutable parameter calls for; a name that is
 * not @name; an id_prefix, list or parameter table that breaks the rules of
 * scale_backend.h.
 *
 * Returns 0, or a negative errno with the sentence in @ret_error.  Does not
 * call open(): see backend_table_open().
 */
int backend_load(const char *dir, const char *name,
		 struct backend **ret_backend, char *ret_error, size_t size);

/* backend_free - the copies; the object stays loaded.  NULL is fine. */
void backend_free(struct backend *backend);

/*
 * backend_check_trusted - the rule about ownership and modes, on its own.
 * Returns 0 or -EPERM with a sentence.
 */
int backend_check_trusted(const char *path, char *ret_error, size_t size);

#endif
