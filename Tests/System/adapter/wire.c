// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Unreliable datagrams on their way from queue pair to queue pair.
 */
#include <linux/interrupt.h>
#include <linux/slab.h>

#include "verbs.h"

#define MAX_PACKET	4096
#define GRH_SIZE	sizeof(struct ib_grh)

/* A send on its way; with a failed status it goes nowhere, but is still completed in order. */
struct packet {
	struct list_head	list;
	struct queue_pair	*from;
	u64			wr_id;
	bool			signalled;
	enum ib_wc_status	status;
	struct rdma_ah_attr	attr;
	u32			to;
	struct ib_wc		receipt;
	struct ib_grh		grh;
	unsigned int		size;
	u8			data[];
};

static LIST_HEAD(packets);
static struct tasklet_struct wire;

/* Copies into the buffers of a receive, from OFFSET on. */
static void scatter(struct receive *receive, unsigned int offset, const void *data, unsigned int size)
{
	int i;

	for (i = 0; i < receive->sges && size; i++) {
		unsigned int length = receive->sge[i].length, chunk;

		if (offset >= length) {
			offset -= length;
			continue;
		}
		chunk = min(size, length - offset);
		memcpy((void *)(uintptr_t)receive->sge[i].addr + offset, data, chunk);
		data += chunk;
		size -= chunk;
		offset = 0;
	}
}

static void deliver(struct packet *packet, struct queue_pair *qp)
{
	struct receive *receive = list_first_entry_or_null(&qp->receives, struct receive, list);
	struct ib_wc wc = packet->receipt;

	if (!receive)
		return;
	list_del(&receive->list);
	scatter(receive, 0, &packet->grh, GRH_SIZE);
	scatter(receive, GRH_SIZE, packet->data, packet->size);
	wc.wr_id = receive->wr_id;
	wc.qp = &qp->ibqp;
	kfree(receive);
	complete_work(qp->ibqp.recv_cq, &wc);
}

static bool in_group(struct queue_pair *qp, const union ib_gid *gid)
{
	struct multicast_group *group;

	list_for_each_entry(group, &qp->groups, list)
		if (!memcmp(&group->gid, gid, sizeof(*gid)))
			return true;
	return false;
}

static void transmit(struct packet *packet)
{
	struct function *from = to_function(packet->from->ibqp.device);
	u16 lid = rdma_ah_get_dlid(&packet->attr);
	bool multicast = lid >= be16_to_cpu(IB_MULTICAST_LID_BASE) && lid != be16_to_cpu(IB_LID_PERMISSIVE);
	struct queue_pair *qp;

	list_for_each_entry(qp, &queue_pairs, list) {
		if (qp->state != IB_QPS_RTR && qp->state != IB_QPS_RTS)
			continue;
		if (qp == packet->from && multicast)
			continue;
		if (!fabric_reaches(from, lid, packet->to, to_function(qp->ibqp.device)))
			continue;
		if (multicast ? in_group(qp, &packet->attr.grh.dgid) : qp->ibqp.qp_num == packet->to)
			deliver(packet, qp);
	}
}

/* Requests to the subnet administrator that concern VFs are answered at once. */
static bool ask_sa(struct packet *packet)
{
	struct function *from = to_function(packet->from->ibqp.device);

	if (packet->to != 1 || packet->size != sizeof(struct ib_sa_mad) || from->pf->port.state != IB_PORT_ACTIVE ||
	    rdma_ah_get_dlid(&packet->attr) != from->pf->port.sm_lid || !sa_answer(from, (struct ib_sa_mad *)packet->data))
		return false;
	packet->receipt.slid = from->pf->port.sm_lid;
	deliver(packet, packet->from);
	return true;
}

static void finish(struct packet *packet)
{
	struct ib_wc wc = {
		.wr_id = packet->wr_id, .status = packet->status, .opcode = IB_WC_SEND, .qp = &packet->from->ibqp,
	};

	list_del(&packet->list);
	if (packet->signalled || packet->status != IB_WC_SUCCESS)
		complete_work(packet->from->ibqp.send_cq, &wc);
	kfree(packet);
}

