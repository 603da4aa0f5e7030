/* SPDX-License-Identifier: BSD-2-Clause */
/* Connects a controller through libnvme. */
#include <errno.h>
#include <libnvme.h>
#include <stdio.h>
#include <syslog.h>

#include "tool.h"

#define SECONDS_MAX 1000000

/* What the request says, checked. */
struct target {
	const char *nqn, *port, *hostnqn, *hostid;
	char address[GREET_ADDRESS_MAX];
	struct nvme_fabrics_config config;
};

static enum ending read_target(const struct request *request,
			       struct target *target)
{
	const char *address = request_get(request, "address");
	const char *port = request_get(request, "port");
	long timeout = request_number(request, "timeout", 5, 60);
	long loss = request_number(request, "ctrl_loss_tmo", 720, SECONDS_MAX);
	long alive = request_number(request, "keep_alive_tmo", 5, SECONDS_MAX);
	long delay =
		request_number(request, "reconnect_delay", 10, SECONDS_MAX);

	target->nqn = request_get(request, "nqn");
	target->hostnqn = request_get(request, "hostnqn");
	target->hostid = request_get(request, "hostid");
	target->port = port != NULL ? port : "4420";
	if (address == NULL || target->nqn == NULL || target->hostnqn == NULL ||
	    target->hostid == NULL || timeout < 1 || loss < 0 || alive < 0 ||
	    delay < 1)
		return ENDING_REQUEST;
	nvmf_default_config(&target->config);
	target->config.ctrl_loss_tmo = (int)loss;
	target->config.keep_alive_tmo = (int)alive;
	target->config.reconnect_delay = (int)delay;
	return greet(address, target->port, (int)timeout * 1000,
		     target->address);
}

static enum ending ending_of(int error)
{
	switch (error) {
	case ENVME_CONNECT_ALREADY:
	case ENVME_CONNECT_LOOKUP_SUBSYS: /* connected; who asked looks too */
	case ENVME_CONNECT_LOOKUP_SUBSYS_NAME:
		return ENDING_DONE;
	case ENVME_CONNECT_OPEN:
		return ENDING_NO_MODULE;
	case ENVME_CONNECT_CONNREFUSED:
		return ENDING_UNREACHABLE;
	default:
		return ENDING_REFUSED;
	}
}

/*
 * The topology is not scanned first, as libnvme's examples do: that asks every
 * namespace of the machine who it is, and hangs on one whose NAS is dead.
 */
static enum ending connect_target(nvme_root_t root, const struct target *target)
{
	nvme_host_t host =
		nvme_lookup_host(root, target->hostnqn, target->hostid);
	nvme_ctrl_t controller = NULL;
	int error;

	if (host != NULL)
		controller = nvme_create_ctrl(root, target->nqn, "tcp",
					      target->address, NULL, NULL,
					      target->port);
	if (controller == NULL)
		return ENDING_REQUEST;
	if (nvmf_add_ctrl(host, controller, &target->config) == 0) {
		(void)printf("controller=%s\n", nvme_ctrl_get_name(controller));
		return ENDING_DONE;
	}
	error = errno;
	(void)printf("reason=%s\n", nvme_errno_to_string(error));
	nvme_free_ctrl(controller);
	return ending_of(error);
}

enum ending fabrics_connect(const struct request *request)
{
	struct target target;
	enum ending ending = read_target(request, &target);
	nvme_root_t root;

	if (ending != ENDING_DONE)
		return ending;
	root = nvme_create_root(stderr, LOG_WARNING);
	if (root == NULL)
		return ENDING_REQUEST;
	ending = connect_target(root, &target);
	nvme_free_tree(root);
	return ending;
}
