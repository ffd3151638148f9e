// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What a subnet manager and a performance manager ask an adapter (InfiniBand Architecture, volume 1, chapters 14 and 16).
 */
#include <rdma/ib_pma.h>

#include "adapter.h"

#define STATUS_UNSUPPORTED_ATTRIBUTE	cpu_to_be16(0x000c)
#define PHYSICAL_POLLING	2
#define PHYSICAL_LINK_UP	5

static void node_info(struct function *function, struct ib_smp *smp)
{
	struct ib_node_info *info = (struct ib_node_info *)smp->data;

	info->base_version = 1;
	info->class_version = 1;
	info->node_type = RDMA_NODE_IB_CA;
	info->num_ports = 1;
	info->sys_guid = function->ibdev.attrs.sys_image_guid;
	info->node_guid = cpu_to_be64(function->guid[NODE_GUID]);
	info->port_guid = cpu_to_be64(function->guid[PORT_GUID]);
	info->partition_cap = cpu_to_be16(PKEYS);
	info->device_id = cpu_to_be16(function->ibdev.attrs.vendor_part_id);
	info->local_port_num = 1;
	info->vendor_id[1] = 0x02;
	info->vendor_id[2] = 0xc9;
}

static void set_port_info(struct pf *pf, const struct ib_port_info *info)
{
	struct port *port = &pf->port;
	u16 lid = be16_to_cpu(info->lid);
	enum ib_port_state state = info->linkspeed_portstate & 0xf;
	bool new_lid = lid != port->lid;

	port->mkey = be64_to_cpu(info->mkey);
	port->gid_prefix = be64_to_cpu(info->gid_prefix);
	port->lid = lid;
	port->sm_lid = be16_to_cpu(info->sm_lid);
	port->sm_sl = info->neighbormtu_mastersmsl & 0xf;
	port->lmc = info->mkeyprot_resv_lmc & 0x7;
	port->subnet_timeout = info->clientrereg_resv_subnetto & 0x1f;
	if (new_lid)
		fabric_raise(pf, IB_EVENT_LID_CHANGE);
	if (info->clientrereg_resv_subnetto & 0x80)
		fabric_raise(pf, IB_EVENT_CLIENT_REREGISTER);
	/* 0 leaves the state alone; Down makes the link train anew. A port whose cable is out cannot be moved. */
	if (state == IB_PORT_DOWN)
		state = IB_PORT_INIT;
	if (state && port->state != IB_PORT_DOWN)
		fabric_set_state(pf, state);
}

static void port_info(struct function *function, struct ib_smp *smp)
{
	struct ib_port_info *info = (struct ib_port_info *)smp->data;
	struct port *port = &function->pf->port;
	bool up = port->state != IB_PORT_DOWN;

	if (smp->method == IB_MGMT_METHOD_SET)
		set_port_info(function->pf, info);
	memset(info, 0, sizeof(*info));
	info->mkey = cpu_to_be64(port->mkey);
	info->gid_prefix = cpu_to_be64(port->gid_prefix);
	info->lid = cpu_to_be16(port->lid);
	info->sm_lid = cpu_to_be16(port->sm_lid);
	info->cap_mask = cpu_to_be32(port->capabilities);
	info->local_port_num = 1;
	info->link_width_enabled = IB_WIDTH_1X | IB_WIDTH_4X;
	info->link_width_supported = IB_WIDTH_1X | IB_WIDTH_4X;
	info->link_width_active = IB_WIDTH_4X;
	/* Speeds as a mask: SDR, DDR and QDR. What is faster has fields of its own, which nobody here needs. */
	info->linkspeed_portstate = 7 << 4 | port->state;
	info->linkspeedactive_enabled = IB_SPEED_QDR << 4 | 7;
	info->portphysstate_linkdown = (up ? PHYSICAL_LINK_UP : PHYSICAL_POLLING) << 4 | PHYSICAL_POLLING;
	info->mkeyprot_resv_lmc = port->lmc;
	info->neighbormtu_mastersmsl = IB_MTU_4096 << 4 | port->sm_sl;
	info->vlcap_inittype = 1 << 4;
	info->inittypereply_mtucap = IB_MTU_4096;
	info->operationalvl_pei_peo_fpi_fpo = 1 << 4;
	info->guid_cap = 8;
	info->clientrereg_resv_subnetto = port->subnet_timeout;
	info->resv_resptimevalue = 8;
}

