/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sizes, offsets and numbers of scale_backend.h on LP64 (amd64, arm64), as they
 * were published.  Within a major version a line here is never changed: a new
 * field gets a line of its own, and the size of its struct a new number.
 */
#include <scale_backend.h>

#ifdef __cplusplus
#define PIN(what, is) static_assert((what) == (is), #what)
#else
#define PIN(what, is) _Static_assert((what) == (is), #what)
#endif
#define SIZE(type, is)      PIN(sizeof(struct type), is)
#define AT(type, field, is) PIN(offsetof(struct type, field), is)

PIN(sizeof(void *), 8);

SIZE(scale_kv, 16);
AT(scale_kv, key, 0);
AT(scale_kv, value, 8);

SIZE(scale_map, 16);
AT(scale_map, kv, 0);
AT(scale_map, n, 8);

SIZE(scale_volume, 96);
AT(scale_volume, struct_size, 0);
AT(scale_volume, kind, 4);
AT(scale_volume, id, 8);
AT(scale_volume, dataset, 16);
AT(scale_volume, object, 24);
AT(scale_volume, bytes, 32);
AT(scale_volume, params, 40);
AT(scale_volume, context, 56);
AT(scale_volume, state, 72);
AT(scale_volume, source, 88);

SIZE(scale_node, 32);
AT(scale_node, struct_size, 0);
AT(scale_node, reserved, 4);
AT(scale_node, name, 8);
AT(scale_node, identity, 16);

SIZE(scale_grant, 40);
AT(scale_grant, struct_size, 0);
AT(scale_grant, access_mode, 4);
AT(scale_grant, flags, 8);
AT(scale_grant, reserved, 12);
AT(scale_grant, node, 16);
AT(scale_grant, allowed, 24);
AT(scale_grant, n_allowed, 32);

SIZE(scale_attach, 40);
AT(scale_attach, struct_size, 0);
AT(scale_attach, access_mode, 4);
AT(scale_attach, flags, 8);
AT(scale_attach, reserved, 12);
AT(scale_attach, publish, 16);
AT(scale_attach, options, 32);

SIZE(scale_attached, 56);
AT(scale_attached, struct_size, 0);
AT(scale_attached, paths, 4);
AT(scale_attached, paths_wanted, 8);
AT(scale_attached, reserved, 12);
AT(scale_attached, device, 16);
AT(scale_attached, wwid, 24);
AT(scale_attached, fs_type, 32);
AT(scale_attached, sources, 40);
AT(scale_attached, options, 48);

SIZE(scale_param, 40);
AT(scale_param, type, 0);
AT(scale_param, flags, 4);
AT(scale_param, key, 8);
AT(scale_param, fallback, 16);
AT(scale_param, limits, 24);
AT(scale_param, help, 32);

SIZE(scale_rpc, 56);
AT(scale_rpc, struct_size, 0);
AT(scale_rpc, flags, 4);
AT(scale_rpc, method, 8);
AT(scale_rpc, params, 16);
AT(scale_rpc, result, 24);
AT(scale_rpc, reason, 32);
AT(scale_rpc, status, 40);
AT(scale_rpc, error, 44);
AT(scale_rpc, ticket, 48);

SIZE(scale_exec, 48);
AT(scale_exec, struct_size, 0);
AT(scale_exec, flags, 4);
AT(scale_exec, argv, 8);
AT(scale_exec, input, 16);
AT(scale_exec, out, 24);
AT(scale_exec, err, 32);
AT(scale_exec, exit_code, 40);
AT(scale_exec, reserved, 44);

SIZE(scale_host, 208);
AT(scale_host, struct_size, 0);
AT(scale_host, abi_minor, 4);
AT(scale_host, log, 8);
AT(scale_host, fail, 16);
AT(scale_host, report, 24);
AT(scale_host, alloc, 32);
AT(scale_host, deadline, 40);
AT(scale_host, check, 48);
AT(scale_host, cancel_fd, 56);
AT(scale_host, wait_event, 64);
AT(scale_host, config, 72);
AT(scale_host, secret, 80);
AT(scale_host, put, 88);
AT(scale_host, gate, 96);
AT(scale_host, remember, 104);
AT(scale_host, recall, 112);
AT(scale_host, nas_version, 120);
AT(scale_host, has_method, 128);
AT(scale_host, export_path, 136);
AT(scale_host, rpc_submit, 144);
AT(scale_host, rpc_wait, 152);
AT(scale_host, json_get, 160);
AT(scale_host, json_count, 168);
AT(scale_host, json_quote, 176);
AT(scale_host, exec, 184);
AT(scale_host, host_read, 192);
AT(scale_host, host_write, 200);

SIZE(scale_call, 8);
AT(scale_call, host, 0);

SIZE(scale_controller_ops, 88);
AT(scale_controller_ops, struct_size, 0);
AT(scale_controller_ops, reserved, 4);
AT(scale_controller_ops, create, 8);
AT(scale_controller_ops, destroy, 16);
AT(scale_controller_ops, publish, 24);
AT(scale_controller_ops, unpublish, 32);
AT(scale_controller_ops, validate, 40);
AT(scale_controller_ops, resize, 48);
AT(scale_controller_ops, modify, 56);
AT(scale_controller_ops, inspect, 64);
AT(scale_controller_ops, list, 72);
AT(scale_controller_ops, probe, 80);

