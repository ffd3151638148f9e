// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Verbs for users inside the kernel, ib_mad and ib_ipoib: the objects that they make. Programs can open a device and query
 * it, but get no queues.
 */
#include <linux/slab.h>

#include "verbs.h"

LIST_HEAD(queue_pairs);
DEFINE_SPINLOCK(queues_lock);
static atomic_t next_number = ATOMIC_INIT(0x40);

void complete_work(struct ib_cq *ibcq, const struct ib_wc *wc)
{
	struct completion_queue *cq = to_cq(ibcq);

	if (cq->count == cq->size)
		return;
	cq->ring[(cq->head + cq->count++) % cq->size] = *wc;
	if (cq->armed) {
		cq->armed = false;
		ibcq->comp_handler(ibcq, ibcq->cq_context);
	}
}

static void flush_receives(struct queue_pair *qp)
{
	struct receive *receive, *next;

	list_for_each_entry_safe(receive, next, &qp->receives, list) {
		struct ib_wc wc = { .wr_id = receive->wr_id, .status = IB_WC_WR_FLUSH_ERR, .qp = &qp->ibqp };

		list_del(&receive->list);
		kfree(receive);
		complete_work(qp->ibqp.recv_cq, &wc);
	}
}

static void drop_receives(struct queue_pair *qp)
{
	struct receive *receive, *next;

	list_for_each_entry_safe(receive, next, &qp->receives, list) {
		list_del(&receive->list);
		kfree(receive);
	}
}

static int post_recv(struct ib_qp *ibqp, const struct ib_recv_wr *wr, const struct ib_recv_wr **bad)
{
	struct queue_pair *qp = to_qp(ibqp);
	unsigned long flags;

	for (; wr; wr = wr->next) {
		struct receive *receive = kmalloc(struct_size(receive, sge, wr->num_sge), GFP_ATOMIC);

		if (!receive) {
			*bad = wr;
			return -ENOMEM;
		}
		receive->wr_id = wr->wr_id;
		receive->sges = wr->num_sge;
		memcpy(receive->sge, wr->sg_list, wr->num_sge * sizeof(*wr->sg_list));
		spin_lock_irqsave(&queues_lock, flags);
		list_add_tail(&receive->list, &qp->receives);
		if (qp->state == IB_QPS_ERR)
			flush_receives(qp);
		spin_unlock_irqrestore(&queues_lock, flags);
	}
	return 0;
}

static int poll_cq(struct ib_cq *ibcq, int entries, struct ib_wc *wc)
{
	struct completion_queue *cq = to_cq(ibcq);
	unsigned long flags;
	int taken = 0;

	spin_lock_irqsave(&queues_lock, flags);
	for (; taken < entries && cq->count; cq->count--) {
		wc[taken++] = cq->ring[cq->head];
		cq->head = (cq->head + 1) % cq->size;
	}
	spin_unlock_irqrestore(&queues_lock, flags);
	return taken;
}

static int req_notify_cq(struct ib_cq *ibcq, enum ib_cq_notify_flags notify)
{
	struct completion_queue *cq = to_cq(ibcq);
	unsigned long flags;
	int missed;

	spin_lock_irqsave(&queues_lock, flags);
	cq->armed = true;
	missed = notify & IB_CQ_REPORT_MISSED_EVENTS && cq->count;
	spin_unlock_irqrestore(&queues_lock, flags);
	return missed;
}

static int create_cq(struct ib_cq *ibcq, const struct ib_cq_init_attr *attr, struct ib_udata *udata)
{
	struct completion_queue *cq = to_cq(ibcq);

	if (udata)
		return -EOPNOTSUPP;
	cq->size = attr->cqe + 1;
	cq->ring = kvcalloc(cq->size, sizeof(*cq->ring), GFP_KERNEL);
	if (!cq->ring)
		return -ENOMEM;
	ibcq->cqe = attr->cqe;
	return 0;
}

static int destroy_cq(struct ib_cq *ibcq, struct ib_udata *udata)
{
	kvfree(to_cq(ibcq)->ring);
	return 0;
}

static int create_qp(struct ib_qp *ibqp, struct ib_qp_init_attr *attr, struct ib_udata *udata)
{
	struct queue_pair *qp = to_qp(ibqp);
	unsigned long flags;

	if (udata || attr->srq)
		return -EOPNOTSUPP;
	switch (attr->qp_type) {
	case IB_QPT_SMI:
		ibqp->qp_num = 0;
		break;
	case IB_QPT_GSI:
		ibqp->qp_num = 1;
		break;
	case IB_QPT_UD:
		/* Unique in the whole fabric. */
		ibqp->qp_num = atomic_inc_return(&next_number);
		break;
	default:
		return -EOPNOTSUPP;
	}
	INIT_LIST_HEAD(&qp->receives);
	INIT_LIST_HEAD(&qp->groups);
	qp->state = IB_QPS_RESET;
	qp->signal_all = attr->sq_sig_type == IB_SIGNAL_ALL_WR;
	spin_lock_irqsave(&queues_lock, flags);
	list_add(&qp->list, &queue_pairs);
	spin_unlock_irqrestore(&queues_lock, flags);
	return 0;
}

