/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scale_backend.h - how a protocol backend plugs into the scale-csi daemon.
 *
 * A backend is a shared object that exports one function, scale_backend_entry().
 * It knows one protocol.  The daemon ("the host") knows the rest: it speaks CSI;
 * makes, sizes, snapshots, clones and destroys the dataset or zvol; keeps all
 * state; formats, checks, mounts, grows and bind-mounts.  A backend answers:
 *   controller  which objects on the NAS make this dataset reachable, for whom?
 *   node        how does that export become a device or a mount source here?
 *
 * Converge.  Any operation may be cut off at any instruction and asked again, by
 *   another process.  Look at what is there, do what is missing, and succeed
 *   when nothing is.  Find your objects by volume->object; a number you stored
 *   is a hint and may by now belong to somebody else.
 * Memory.  What crosses the boundary belongs to the call: it lives until your
 *   operation returns.  What you hand back is constant or comes from alloc().
 *   Nobody frees what the other side made.  Text is UTF-8, ends in NUL, and is
 *   never NULL unless the comment says so.  Once a call has used up its memory,
 *   alloc() gives NULL, texts come back empty, and every later service fails:
 *   so check alloc(), and the statuses you check anyway.
 * Threads.  An operation runs on one host thread and may block.  One volume sees
 *   one operation at a time (inspect, list and probe may run beside it); volumes
 *   run in parallel.  Start no thread, never fork, leave signals, locale, umask,
 *   environment and working directory alone.
 * Processes.  The halves run in different pods: keep nothing in self that you
 *   could not find again.  Link libc only; what needs other libraries, or may
 *   block in the kernel, is a tool beside you, run with exec().
 * Time.  Services end early, with a status, when the call is no longer wanted or
 *   its time is up.  Around a library that blocks: poll cancel_fd() beside its
 *   descriptor, or give it a timeout below what deadline() leaves.  The volume
 *   stays locked until you return, so return only when the work has stopped.
 * Failure.  return scale_fail(call, status, "text for a person").  Name the
 *   reason; what the caller of CSI must hear is the host's business, because
 *   only it knows whether an unanswered request may still take effect.
 * Secrets.  They come from secret() and go into rpc, exec input or host_write()
 *   with the SECRET flag.  Never into log, fail, report, put or an argv.
 * Growth.  Within a major version structs and tables grow at their end, values
 *   keep their meaning, and unused fields are zero.  Whoever makes a struct sets
 *   struct_size; the other side asks SCALE_HAS() before it touches a field
 *   younger than 1.0.  The host calls nothing and sets no flag bit younger than
 *   the abi_minor you were compiled with.
 */
#ifndef SCALE_BACKEND_H
#define SCALE_BACKEND_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SCALE_BACKEND_MAGIC 0x53434245u /* "SCBE" */
#define SCALE_ABI_MAJOR 0 /* 1 once it is frozen */
#define SCALE_ABI_MINOR 0
#define SCALE_TEXT_MAX 1024 /* longer texts for people are cut */
#define SCALE_EXPORT __attribute__((visibility("default")))
#define SCALE_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define SCALE_HAS(p, field) \
	((size_t)((const char *)&(p)->field - (const char *)(p)) + \
	 sizeof((p)->field) <= (p)->struct_size)

/* ---- 1. words ---------------------------------------------------------- */

