/* SPDX-License-Identifier: BSD-2-Clause */
/* Who we are and what we can do: answered from memory, whatever the NAS does.
 */
#include "csi.pb-c.h"
#include "csi/verb.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

scale_status run_get_plugin_info(struct call *call, const struct csi *csi,
				 const ProtobufCMessage *request,
				 ProtobufCMessage **ret_reply)
{
	Csi__V1__GetPluginInfoResponse *reply =
		reply_new(call, &csi__v1__get_plugin_info_response__descriptor);

	(void)request;
	if (reply == NULL)
		return call_nomem(call);
	reply->name = arena_strdup(call->arena, csi->driver);
	reply->vendor_version = arena_strdup(call->arena, csi->version);
	if (reply->name == NULL || reply->vendor_version == NULL)
		return call_nomem(call);
	*ret_reply = &reply->base;
	return SCALE_OK;
}

/* The sum of the product: a node-only program answers the same. */
scale_status run_get_plugin_capabilities(struct call *call,
					 const struct csi *csi,
					 const ProtobufCMessage *request,
					 ProtobufCMessage **ret_reply)
{
	Csi__V1__GetPluginCapabilitiesResponse *reply = reply_new(
		call, &csi__v1__get_plugin_capabilities_response__descriptor);
	Csi__V1__PluginCapability *service =
		reply_new(call, &csi__v1__plugin_capability__descriptor);
	Csi__V1__PluginCapability *expansion =
		reply_new(call, &csi__v1__plugin_capability__descriptor);
	Csi__V1__PluginCapability__Service *is_controller = reply_new(
		call, &csi__v1__plugin_capability__service__descriptor);
	Csi__V1__PluginCapability__VolumeExpansion *online = reply_new(
		call,
		&csi__v1__plugin_capability__volume_expansion__descriptor);

	(void)csi;
	(void)request;
	if (reply == NULL || service == NULL || expansion == NULL ||
	    is_controller == NULL || online == NULL)
		return call_nomem(call);
	is_controller->type =
		CSI__V1__PLUGIN_CAPABILITY__SERVICE__TYPE__CONTROLLER_SERVICE;
	service->type_case = CSI__V1__PLUGIN_CAPABILITY__TYPE_SERVICE;
	service->service = is_controller;
	online->type =
		CSI__V1__PLUGIN_CAPABILITY__VOLUME_EXPANSION__TYPE__ONLINE;
	expansion->type_case =
		CSI__V1__PLUGIN_CAPABILITY__TYPE_VOLUME_EXPANSION;
	expansion->volume_expansion = online;
	reply->capabilities =
		arena_array(call->arena, 2, sizeof(*reply->capabilities));
	if (reply->capabilities == NULL)
		return call_nomem(call);
	reply->n_capabilities = 2;
	reply->capabilities[0] = service;
	reply->capabilities[1] = expansion;
	*ret_reply = &reply->base;
	return SCALE_OK;
}

/*
 * Process health and nothing else: a NAS that is down shows in /readyz, and
 * restarting pods would not mend it.  An absent `ready` means ready.
 */
scale_status run_probe(struct call *call, const struct csi *csi,
		       const ProtobufCMessage *request,
		       ProtobufCMessage **ret_reply)
{
	Csi__V1__ProbeResponse *reply =
		reply_new(call, &csi__v1__probe_response__descriptor);

	(void)csi;
	(void)request;
	if (reply == NULL)
		return call_nomem(call);
	*ret_reply = &reply->base;
	return SCALE_OK;
}