static int modify_qp(struct ib_qp *ibqp, struct ib_qp_attr *attr, int mask, struct ib_udata *udata)
{
	struct queue_pair *qp = to_qp(ibqp);
	unsigned long flags;

	spin_lock_irqsave(&queues_lock, flags);
	if (mask & IB_QP_QKEY)
		qp->qkey = attr->qkey;
	if (mask & IB_QP_STATE) {
		qp->state = attr->qp_state;
		if (qp->state == IB_QPS_ERR)
			flush_receives(qp);
		if (qp->state == IB_QPS_RESET)
			drop_receives(qp);
	}
	spin_unlock_irqrestore(&queues_lock, flags);
	return 0;
}

static int query_qp(struct ib_qp *ibqp, struct ib_qp_attr *attr, int mask, struct ib_qp_init_attr *init)
{
	attr->qp_state = to_qp(ibqp)->state;
	attr->cur_qp_state = attr->qp_state;
	attr->qkey = to_qp(ibqp)->qkey;
	attr->port_num = 1;
	return 0;
}

static int destroy_qp(struct ib_qp *ibqp, struct ib_udata *udata)
{
	struct queue_pair *qp = to_qp(ibqp);
	struct multicast_group *group, *next_group;
	unsigned long flags;

	spin_lock_irqsave(&queues_lock, flags);
	list_del(&qp->list);
	drop_receives(qp);
	wire_forget(qp);
	list_for_each_entry_safe(group, next_group, &qp->groups, list)
		kfree(group);
	spin_unlock_irqrestore(&queues_lock, flags);
	return 0;
}

static int attach_mcast(struct ib_qp *ibqp, union ib_gid *gid, u16 lid)
{
	struct multicast_group *group = kmalloc(sizeof(*group), GFP_KERNEL);
	unsigned long flags;

	if (!group)
		return -ENOMEM;
	group->gid = *gid;
	spin_lock_irqsave(&queues_lock, flags);
	list_add(&group->list, &to_qp(ibqp)->groups);
	spin_unlock_irqrestore(&queues_lock, flags);
	return 0;
}

static int detach_mcast(struct ib_qp *ibqp, union ib_gid *gid, u16 lid)
{
	struct multicast_group *group, *next;
	unsigned long flags;

	spin_lock_irqsave(&queues_lock, flags);
	list_for_each_entry_safe(group, next, &to_qp(ibqp)->groups, list) {
		if (!memcmp(&group->gid, gid, sizeof(*gid))) {
			list_del(&group->list);
			kfree(group);
		}
	}
	spin_unlock_irqrestore(&queues_lock, flags);
	return 0;
}

static int create_ah(struct ib_ah *ibah, struct rdma_ah_init_attr *init, struct ib_udata *udata)
{
	container_of(ibah, struct address_handle, ibah)->attr = *init->ah_attr;
	return 0;
}

static int query_ah(struct ib_ah *ibah, struct rdma_ah_attr *attr)
{
	*attr = container_of(ibah, struct address_handle, ibah)->attr;
	return 0;
}

static int destroy_ah(struct ib_ah *ibah, u32 flags)
{
	return 0;
}

static int alloc_pd(struct ib_pd *ibpd, struct ib_udata *udata)
{
	return 0;
}

static int dealloc_pd(struct ib_pd *ibpd, struct ib_udata *udata)
{
	return 0;
}

static struct ib_mr *get_dma_mr(struct ib_pd *pd, int access)
{
	return kzalloc(sizeof(struct ib_mr), GFP_KERNEL) ?: ERR_PTR(-ENOMEM);
}

static struct ib_mr *reg_user_mr(struct ib_pd *pd, u64 start, u64 length, u64 address, int access, struct ib_udata *udata)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static int dereg_mr(struct ib_mr *mr, struct ib_udata *udata)
{
	kfree(mr);
	return 0;
}

static int alloc_ucontext(struct ib_ucontext *context, struct ib_udata *udata)
{
	return 0;
}

static void dealloc_ucontext(struct ib_ucontext *context)
{
}

/* Lets a function go while a program still has its device open, as mlx5 does. */
static void disassociate_ucontext(struct ib_ucontext *context)
{
}

const struct ib_device_ops verbs_ops = {
	.alloc_pd = alloc_pd,
	.alloc_ucontext = alloc_ucontext,
	.attach_mcast = attach_mcast,
	.create_ah = create_ah,
	.create_cq = create_cq,
	.create_qp = create_qp,
	.dealloc_pd = dealloc_pd,
	.dealloc_ucontext = dealloc_ucontext,
	.dereg_mr = dereg_mr,
	.destroy_ah = destroy_ah,
	.destroy_cq = destroy_cq,
	.destroy_qp = destroy_qp,
	.detach_mcast = detach_mcast,
	.disassociate_ucontext = disassociate_ucontext,
	.get_dma_mr = get_dma_mr,
	.modify_qp = modify_qp,
	.poll_cq = poll_cq,
	.post_recv = post_recv,
	.post_send = wire_post_send,
	.query_ah = query_ah,
	.query_qp = query_qp,
	.reg_user_mr = reg_user_mr,
	.req_notify_cq = req_notify_cq,
	INIT_RDMA_OBJ_SIZE(ib_ah, address_handle, ibah),
	INIT_RDMA_OBJ_SIZE(ib_cq, completion_queue, ibcq),
	INIT_RDMA_OBJ_SIZE(ib_qp, queue_pair, ibqp),
	.size_ib_pd = sizeof(struct ib_pd),
	.size_ib_ucontext = sizeof(struct ib_ucontext),
};
