# SPDX-License-Identifier: BSD-2-Clause
# Sourced: the kernel's NFS server, for the NAS namespace (use in_nas).

# Without nfsdcld a namespace has no client tracking, and the first open waits
# for the end of a grace period that nothing can end early. nfsdcld must watch
# rpc_pipefs before the server starts, or it misses it.
nfsdcld_up()
{
	pidof nfsdcld >/dev/null && return
	mkdir -p /var/lib/nfs/nfsdcld /run/rpc_pipefs
	mountpoint -q /run/rpc_pipefs ||
		mount -t rpc_pipefs rpc_pipefs /run/rpc_pipefs
	nfsdcld -s /var/lib/nfs/nfsdcld >/run/nfsdcld.log 2>&1
	wait_until 10 sh -c 'grep -q inotify /proc/$(pidof -s nfsdcld)/fdinfo/*'
}

nfsd_up()
{
	mkdir -p /var/lib/nfs/v4recovery
	touch /var/lib/nfs/etab /var/lib/nfs/rmtab
	mountpoint -q /proc/fs/nfsd || mount -t nfsd nfsd /proc/fs/nfsd
	[ "$(cat /proc/fs/nfsd/threads)" = 0 ] || return 0
	echo 10 >/proc/fs/nfsd/nfsv4leasetime
	echo 10 >/proc/fs/nfsd/nfsv4gracetime
	nfsdcld_up || return
	pidof rpc.mountd >/dev/null || setsid rpc.mountd --no-udp \
		--no-nfs-version 3 -F >/run/mountd.log 2>&1 </dev/null &
	rpc.nfsd --no-nfs-version 3 --nfs-version 4.2 8 || return
	# with no client to remember, the kernel skips the grace period
	wait_until 15 grep -q Y /proc/fs/nfsd/v4_end_grace
}

nfsd_down()
{
	exportfs -ua
	rpc.nfsd 0
}