typedef int32_t scale_status; /* the numbers of gRPC */
enum {
	SCALE_OK = 0,
	SCALE_CANCELLED = 1,
	SCALE_UNKNOWN = 2,             /* scale_rpc only: sent, never answered */
	SCALE_INVALID_ARGUMENT = 3,    /* the user asked for what cannot be */
	SCALE_DEADLINE_EXCEEDED = 4,
	SCALE_NOT_FOUND = 5,
	SCALE_ALREADY_EXISTS = 6,      /* the same name, other properties */
	SCALE_PERMISSION_DENIED = 7,   /* the NAS does not let us */
	SCALE_RESOURCE_EXHAUSTED = 8,  /* no space, no free slot */
	SCALE_FAILED_PRECONDITION = 9, /* somebody must change something first */
	SCALE_ABORTED = 10,            /* try again, another try is under way */
	SCALE_OUT_OF_RANGE = 11,
	SCALE_UNIMPLEMENTED = 12,
	SCALE_INTERNAL = 13,           /* a bug, here or on the NAS */
	SCALE_UNAVAILABLE = 14,        /* not reachable now */
	SCALE_UNAUTHENTICATED = 16     /* a secret was refused */
};
enum { SCALE_ERROR = 3, SCALE_WARNING, SCALE_NOTICE, SCALE_INFO, SCALE_DEBUG };
enum { SCALE_FILESYSTEM = 1, SCALE_BLOCK = 2 }; /* a dataset, or a zvol */

struct scale_call;
struct scale_kv { const char *key, *value; };              /* frozen for ever */
struct scale_map { const struct scale_kv *kv; size_t n; }; /* frozen for ever */

/* ---- 2. what a backend is given ---------------------------------------- */

/* A volume.  In create, destroy and publish the host is still looking while you
 * begin: that the dataset is this driver's is proved, and kind (if you can both),
 * bytes, params and state are as on the NAS, once export_path() has said OK. */
struct scale_volume {
	uint32_t struct_size;
	uint32_t kind;            /* SCALE_FILESYSTEM or SCALE_BLOCK */
	const char *id;           /* CSI volume id, for texts */
	const char *dataset;      /* "tank/k8s/pvc-1234" */
	/* The name for your objects: 1..63 of [a-z0-9.-], one volume's only, made
	 * from the id alone, so that both halves know it without a record. */
	const char *object;
	uint64_t bytes;           /* capacity; 0: unknown (detach) */
	struct scale_map params;  /* controller: every class parameter of yours, as
				   * given at create or its default; kept by the host */
	struct scale_map context; /* volume context; empty in create and detach */
	struct scale_map state;   /* controller: hints from put(SCALE_PUT_STATE) */
	const struct scale_volume *source; /* create: what it was restored or cloned
				   * from, as that was then; NULL: blank */
};

/* A node.  identity is what its identify() said; empty if it gave a bare name. */
struct scale_node {
	uint32_t struct_size, reserved;
	const char *name;
	struct scale_map identity; /* your keys, and the host's "addresses" */
};

/* Who may use a volume once the operation is over. */
enum { SCALE_GRANT_READONLY = 1 << 0, SCALE_GRANT_FENCE = 1 << 1 };
struct scale_grant {
	uint32_t struct_size;
	uint32_t access_mode;           /* CSI's number */
	uint32_t flags, reserved;       /* FENCE: let in exactly `allowed`; an empty
					 * list means nobody, never everybody */
	const struct scale_node *node;  /* the one that comes or goes; NULL: all go */
	const struct scale_node *const *allowed;
	size_t n_allowed;
};

/* How a node wants it. */
enum { SCALE_ATTACH_READONLY = 1 << 0, SCALE_ATTACH_RAW = 1 << 1 };
struct scale_attach {
	uint32_t struct_size;
	uint32_t access_mode, flags, reserved;
	struct scale_map publish;        /* what publish() put */
	const char *const *options;      /* mount options asked for; ends in NULL */
};

/* What attach() made.  Zeroed and sized by the host; fill in what applies. */
struct scale_attached {
	uint32_t struct_size;
	uint32_t paths, paths_wanted;    /* multipath: usable now, wanted; or 0 */
	uint32_t reserved;
	const char *device;              /* block: "/dev/nvme0n1", "/dev/dm-3" */
	const char *wwid;                /* block: what the device says it is; the
					  * host compares it with "wwid" in the
					  * publish context before it touches it */
	const char *fs_type;             /* file: "nfs4"; "bind": the source is a
					  * directory on this node, to be bound */
	const char *const *sources;      /* file: "10.0.0.5:/mnt/tank/pvc-1"; more:
					  * further paths to the same; ends in NULL */
	const char *const *options;      /* file: to mount with; ends in NULL */
};

