/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the NVMe-oF backend. */
#ifndef SCALE_CSI_BACKENDS_NVMEOF_H
#define SCALE_CSI_BACKENDS_NVMEOF_H

#include <scale_backend.h>

#include <stdint.h>

#include "block/wave.h"

/* Keys, once: the configuration's, the class's, the contexts'. */
#define NVMEOF_KEY_SERVER    "server"
#define NVMEOF_KEY_PORT      "port"
#define NVMEOF_KEY_ADDRESSES "addresses"
#define NVMEOF_KEY_LOSS      "ctrlLossTimeout"

#define NVMEOF_PUBLISH_NQN       "nqn"
#define NVMEOF_PUBLISH_ADDRESSES "addresses"
#define NVMEOF_PUBLISH_PORT      "port"
#define NVMEOF_PUBLISH_NSID      "nsid"
#define NVMEOF_PUBLISH_WWID      "wwid"

#define NVMEOF_IDENTITY_NQN "nqn"

/*
 * One subsystem named after the volume's object, the zvol as its only
 * namespace, and its link to a port.  An id of 0: there is none.
 */
struct nvmeof_export {
	int64_t subsys, space;
	const char *nqn;  /* the subsystem's */
	const char *uuid; /* the namespace's */
	int64_t nsid;
	int is_enabled;      /* the namespace is */
	int is_linked;       /* the subsystem is on the port asked for */
	size_t n_others;     /* namespaces of other devices in the subsystem */
	const char *foreign; /* why something of ours is elsewhere; or NULL */
};

/* ---- find.c -------------------------------------------------------------- */

/* The two queries that tell all about one volume. */
struct nvmeof_look {
	struct scale_rpc subsys, space;
};

/* nvmeof_look_ask - add them to @wave. */
void nvmeof_look_ask(struct scale_call *call, struct wave *wave,
		     struct nvmeof_look *look,
		     const struct scale_volume *volume);
/*
 * nvmeof_look_read - after the wave.
 * @port: the id of the port whose link is looked for; 0: of no interest.
 */
scale_status nvmeof_look_read(struct scale_call *call,
			      const struct nvmeof_look *look,
			      const struct scale_volume *volume, int64_t port,
			      struct nvmeof_export *ret_export);

/* nvmeof_device - "zvol/tank/k8s/pvc-1": the namespace's device_path. */
const char *nvmeof_device(struct scale_call *call,
			  const struct scale_volume *volume);

/* ---- make.c -------------------------------------------------------------- */

/* nvmeof_add_subsys - add the making of the subsystem to @wave. */
void nvmeof_add_subsys(struct scale_call *call, struct wave *wave,
		       struct scale_rpc *rpc,
		       const struct scale_volume *volume);
/* nvmeof_take_subsys - what the answer says. */
void nvmeof_take_subsys(struct scale_call *call, const struct scale_rpc *rpc,
			struct nvmeof_export *export);

/*
 * nvmeof_complete - make what of @export is missing, of the zvol @path that
 * export_path() has named, on @port.  ALREADY_EXISTS if something of our name
 * is somebody else's.
 */
scale_status nvmeof_complete(struct scale_call *call,
			     const struct scale_volume *volume,
			     const char *path, int64_t port,
			     struct nvmeof_export *export);

/* nvmeof_put_state - the ids, as hints beside the dataset. */
scale_status nvmeof_put_state(struct scale_call *call,
			      const struct nvmeof_export *export);

/* ---- site.c -------------------------------------------------------------- */

/* The port of the NAS that all subsystems are linked to. */
struct nvmeof_site {
	int64_t port;          /* its id */
	const char *addresses; /* "10.0.0.5,10.0.1.5": where nodes connect */
	const char *service;   /* "4420" */
	struct scale_rpc rpc;
	int is_asked;
};

/* nvmeof_site_ask - add to @wave what is not remembered. */
void nvmeof_site_ask(struct scale_call *call, struct wave *wave,
		     struct nvmeof_site *site);
/* nvmeof_site_learn - after the wave: fills @site in. */
scale_status nvmeof_site_learn(struct scale_call *call,
			       struct nvmeof_site *site);
/* nvmeof_site_find - both, in a wave of their own if need be. */
scale_status nvmeof_site_find(struct scale_call *call,
			      struct nvmeof_site *site);
/* nvmeof_site_forget - what is remembered turned out to be wrong. */
void nvmeof_site_forget(struct scale_call *call);

/* ---- the operations -------------------------------------------------------
 */

scale_volume_fn nvmeof_create;  /* create.c */
scale_volume_fn nvmeof_destroy; /* destroy.c */
scale_grant_fn nvmeof_publish;  /* publish.c */
scale_plain_fn nvmeof_probe;    /* publish.c */

#endif
