/* SPDX-License-Identifier: BSD-2-Clause */
/* The node as an object: made from its configuration, and freed. */
#include "node/node.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "node/node_impl.h"

static int copy_text(const char *from, char **ret_copy)
{
	if (from == NULL)
		return 0;
	*ret_copy = strdup(from);
	return *ret_copy != NULL ? 0 : -ENOMEM;
}

/* As mountinfo will name it: kubelet's directory may be a link. */
static int copy_root(const char *root, char **ret_root)
{
	if (root == NULL)
		return 0;
	*ret_root = realpath(root, NULL);
	if (*ret_root != NULL)
		return 0;
	return errno == ENOMEM ? -ENOMEM : copy_text(root, ret_root);
}

static int copy_list(const char *const *from, char ***ret_list)
{
	char **list;
	size_t n = 0;

	if (from == NULL)
		return 0;
	while (from[n] != NULL)
		n++;
	list = calloc(n + 1, sizeof(*list));
	if (list == NULL)
		return -ENOMEM;
	*ret_list = list; /* node_free() frees what is there so far */
	for (size_t i = 0; i < n; i++) {
		int rc = copy_text(from[i], &list[i]);

		if (rc != 0)
			return rc;
	}
	return 0;
}

int node_new(const struct node_config *config, struct node **ret_node)
{
	struct node *node = calloc(1, sizeof(*node));
	int rc;

	if (node == NULL)
		return -ENOMEM;
	left_init(&node->left);
	node->backends = config->backends;
	node->host = config->host;
	node->log = config->log;
	rc = copy_text(config->name, &node->name);
	if (rc == 0)
		rc = copy_text(config->path_root, &node->path_root);
	if (rc == 0)
		rc = copy_root(config->path_root, &node->real_root);
	if (rc == 0)
		rc = copy_text(config->filesystem != NULL ? config->filesystem
							  : "ext4",
			       &node->filesystem);
	if (rc == 0)
		rc = copy_list(config->addresses, &node->addresses);
	if (rc != 0) {
		node_free(node);
		return rc;
	}
	*ret_node = node;
	return 0;
}

void node_free(struct node *node)
{
	if (node == NULL)
		return;
	for (char **it = node->addresses; it != NULL && *it != NULL; it++)
		free(*it);
	free(node->addresses);
	free(node->filesystem);
	free(node->real_root);
	free(node->path_root);
	free(node->name);
	left_done(&node->left);
	free(node);
}
