/* SPDX-License-Identifier: BSD-2-Clause */
/* A host without a NAS or a node, to test a backend against a script. */
#ifndef SCALE_CSI_TESTS_FAKE_HOST_H
#define SCALE_CSI_TESTS_FAKE_HOST_H

#include <stddef.h>
#include <stdint.h>

#include <scale_backend.h>

/*
 * The life of a test:
 *
 *	fake = fake_new(scale_backend_entry());
 *	fake_reply(fake, (struct fake_reply){ "sharing.nfs.query", .result =
 *"[]" }); st = fake_end(fake, ops->create(self, fake_begin(fake), &volume));
 *	assert_int_equal(st, SCALE_OK);
 *	assert_string_equal(fake_order(fake), "sharing.nfs.query ...");
 *	assert_string_equal(fake_complaints(fake), "");
 *	fake_free(fake);
 *
 * The fake keeps the promises of scale_backend.h and complains of a backend
 *that breaks its own; see fake_complaints().  What a call was given is freed at
 *the next fake_begin(), so that ASan finds what was kept too long.  One thread
 *at a time.  Runs out of memory with abort().
 */

/* ---- the script -----------------------------------------------------------
 */

/*
 * What the NAS says to a method.  Of the replies that fit, the first one that
 * is not used up counts.  A call that no reply fits is answered with INTERNAL
 * and is a complaint.
 */
struct fake_reply {
	const char *method;
	const char *when;   /* a piece the params must contain; NULL: any */
	const char *result; /* JSON; NULL: null */
	scale_status
		status;     /* UNAVAILABLE: not sent; UNKNOWN: never answered */
	int32_t error;      /* with a status: TrueNAS's errno */
	const char *reason; /* with a status: why; NULL: "scripted" */
	uint32_t times;     /* used up after so many calls; 0: never */
};

/* What a program does.  Chosen as above, `when` is looked for in "a b c". */
struct fake_program {
	const char *tool; /* argv[0] */
	const char *when; /* a piece of argv, joined with blanks; NULL: any */
	const char *out, *err; /* NULL: "" */
	int32_t exit_code;
	scale_status
		status; /* of exec() itself: it did not run or was killed */
	uint32_t times;
};

struct fake_host;

/* A hook lets the world change when something is asked of it. */
typedef void fake_hook_fn(struct fake_host *fake, const char *what, void *arg);

struct fake_parts; /* what the fake keeps to itself */

struct fake_host {
	struct scale_call call; /* first: a scale_call * is a fake_host * */
	const struct scale_backend *backend;

	/* Set by the test at any time, kept from call to call. */
	scale_status export_status; /* of export_path(); fake_new(): OK */
	const char *export_path;    /* fake_new(): "/mnt/tank/k8s/pvc-1" */
	uint32_t nas_version;       /* fake_new(): 251005 */
	const char *const
		*lacking;         /* methods the release lacks; ends in NULL */
	int is_node;              /* the NAS services say UNIMPLEMENTED */
	int is_controller;        /* exec and files say UNIMPLEMENTED */
	uint32_t alloc_fails_at;  /* the n-th alloc() of a call and all later
				   * ones give NULL; 0: none */
	uint32_t over_after;      /* after so many services that may fail the
				   * call is over; 0: never */
	scale_status over_status; /* how; fake_new(): CANCELLED */
	uint32_t waits_max;       /* wait_event() returns at once; after so
				   * many the deadline has passed; 100 */
	int64_t deadline_ns;      /* fake_new(): INT64_MAX */
	fake_hook_fn *on_rpc;     /* before a reply is chosen; what: method */
	fake_hook_fn *on_exec;    /* before it runs; what: "argv0 argv1 ..." */
	fake_hook_fn *on_wait;    /* in wait_event(); what: the subsystem */
	void *hook_arg;