SIZE(scale_node_ops, 64);
AT(scale_node_ops, struct_size, 0);
AT(scale_node_ops, reserved, 4);
AT(scale_node_ops, attach, 8);
AT(scale_node_ops, detach, 16);
AT(scale_node_ops, rescan, 24);
AT(scale_node_ops, inspect, 32);
AT(scale_node_ops, identify, 40);
AT(scale_node_ops, list, 48);
AT(scale_node_ops, probe, 56);

SIZE(scale_backend, 144);
AT(scale_backend, magic, 0);
AT(scale_backend, abi_major, 4);
AT(scale_backend, abi_minor, 6);
AT(scale_backend, struct_size, 8);
AT(scale_backend, host_minor_min, 12);
AT(scale_backend, name, 16);
AT(scale_backend, id_prefix, 24);
AT(scale_backend, version, 32);
AT(scale_backend, summary, 40);
AT(scale_backend, can, 48);
AT(scale_backend, thread_model, 52);
AT(scale_backend, nas_min, 56);
AT(scale_backend, param_size, 60);
AT(scale_backend, n_params, 64);
AT(scale_backend, reserved, 68);
AT(scale_backend, params, 72);
AT(scale_backend, service, 80);
AT(scale_backend, methods, 88);
AT(scale_backend, tools, 96);
AT(scale_backend, paths, 104);
AT(scale_backend, open, 112);
AT(scale_backend, close, 120);
AT(scale_backend, controller, 128);
AT(scale_backend, node, 136);

PIN(SCALE_BACKEND_MAGIC, 0x53434245u);
PIN(SCALE_OK, 0);
PIN(SCALE_CANCELLED, 1);
PIN(SCALE_UNKNOWN, 2);
PIN(SCALE_INVALID_ARGUMENT, 3);
PIN(SCALE_DEADLINE_EXCEEDED, 4);
PIN(SCALE_NOT_FOUND, 5);
PIN(SCALE_ALREADY_EXISTS, 6);
PIN(SCALE_PERMISSION_DENIED, 7);
PIN(SCALE_RESOURCE_EXHAUSTED, 8);
PIN(SCALE_FAILED_PRECONDITION, 9);
PIN(SCALE_ABORTED, 10);
PIN(SCALE_OUT_OF_RANGE, 11);
PIN(SCALE_UNIMPLEMENTED, 12);
PIN(SCALE_INTERNAL, 13);
PIN(SCALE_UNAVAILABLE, 14);
PIN(SCALE_UNAUTHENTICATED, 16);
PIN(SCALE_ERROR, 3);
PIN(SCALE_WARNING, 4);
PIN(SCALE_NOTICE, 5);
PIN(SCALE_INFO, 6);
PIN(SCALE_DEBUG, 7);
PIN(SCALE_FILESYSTEM, 1);
PIN(SCALE_BLOCK, 2);
PIN(SCALE_GRANT_READONLY, 1);
PIN(SCALE_GRANT_FENCE, 2);
PIN(SCALE_ATTACH_READONLY, 1);
PIN(SCALE_ATTACH_RAW, 2);
PIN(SCALE_STRING, 1);
PIN(SCALE_BOOL, 2);
PIN(SCALE_UINT, 3);
PIN(SCALE_SIZE, 4);
PIN(SCALE_CHOICE, 5);
PIN(SCALE_LIST, 6);
PIN(SCALE_PARAM_CLASS, 1);
PIN(SCALE_PARAM_MUTABLE, 2);
PIN(SCALE_PARAM_NODE, 4);
PIN(SCALE_PARAM_CONFIG, 8);
PIN(SCALE_PARAM_SECRET, 16);
PIN(SCALE_PARAM_REQUIRED, 32);
PIN(SCALE_PUT_VOLUME, 1);
PIN(SCALE_PUT_PUBLISH, 2);
PIN(SCALE_PUT_STATE, 3);
PIN(SCALE_PUT_IDENTITY, 4);
PIN(SCALE_PUT_FOUND, 5);
PIN(SCALE_RPC_READ, 1);
PIN(SCALE_RPC_JOB, 2);
PIN(SCALE_RPC_SECRET, 4);
PIN(SCALE_RPC_CREATE, 8);
PIN(SCALE_RPC_DELETE, 16);
PIN(SCALE_EXEC_HOST, 1);
PIN(SCALE_EXEC_SECRET, 2);
PIN(SCALE_SERIAL, 1000);
PIN(SCALE_PARALLEL, 2000);
PIN(SCALE_CAN_FILESYSTEM, 1);
PIN(SCALE_CAN_BLOCK, 2);
PIN(SCALE_CAN_FENCE, 4);
PIN(SCALE_CAN_SHARE, 8);
PIN(SCALE_CAN_GROW_IN_USE, 16);