/* ---- 3. what a backend declares ---------------------------------------- */

/* A key.  In a StorageClass the user writes "NAME.KEY" with your name before it,
 * so that keys never collide.  The host checks types, refuses unknown keys, fills
 * in defaults, prints the help and generates reference and chart schema. */
enum { SCALE_STRING = 1, SCALE_BOOL, SCALE_UINT, SCALE_SIZE, SCALE_CHOICE, SCALE_LIST };
enum {
	SCALE_PARAM_CLASS = 1 << 0,   /* StorageClass; fixed when the volume is made */
	SCALE_PARAM_MUTABLE = 1 << 1, /* VolumeAttributesClass too: see modify() */
	SCALE_PARAM_NODE = 1 << 2,    /* also copied into the volume context */
	SCALE_PARAM_CONFIG = 1 << 3,  /* configuration file: read by config() */
	SCALE_PARAM_SECRET = 1 << 4,  /* a Secret sent with the call: secret() */
	SCALE_PARAM_REQUIRED = 1 << 5
};
struct scale_param {
	uint32_t type, flags;
	const char *key, *fallback;   /* default as text, or NULL: unset */
	const char *limits;           /* CHOICE "a|b|c"; UINT, SIZE "1..64"; or NULL */
	const char *help;             /* one sentence */
};

/* ---- 4. what the host does for a backend -------------------------------- */

enum { /* put(): where a result goes; kept only if the operation succeeds */
	SCALE_PUT_VOLUME = 1, /* create: volume context, in the PV for ever, public */
	SCALE_PUT_PUBLISH,    /* publish: publish context, for attach; public */
	SCALE_PUT_STATE,      /* controller: a hint, may be lost; beside the dataset */
	SCALE_PUT_IDENTITY,   /* identify: what publish must know of this node; short */
	SCALE_PUT_FOUND       /* list: an object name, and what it is; on a node
			       * its device: "/dev/sdb" */
};

/* One NAS call.  Read by rpc_submit(), written by rpc_wait(), untouched between. */
enum {
	SCALE_RPC_READ = 1 << 0,   /* changes nothing: may be sent again */
	SCALE_RPC_JOB = 1 << 1,    /* answers with a job: wait for its result */
	SCALE_RPC_SECRET = 1 << 2, /* neither params nor result are ever logged */
	SCALE_RPC_CREATE = 1 << 3, /* makes an object of the export */
	SCALE_RPC_DELETE = 1 << 4  /* removes one by its number.  The NAS gives freed
				    * numbers out again, and may execute a lost
				    * call late: so while something sent earlier
				    * for this volume may still be executed, the
				    * host answers UNAVAILABLE to DELETE, and to
				    * CREATE for a dataset it did not make */
};
struct scale_rpc {
	uint32_t struct_size, flags;
	const char *method, *params; /* in: one you declared; a JSON array */
	const char *result;          /* out: JSON, or NULL */
	const char *reason;          /* out: why it failed, for a person; or NULL */
	scale_status status;         /* out: UNAVAILABLE was not sent, UNKNOWN was
				      * sent and not answered, the rest is an answer */
	int32_t error;               /* out: errno by TrueNAS, the most telling one */
	uint64_t ticket;             /* the host's own; starts at 0 */
};

/* One program.  No shell, an empty environment, nothing inherited. */
enum { SCALE_EXEC_HOST = 1 << 0 /* the node's own binary and namespaces */,
       SCALE_EXEC_SECRET = 1 << 1 /* input is not logged */ };
