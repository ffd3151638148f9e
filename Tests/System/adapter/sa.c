// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The share of subnet administration that a subnet manager with virtualisation has for VFs, and OpenSM in the guest has not:
 * VFs join multicast groups, and paths lead to VFs. With it IPoIB works on VFs.
 */
#include <rdma/ib_sa.h>

#include "verbs.h"

#define STATUS_UNSUPPORTED_ATTRIBUTE	cpu_to_be16(0x000c)
#define SELECT_EXACTLY	(2 << 6)
#define RATE_10_GBPS	3
#define PACKET_LIFETIME	18
#define IPOIB_QKEY	0x0b1b

/* As in InfiniBand Architecture, volume 1, chapter 15. */
struct member_record {
	union ib_gid	group;
	union ib_gid	port;
	__be32		qkey;
	__be16		lid;
	u8		mtu;
	u8		traffic_class;
	__be16		pkey;
	u8		rate;
	u8		lifetime;
	__be32		sl_flow_hops;
	u8		scope_state;
	u8		proxy;
} __packed;

struct path_record {
	__be64		service;
	union ib_gid	destination;
	union ib_gid	source;
	__be16		destination_lid;
	__be16		source_lid;
	__be32		flow_hops;
	u8		traffic_class;
	u8		reversible_count;
	__be16		pkey;
	__be16		qos_sl;
	u8		mtu;
	u8		rate;
	u8		lifetime;
	u8		preference;
} __packed;

/* Every function has one QP1. The caller holds the lock. */
static struct function *function_of(const union ib_gid *gid)
{
	struct queue_pair *qp;

	list_for_each_entry(qp, &queue_pairs, list) {
		struct function *function = to_function(qp->ibqp.device);

		if (qp->ibqp.qp_num == 1 && cpu_to_be64(function->guid[PORT_GUID]) == gid->global.interface_id)
			return function;
	}
	return NULL;
}

static void join(struct member_record *record)
{
	record->qkey = cpu_to_be32(IPOIB_QKEY);
	record->lid = IB_MULTICAST_LID_BASE;
	record->mtu = SELECT_EXACTLY | IB_MTU_2048;
	record->pkey = cpu_to_be16(0xffff);
	record->rate = SELECT_EXACTLY | RATE_10_GBPS;
	record->lifetime = SELECT_EXACTLY | PACKET_LIFETIME;
}

static void path(struct path_record *record, struct function *from, struct function *to)
{
	record->source_lid = cpu_to_be16(fabric_lid(from));
	record->destination_lid = cpu_to_be16(fabric_lid(to));
	record->reversible_count = 1 << 7 | 1;
	record->pkey = cpu_to_be16(0xffff);
	record->mtu = SELECT_EXACTLY | IB_MTU_2048;
	record->rate = SELECT_EXACTLY | RATE_10_GBPS;
	record->lifetime = SELECT_EXACTLY | PACKET_LIFETIME;
}

/* Turns a request that FROM sends to the subnet administrator into its answer; false leaves it to the real one. */
bool sa_answer(struct function *from, struct ib_sa_mad *mad)
{
	__be16 attribute = mad->mad_hdr.attr_id;
	struct path_record *record = (struct path_record *)mad->data;
	struct function *to = attribute == cpu_to_be16(IB_SA_ATTR_PATH_REC) ? function_of(&record->destination) : NULL;

	if (mad->mad_hdr.mgmt_class != IB_MGMT_CLASS_SUBN_ADM || mad->mad_hdr.method & IB_MGMT_METHOD_RESP)
		return false;
	if (!from->vf && !(to && to->vf))
		return false;
	if (to)
		path(record, from, to);
	else if (attribute == cpu_to_be16(IB_SA_ATTR_MC_MEMBER_REC))
		join((struct member_record *)mad->data);
	else
		mad->mad_hdr.status = STATUS_UNSUPPORTED_ATTRIBUTE;
	mad->mad_hdr.method = mad->mad_hdr.method == IB_SA_METHOD_DELETE ? IB_SA_METHOD_DELETE_RESP : IB_MGMT_METHOD_GET_RESP;
	return true;
}
