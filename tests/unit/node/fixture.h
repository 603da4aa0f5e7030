/* SPDX-License-Identifier: BSD-2-Clause */
/* A node with one fake backend, a staging directory and a target. */
#ifndef SCALE_CSI_TESTS_NODE_FIXTURE_H
#define SCALE_CSI_TESTS_NODE_FIXTURE_H

#include "fake_backend.h"
#include "node/node.h"
#include "sys/mountinfo.h"

#define MIB ((uint64_t)1 << 20)

#define BLOCK_VOLUME "scale-fake:tank/k8s/pvc-1"
#define OTHER_VOLUME "scale-fake:tank/k8s/pvc-2"

enum { MODE_SINGLE_WRITER = 6, MODE_MULTI_WRITER = 7 };

struct fixture {
	struct arena *arena;
	struct call call;
	struct fake_backend fake;
	struct backend *backends[1];
	struct backend_table table;
	struct node *node;
	char dir[32];
	const char *staging, *target, *other_target, *raw_target;
	const char *export; /* a directory that a volume of files shows */
	struct scale_kv publish[1], context[4];
	struct node_volume volume;
};

/*
 * fixture_new_device - a volume on a loop device of @size_bytes.
 * fixture_new_files - a volume that is a directory.
 * Both leave the call without a deadline; 0 or -1.
 */
int fixture_new_device(struct fixture **ret_fixture, uint64_t size_bytes);
int fixture_new_files(struct fixture **ret_fixture);
void fixture_free(struct fixture *f);

/* fixture_find - what is mounted at @path now, or NULL. */
const struct mountinfo_entry *fixture_find(struct fixture *f, const char *path);

/* fixture_put_context - one more pair in the volume context. */
void fixture_put_context(struct fixture *f, const char *key, const char *value);

/* fixture_write, fixture_has - a file "<dir>/<name>" with a text. */
bool fixture_write(struct fixture *f, const char *dir, const char *name,
		   const char *text);
bool fixture_has(struct fixture *f, const char *dir, const char *name,
		 const char *text);

/* fixture_stage - node_stage() of the volume at the staging directory. */
scale_status fixture_stage(struct fixture *f);

/* fixture_publish - node_publish() at @target. */
scale_status fixture_publish(struct fixture *f, const char *target,
			     bool readonly);

scale_status fixture_unpublish(struct fixture *f, const char *target);
scale_status fixture_unstage(struct fixture *f);

#endif