struct scale_exec {
	uint32_t struct_size, flags;
	const char *const *argv;     /* in: argv[0] a tool you declared, the system's
				      * or your own beside the .so; ends in NULL */
	const char *input;           /* in: standard input, or NULL */
	const char *out, *err;       /* out: at most 64 KiB each */
	int32_t exit_code, reserved; /* out: decide by this, never by texts */
};

struct scale_host {
	uint32_t struct_size, abi_minor;

	/* For people.  report() is a finding: a line of doctor or check, a health
	 * entry, an event.  reason is a CamelCase word, stable for scripts. */
	void (*log)(struct scale_call *, uint32_t level, const char *text);
	void (*fail)(struct scale_call *, scale_status, const char *text);
	void (*report)(struct scale_call *, uint32_t level, const char *reason,
		       const char *text);

	/* Memory (zeroed) and time (ns on CLOCK_MONOTONIC).  wait_event() returns
	 * when the kernel has told of a change in that subsystem ("block", "nvme")
	 * since the last wait of this call, or after `ms`; NULL: only after `ms`.
	 * Look, wait, look again; never sleep. */
	void *(*alloc)(struct scale_call *, size_t);
	int64_t (*deadline)(struct scale_call *);
	scale_status (*check)(struct scale_call *);
	int (*cancel_fd)(struct scale_call *); /* readable once check() fails */
	scale_status (*wait_event)(struct scale_call *, const char *subsystem, uint32_t ms);

	/* Values by declared key; NULL: unset.  A delete may come without secrets. */
	const char *(*config)(struct scale_call *, const char *key);
	const char *(*secret)(struct scale_call *, const char *key);
	scale_status (*put)(struct scale_call *, uint32_t where, const char *key,
			    const char *value);

	/* Between calls.  gate(): at most `limit` calls are past the gate `name`
	 * until they return ("one login storm per portal").  remember(): a fact
	 * about the NAS, forgotten after `ms` or when the NAS session ends. */
	scale_status (*gate)(struct scale_call *, const char *name, uint32_t limit);
	void (*remember)(struct scale_call *, const char *key, const char *value, uint32_t ms);
	const char *(*recall)(struct scale_call *, const char *key);

	/* The NAS, on the controller only: a node has no credential.
	 * nas_version(): 251005 for 25.10.5; use has_method() where you can.
	 * export_path(): "/mnt/tank/pvc-1" or "zvol/tank/pvc-1", once the host has
	 * made up its mind about the dataset: in create, that it exists and is
	 * ours; in destroy, that nothing speaks against removing the export; in
	 * publish, resize and modify, that it is there and ours.  The host works
	 * on that while you run, so submit what does not need it, then ask.
	 * Submit what does not depend on each other, then wait once. */
	uint32_t (*nas_version)(struct scale_call *);
	int (*has_method)(struct scale_call *, const char *method);
	scale_status (*export_path)(struct scale_call *, const char **ret_path);
	scale_status (*rpc_submit)(struct scale_call *, struct scale_rpc *);
	scale_status (*rpc_wait)(struct scale_call *, struct scale_rpc *const *, size_t n);

	/* JSON without a library.  json_get(): RFC 6901 pointer ("/0/id"); a string
	 * comes decoded, anything else as JSON; absent or null is NULL.
	 * json_quote(): a string literal with its quotes. */
	const char *(*json_get)(struct scale_call *, const char *json, const char *pointer);
	size_t (*json_count)(struct scale_call *, const char *json, const char *pointer);
	const char *(*json_quote)(struct scale_call *, const char *text);

	/* The node's host, on the node only; files only below declared paths. */
	scale_status (*exec)(struct scale_call *, struct scale_exec *);
	scale_status (*host_read)(struct scale_call *, const char *path,
				  const char **ret_text);
	scale_status (*host_write)(struct scale_call *, const char *path, uint32_t mode,
				   const char *text); /* atomic; never logged */
};
struct scale_call { const struct scale_host *host; /* more follows: never copy */ };

/* ---- 5. what a backend does ---------------------------------------------- */

