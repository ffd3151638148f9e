// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The RDMA device of each function, on the kernel's real ib_core: identity, port, events, and rtnetlink's way to the VFs.
 */
#include <linux/if_link.h>

#include "adapter.h"

/* Of the card as a whole, not of a port. */
#define SYSTEM_IMAGE_GUID	0xb83fd20300100000ULL
#define FIRMWARE_VERSION	((20ULL << 32) | (31 << 16) | 1014)

static ssize_t hca_type_show(struct device *dev, struct device_attribute *attr, char *text)
{
	return sysfs_emit(text, "MT4123\n");
}

static ssize_t hw_rev_show(struct device *dev, struct device_attribute *attr, char *text)
{
	return sysfs_emit(text, "0\n");
}

static ssize_t board_id_show(struct device *dev, struct device_attribute *attr, char *text)
{
	return sysfs_emit(text, "MT_0000000223\n");
}

static DEVICE_ATTR_RO(hca_type);
static DEVICE_ATTR_RO(hw_rev);
static DEVICE_ATTR_RO(board_id);
static struct attribute *mlx5_attrs[] = { &dev_attr_hca_type.attr, &dev_attr_hw_rev.attr, &dev_attr_board_id.attr, NULL };
static const struct attribute_group mlx5_group = { .attrs = mlx5_attrs };

static void get_dev_fw_str(struct ib_device *ibdev, char *text)
{
	snprintf(text, IB_FW_VERSION_NAME_MAX, "20.31.1014");
}

static int query_device(struct ib_device *ibdev, struct ib_device_attr *attr, struct ib_udata *udata)
{
	struct function *function = to_function(ibdev);

	*attr = (struct ib_device_attr) {
		.fw_ver = FIRMWARE_VERSION,
		.sys_image_guid = cpu_to_be64(SYSTEM_IMAGE_GUID),
		.vendor_id = 0x02c9,
		.vendor_part_id = function->vf ? 4124 : 4123,
		.max_mr_size = U64_MAX,
		.page_size_cap = PAGE_SIZE,
		.max_qp = 1024,
		.max_qp_wr = 8192,
		.max_send_sge = 32,
		.max_recv_sge = 32,
		.max_cq = 1024,
		.max_cqe = 32768,
		.max_mr = 1024,
		.max_pd = 1024,
		.max_mcast_grp = 1024,
		.max_mcast_qp_attach = 1024,
		.max_total_mcast_qp_attach = 1024,
		.max_ah = 65536,
		.max_pkeys = PKEYS,
		.kernel_cap_flags = IBK_LOCAL_DMA_LKEY | (function->vf ? IBK_VIRTUAL_FUNCTION : 0),
	};
	return 0;
}

static int query_port(struct ib_device *ibdev, u32 number, struct ib_port_attr *attr)
{
	struct function *function = to_function(ibdev);
	struct port *port = &function->pf->port;

	attr->state = fabric_port_state(function);
	attr->phys_state = attr->state == IB_PORT_DOWN ? IB_PORT_PHYS_STATE_POLLING : IB_PORT_PHYS_STATE_LINK_UP;
	attr->lid = fabric_lid(function);
	attr->lmc = port->lmc;
	attr->sm_lid = port->sm_lid;
	attr->sm_sl = port->sm_sl;
	attr->subnet_timeout = port->subnet_timeout;
	attr->port_cap_flags = port->capabilities;
	attr->max_mtu = IB_MTU_4096;
	attr->active_mtu = IB_MTU_4096;
	attr->max_msg_sz = 1 << 30;
	attr->gid_tbl_len = 1;
	attr->pkey_tbl_len = PKEYS;
	attr->max_vl_num = 1;
	attr->active_width = IB_WIDTH_4X;
	attr->active_speed = IB_SPEED_HDR;
	return 0;
}

static int modify_port(struct ib_device *ibdev, u32 number, int mask, struct ib_port_modify *change)
{
	struct port *port = &to_function(ibdev)->pf->port;

	port->capabilities |= change->set_port_cap_mask;
	port->capabilities &= ~change->clr_port_cap_mask;
	return 0;
}

/* rdma-ndd writes the host's name here. */
static int modify_device(struct ib_device *ibdev, int mask, struct ib_device_modify *change)
{
	if (mask & ~IB_DEVICE_MODIFY_NODE_DESC)
		return -EOPNOTSUPP;
	memcpy(ibdev->node_desc, change->node_desc, IB_DEVICE_NODE_DESC_MAX);
	return 0;
}

static int get_port_immutable(struct ib_device *ibdev, u32 number, struct ib_port_immutable *immutable)
{
	immutable->gid_tbl_len = 1;
	immutable->pkey_tbl_len = PKEYS;
	immutable->core_cap_flags = RDMA_CORE_PORT_IBA_IB;
	immutable->max_mad_size = IB_MGMT_MAD_SIZE;
	return 0;
}

static enum rdma_link_layer get_link_layer(struct ib_device *ibdev, u32 number)
{
	return IB_LINK_LAYER_INFINIBAND;
}

static int query_gid(struct ib_device *ibdev, u32 number, int index, union ib_gid *gid)
{
	struct function *function = to_function(ibdev);

	gid->global.subnet_prefix = cpu_to_be64(function->pf->port.gid_prefix);
	gid->global.interface_id = cpu_to_be64(function->guid[PORT_GUID]);
	return 0;
}

