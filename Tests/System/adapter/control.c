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

bool ofed = true;
module_param(ofed, bool, 0444);
MODULE_PARM_DESC(ofed, "have MLNX_OFED's files; without them only rtnetlink is left, as with the kernel's own driver");

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

void control_init(void)
{
	folder = debugfs_create_dir("mlx5_core", NULL);
}

void control_exit(void)
{
	debugfs_remove(folder);
}
