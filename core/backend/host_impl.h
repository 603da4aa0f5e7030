/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files behind the host's services share. */
#ifndef SCALE_CSI_BACKEND_HOST_IMPL_H
#define SCALE_CSI_BACKEND_HOST_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "backend/facts.h"
#include "backend/gate.h"
#include "backend/host.h"
#include "backend/invoke.h"
#include "work/drain.h"

struct uevent;
struct host_rpc;
struct running;

/* Constant after host_new() but for what locks for itself. */
struct host {
	struct arena *arena;   /* of the texts below */
	const char *tool_dir;  /* "" when there is none */
	const char *host_root; /* "" for our own root */
	struct log *log;
	struct nas *nas;                              /* NULL on the node */
	const struct host_nas_services *nas_services; /* NULL on the node */
	struct scale_map config;
	struct gate_table *gates; /* locks itself */
	struct facts *facts;      /* locks itself */
};

/* A gate the call is past. */
struct held_gate {
	struct held_gate *next;
	struct named_gate *gate;
	const char *name;
};

/* A listener for one subsystem's events, open since the first wait for it. */
struct listener {
	struct listener *next;
	const char *subsystem;
	struct uevent *uevent;
};

/* One function of a backend, running on this thread; call->invoke. */
struct running {
	struct call *call;
	struct host *host;
	struct backend *backend;
	struct invocation *inv;
	const char *function; /* "create", for texts */
	const char *volume;   /* its id; NULL: no single one */
	int64_t began_ns;
	uint64_t session;   /* of the NAS when it began */
	bool out_of_memory; /* an alloc() failed: every service fails */
	bool has_spoken;    /* fail() was called */
	size_t findings_room;
	bool is_serial; /* inside backend->serial */
	struct held_gate *gates;
	struct listener *listeners;
	int over_fd, timer_fd; /* behind cancel_fd(); -1: not made */
	/* host_nas.c's */
	struct host_rpc *rpcs; /* the newest first */
	uint64_t n_rpcs;
	struct drain_state
		drain;        /* when this invocation had nothing under way */
	scale_status refusal; /* how the last failed RPC ended; OK: none did */
	const char *refused_method, *refusal_reason;
};

/* The NAS's part of scale_host, in a file the node does not link. */
struct host_nas_services {
	uint32_t (*version)(struct nas *nas);
	bool (*has_method)(struct nas *nas, const char *method);
	uint64_t (*session)(struct nas *nas);
	scale_status (*submit)(struct running *running, struct scale_rpc *rpc);
	scale_status (*wait)(struct running *running,
			     struct scale_rpc *const *rpcs, size_t n);
	/* Wait for what the backend has left behind; how many. */
	size_t (*finish)(struct running *running);
	const char *(*json_get)(struct arena *arena, const char *json,
				const char *pointer);
	size_t (*json_count)(const char *json, const char *pointer);
	char *(*json_quote)(struct arena *arena, const char *text);
};

/* The table every backend is given. */
extern const struct scale_host host_services;

static inline struct running *running_of(struct scale_call *abi)
{
	struct call *call = (struct call *)(void *)abi;

	return call->invoke;
}

/*
 * host_enter - at the door of every service that may fail: OK, or how the call
 * ended, with the reason recorded.
 */
scale_status host_enter(struct running *running);

/* host_blame - the backend broke a rule of the ABI: INTERNAL, and a log line.
 */
__attribute__((format(printf, 2, 3))) scale_status
host_blame(struct running *running, const char *fmt, ...);

/* host_settle - what export_path() says. */
scale_status host_settle(struct running *running, const char **ret_path);

/* host_bears_secret - whether @text holds a secret of this call. */
bool host_bears_secret(const struct running *running, const char *text);

/* host_find_param - the declaration of @key with @flag, or NULL. */
const struct scale_param *host_find_param(const struct running *running,
					  const char *key, uint32_t flag);

/* host_declares - whether a NULL-terminated list of patterns has @name. */
bool host_declares(const char *const *patterns, const char *name);

/* host_release - close and leave what the services opened for this call. */
void host_release(struct running *running);

/* host_people.c */
void host_log(struct scale_call *abi, uint32_t level, const char *text);
void host_fail(struct scale_call *abi, scale_status status, const char *text);
void host_report(struct scale_call *abi, uint32_t level, const char *reason,
		 const char *text);

/* host_values.c */
const char *host_get_config(struct scale_call *abi, const char *key);
const char *host_get_secret(struct scale_call *abi, const char *key);
scale_status host_put(struct scale_call *abi, uint32_t where, const char *key,
		      const char *value);

/* host_time.c */
int64_t host_deadline(struct scale_call *abi);
scale_status host_check(struct scale_call *abi);
int host_cancel_fd(struct scale_call *abi);
scale_status host_wait_event(struct scale_call *abi, const char *subsystem,
			     uint32_t ms);
void host_release_time(struct running *running);

/* host_exec.c, host_files.c */
scale_status host_exec(struct scale_call *abi, struct scale_exec *exec);
scale_status host_read(struct scale_call *abi, const char *path,
		       const char **ret_text);
scale_status host_write(struct scale_call *abi, const char *path, uint32_t mode,
			const char *text);

#endif