typedef scale_status scale_plain_fn(void *self, struct scale_call *);
typedef scale_status scale_volume_fn(void *self, struct scale_call *,
				     const struct scale_volume *);
typedef scale_status scale_grant_fn(void *self, struct scale_call *,
				    const struct scale_volume *,
				    const struct scale_grant *);

/* Controller.  create, destroy and publish are required. */
struct scale_controller_ops {
	uint32_t struct_size, reserved;
	/* Make the export, fenced or open as publish() will want it; put VOLUME.
	 * Runs while the dataset is being made.  If export_path() fails, the
	 * dataset is missing or somebody else's: remove what this very operation
	 * made, nothing that was there before, and return that status. */
	scale_volume_fn *create;
	/* Remove every object named volume->object that belongs to the dataset, also
	 * if the dataset is gone.  Look first (FAILED_PRECONDITION while a node is
	 * logged in), then ask export_path(), which waits for the host's own look
	 * at snapshots, clones and marks, and remove only after its OK. */
	scale_volume_fn *destroy;
	/* Re-make what has vanished, let grant->node in, put PUBLISH (addresses and
	 * "wwid" as they are now).  unpublish: NULL unless SCALE_CAN_FENCE. */
	scale_grant_fn *publish, *unpublish;
	/* Before anything is made: do params, secrets and source go together?
	 * INVALID_ARGUMENT says no.  NULL: the declared types say it all. */
	scale_volume_fn *validate;
	/* The dataset has grown: tell the protocol.  NULL: it notices by itself. */
	scale_volume_fn *resize;
	/* Apply params; all or nothing on INVALID_ARGUMENT.  NULL: none is mutable. */
	scale_volume_fn *modify;
	/* report() what is wrong with the exports of many volumes, with as few NAS
	 * calls as one takes.  NULL: nothing can be said. */
	scale_status (*inspect)(void *self, struct scale_call *,
				const struct scale_volume *const *, size_t n);
	/* put FOUND every object that bears our mark, for check.  May be NULL. */
	scale_plain_fn *list;
	/* report() what an admin must set up before a volume can be made: service,
	 * listeners, ports.  For doctor; changes nothing.  May be NULL. */
	scale_plain_fn *probe;
};

/* Node.  attach and detach are required; volume->params and state are empty. */
struct scale_node_ops {
	uint32_t struct_size, reserved;
	/* Log in, connect, or name the mount source.  Already attached: say so again.
	 * Hand over a device only if its identity is what publish said. */
	scale_status (*attach)(void *self, struct scale_call *, const struct scale_volume *,
			       const struct scale_attach *, struct scale_attached *);
	/* Log out and forget.  All there is to go by is volume->object, and
	 * found->device if the host still saw one.  Not attached: OK.  OK promises
	 * that no I/O can reach the NAS from here any more. */
	scale_status (*detach)(void *self, struct scale_call *, const struct scale_volume *,
			       const struct scale_attached *found);
	/* See the new size; the host then grows the filesystem.  NULL: seen by itself. */
	scale_status (*rescan)(void *self, struct scale_call *, const struct scale_volume *,
			       const struct scale_attached *found);
	/* report() broken or missing paths of an attached volume.  May be NULL. */
	scale_status (*inspect)(void *self, struct scale_call *, const struct scale_volume *,
				const struct scale_attached *found);
	scale_plain_fn *identify; /* put IDENTITY: iqn, nqn.  NULL: addresses will do */
	scale_plain_fn *list;     /* put FOUND what is attached and ours: how the host
				   * knows whose a mounted device is */
	scale_plain_fn *probe;    /* as above: tools, modules, daemons */
};

