/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration file, and what is made of it before anything is opened. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "daemon/backend_config.h"
#include "daemon/config.h"
#include "input.h"
#include "nas/url.h"

#define CONFIG_BYTES (2u << 20)
#define FILE_NAME    "fuzz.yaml"

static struct scale_param params[] = {
	{SCALE_LIST, SCALE_PARAM_CONFIG, "hosts", "*", NULL, "who may mount"},
	{SCALE_STRING, SCALE_PARAM_CONFIG, "server", NULL, NULL, "its address"},
	{SCALE_SIZE, SCALE_PARAM_CONFIG, "chunk", "4Ki", "1Ki..1Gi", "a size"},
	{SCALE_CHOICE, SCALE_PARAM_CONFIG, "mode", "a", "a|bc|def", "a choice"},
};
static struct backend nfs = {
	.descriptor = {.name = "nfs",
		       .id_prefix = "scale-nfs",
		       .n_params = sizeof(params) / sizeof(*params)},
	.params = params,
};
static struct backend *backends[] = {&nfs};
static const struct backend_table table = {backends, 1};

/* Fit for a terminal, whatever the file holds. */
static void assert_sentence(const char *error)
{
	assert(error[0] != '\0');
	assert(strchr(error, '\n') == NULL);
}

static void check_usable(struct arena *arena, const struct config *config)
{
	struct volumes_config from = {.driver = config->driver,
				      .instance = config->instance,
				      .cluster = config->cluster,
				      .pools = config->pools,
				      .n_pools = config->n_pools,
				      .backends = &table};
	struct volumes *volumes = NULL;
	struct nas_url url = {0};
	struct scale_map keys;
	char error[1024] = "";
	int rc = nas_url_parse(config->nas_url, &url, error, sizeof(error));

	if (rc == 0)
		assert(url.host[0] != '\0' && url.port != 0);
	else if (rc == -EINVAL)
		assert(error[0] != '\0');
	nas_url_done(&url);
	rc = backend_config_take(arena, &table, &config->backend_keys, "nas",
				 &keys, error, sizeof(error));
	if (rc == 0)
		assert(map_get(&keys, "nfs.server") != NULL);
	else if (rc == -EINVAL)
		assert(error[0] != '\0');
	rc = volumes_new(&from, &volumes, error, sizeof(error));
	if (rc == -EINVAL)
		assert(error[0] != '\0');
	volumes_free(volumes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, data + size};
	struct arena *arena = arena_new(CONFIG_BYTES);
	enum config_use use =
		input_byte(&input) % 2 == 0 ? CONFIG_CONTROLLER : CONFIG_NODE;
	struct config config;
	char error[1024] = "";
	size_t len;
	char *text = input_text(arena, &input, &len);
	int rc;

	rc = text == NULL ? -ENOMEM
			  : config_parse(arena, FILE_NAME, text, len, use,
					 &config, error, sizeof(error));
	if (text != NULL && rc != 0) {
		assert_sentence(error);
		assert(strstr(error, FILE_NAME) != NULL);
	} else if (text != NULL && use == CONFIG_CONTROLLER) {
		assert(config.n_pools > 0 && *config.nas_api_key_file != '\0');
		check_usable(arena, &config);
	}
	arena_free(arena);
	return 0;
}
