/* SPDX-License-Identifier: BSD-2-Clause */
/* scale-csi: the controller, and tools for people. */
#include "cli/program.h"
#include "daemon/controller.h"

static const struct program controller = {
	.name = "scale-csi",
	.usage = "usage: scale-csi COMMAND [OPTIONS]\n"
		 "\n"
		 "  serve     answer CSI calls on a unix socket:\n"
		 "            --config FILE --endpoint unix:///PATH "
		 "[--backend-dir DIR]\n"
		 "  backends  list the backends: [--backend-dir DIR] "
		 "[--dump NAME]\n"
		 "  --version\n",
	.serve = controller_serve,
};

int main(int argc, char **argv)
{
	return program_run(&controller, argc, argv);
}
