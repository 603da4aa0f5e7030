/* SPDX-License-Identifier: BSD-2-Clause */
/* What a backend declares, as key=value for scripts and as a line for people.
 */
#include "backend/describe.h"

#include <inttypes.h>
#include <stdbool.h>

struct named_flag {
	uint32_t flag;
	const char *name;
};

static const struct named_flag abilities[] = {
	{SCALE_CAN_FILESYSTEM, "filesystem"},
	{SCALE_CAN_BLOCK, "block"},
	{SCALE_CAN_FENCE, "fence"},
	{SCALE_CAN_SHARE, "share"},
	{SCALE_CAN_GROW_IN_USE, "grow-in-use"},
};

static const struct named_flag places[] = {
	{SCALE_PARAM_CLASS, "class"},   {SCALE_PARAM_MUTABLE, "mutable"},
	{SCALE_PARAM_NODE, "node"},     {SCALE_PARAM_CONFIG, "config"},
	{SCALE_PARAM_SECRET, "secret"}, {SCALE_PARAM_REQUIRED, "required"},
};

static const char *const types[] = {
	[SCALE_STRING] = "string", [SCALE_BOOL] = "bool",
	[SCALE_UINT] = "uint",     [SCALE_SIZE] = "size",
	[SCALE_CHOICE] = "choice", [SCALE_LIST] = "list",
};

/* "a,b" of the flags that are set. */
static void put_flags(FILE *out, const struct named_flag *names, size_t n,
		      uint32_t flags)
{
	const char *comma = "";

	for (size_t i = 0; i < n; i++) {
		if ((flags & names[i].flag) == 0)
			continue;
		(void)fprintf(out, "%s%s", comma, names[i].name);
		comma = ",";
	}
}

static void put_list(FILE *out, const char *key, const char *const *list)
{
	const char *comma = "";

	(void)fprintf(out, "%s=", key);
	for (; list != NULL && *list != NULL; list++) {
		(void)fprintf(out, "%s%s", comma, *list);
		comma = ",";
	}
	(void)fputc('\n', out);
}

static void put_has(FILE *out, const char *function, bool has)
{
	if (has)
		(void)fprintf(out, "has_%s=1\n", function);
}

static void put_functions(const struct backend *backend, FILE *out)
{
	const struct scale_controller_ops *controller = &backend->controller;
	const struct scale_node_ops *node = &backend->node;

	put_has(out, "open", backend->descriptor.open != NULL);
	put_has(out, "close", backend->descriptor.close != NULL);
	put_has(out, "create", controller->create != NULL);
	put_has(out, "destroy", controller->destroy != NULL);
	put_has(out, "publish", controller->publish != NULL);
	put_has(out, "unpublish", controller->unpublish != NULL);
	put_has(out, "validate", controller->validate != NULL);
	put_has(out, "resize", controller->resize != NULL);
	put_has(out, "modify", controller->modify != NULL);
	put_has(out, "inspect", controller->inspect != NULL);
	put_has(out, "list", controller->list != NULL);
	put_has(out, "probe", controller->probe != NULL);
	put_has(out, "attach", node->attach != NULL);
	put_has(out, "detach", node->detach != NULL);
	put_has(out, "rescan", node->rescan != NULL);
	put_has(out, "node_inspect", node->inspect != NULL);
	put_has(out, "identify", node->identify != NULL);
	put_has(out, "node_list", node->list != NULL);
	put_has(out, "node_probe", node->probe != NULL);
}

/* param=KEY type=T flags=F default=D limits=L help=TEXT; help comes last
 * because it has blanks. */
static void put_param(FILE *out, const struct scale_param *param)
{
	(void)fprintf(out, "param=%s type=%s flags=", param->key,
		      types[param->type]);
	put_flags(out, places, sizeof(places) / sizeof(*places), param->flags);
	if (param->fallback != NULL)
		(void)fprintf(out, " default=%s", param->fallback);
	if (param->limits != NULL)
		(void)fprintf(out, " limits=%s", param->limits);
	(void)fprintf(out, " help=%s\n", param->help);
}

void describe_backend(const struct backend *backend, FILE *out)
{
	const struct scale_backend *ours = &backend->descriptor;

	(void)fprintf(out, "name=%s\nid_prefix=%s\nversion=%s\nsummary=%s\n",
		      ours->name, ours->id_prefix, ours->version,
		      ours->summary);
	(void)fprintf(out, "abi=%u.%u\nfile=%s\n", ours->abi_major,
		      ours->abi_minor, backend->file);
	(void)fprintf(out, "can=");
	put_flags(out, abilities, sizeof(abilities) / sizeof(*abilities),
		  ours->can);
	(void)fprintf(out, "\nthreads=%s\n",
		      backend->serial != NULL ? "serial" : "parallel");
	put_functions(backend, out);
	put_list(out, "methods", ours->methods);
	put_list(out, "tools", ours->tools);
	put_list(out, "paths", ours->paths);
	(void)fprintf(out, "service=%s\nnas_min=%" PRIu32 "\n",
		      ours->service == NULL ? "" : ours->service,
		      ours->nas_min);
	for (uint32_t i = 0; i < ours->n_params; i++)
		put_param(out, &backend->params[i]);
}

void describe_line(const struct backend *backend, FILE *out)
{
	(void)fprintf(out, "%-10s %-10s %s\n", backend->descriptor.name,
		      backend->descriptor.version, backend->descriptor.summary);
}
