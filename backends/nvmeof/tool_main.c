/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scale-nvme - connects NVMe/TCP controllers and deletes them.
 *
 * A program of its own, so that what hangs in the kernel can be left behind,
 *and so that libnvme is linked into nothing else.
 *
 * Standard input, lines of key=value:
 *	verb=connect   nqn=  address=  port=4420  hostnqn=  hostid=
 *		       ctrl_loss_tmo=720  keep_alive_tmo=5  reconnect_delay=10
 *		       timeout=5 (seconds, for the greeting)
 *	verb=disconnect   nqn=
 *	verb=greet   address=  port=4420  timeout=5
 * Standard output, lines of key=value:
 *	controller=nvme0  what was made or deleted, a line each
 *	reason=           what the kernel or the library says when it failed
 * Exit code:
 *	0 done; connected already, or nothing was connected
 *	1 the request is not understood
 *	2 the port cannot be reached     3 it does not answer as NVMe/TCP
 *	4 the kernel did not connect     5 the kernel has no NVMe/TCP
 *	6 a controller does not go away
 */
#include <stdio.h>
#include <string.h>

#include "tool.h"

static enum ending run_greet(const struct request *request)
{
	const char *address = request_get(request, "address");
	const char *port = request_get(request, "port");
	long timeout = request_number(request, "timeout", 5, 60);

	if (address == NULL || timeout < 1)
		return ENDING_REQUEST;
	return greet(address, port != NULL ? port : "4420", (int)timeout * 1000,
		     NULL);
}

static enum ending run(const struct request *request)
{
	const char *verb = request_get(request, "verb");

	if (verb != NULL && strcmp(verb, "connect") == 0)
		return fabrics_connect(request);
	if (verb != NULL && strcmp(verb, "disconnect") == 0)
		return fabrics_disconnect(request);
	if (verb != NULL && strcmp(verb, "greet") == 0)
		return run_greet(request);
	return ENDING_REQUEST;
}

int main(void)
{
	struct request request;
	enum ending ending = ENDING_REQUEST;

	if (request_read(&request) == 0)
		ending = run(&request);
	request_done(&request);
	return fflush(stdout) == 0 ? (int)ending : (int)ENDING_REQUEST;
}
