# SPDX-License-Identifier: BSD-2-Clause
# Sourced: the NAS lives in the network namespace `nas`, the node outside it:
# the node's iSCSI and NVMe drivers work in the first namespace only.
# Two networks: 10.77.1.0/24 and 10.77.2.0/24, NAS .1 (nas1, nas2), node .2
# (node1, node2).

nas_address=10.77.1.1
nas_address_2=10.77.2.1

net_up()
{
	local n
	[ -e /run/netns/nas ] || ip netns add nas
	ip -n nas link set lo up
	for n in 1 2; do
		[ -e "/sys/class/net/node$n" ] || ip link add "node$n" \
			type veth peer name "nas$n" netns nas
		ip addr replace "10.77.$n.2/24" dev "node$n"
		ip -n nas addr replace "10.77.$n.1/24" dev "nas$n"
		ip link set "node$n" up
		ip -n nas link set "nas$n" up
	done
}

# in_nas COMMAND...: run it, or a function of this library, as the NAS. Not
# "ip netns exec", which mounts a sysfs of its own over /sys/kernel/config.
in_nas()
{
	nsenter --net=/run/netns/nas \
		bash -c '. /rig/rig.sh; "$@"' in_nas "$@"
}