static void guid_info(struct function *function, struct ib_smp *smp)
{
	memset(smp->data, 0, sizeof(smp->data));
	if (!smp->attr_mod)
		*(__be64 *)smp->data = cpu_to_be64(function->guid[PORT_GUID]);
}

static void pkey_table(struct function *function, struct ib_smp *smp)
{
	__be16 *pkeys = function->pf->port.pkeys;
	bool first_block = !(be32_to_cpu(smp->attr_mod) & 0xffff);

	if (smp->method == IB_MGMT_METHOD_SET && first_block && memcmp(pkeys, smp->data, PKEYS * sizeof(*pkeys))) {
		memcpy(pkeys, smp->data, PKEYS * sizeof(*pkeys));
		fabric_raise(function->pf, IB_EVENT_PKEY_CHANGE);
	}
	memset(smp->data, 0, sizeof(smp->data));
	if (first_block)
		memcpy(smp->data, pkeys, PKEYS * sizeof(*pkeys));
}

static int subnet_management(struct function *function, struct ib_smp *smp)
{
	/* Behind a PF's port there is one node for the subnet manager, the PF. */
	if (function->vf)
		return IB_MAD_RESULT_SUCCESS;
	if (smp->method != IB_MGMT_METHOD_GET && smp->method != IB_MGMT_METHOD_SET)
		return IB_MAD_RESULT_SUCCESS;

	switch (smp->attr_id) {
	case IB_SMP_ATTR_SM_INFO:
		/* For a subnet manager that runs on this node. */
		return IB_MAD_RESULT_SUCCESS;
	case IB_SMP_ATTR_NODE_DESC:
		memcpy(smp->data, function->ibdev.node_desc, IB_DEVICE_NODE_DESC_MAX);
		break;
	case IB_SMP_ATTR_NODE_INFO:
		node_info(function, smp);
		break;
	case IB_SMP_ATTR_PORT_INFO:
		port_info(function, smp);
		break;
	case IB_SMP_ATTR_GUID_INFO:
		guid_info(function, smp);
		break;
	case IB_SMP_ATTR_PKEY_TABLE:
		pkey_table(function, smp);
		break;
	case IB_SMP_ATTR_SL_TO_VL_TABLE:
	case IB_SMP_ATTR_VL_ARB_TABLE:
		memset(smp->data, 0, sizeof(smp->data));
		break;
	default:
		smp->status = STATUS_UNSUPPORTED_ATTRIBUTE;
	}
	smp->method = IB_MGMT_METHOD_GET_RESP;
	if (smp->mgmt_class == IB_MGMT_CLASS_SUBN_DIRECTED_ROUTE)
		smp->status |= IB_SMP_DIRECTION;
	return IB_MAD_RESULT_SUCCESS | IB_MAD_RESULT_REPLY;
}

/* All counters stand at zero. */
static int performance_management(struct ib_pma_mad *mad)
{
	if (mad->mad_hdr.method != IB_MGMT_METHOD_GET && mad->mad_hdr.method != IB_MGMT_METHOD_SET)
		return IB_MAD_RESULT_SUCCESS;
	memset(mad->data, 0, sizeof(mad->data));
	if (mad->mad_hdr.attr_id == IB_PMA_CLASS_PORT_INFO) {
		mad->data[0] = 1;
		mad->data[1] = 1;
	} else if (mad->mad_hdr.attr_id != IB_PMA_PORT_COUNTERS) {
		mad->mad_hdr.status = STATUS_UNSUPPORTED_ATTRIBUTE;
	}
	mad->mad_hdr.method = IB_MGMT_METHOD_GET_RESP;
	return IB_MAD_RESULT_SUCCESS | IB_MAD_RESULT_REPLY;
}

int agents_process_mad(struct ib_device *ibdev, int flags, u32 port_number, const struct ib_wc *wc, const struct ib_grh *grh,
		       const struct ib_mad *in, struct ib_mad *out, size_t *out_size, u16 *out_pkey_index)
{
	*out = *in;
	switch (in->mad_hdr.mgmt_class) {
	case IB_MGMT_CLASS_SUBN_LID_ROUTED:
	case IB_MGMT_CLASS_SUBN_DIRECTED_ROUTE:
		return subnet_management(to_function(ibdev), (struct ib_smp *)out);
	case IB_MGMT_CLASS_PERF_MGMT:
		return performance_management((struct ib_pma_mad *)out);
	default:
		return IB_MAD_RESULT_SUCCESS;
	}
}
