/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the fake host share. */
#ifndef SCALE_CSI_TESTS_FAKE_PARTS_H
#define SCALE_CSI_TESTS_FAKE_PARTS_H

#include "fake_host.h"

/* Blocks that are freed together. */
struct fake_pool {
	void **blocks;
	size_t n;
};

/* One thing the backend asked for. */
struct fake_step {
	const char *name;   /* as in fake_order() */
	const char *detail; /* params, argv; "" */
	const char *input;  /* of a program; NULL */
	uint32_t flags;
};

struct fake_finding {
	uint32_t level;
	const char *reason, *text;
};

/* A text by key; of files and puts too. */
struct fake_entry {
	const char *key, *value;
	uint32_t where; /* of puts: SCALE_PUT_*; of files: the mode */
};

struct fake_entries {
	struct fake_entry *list;
	size_t n;
};

struct fake_parts {
	struct fake_pool kept; /* until fake_free() */
	struct fake_pool lent; /* until the next fake_begin() */

	struct fake_reply *replies;
	size_t n_replies;
	struct fake_program *programs;
	size_t n_programs;
	struct fake_entries config, secrets, files, facts;

	/* of this call */
	struct fake_step *steps;
	size_t n_steps;
	struct fake_finding *findings;
	size_t n_findings;
	struct fake_entries puts;
	struct scale_rpc **pending; /* submitted, not waited for */
	size_t n_pending;
	int cancel_fd; /* -1: not made */

	char *complaints;
};

static inline struct fake_host *fake_of(struct scale_call *call)
{
	return (struct fake_host *)(void *)call;
}

/* Memory; aborts when there is none. */
void *fake_keep(struct fake_pool *pool, size_t size);
char *fake_keep_text(struct fake_pool *pool, const char *text); /* NULL: NULL */
__attribute__((format(printf, 2, 3))) char *
fake_keep_printf(struct fake_pool *pool, const char *fmt, ...);
void fake_pool_free(struct fake_pool *pool);

/* fake_grow - @list with room for one more; plain heap, freed by free(). */
void *fake_grow(void *list, size_t n, size_t size);

const char *fake_entry_get(const struct fake_entries *entries, const char *key);
void fake_entry_set(struct fake_entries *entries, const char *key,
		    const char *value, uint32_t where);
void fake_entry_remove(struct fake_entries *entries, const char *key);

__attribute__((format(printf, 2, 3))) void fake_complain(struct fake_host *fake,
							 const char *fmt, ...);

/* fake_complain_secret - if @text bears a secret, say where. */
void fake_complain_secret(struct fake_host *fake, const char *where,
			  const char *text);

/*
 * fake_service - count a service that may fail.  OK, or how the call ended;
 * with a text, as the host has one.
 */
scale_status fake_service(struct fake_host *fake);
int fake_is_over(const struct fake_host *fake);

/* fake_say - record a failure as the host itself would. */
__attribute__((format(printf, 3, 4))) scale_status
fake_say(struct fake_host *fake, scale_status status, const char *fmt, ...);

struct fake_step *fake_note(struct fake_host *fake, const char *prefix,
			    const char *name, const char *detail);

/* fake_matches - whether one of @patterns ("a.b.*") fits @name. */
int fake_matches(const char *const *patterns, const char *name);

/* The services of fake_call.c. */
void fake_log(struct scale_call *call, uint32_t level, const char *text);
void fake_fail(struct scale_call *call, scale_status status, const char *text);
void fake_report(struct scale_call *call, uint32_t level, const char *reason,
		 const char *text);
void *fake_alloc(struct scale_call *call, size_t size);
int64_t fake_deadline(struct scale_call *call);
scale_status fake_check(struct scale_call *call);
int fake_cancel_fd(struct scale_call *call);
const char *fake_get_config(struct scale_call *call, const char *key);
const char *fake_get_secret(struct scale_call *call, const char *key);
scale_status fake_do_put(struct scale_call *call, uint32_t where,
			 const char *key, const char *value);
scale_status fake_gate(struct scale_call *call, const char *name,
		       uint32_t limit);
void fake_remember(struct scale_call *call, const char *key, const char *value,
		   uint32_t ms);
const char *fake_recall(struct scale_call *call, const char *key);

/* The NAS services of fake_nas.c. */
uint32_t fake_nas_version(struct scale_call *call);
int fake_has_method(struct scale_call *call, const char *method);
scale_status fake_export_path(struct scale_call *call, const char **ret_path);
scale_status fake_rpc_submit(struct scale_call *call, struct scale_rpc *rpc);
scale_status fake_rpc_wait(struct scale_call *call,
			   struct scale_rpc *const *rpcs, size_t n);
const char *fake_json_get(struct scale_call *call, const char *json,
			  const char *pointer);
size_t fake_json_count(struct scale_call *call, const char *json,
		       const char *pointer);
const char *fake_json_quote(struct scale_call *call, const char *text);

/* The node services of fake_node.c. */
scale_status fake_wait_event(struct scale_call *call, const char *subsystem,
			     uint32_t ms);
scale_status fake_exec(struct scale_call *call, struct scale_exec *exec);
scale_status fake_host_read(struct scale_call *call, const char *path,
			    const char **ret_text);
scale_status fake_host_write(struct scale_call *call, const char *path,
			     uint32_t mode, const char *text);

#endif
