/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration file: strict, with words for people. */
#include "daemon/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "backend/id.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "daemon/yaml.h"

/* Texts of the file are in it, as they were written. */
#define CONFIG_SENTENCE_BYTES 1024

enum config_type { TYPE_TEXT, TYPE_BOOL, TYPE_DURATION, TYPE_UINT, TYPE_LIST };

/* One scalar key of a section, bound to its field. */
struct config_key {
	const char *section, *key;
	enum config_type type;
	size_t offset;
	const char *fallback;
	bool is_required; /* on the controller */
};

#define KEY(section_, key_, type_, field_, fallback_)                          \
	{                                                                      \
		section_, key_, type_, offsetof(struct config, field_),        \
			fallback_, false                                       \
	}
#define MUST(section_, key_, type_, field_)                                    \
	{                                                                      \
		section_, key_, type_, offsetof(struct config, field_), "",    \
			true                                                   \
	}

static const struct config_key config_keys[] = {
	KEY("driver", "name", TYPE_TEXT, driver, "csi.scale.io"),
	KEY("driver", "instance", TYPE_TEXT, instance, ""),
	KEY("driver", "cluster", TYPE_TEXT, cluster, ""),
	MUST("nas", "url", TYPE_TEXT, nas_url),
	MUST("nas", "username", TYPE_TEXT, nas_username),
	MUST("nas", "apiKeyFile", TYPE_TEXT, nas_api_key_file),
	KEY("nas", "caFile", TYPE_TEXT, nas_ca_file, ""),
	KEY("nas", "tlsName", TYPE_TEXT, nas_tls_name, ""),
	KEY("nas", "allowPlainLoopback", TYPE_BOOL, nas_allow_plain, "false"),
	KEY("nas", "settle", TYPE_DURATION, nas_settle_ns, "20s"),
	KEY("nas", "connectWait", TYPE_DURATION, nas_connect_wait_ns, "3s"),
	KEY("nas", "ping", TYPE_DURATION, nas_ping_ns, "20s"),
	KEY("http", "listen", TYPE_TEXT, http_listen, ""),
	KEY("http", "metrics", TYPE_TEXT, http_metrics, ""),
	KEY("node", "root", TYPE_TEXT, node_root, ""),
	KEY("node", "filesystem", TYPE_TEXT, node_filesystem, "ext4"),
	KEY("node", "addresses", TYPE_LIST, node_addresses, ""),
	KEY("node", "maxVolumes", TYPE_UINT, node_max_volumes, "0"),
	KEY("log", "level", TYPE_TEXT, log_level, "info"),
	KEY("log", "format", TYPE_TEXT, log_format, "logfmt"),
};
#define CONFIG_KEYS (sizeof(config_keys) / sizeof(*config_keys))

/* What a parse carries along. */
struct config_reader {
	struct arena *arena;
	const char *file;
	enum config_use use;
	struct config *config;
	char *error;
	size_t size;
};

__attribute__((format(printf, 3, 4))) static int
config_fail(struct config_reader *reader, const struct yaml_node *node,
	    const char *fmt, ...)
{
	char raw[CONFIG_SENTENCE_BYTES];
	struct text text;
	va_list ap;

	text_init(&text, raw, sizeof(raw));
	text_printf(&text,
		    "the configuration '%s' cannot be used: ", reader->file);
	if (node != NULL)
		text_printf(&text, "line %zu: ", node->line);
	va_start(ap, fmt);
	text_vprintf(&text, fmt, ap);
	va_end(ap);
	text_init(&text, reader->error, reader->size);
	text_put_printable(&text, raw);
	return -EINVAL;
}

static int config_fail_unknown(struct config_reader *reader,
			       const struct yaml_node *node, const char *where,
			       const char *const *known)
{
	const char *nearest = text_nearest(node->key, known);

	if (nearest != NULL)
		return config_fail(reader, node,
				   "unknown key '%s'%s; did you mean '%s'?",
				   node->key, where, nearest);
	return config_fail(reader, node, "unknown key '%s'%s", node->key,
			   where);
}

/* A list, or a scalar that stands for a list of one, as texts. */
static int config_take_list(struct config_reader *reader,
			    const struct yaml_node *node,
			    const char ***ret_list)
{
	const char **list;
	size_t n = 0;

	for (struct yaml_node *item = node->child; item != NULL;
	     item = item->next)
		n++;
	list = arena_array(reader->arena, n + 2, sizeof(*list));
	if (list == NULL)
		return -ENOMEM;
	if (node->kind == YAML_SCALAR && *node->text != '\0')
		list[0] = node->text;
	n = 0;
	for (struct yaml_node *item = node->child; item != NULL;
	     item = item->next) {
		if (item->kind != YAML_SCALAR)
			return config_fail(
				reader, item,
				"a list of plain values is expected");
		list[n++] = item->text;
	}
	*ret_list = list;
	return 0;
}

