/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated NAS, for tests of what lies above single calls. */
#ifndef SCALE_CSI_TESTS_NAS_SIMULATOR_H
#define SCALE_CSI_TESTS_NAS_SIMULATOR_H

#include "peer.h"

/* A peer that is tests/truenas-sim; peer.input is its control connection. */
struct simulator {
	struct peer peer;
	char log[96], ready[96], control[96];
};

/* simulator_start - 25.10, a pool "tank" with "tank/k8s", connected. */
void simulator_start(struct simulator *simulator);
void simulator_stop(struct simulator *simulator);

/*
 * simulator_command - one line to its control endpoint ("{\"cmd\":...}");
 * asserts that it agrees.
 */
void simulator_command(struct simulator *simulator, const char *line);

#endif
