// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The experimenter's controls: module parameters, effective from the first probe, and a debugfs folder per PF,
 * /sys/kernel/debug/mlx5_core/<PCI address>/.
 */
#include <linux/debugfs.h>
#include <linux/module.h>

#include "adapter.h"

/* Far from what a real card has in its upper bytes, so that a VF's GUID is never taken for it; one per card. */
#define FIRST_NODE_GUID	0xb83fd20300100000ULL

unsigned int ofed = OFED_25_10;
module_param(ofed, uint, 0444);
MODULE_PARM_DESC(ofed, "release of MLNX_OFED to act as, 2510 or 2407; 0: without its files, so that only rtnetlink is left, as with "
		 "the kernel's own driver");

/* The kernel's own driver has no version of its own. */
static ssize_t version_show(struct module_attribute *attr, struct module_kobject *module, char *text)
{
	return sysfs_emit(text, "%s\n", ofed_version(ofed));
}
static struct module_attribute version = __ATTR_RO(version);

unsigned int vf_devices_ms = 200;
module_param(vf_devices_ms, uint, 0444);
MODULE_PARM_DESC(vf_devices_ms, "how long each VF has its driver before its RDMA device and netdev come");

bool ethernet;
module_param(ethernet, bool, 0444);
MODULE_PARM_DESC(ethernet, "be an Ethernet adapter, without RDMA devices");

static unsigned long long node_guid[MAX_CARDS];
module_param_array(node_guid, ullong, NULL, 0644);
MODULE_PARM_DESC(node_guid, "node GUID of each card's PF from its next probe on; 0 for the card's own");

#define FAULT(name, meaning) \
	static u32 name[MAX_CARDS]; \
	module_param_array(name, uint, NULL, 0444); \
	MODULE_PARM_DESC(name, meaning);
FAULTS
#undef FAULT

static struct dentry *folder;

u64 control_node_guid(unsigned int card)
{
	return node_guid[card] ?: FIRST_NODE_GUID + card * 0x10000;
}

/* A number in the port's folder whose write takes effect in the fabric. */
#define PORT_FILE(name, read, write) \
	static int name##_get(void *data, u64 *value) { struct pf *pf = data; *value = (read); return 0; } \
	static int name##_set(void *data, u64 value) { struct pf *pf = data; write; return 0; } \
	DEFINE_DEBUGFS_ATTRIBUTE(name##_file, name##_get, name##_set, "%llu\n")

PORT_FILE(cable, pf->port.cable, fabric_set_cable(pf, value));
PORT_FILE(state, pf->port.state, fabric_set_state(pf, value));
PORT_FILE(lid, pf->port.lid, pf->port.lid = value; fabric_raise(pf, IB_EVENT_LID_CHANGE));
PORT_FILE(sm_lid, pf->port.sm_lid, pf->port.sm_lid = value; fabric_raise(pf, IB_EVENT_CLIENT_REREGISTER));

static int event_set(void *data, u64 value)
{
	fabric_raise(data, value);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(event_file, NULL, event_set, "%llu\n");

static void add_port_files(struct pf *pf)
{
	struct dentry *port = debugfs_create_dir("port", pf->debugfs);

	debugfs_create_file_unsafe("cable", 0600, port, pf, &cable_file);
	debugfs_create_file_unsafe("state", 0600, port, pf, &state_file);
	debugfs_create_file_unsafe("lid", 0600, port, pf, &lid_file);
	debugfs_create_file_unsafe("sm_lid", 0600, port, pf, &sm_lid_file);
	debugfs_create_file_unsafe("event", 0200, port, pf, &event_file);
}

void control_add_pf(struct pf *pf)
{
	pf->debugfs = debugfs_create_dir(pci_name(pf->pdev), folder);
#define FAULT(name, meaning) \
	pf->faults.name = name[pf->card]; \
	debugfs_create_u32(#name, 0600, pf->debugfs, &pf->faults.name);
	FAULTS
#undef FAULT
	add_port_files(pf);
}

void control_remove_pf(struct pf *pf)
{
	debugfs_remove(pf->debugfs);
}

int control_init(void)
{
	folder = debugfs_create_dir("mlx5_core", NULL);
	return ofed ? sysfs_create_file(&THIS_MODULE->mkobj.kobj, &version.attr) : 0;
}

void control_exit(void)
{
	if (ofed)
		sysfs_remove_file(&THIS_MODULE->mkobj.kobj, &version.attr);
	debugfs_remove(folder);
}
