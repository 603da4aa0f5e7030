/* SPDX-License-Identifier: BSD-2-Clause */
/* What gRPC's library has to say, passed on instead of printed. */
#include "grpc/library_log.h"

#include <grpc/support/log.h>
#include <stdatomic.h>
#include <stddef.h>

/*
 * The one global of this layer: gRPC calls its log function without an
 * argument that could lead to the receiver.
 */
static void (*_Atomic receiver)(const char *text); /* atomic */

static void pass_on(gpr_log_func_args *args)
{
	void (*line)(const char *) = atomic_load(&receiver);

	if (line != NULL && args->severity >= GPR_LOG_SEVERITY_ERROR)
		line(args->message);
}

void library_log_set(void (*line)(const char *text))
{
	atomic_store(&receiver, line);
	gpr_set_log_function(pass_on);
	gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
}