static int config_set_log(struct config_reader *reader,
			  const struct yaml_node *node,
			  const struct config_key *key, const char *text)
{
	struct config *config = reader->config;

	if (strcmp(key->key, "level") == 0) {
		config->log_level = log_parse_level(text);
		if (config->log_level != 0)
			return 0;
		return config_fail(reader, node,
				   "log.level '%s' is none of error, warning, "
				   "notice, info, debug",
				   text);
	}
	if (strcmp(text, "logfmt") != 0 && strcmp(text, "json") != 0)
		return config_fail(reader, node,
				   "log.format '%s' is neither logfmt nor json",
				   text);
	config->log_format = *text == 'j' ? LOG_JSON : LOG_LOGFMT;
	return 0;
}

static int config_set(struct config_reader *reader,
		      const struct yaml_node *node,
		      const struct config_key *key, const char *text)
{
	void *field = (char *)reader->config + key->offset;
	int rc = 0;

	if (strcmp(key->section, "log") == 0)
		return config_set_log(reader, node, key, text);
	switch (key->type) {
	case TYPE_TEXT:
		*(const char **)field = text;
		break;
	case TYPE_BOOL:
		rc = text_parse_bool(text, field);
		break;
	case TYPE_DURATION:
		rc = text_parse_duration(text, field);
		break;
	case TYPE_UINT:
		rc = text_parse_u64(text, field);
		break;
	case TYPE_LIST:
		if (node != NULL)
			return config_take_list(reader, node, field);
		break;
	}
	if (rc < 0)
		return config_fail(reader, node, "%s.%s cannot be '%s'",
				   key->section, key->key, text);
	return 0;
}

static const struct config_key *config_find(const char *section,
					    const char *key)
{
	for (size_t i = 0; i < CONFIG_KEYS; i++)
		if (strcmp(config_keys[i].section, section) == 0 &&
		    strcmp(config_keys[i].key, key) == 0)
			return &config_keys[i];
	return NULL;
}

