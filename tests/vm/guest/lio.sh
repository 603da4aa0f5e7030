# SPDX-License-Identifier: BSD-2-Clause
# Sourced: iSCSI targets by LIO's configfs. (targetcli takes seconds per call
# under emulation.)

lio=/sys/kernel/config/target

lio_up()
{
	mkdir -p /etc/target "$lio/iscsi" # LIO's own database folder
}

# lio_add NAME DEVICE SERIAL IQN PORTAL: a target with one LUN, dressed as
# TrueNAS does; use in_nas, since the portal listens where this runs
lio_add()
{
	local store=$lio/core/iblock_0/$1 group=$lio/iscsi/$4/tpgt_1
	mkdir -p "$store"
	echo "udev_path=$2" >"$store/control"
	echo -n TrueNAS >"$store/wwn/vendor_id"
	echo -n "iSCSI Disk" >"$store/wwn/product_id"
	echo 0x589cfc >"$store/wwn/company_id"
	echo 1 >"$store/enable"
	echo "$3" >"$store/wwn/vpd_unit_serial"
	mkdir -p "$group/lun/lun_0" "$group/np/$5"
	ln -s "$store" "$group/lun/lun_0/store"
	echo 0 >"$group/attrib/authentication"
	echo 1 >"$group/attrib/generate_node_acls"
	echo 1 >"$group/attrib/cache_dynamic_acls"
	echo 0 >"$group/attrib/demo_mode_write_protect"
	echo 1 >"$group/enable"
}

# lio_remove NAME IQN
lio_remove()
{
	local group=$lio/iscsi/$2/tpgt_1
	echo 0 >"$group/enable"
	rm "$group/lun/lun_0/store"
	rmdir "$group/lun/lun_0" "$group"/np/* "$group" "$lio/iscsi/$2"
	rmdir "$lio/core/iblock_0/$1"
}
