/* SPDX-License-Identifier: BSD-2-Clause */
/* Who this node is to a subsystem. */
#include <string.h>
#include <unistd.h>

#include "node.h"
#include "nvmeof.h"

#define PUT_MAX    128
#define NQN_PREFIX "nqn.2014-08.org.nvmexpress:uuid:" /* NVMe base 2.0, 4.5 */

/* The first line of a file of the node; NULL: there is none. */
static const char *read_line(struct scale_call *call, const char *path)
{
	const char *text = NULL;
	size_t len;

	if (call->host->host_read(call, path, &text) != SCALE_OK)
		return NULL;
	len = strcspn(text, " \t\r\n");
	return len > 0 ? scale_text(call, "%.*s", (int)len, text) : NULL;
}

const char *nvmeof_hostnqn(struct scale_call *call)
{
	return read_line(call, NVMEOF_HOSTNQN_FILE);
}

/* "0123...ef", 32 digits, as a UUID; NULL: it is something else. */
static const char *uuid_of(struct scale_call *call, const char *machine)
{
	if (machine == NULL || strlen(machine) != 32 ||
	    strspn(machine, "0123456789abcdef") != 32)
		return NULL;
	return scale_text(call, "%.8s-%.4s-%.4s-%.4s-%.12s", machine,
			  machine + 8, machine + 12, machine + 16,
			  machine + 20);
}

/* The kernel refuses one name with two ids, so the id follows from the name. */
scale_status nvmeof_host_names(struct scale_call *call, const char **ret_nqn,
			       const char **ret_id)
{
	const char *nqn = nvmeof_hostnqn(call);
	const char *id = read_line(call, NVMEOF_HOSTID_FILE);
	const char *uuid;

	if (nqn != NULL && id == NULL &&
	    strncmp(nqn, NQN_PREFIX, strlen(NQN_PREFIX)) == 0)
		id = nqn + strlen(NQN_PREFIX);
	if (nqn == NULL || id == NULL) {
		uuid = uuid_of(call, read_line(call, NVMEOF_MACHINE_FILE));
		if (uuid == NULL)
			return scale_fail(
				call, SCALE_FAILED_PRECONDITION,
				"this node has neither an NVMe name "
				"in " NVMEOF_HOSTNQN_FILE
				" nor a machine id to make one from; write "
				"one with nvme gen-hostnqn");
		if (id == NULL)
			id = uuid;
		if (nqn == NULL)
			nqn = scale_text(call, NQN_PREFIX "%s", uuid);
	}
	*ret_nqn = nqn;
	*ret_id = id;
	return SCALE_OK;
}

scale_status nvmeof_identify(void *self, struct scale_call *call)
{
	const char *nqn = nvmeof_hostnqn(call);

	(void)self;
	if (nqn == NULL || strlen(nqn) > PUT_MAX)
		return SCALE_OK;
	return call->host->put(call, SCALE_PUT_IDENTITY, NVMEOF_IDENTITY_NQN,
			       nqn);
}

scale_status nvmeof_node_probe(void *self, struct scale_call *call)
{
	const char *dir =
		scale_text(call, "%s/module/nvme_tcp", sysfs_root(self));
	const char *nqn, *id;

	if (access(dir, F_OK) != 0)
		call->host->report(call, SCALE_ERROR, "NoInitiator",
				   "this node's kernel has not loaded the "
				   "module nvme_tcp; load it");
	if (nvmeof_host_names(call, &nqn, &id) != SCALE_OK)
		call->host->report(
			call, SCALE_ERROR, "NoHostName",
			"this node has no NVMe name in " NVMEOF_HOSTNQN_FILE
			"; write one with nvme gen-hostnqn");
	return SCALE_OK;
}
