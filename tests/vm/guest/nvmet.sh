# SPDX-License-Identifier: BSD-2-Clause
# Sourced: NVMe/TCP subsystems by nvmet's configfs.

nvmet=/sys/kernel/config/nvmet

# nvmet_port ID ADDRESS: a TCP port, listening once a subsystem is linked
nvmet_port()
{
	local port=$nvmet/ports/$1
	mkdir -p "$port"
	echo tcp >"$port/addr_trtype"
	echo ipv4 >"$port/addr_adrfam"
	echo "$2" >"$port/addr_traddr"
	echo 4420 >"$port/addr_trsvcid"
}

# nvmet_add NQN DEVICE UUID PORT-ID: a subsystem with one namespace; use
# in_nas, since the port listens where this runs
nvmet_add()
{
	local subsystem=$nvmet/subsystems/$1
	mkdir -p "$subsystem/namespaces/1"
	echo 1 >"$subsystem/attr_allow_any_host"
	echo "$2" >"$subsystem/namespaces/1/device_path"
	echo "$3" >"$subsystem/namespaces/1/device_uuid"
	echo 1 >"$subsystem/namespaces/1/enable"
	ln -s "$subsystem" "$nvmet/ports/$4/subsystems/"
}

# nvmet_remove NQN PORT-ID
nvmet_remove()
{
	local subsystem=$nvmet/subsystems/$1
	rm "$nvmet/ports/$2/subsystems/$1"
	echo 0 >"$subsystem/namespaces/1/enable"
	rmdir "$subsystem/namespaces/1" "$subsystem"
}