static const Csi__V1__ControllerServiceCapability__RPC__Type controller_can[] = {
	CSI__V1__CONTROLLER_SERVICE_CAPABILITY__RPC__TYPE__CREATE_DELETE_VOLUME,
	CSI__V1__CONTROLLER_SERVICE_CAPABILITY__RPC__TYPE__PUBLISH_UNPUBLISH_VOLUME,
	CSI__V1__CONTROLLER_SERVICE_CAPABILITY__RPC__TYPE__LIST_VOLUMES,
	CSI__V1__CONTROLLER_SERVICE_CAPABILITY__RPC__TYPE__GET_CAPACITY,
	CSI__V1__CONTROLLER_SERVICE_CAPABILITY__RPC__TYPE__CREATE_DELETE_SNAPSHOT,
	CSI__V1__CONTROLLER_SERVICE_CAPABILITY__RPC__TYPE__LIST_SNAPSHOTS,
	CSI__V1__CONTROLLER_SERVICE_CAPABILITY__RPC__TYPE__CLONE_VOLUME,
	CSI__V1__CONTROLLER_SERVICE_CAPABILITY__RPC__TYPE__PUBLISH_READONLY,
	CSI__V1__CONTROLLER_SERVICE_CAPABILITY__RPC__TYPE__EXPAND_VOLUME,
	CSI__V1__CONTROLLER_SERVICE_CAPABILITY__RPC__TYPE__GET_VOLUME,
	CSI__V1__CONTROLLER_SERVICE_CAPABILITY__RPC__TYPE__SINGLE_NODE_MULTI_WRITER,
};

scale_status run_controller_get_capabilities(struct call *call,
					     const struct csi *csi,
					     const ProtobufCMessage *request,
					     ProtobufCMessage **ret_reply)
{
	Csi__V1__ControllerGetCapabilitiesResponse *reply = reply_new(
		call,
		&csi__v1__controller_get_capabilities_response__descriptor);
	size_t n = COUNT(controller_can);

	(void)csi;
	(void)request;
	if (reply == NULL)
		return call_nomem(call);
	reply->capabilities =
		arena_array(call->arena, n, sizeof(*reply->capabilities));
	if (reply->capabilities == NULL)
		return call_nomem(call);
	for (size_t i = 0; i < n; i++) {
		Csi__V1__ControllerServiceCapability *can = reply_new(
			call,
			&csi__v1__controller_service_capability__descriptor);
		Csi__V1__ControllerServiceCapability__RPC *rpc = reply_new(
			call,
			&csi__v1__controller_service_capability__rpc__descriptor);

		if (can == NULL || rpc == NULL)
			return call_nomem(call);
		rpc->type = controller_can[i];
		can->type_case =
			CSI__V1__CONTROLLER_SERVICE_CAPABILITY__TYPE_RPC;
		can->rpc = rpc;
		reply->capabilities[i] = can;
	}
	reply->n_capabilities = n;
	*ret_reply = &reply->base;
	return SCALE_OK;
}

static const Csi__V1__NodeServiceCapability__RPC__Type node_can[] = {
	CSI__V1__NODE_SERVICE_CAPABILITY__RPC__TYPE__STAGE_UNSTAGE_VOLUME,
	CSI__V1__NODE_SERVICE_CAPABILITY__RPC__TYPE__GET_VOLUME_STATS,
	CSI__V1__NODE_SERVICE_CAPABILITY__RPC__TYPE__EXPAND_VOLUME,
	CSI__V1__NODE_SERVICE_CAPABILITY__RPC__TYPE__SINGLE_NODE_MULTI_WRITER,
};

scale_status run_node_get_capabilities(struct call *call, const struct csi *csi,
				       const ProtobufCMessage *request,
				       ProtobufCMessage **ret_reply)
{
	Csi__V1__NodeGetCapabilitiesResponse *reply = reply_new(
		call, &csi__v1__node_get_capabilities_response__descriptor);
	size_t n = COUNT(node_can);

	(void)csi;
	(void)request;
	if (reply == NULL)
		return call_nomem(call);
	reply->capabilities =
		arena_array(call->arena, n, sizeof(*reply->capabilities));
	if (reply->capabilities == NULL)
		return call_nomem(call);
	for (size_t i = 0; i < n; i++) {
		Csi__V1__NodeServiceCapability *can = reply_new(
			call, &csi__v1__node_service_capability__descriptor);
		Csi__V1__NodeServiceCapability__RPC *rpc = reply_new(
			call,
			&csi__v1__node_service_capability__rpc__descriptor);

		if (can == NULL || rpc == NULL)
			return call_nomem(call);
		rpc->type = node_can[i];
		can->type_case = CSI__V1__NODE_SERVICE_CAPABILITY__TYPE_RPC;
		can->rpc = rpc;
		reply->capabilities[i] = can;
	}
	reply->n_capabilities = n;
	*ret_reply = &reply->base;
	return SCALE_OK;
}