/* Sends are carried out here, never in the caller's context, which may hold locks that completion handlers take. */
static void run_wire(struct tasklet_struct *tasklet)
{
	struct packet *packet;
	unsigned long flags;

	spin_lock_irqsave(&queues_lock, flags);
	while ((packet = list_first_entry_or_null(&packets, struct packet, list))) {
		if (packet->from->state == IB_QPS_ERR)
			packet->status = IB_WC_WR_FLUSH_ERR;
		if (packet->status == IB_WC_SUCCESS && !ask_sa(packet))
			transmit(packet);
		finish(packet);
	}
	spin_unlock_irqrestore(&queues_lock, flags);
}

static void address(struct packet *packet, struct function *function, const struct ib_ud_wr *wr)
{
	packet->attr = container_of(wr->ah, struct address_handle, ibah)->attr;
	packet->to = wr->remote_qpn;
	packet->receipt = (struct ib_wc) {
		.status = IB_WC_SUCCESS,
		.opcode = IB_WC_RECV,
		.byte_len = packet->size + GRH_SIZE,
		.src_qp = packet->from->ibqp.qp_num,
		.slid = fabric_lid(function) ?: be16_to_cpu(IB_LID_PERMISSIVE),
		.sl = rdma_ah_get_sl(&packet->attr),
		.port_num = 1,
	};
	if (rdma_ah_get_ah_flags(&packet->attr) & IB_AH_GRH) {
		packet->receipt.wc_flags = IB_WC_GRH;
		packet->grh.version_tclass_flow = cpu_to_be32(6 << 28);
		packet->grh.paylen = cpu_to_be16(packet->size);
		packet->grh.next_hdr = 0x1b;
		packet->grh.hop_limit = packet->attr.grh.hop_limit;
		packet->grh.sgid.global.subnet_prefix = cpu_to_be64(function->pf->port.gid_prefix);
		packet->grh.sgid.global.interface_id = cpu_to_be64(function->guid[PORT_GUID]);
		packet->grh.dgid = packet->attr.grh.dgid;
	}
}

static struct packet *make_packet(struct queue_pair *qp, const struct ib_send_wr *wr)
{
	struct packet *packet;
	unsigned int size = 0;
	int i;

	for (i = 0; i < wr->num_sge; i++)
		size += wr->sg_list[i].length;
	if (size > MAX_PACKET)
		return NULL;
	packet = kzalloc(struct_size(packet, data, size), GFP_ATOMIC);
	if (!packet)
		return NULL;
	packet->from = qp;
	packet->wr_id = wr->wr_id;
	packet->signalled = qp->signal_all || wr->send_flags & IB_SEND_SIGNALED;
	for (i = 0; i < wr->num_sge; i++) {
		memcpy(packet->data + packet->size, (void *)(uintptr_t)wr->sg_list[i].addr, wr->sg_list[i].length);
		packet->size += wr->sg_list[i].length;
	}
	if (wr->opcode == IB_WR_SEND)
		address(packet, to_function(qp->ibqp.device), ud_wr(wr));
	else
		packet->status = IB_WC_LOC_QP_OP_ERR;
	return packet;
}

int wire_post_send(struct ib_qp *ibqp, const struct ib_send_wr *wr, const struct ib_send_wr **bad)
{
	struct queue_pair *qp = to_qp(ibqp);
	unsigned long flags;

	for (; wr; wr = wr->next) {
		struct packet *packet = make_packet(qp, wr);

		if (!packet) {
			*bad = wr;
			return -ENOMEM;
		}
		spin_lock_irqsave(&queues_lock, flags);
		list_add_tail(&packet->list, &packets);
		spin_unlock_irqrestore(&queues_lock, flags);
	}
	tasklet_schedule(&wire);
	return 0;
}

void wire_forget(struct queue_pair *qp)
{
	struct packet *packet, *next;

	list_for_each_entry_safe(packet, next, &packets, list) {
		if (packet->from == qp) {
			list_del(&packet->list);
			kfree(packet);
		}
	}
}

void wire_init(void)
{
	tasklet_setup(&wire, run_wire);
}

void wire_exit(void)
{
	tasklet_kill(&wire);
}