enum { SCALE_SERIAL = 1000, SCALE_PARALLEL = 2000 }; /* calls at a time: one, many */
enum { /* what no NULL can say */
	SCALE_CAN_FILESYSTEM = 1 << 0, SCALE_CAN_BLOCK = 1 << 1,
	SCALE_CAN_FENCE = 1 << 2,   /* publish lets in single nodes */
	SCALE_CAN_SHARE = 1 << 3,   /* several nodes may write: file systems; raw
				     * devices, which the host never formats then */
	SCALE_CAN_GROW_IN_USE = 1 << 4
};
/* Constant data: the host reads it without calling anything, on any machine.
 * The object is never unloaded. */
struct scale_backend {
	uint32_t magic;             /* these 16 bytes are frozen for ever */
	uint16_t abi_major, abi_minor;
	uint32_t struct_size;
	uint32_t host_minor_min;    /* the oldest host you can use */
	const char *name;           /* "nfs": [a-z][a-z0-9-]{0,14} */
	const char *id_prefix;      /* "scale-nfs": volume ids begin with it, for ever */
	const char *version, *summary;
	uint32_t can, thread_model;
	uint32_t nas_min;           /* oldest TrueNAS: 251000, or 0 */
	uint32_t param_size, n_params, reserved; /* param_size: sizeof, the stride */
	const struct scale_param *params;
	const char *service;        /* NAS service that must run: "nfs"; or NULL */
	/* All a backend may touch; the host refuses the rest.  From these lists come
	 * the least privileges, doctor's checks and the content of the image.
	 * Each ends in NULL, may be NULL. */
	const char *const *methods; /* "sharing.nfs.*" */
	const char *const *tools;   /* "iscsiadm" */
	const char *const *paths;   /* "/etc/iscsi/" */
	/* Once per process, before the first operation; must not need the NAS. */
	scale_status (*open)(struct scale_call *, void **self); /* may be NULL */
	void (*close)(void *self);                              /* may be NULL */
	const struct scale_controller_ops *controller; /* NULL: no such half */
	const struct scale_node_ops *node;
};
/* The first initialisers: = { SCALE_BACKEND_HEAD, .name = "nfs", ... }; in C++17
 * go on by position. */
#define SCALE_BACKEND_HEAD SCALE_BACKEND_MAGIC, SCALE_ABI_MAJOR, SCALE_ABI_MINOR, \
	sizeof(struct scale_backend)

SCALE_EXPORT const struct scale_backend *scale_backend_entry(void);

/* ---- 6. conveniences, compiled into the backend --------------------------- */

/* A text of the call's: scale_text(call, "[%s]", quoted). */
SCALE_PRINTF(2, 3) static inline const char *
scale_text(struct scale_call *call, const char *fmt, ...)
{
	va_list ap, again;
	char *text;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	text = n < 0 ? NULL : (char *)call->host->alloc(call, (size_t)n + 1);
	if (text != NULL)
		(void)vsnprintf(text, (size_t)n + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return text != NULL ? text : "";
}

/* return scale_fail(call, SCALE_NOT_FOUND, "no export for '%s'", dataset); */
SCALE_PRINTF(3, 4) static inline scale_status
scale_fail(struct scale_call *call, scale_status status, const char *fmt, ...)
{
	char text[SCALE_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(call->host->fail)(call, status, text); /* cmocka has a macro fail() */
	return status;
}

/* One NAS call, there and back.  The status is the call's own. */
static inline scale_status
scale_rpc_run(struct scale_call *call, struct scale_rpc *rpc, const char *method,
	      const char *params, uint32_t flags)
{
	struct scale_rpc blank = {0, 0, NULL, NULL, NULL, NULL, 0, 0, 0};
	scale_status st;

	*rpc = blank;
	rpc->struct_size = sizeof(*rpc);
	rpc->flags = flags;
	rpc->method = method;
	rpc->params = params;
	st = call->host->rpc_submit(call, rpc);
	if (st == SCALE_OK)
		st = call->host->rpc_wait(call, &rpc, 1);
	return st != SCALE_OK ? st : rpc->status;
}

#ifdef __cplusplus
}
#endif
#endif /* SCALE_BACKEND_H */
