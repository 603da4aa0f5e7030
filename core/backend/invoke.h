/* SPDX-License-Identifier: BSD-2-Clause */
/* The one place that calls a backend's functions. */
#ifndef SCALE_CSI_BACKEND_INVOKE_H
#define SCALE_CSI_BACKEND_INVOKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/host.h"
#include "backend/load.h"
#include "base/map.h"
#include "work/call.h"

/* A line a backend reported: of doctor or check, of volume health. */
struct finding {
	uint32_t level;     /* SCALE_ERROR .. SCALE_INFO */
	const char *reason; /* CamelCase */
	const char *text;
};

/*
 * What one invocation may use and what it gave.  Zeroed by the caller, filled
 * in above the line, read below it afterwards; memory is the call's.
 */
struct invocation {
	struct host *host;        /* the process's services */
	struct scale_map secrets; /* of the RPC; empty for most */
	/*
	 * Behind the service export_path(): the host's own view of the dataset,
	 * waited for when the backend asks.  May be called several times and
	 * must then say the same.  NULL: the service fails.
	 */
	scale_status (*settle)(struct call *call, void *arg,
			       const char **ret_path);
	void *settle_arg;
	/* ---- results ---- */
	struct map_builder
		put[SCALE_PUT_FOUND + 1]; /* by SCALE_PUT_*; [0] unused */
	struct finding *findings;
	size_t n_findings;
};

/*
 * Each of these runs one function of @backend on this thread: builds the host's
 * side of the call, serialises SCALE_SERIAL backends, applies the default for a
 * NULL function (OK, nothing put), checks afterwards that a failure carries
 * text and that the status is one of 0..16 (anything else becomes INTERNAL with
 * a log line that names the backend), enforces the limits of what was put (a
 * context of 4 KiB, keys and values of 128 bytes in CSI, 255 in state), and
 * logs slow ones.  What was put counts only after OK.
 */
scale_status invoke_validate(struct call *call, struct backend *backend,
			     struct invocation *inv,
			     const struct scale_volume *volume);
scale_status invoke_create(struct call *call, struct backend *backend,
			   struct invocation *inv,
			   const struct scale_volume *volume);
scale_status invoke_destroy(struct call *call, struct backend *backend,
			    struct invocation *inv,
			    const struct scale_volume *volume);
scale_status invoke_resize(struct call *call, struct backend *backend,
			   struct invocation *inv,
			   const struct scale_volume *volume);
scale_status invoke_modify(struct call *call, struct backend *backend,
			   struct invocation *inv,
			   const struct scale_volume *volume);
scale_status invoke_publish(struct call *call, struct backend *backend,
			    struct invocation *inv,
			    const struct scale_volume *volume,
			    const struct scale_grant *grant);
scale_status invoke_unpublish(struct call *call, struct backend *backend,
			      struct invocation *inv,
			      const struct scale_volume *volume,
			      const struct scale_grant *grant);
scale_status invoke_probe(struct call *call, struct backend *backend,
			  struct invocation *inv, bool on_node);

scale_status invoke_attach(struct call *call, struct backend *backend,
			   struct invocation *inv,
			   const struct scale_volume *volume,
			   const struct scale_attach *attach,
			   struct scale_attached *ret_attached);
scale_status invoke_detach(struct call *call, struct backend *backend,
			   struct invocation *inv,
			   const struct scale_volume *volume,
			   const struct scale_attached *found);
scale_status invoke_rescan(struct call *call, struct backend *backend,
			   struct invocation *inv,
			   const struct scale_volume *volume,
			   const struct scale_attached *found);
scale_status invoke_identify(struct call *call, struct backend *backend,
			     struct invocation *inv);

/* invoke_list - what it put is in inv->put[SCALE_PUT_FOUND]. */
scale_status invoke_list(struct call *call, struct backend *backend,
			 struct invocation *inv, bool on_node);

/*
 * invoke_open, invoke_close - for table.c: once per process, before the first
 * and after the last of the above.  Closing what is not open does nothing.
 */
scale_status invoke_open(struct call *call, struct backend *backend,
			 struct host *host);
void invoke_close(struct backend *backend);

#endif
