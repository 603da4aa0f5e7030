/* SPDX-License-Identifier: BSD-2-Clause */
/* The volume context: what a node learns of a volume, for ever. */
#include "volume/context.h"

#include "base/map.h"

/* The one parameter of a backend that the host itself uses: the mode that a
 * node gives the fresh root directory of a file volume (node/root_mode.c). */
#define MODE_PARAM "mode"

static void put_node_params(struct call *call, const struct subject *subject,
			    struct map_builder *context)
{
	const struct backend *backend = subject->backend;
	const struct scale_map *params = &subject->volume.params;
	const char *mode = map_get(params, MODE_PARAM);

	for (uint32_t i = 0; i < backend->descriptor.n_params; i++) {
		const struct scale_param *param = &backend->params[i];
		const char *value = map_get(params, param->key);

		if ((param->flags & SCALE_PARAM_NODE) != 0 && value != NULL)
			map_put(context, param->key, value);
	}
	if (subject->volume.kind == SCALE_FILESYSTEM && mode != NULL)
		map_put(context,
			call_printf(call, "%s-" MODE_PARAM,
				    backend->descriptor.name),
			mode);
}

scale_status context_compose(struct call *call, struct subject *subject,
			     const char *filesystem, const char *source_type,
			     struct scale_map *ret_context)
{
	struct scale_map put = map_view(&subject->inv.put[SCALE_PUT_VOLUME]);
	struct map_builder context;

	map_init(&context, call->arena);
	map_put_all(&context, &put);
	put_node_params(call, subject, &context);
	/* Ours last: a backend cannot say them for us. */
	map_put(&context, "scale-context", CONTEXT_VERSION);
	map_put(&context, "protocol", subject->backend->descriptor.name);
	if (filesystem[0] != '\0')
		map_put(&context, "filesystem", filesystem);
	if (source_type[0] != '\0')
		map_put(&context, "content-source", source_type);
	*ret_context = map_view(&context);
	return context.failed ? call_nomem(call) : SCALE_OK;
}