static int query_pkey(struct ib_device *ibdev, u32 number, u16 index, u16 *pkey)
{
	if (index >= PKEYS)
		return -EINVAL;
	*pkey = be16_to_cpu(to_function(ibdev)->pf->port.pkeys[index]);
	return 0;
}

static struct vf *vf_of(struct ib_device *ibdev, int index)
{
	return vf_at(to_function(ibdev)->pf, index);
}

static int set_vf_link_state(struct ib_device *ibdev, int index, u32 number, int state)
{
	struct vf *vf = vf_of(ibdev, index);

	return vf ? vf_set_link_state(vf, state) : -EINVAL;
}

static int get_vf_config(struct ib_device *ibdev, int index, u32 number, struct ifla_vf_info *info)
{
	struct vf *vf = vf_of(ibdev, index);

	memset(info, 0, sizeof(*info));
	return vf ? vf_get_link_state(vf, &info->linkstate) : -EINVAL;
}

static int get_vf_stats(struct ib_device *ibdev, int index, u32 number, struct ifla_vf_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	return vf_of(ibdev, index) ? 0 : -EINVAL;
}

/* Only what rtnetlink has set, not what is so. */
static int get_vf_guid(struct ib_device *ibdev, int index, u32 number, struct ifla_vf_guid *node, struct ifla_vf_guid *port)
{
	struct vf *vf = vf_of(ibdev, index);

	if (!vf)
		return -EINVAL;
	node->guid = vf->guid_from_netlink[NODE_GUID] ? vf->kept_guid[NODE_GUID] : 0;
	port->guid = vf->guid_from_netlink[PORT_GUID] ? vf->kept_guid[PORT_GUID] : 0;
	return 0;
}

static int set_vf_guid(struct ib_device *ibdev, int index, u32 number, u64 guid, int type)
{
	struct vf *vf = vf_of(ibdev, index);

	if (!vf)
		return -EINVAL;
	return vf_write_guid(vf, type == IFLA_VF_IB_NODE_GUID ? NODE_GUID : PORT_GUID, guid, true);
}

static const struct ib_device_ops ops = {
	.owner = THIS_MODULE,
	/* The provider in libibverbs that does without private commands: port queries and events work for programs. */
	.driver_id = RDMA_DRIVER_RXE,
	.uverbs_abi_ver = 2,
	.device_group = &mlx5_group,
	.get_dev_fw_str = get_dev_fw_str,
	.query_device = query_device,
	.query_port = query_port,
	.modify_port = modify_port,
	.modify_device = modify_device,
	.get_port_immutable = get_port_immutable,
	.get_link_layer = get_link_layer,
	.query_gid = query_gid,
	.query_pkey = query_pkey,
	.process_mad = agents_process_mad,
	.set_vf_link_state = set_vf_link_state,
	.get_vf_config = get_vf_config,
	.get_vf_stats = get_vf_stats,
	.get_vf_guid = get_vf_guid,
	.set_vf_guid = set_vf_guid,
};

void rdma_raise(struct function *function, enum ib_event_type type)
{
	struct ib_event event = { .device = &function->ibdev, .element.port_num = 1, .event = type };

	ib_dispatch_event(&event);
}

static void set_function(struct function *function, struct function *value)
{
	struct function **place = function->vf ? &function->vf->function : &function->pf->function;

	mutex_lock(&function->pf->lock);
	*place = value;
	mutex_unlock(&function->pf->lock);
}

struct function *rdma_add_function(struct pci_dev *pdev, struct pf *pf, struct vf *vf)
{
	struct function *function;
	int error;

	function = ib_alloc_device(function, ibdev);
	if (!function)
		return ERR_PTR(-ENOMEM);
	function->pf = pf;
	function->vf = vf;
	function->guid[NODE_GUID] = vf ? vf->guid[NODE_GUID] : pf->guid;
	function->guid[PORT_GUID] = vf ? vf->guid[PORT_GUID] : pf->guid;
	function->announced = fabric_port_state(function);

	function->ibdev.dev.parent = &pdev->dev;
	function->ibdev.node_type = RDMA_NODE_IB_CA;
	function->ibdev.node_guid = cpu_to_be64(function->guid[NODE_GUID]);
	function->ibdev.phys_port_cnt = 1;
	function->ibdev.num_comp_vectors = 1;
	function->ibdev.local_dma_lkey = 0;
	snprintf(function->ibdev.node_desc, IB_DEVICE_NODE_DESC_MAX, "MT4123 ConnectX6 Mellanox Technologies");
	ib_set_device_ops(&function->ibdev, &ops);
	ib_set_device_ops(&function->ibdev, &verbs_ops);
	/* No DMA device: addresses in work requests are the kernel's own. */
	error = ib_register_device(&function->ibdev, "mlx5_%d", NULL);
	if (error) {
		ib_dealloc_device(&function->ibdev);
		return ERR_PTR(error);
	}
	set_function(function, function);
	fabric_announce(pf);
	return function;
}

void rdma_remove_function(struct function *function)
{
	set_function(function, NULL);
	rdma_raise(function, IB_EVENT_DEVICE_FATAL);
	ib_unregister_device(&function->ibdev);
	ib_dealloc_device(&function->ibdev);
}
