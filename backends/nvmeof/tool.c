/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs scale-nvme and says what its exit codes mean. */
#include "node.h"

/* See the head of tool_main.c. */
static const struct {
	int32_t code;
	scale_status status;
	const char *text;
} endings[] = {
	{2, SCALE_UNAVAILABLE, "it cannot be reached"},
	{3, SCALE_UNAVAILABLE, "it does not answer as an NVMe port does"},
	{4, SCALE_UNAVAILABLE,
	 "the kernel could not connect; does the subsystem exist there, and "
	 "let this node in?"},
	{5, SCALE_FAILED_PRECONDITION,
	 "this node's kernel lacks NVMe over TCP; load the module nvme_tcp"},
	{6, SCALE_UNAVAILABLE, "the connection did not end"},
};

scale_status nvmeof_tool(struct scale_call *call, const char *input,
			 const char *what, const char *object)
{
	const char *const argv[] = {NVMEOF_TOOL, NULL};
	struct scale_exec exec = {
		.struct_size = sizeof(exec),
		.argv = argv,
		.input = input,
	};
	scale_status st = call->host->exec(call, &exec);

	if (st != SCALE_OK || exec.exit_code == 0)
		return st;
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
		if (endings[i].code == exec.exit_code)
			return scale_fail(call, endings[i].status,
					  "%s '%s': %s", what, object,
					  endings[i].text);
	return scale_fail(call, SCALE_INTERNAL,
			  "%s '%s': " NVMEOF_TOOL " ended with %d", what,
			  object, (int)exec.exit_code);
}
