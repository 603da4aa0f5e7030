/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of scale-nvme. */
#ifndef SCALE_CSI_BACKENDS_NVMEOF_TOOL_H
#define SCALE_CSI_BACKENDS_NVMEOF_TOOL_H

#include "block/request.h"

/* Exit codes; tool_main.c says more. */
enum ending {
	ENDING_DONE = 0,
	ENDING_REQUEST = 1,
	ENDING_UNREACHABLE = 2,
	ENDING_NO_NVME = 3,
	ENDING_REFUSED = 4,
	ENDING_NO_MODULE = 5,
	ENDING_STAYS = 6
};

/* Room for a numeric address with a scope. */
#define GREET_ADDRESS_MAX 128

/*
 * greet - open a TCP connection to the port and exchange ICReq and ICResp
 * (NVMe/TCP 1.0c, 3.6.2.2 and 3.6.2.3), then close it.
 * @address:     a name or an address.
 * @ret_address: the numeric address that answered; may be NULL.
 */
enum ending greet(const char *address, const char *port, int timeout_ms,
		  char ret_address[GREET_ADDRESS_MAX]);

/* fabrics_connect - greet, then let the kernel connect. */
enum ending fabrics_connect(const struct request *request);

/* fabrics_disconnect - delete each controller of exactly this subsystem. */
enum ending fabrics_disconnect(const struct request *request);

#endif