static int config_take_section(struct config_reader *reader,
			       const struct yaml_node *section)
{
	const char *known[CONFIG_KEYS + 1];
	char where[64];
	size_t n = 0;

	for (size_t i = 0; i < CONFIG_KEYS; i++)
		if (strcmp(config_keys[i].section, section->key) == 0)
			known[n++] = config_keys[i].key;
	known[n] = NULL;
	(void)snprintf(where, sizeof(where), " in '%s'", section->key);
	if (section->kind != YAML_MAP)
		return config_fail(reader, section,
				   "'%s' must be a map of keys", section->key);
	for (struct yaml_node *node = section->child; node != NULL;
	     node = node->next) {
		const struct config_key *key =
			config_find(section->key, node->key);
		int rc;

		if (key == NULL)
			return config_fail_unknown(reader, node, where, known);
		if (node->kind != YAML_SCALAR && key->type != TYPE_LIST)
			return config_fail(reader, node,
					   "%s.%s must be a plain value",
					   section->key, node->key);
		rc = config_set(reader, node, key, node->text);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int config_take_pool(struct config_reader *reader,
			    const struct yaml_node *node,
			    struct volume_pool *pool)
{
	static const char *const known[] = {"name", "parent", NULL};

	if (node->kind != YAML_MAP)
		return config_fail(reader, node,
				   "a pool is a map of name and parent");
	for (struct yaml_node *item = node->child; item != NULL;
	     item = item->next) {
		if (strcmp(item->key, "name") == 0)
			pool->name = item->text;
		else if (strcmp(item->key, "parent") == 0)
			pool->parent = item->text;
		else
			return config_fail_unknown(reader, item, " in 'pools'",
						   known);
	}
	if (pool->parent == NULL || *pool->parent == '\0')
		return config_fail(reader, node,
				   "a pool needs a parent, such as tank/k8s");
	if (pool->name == NULL || *pool->name == '\0')
		pool->name = "default";
	return 0;
}

static int config_take_pools(struct config_reader *reader,
			     const struct yaml_node *list)
{
	struct config *config = reader->config;
	size_t n = 0;

	if (list->kind != YAML_LIST)
		return config_fail(reader, list, "'pools' must be a list");
	for (struct yaml_node *node = list->child; node; node = node->next)
		n++;
	config->pools = arena_array(reader->arena, n, sizeof(*config->pools));
	if (config->pools == NULL)
		return -ENOMEM;
	for (struct yaml_node *node = list->child; node; node = node->next) {
		int rc = config_take_pool(reader, node,
					  &config->pools[config->n_pools++]);

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* A backend's value as the text its parameter table parses: lists by comma. */
static const char *config_flatten(struct config_reader *reader,
				  const struct yaml_node *node)
{
	const char *joined = "";

	if (node->kind == YAML_SCALAR)
		return node->text;
	for (struct yaml_node *item = node->child; item && joined;
	     item = item->next)
		joined = arena_printf(reader->arena, "%s%s%s", joined,
				      *joined != '\0' ? "," : "", item->text);
	return joined;
}

/* backends: a map from names to what each is to know. */
static int config_take_backends(struct config_reader *reader,
				const struct yaml_node *map)
{
	struct config *config = reader->config;
	struct map_builder keys;
	size_t n = 0;

	if (map->kind != YAML_MAP)
		return config_fail(reader, map,
				   "'backends' must be a map, such as nfs: {}");
	for (struct yaml_node *node = map->child; node; node = node->next)
		n++;
	config->backends =
		arena_array(reader->arena, n + 1, sizeof(*config->backends));
	if (config->backends == NULL)
		return -ENOMEM;
	map_init(&keys, reader->arena);
	n = 0;
	for (struct yaml_node *node = map->child; node; node = node->next) {
		config->backends[n++] = node->key;
		if (node->kind == YAML_SCALAR && *node->text != '\0')
			return config_fail(reader, node,
					   "backend '%s' must be a map of keys",
					   node->key);
		for (struct yaml_node *item = node->child; item;
		     item = item->next) {
			const char *name = arena_printf(reader->arena, "%s.%s",
							node->key, item->key);
			const char *value = config_flatten(reader, item);

			if (name == NULL || value == NULL)
				return -ENOMEM;
			map_put(&keys, name, value);
		}
	}
	config->backend_keys = map_view(&keys);
	return keys.failed ? -ENOMEM : 0;
}

static int config_take_root(struct config_reader *reader,
			    const struct yaml_node *root)
{
	static const char *const known[] = {"driver",   "nas",  "pools",
					    "backends", "http", "node",
					    "log",      NULL};

	if (root->kind != YAML_MAP)
		return config_fail(reader, root,
				   "the file must be a map of keys");
	for (struct yaml_node *node = root->child; node; node = node->next) {
		int rc;

		if (strcmp(node->key, "pools") == 0)
			rc = config_take_pools(reader, node);
		else if (strcmp(node->key, "backends") == 0)
			rc = config_take_backends(reader, node);
		else if (text_nearest(node->key, known) != NULL &&
			 strcmp(text_nearest(node->key, known), node->key) == 0)
			rc = config_take_section(reader, node);
		else
			return config_fail_unknown(reader, node, "", known);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int config_set_defaults(struct config_reader *reader)
{
	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		int rc = config_set(reader, NULL, &config_keys[i],
				    config_keys[i].fallback);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int config_check(struct config_reader *reader)
{
	struct config *config = reader->config;

	if (*config->instance == '\0')
		config->instance = config->driver;
	if (strlen(config->driver) > 63)
		return config_fail(reader, NULL,
				   "driver.name '%s' is longer than 63 bytes",
				   config->driver);
	if (reader->use == CONFIG_NODE)
		return 0;
	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		const struct config_key *key = &config_keys[i];
		void *field = (char *)config + key->offset;

		if (key->is_required && **(const char **)field == '\0')
			return config_fail(reader, NULL,
					   "%s.%s is missing and required",
					   key->section, key->key);
	}
	if (config->n_pools == 0)
		return config_fail(
			reader, NULL,
			"pools is missing: name at least one, such as "
			"{name: default, parent: tank/k8s}");
	return 0;
}

int config_parse(struct arena *arena, const char *file, const char *text,
		 size_t len, enum config_use use, struct config *ret_config,
		 char *ret_error, size_t size)
{
	struct config_reader reader = {arena,      file,      use,
				       ret_config, ret_error, size};
	struct yaml_node *root = NULL;
	char problem[256];
	int rc;

	memset(ret_config, 0, sizeof(*ret_config));
	rc = config_set_defaults(&reader);
	if (rc == 0 && text != NULL) {
		rc = yaml_parse(arena, text, len, &root, problem,
				sizeof(problem));
		if (rc == -EINVAL)
			return config_fail(&reader, NULL, "%s", problem);
		if (rc == 0)
			rc = config_take_root(&reader, root);
	}
	if (rc == 0)
		rc = config_check(&reader);
	if (rc == -ENOMEM)
		(void)config_fail(&reader, NULL, "out of memory");
	return rc;
}

int config_read(struct arena *arena, const char *file, enum config_use use,
		struct config *ret_config, char *ret_error, size_t size)
{
	struct config_reader reader = {arena,      file,      use,
				       ret_config, ret_error, size};
	auto_fd int fd = -1;
	char *text;
	ssize_t n;
	size_t len = 0;

	if (file == NULL)
		return config_parse(arena, "", NULL, 0, use, ret_config,
				    ret_error, size);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	text = arena_alloc(arena, YAML_FILE_MAX + 2);
	if (text == NULL)
		return config_fail(&reader, NULL, "out of memory");
	if (fd < 0)
		return config_fail(&reader, NULL, "it cannot be opened: %s",
				   errno == ENOENT ? "no such file"
						   : strerrordesc_np(errno));
	while ((n = read(fd, text + len, YAML_FILE_MAX + 1 - len)) > 0)
		len += (size_t)n;
	if (n < 0)
		return config_fail(&reader, NULL, "it cannot be read: %s",
				   strerrordesc_np(errno));
	return config_parse(arena, file, text, len, use, ret_config, ret_error,
			    size);
}
