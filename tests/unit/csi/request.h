/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests for tests: a message made field by field on a call's arena. */
#ifndef SCALE_CSI_TESTS_CSI_REQUEST_H
#define SCALE_CSI_TESTS_CSI_REQUEST_H

#include "csi.pb-c.h"
#include "csi/verb.h"
#include "work/call.h"

/* A call over an arena of its own. */
struct request_fixture {
	struct arena *arena;
	struct call call;
};

int request_setup(void **state); /* CMocka's: *state is the fixture */
int request_teardown(void **state);

/* A message with every field unset. */
#define REQUEST_NEW(fixture, type_, descriptor_)                               \
	((type_ *)reply_new(&(fixture)->call, &descriptor_))

/* A CreateVolume that breaks no rule. */
Csi__V1__CreateVolumeRequest *
request_make_create(struct request_fixture *fixture, const char *name);

/* A mount capability of the given mode. */
Csi__V1__VolumeCapability *request_make_mount(struct request_fixture *fixture,
					      int mode);

/* Add an entry to a create's parameters, in the order given. */
void request_add_parameter(struct request_fixture *fixture,
			   Csi__V1__CreateVolumeRequest *request,
			   const char *key, const char *value);

/* A text of the arena's, @len times @c. */
char *request_repeat(struct request_fixture *fixture, char c, size_t len);

#endif
