/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests for tests: a message made field by field on a call's arena. */
#include "request.h"

#include <stdlib.h>
#include <string.h>

int request_setup(void **state)
{
	struct request_fixture *fixture = calloc(1, sizeof(*fixture));

	if (fixture == NULL)
		return -1;
	fixture->arena = arena_new(CALL_ARENA_BYTES);
	call_init(&fixture->call, fixture->arena, NULL, NULL, CLOCK_NEVER);
	*state = fixture;
	return 0;
}

int request_teardown(void **state)
{
	struct request_fixture *fixture = *state;

	arena_free(fixture->arena);
	free(fixture);
	return 0;
}

Csi__V1__VolumeCapability *request_make_mount(struct request_fixture *fixture,
					      int mode)
{
	Csi__V1__VolumeCapability *can =
		REQUEST_NEW(fixture, Csi__V1__VolumeCapability,
			    csi__v1__volume_capability__descriptor);

	can->access_type_case = CSI__V1__VOLUME_CAPABILITY__ACCESS_TYPE_MOUNT;
	can->mount = REQUEST_NEW(
		fixture, Csi__V1__VolumeCapability__MountVolume,
		csi__v1__volume_capability__mount_volume__descriptor);
	can->access_mode = REQUEST_NEW(
		fixture, Csi__V1__VolumeCapability__AccessMode,
		csi__v1__volume_capability__access_mode__descriptor);
	can->access_mode->mode =
		(Csi__V1__VolumeCapability__AccessMode__Mode)mode;
	return can;
}

Csi__V1__CreateVolumeRequest *
request_make_create(struct request_fixture *fixture, const char *name)
{
	Csi__V1__CreateVolumeRequest *request =
		REQUEST_NEW(fixture, Csi__V1__CreateVolumeRequest,
			    csi__v1__create_volume_request__descriptor);

	request->name = arena_strdup(fixture->arena, name);
	request->volume_capabilities = arena_array(
		fixture->arena, 2, sizeof(*request->volume_capabilities));
	request->volume_capabilities[0] = request_make_mount(fixture, 1);
	request->n_volume_capabilities = 1;
	request->capacity_range =
		REQUEST_NEW(fixture, Csi__V1__CapacityRange,
			    csi__v1__capacity_range__descriptor);
	request->capacity_range->required_bytes = 1 << 30;
	request->parameters =
		arena_array(fixture->arena, 8, sizeof(*request->parameters));
	return request;
}

void request_add_parameter(struct request_fixture *fixture,
			   Csi__V1__CreateVolumeRequest *request,
			   const char *key, const char *value)
{
	Csi__V1__CreateVolumeRequest__ParametersEntry *entry = REQUEST_NEW(
		fixture, Csi__V1__CreateVolumeRequest__ParametersEntry,
		csi__v1__create_volume_request__parameters_entry__descriptor);

	entry->key = arena_strdup(fixture->arena, key);
	entry->value = arena_strdup(fixture->arena, value);
	request->parameters[request->n_parameters++] = entry;
}

char *request_repeat(struct request_fixture *fixture, char c, size_t len)
{
	char *text = arena_alloc(fixture->arena, len + 1);

	memset(text, c, len);
	return text;
}
