/* SPDX-License-Identifier: BSD-2-Clause */
/* attach(): connect, find the namespace, prove it. */
#include <string.h>

#include "node.h"
#include "nvmeof.h"

#define DISK_TRIES   100 /* of at most 300 ms */
#define DISK_TRY_MS  300
#define RESCAN_EVERY 10 /* tries */

/* What is to be attached. */
struct attaching {
	const struct scale_volume *volume;
	const char *root;
	const char *nqn, *addresses, *port, *wwid, *loss;
};

static const char *map_find(const struct scale_map *map, const char *key)
{
	for (size_t i = 0; i < map->n; i++)
		if (strcmp(map->kv[i].key, key) == 0)
			return map->kv[i].value;
	return NULL;
}

static scale_status read_context(struct scale_call *call,
				 const struct scale_attach *attach,
				 struct attaching *a)
{
	a->nqn = map_find(&attach->publish, NVMEOF_PUBLISH_NQN);
	a->addresses = map_find(&attach->publish, NVMEOF_PUBLISH_ADDRESSES);
	a->port = map_find(&attach->publish, NVMEOF_PUBLISH_PORT);
	a->wwid = map_find(&attach->publish, NVMEOF_PUBLISH_WWID);
	a->loss = map_find(&a->volume->context, NVMEOF_KEY_LOSS);
	if (a->nqn == NULL || a->addresses == NULL || a->port == NULL ||
	    a->wwid == NULL)
		return scale_fail(call, SCALE_FAILED_PRECONDITION,
				  "the publish context of '%s' does not say "
				  "where its subsystem is; publish the volume "
				  "again",
				  a->volume->id);
	/* detach() has to find it again by this alone */
	if (!sysfs_ends_in(a->nqn, a->volume->object))
		return scale_fail(call, SCALE_FAILED_PRECONDITION,
				  "the subsystem '%s' is not that of volume "
				  "'%s'; publish the volume again",
				  a->nqn, a->volume->id);
	return SCALE_OK;
}

/* How many controllers the subsystem has here, and how many of them live. */
static uint32_t count_paths(struct scale_call *call, const struct attaching *a,
			    uint32_t *ret_live)
{
	struct nvmeof_controller controller;
	const char *name = "";
	uint32_t n = 0;

	*ret_live = 0;
	while (nvmeof_controller_next(call, a->root, a->volume->object, &name,
				      &controller)) {
		if (strcmp(controller.nqn, a->nqn) != 0)
			continue;
		n++;
		*ret_live += controller.is_live ? 1u : 0u;
	}
	return n;
}

static scale_status connect_to(struct scale_call *call,
			       const struct attaching *a, const char *address,
			       const char *hostnqn, const char *hostid)
{
	const char *input = scale_text(
		call,
		"verb=connect\nnqn=%s\naddress=%s\nport=%s\nhostnqn=%s\n"
		"hostid=%s\nctrl_loss_tmo=%s\nkeep_alive_tmo=5\n"
		"reconnect_delay=10\ntimeout=5\n",
		a->nqn, address, a->port, hostnqn, hostid,
		a->loss != NULL ? a->loss : "720");

	return nvmeof_tool(call, input, "connecting to the NVMe-oF port",
			   address);
}

/*
 * The addresses in turn.  One connect at a time on the whole node: the kernel
 * holds a lock, and one that hangs would hold up all the others in a way that
 * nothing can end (vmrig.md 10.5).
 */
static scale_status connect_any(struct scale_call *call,
				const struct attaching *a)
{
	const char *rest = a->addresses, *hostnqn, *hostid;
	scale_status st = nvmeof_host_names(call, &hostnqn, &hostid);
	scale_status tried = SCALE_UNAVAILABLE;

	if (st == SCALE_OK)
		st = call->host->gate(call, "connect", 1);
	if (st != SCALE_OK)
		return st;
	while (*rest != '\0') {
		size_t len = strcspn(rest, ", ");
		const char *address = scale_text(call, "%.*s", (int)len, rest);

		rest += len;
		rest += strspn(rest, ", ");
		tried = connect_to(call, a, address, hostnqn, hostid);
		if (tried == SCALE_OK || call->host->check(call) != SCALE_OK)
			return tried;
	}
	return tried;
}

/* ---- the namespace ----------------------------------------------------------
 */

/* nvme_queue_scan() only sets a worker going: this does not block. */
static void rescan_all(struct scale_call *call, const struct attaching *a)
{
	struct nvmeof_controller controller;
	const char *name = "";

	while (nvmeof_controller_next(call, a->root, a->volume->object, &name,
				      &controller))
		(void)sysfs_write(scale_text(call, "%s/rescan_controller",
					     controller.dir),
				  "1"); /* it may have gone: then nothing is
					 * found, and that is said */
}

static scale_status wait_disk(struct scale_call *call,
			      const struct attaching *a,
			      struct nvmeof_disk *ret_disk)
{
	struct nvmeof_disk other;
	scale_status st = SCALE_OK;
	uint32_t live;

	for (int i = 0; i < DISK_TRIES && st == SCALE_OK; i++) {
		if (nvmeof_disk_find(call, a->root, a->nqn, a->wwid, ret_disk))
			return SCALE_OK;
		if (count_paths(call, a, &live) == 0)
			return scale_fail(call, SCALE_UNAVAILABLE,
					  "the connection to '%s' ended while "
					  "volume '%s' was being attached",
					  a->nqn, a->volume->id);
		if (i % RESCAN_EVERY == RESCAN_EVERY - 1)
			rescan_all(call, a);
		/* a re-made export: what is there is of the earlier one */
		if (i > 2 * RESCAN_EVERY &&
		    nvmeof_disk_find(call, a->root, a->nqn, NULL, &other) &&
		    *other.wwid != '\0')
			return scale_fail(call, SCALE_FAILED_PRECONDITION,
					  "the namespace of '%s' says it is "
					  "'%s', but the NAS exported '%s' for "
					  "volume '%s'; it is not touched",
					  a->nqn, other.wwid, a->wwid,
					  a->volume->id);
		st = call->host->wait_event(call, "block", DISK_TRY_MS);
	}
	if (st != SCALE_OK)
		return st;
	return scale_fail(call, SCALE_UNAVAILABLE,
			  "this node is connected to '%s', but the namespace "
			  "of volume '%s' does not appear",
			  a->nqn, a->volume->id);
}

scale_status nvmeof_attach(void *self, struct scale_call *call,
			   const struct scale_volume *volume,
			   const struct scale_attach *attach,
			   struct scale_attached *ret_attached)
{
	struct attaching a = {.volume = volume, .root = sysfs_root(self)};
	struct nvmeof_disk disk;
	uint32_t live;
	scale_status st = read_context(call, attach, &a);

	if (st != SCALE_OK)
		return st;
	if (count_paths(call, &a, &live) == 0)
		st = connect_any(call, &a);
	else if (live == 0)
		st = scale_fail(call, SCALE_UNAVAILABLE,
				"the connection to '%s' has lost the NAS and "
				"tries to get it back",
				a.nqn);
	if (st == SCALE_OK)
		st = wait_disk(call, &a, &disk);
	if (st != SCALE_OK)
		return st;
	sysfs_limit_requests(call, disk.dir);
	ret_attached->device = disk.device;
	ret_attached->wwid = disk.wwid;
	ret_attached->paths_wanted = count_paths(call, &a, &live);
	ret_attached->paths = live;
	return SCALE_OK;
}
