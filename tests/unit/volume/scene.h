/* SPDX-License-Identifier: BSD-2-Clause */
/* A controller over the fakes, and calls to make on it. */
#ifndef SCALE_CSI_TEST_VOLUME_SCENE_H
#define SCALE_CSI_TEST_VOLUME_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backend/id.h"
#include "fake_backend.h"
#include "fake_nas.h"
#include "volume/record.h"
#include "volume/volume.h"

#define GIB      (UINT64_C(1) << 30)
#define INSTANCE "csi.scale.io/uid-1"

struct scene {
	struct volumes *volumes;
	struct call call; /* the one under way */
	struct arena *arena;
	unsigned int answered;
	struct volume_info answer;
};

extern struct scene scene;

int scene_setup(void **state);             /* as CMocka wants them */
int scene_setup_predecessor(void **state); /* as just after a start */
int scene_teardown(void **state);

/* scene_call - a fresh call; the one before ends. */
struct call *scene_call(void);

/* scene_create - an ordinary request: @protocol, 1 GiB, SINGLE_NODE_WRITER. */
struct volume_create scene_create(const char *name, const char *protocol);

/* scene_make - run one in a fresh call. */
scale_status scene_make(const struct volume_create *create);

/* scene_make_snapshot - of "<prefix>:tank/k8s/<volume>" in a fresh call. */
scale_status scene_snapshot(const char *name, const char *volume_id,
			    struct snapshot_info *ret);

scale_status scene_delete(const char *volume_id);
scale_status scene_publish(const char *volume_id, const char *node,
			   uint32_t mode, bool is_readonly);

/* assert_reason - the reason of the last call holds @part. */
#define assert_reason(part)                                                    \
	do {                                                                   \
		if (strstr(scene.call.reason, (part)) == NULL)                 \
			fail_msg("'%s' is not in: %s", (part),                 \
				 scene.call.reason);                           \
	} while (0)

#endif