	/* Read by the test, of the last call. */
	scale_status fail_status; /* of the last fail(), by anybody; or OK */
	const char *fail_text;    /* its text, or "" */
	uint32_t n_allocs, n_services, n_waits;

	struct fake_parts *parts;
};

/* fake_new - a host for @backend, whose declarations it enforces. */
struct fake_host *fake_new(const struct scale_backend *backend);
void fake_free(struct fake_host *fake); /* NULL is fine */

/* All texts are copied. */
void fake_reply(struct fake_host *fake, struct fake_reply reply);
void fake_program(struct fake_host *fake, struct fake_program program);
void fake_config(struct fake_host *fake, const char *key, const char *value);
void fake_secret(struct fake_host *fake, const char *key, const char *value);

/* fake_file - a file for host_read(); @text NULL removes it. */
void fake_file(struct fake_host *fake, const char *path, const char *text);

/* Drop replies and programs; what was remembered. */
void fake_forget_script(struct fake_host *fake);
void fake_forget_facts(struct fake_host *fake);

/* ---- a call ----------------------------------------------------------------
 */

/* fake_begin - a fresh call; what was recorded of the one before goes. */
struct scale_call *fake_begin(struct fake_host *fake);

/*
 * fake_end - look at how the operation ended: a failure without a text, a
 * status that is none and an RPC nobody waited for are complaints.  Returns
 * @status.
 */
scale_status fake_end(struct fake_host *fake, scale_status status);

/*
 * fake_volume - "tank/k8s/pvc-1" of 1 GiB, object "pvc-1", with an id of
 * @backend's prefix and the defaults of its class parameters.  Lives as long as
 * the fake; the test may change what it likes.
 */
struct scale_volume *fake_volume(struct fake_host *fake, uint32_t kind);

/* fake_param - set one of volume->params, which fake_volume() has made. */
void fake_param(struct fake_host *fake, struct scale_volume *volume,
		const char *key, const char *value);

/* fake_map - a map of "key", "value", ..., NULL; lives as long as the fake. */
struct scale_map fake_map(struct fake_host *fake, ...)
	__attribute__((sentinel));

/* ---- what happened ----------------------------------------------------------
 */

/*
 * fake_order - what the backend asked for in this call, in order, with blanks
 * between: methods ("sharing.nfs.query"), "export_path", "exec:TOOL",
 * "read:PATH", "write:PATH", "gate:NAME", "wait".
 */
const char *fake_order(struct fake_host *fake);

/* fake_count - how often @step is in fake_order(). */
size_t fake_count(struct fake_host *fake, const char *step);

/*
 * fake_params - the params of the @nth (from 0) call of @method in this call;
 * NULL when there was none.  fake_flags - its SCALE_RPC_* flags.
 */
const char *fake_params(struct fake_host *fake, const char *method, size_t nth);
uint32_t fake_flags(struct fake_host *fake, const char *method, size_t nth);

/* fake_argv - the @nth run of @tool, joined with blanks; fake_input - stdin. */
const char *fake_argv(struct fake_host *fake, const char *tool, size_t nth);
const char *fake_input(struct fake_host *fake, const char *tool, size_t nth);

/* fake_put - what was put under @key; NULL.  fake_put_count - how many keys. */
const char *fake_put(struct fake_host *fake, uint32_t where, const char *key);
size_t fake_put_count(struct fake_host *fake, uint32_t where);

/* fake_found - a reported finding: the text of the first @reason, or NULL. */
const char *fake_found(struct fake_host *fake, const char *reason);
size_t fake_found_count(struct fake_host *fake);

/* fake_file_text, fake_file_mode - a file as it is now; NULL and 0: none. */
const char *fake_file_text(struct fake_host *fake, const char *path);
uint32_t fake_file_mode(struct fake_host *fake, const char *path);

/*
 * fake_complaints - one line for each promise the backend broke since
 * fake_new(); "" is what a test wants to see.
 */
const char *fake_complaints(struct fake_host *fake);

#endif
