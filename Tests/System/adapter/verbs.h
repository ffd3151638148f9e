/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The queues, between verbs.c, which makes them, and wire.c, which moves packets between them. */
#ifndef VERBS_H
#define VERBS_H

#include <linux/spinlock.h>

#include "adapter.h"

struct completion_queue {
	struct ib_cq		ibcq;
	struct ib_wc		*ring;
	unsigned int		size, head, count;
	bool			armed;
};

struct address_handle {
	struct ib_ah		ibah;
	struct rdma_ah_attr	attr;
};

struct receive {
	struct list_head	list;
	u64			wr_id;
	int			sges;
	struct ib_sge		sge[];
};

struct multicast_group {
	struct list_head	list;
	union ib_gid		gid;
};

struct queue_pair {
	struct ib_qp		ibqp;
	struct list_head	list;
	struct list_head	receives;
	struct list_head	groups;
	enum ib_qp_state	state;
	u32			qkey;
	bool			signal_all;
};

static inline struct queue_pair *to_qp(struct ib_qp *ibqp)
{
	return container_of(ibqp, struct queue_pair, ibqp);
}

static inline struct completion_queue *to_cq(struct ib_cq *ibcq)
{
	return container_of(ibcq, struct completion_queue, ibcq);
}

extern struct list_head queue_pairs;
/* One lock for all queues: they are few and slow. Completion handlers only schedule, so they may run under it. */
extern spinlock_t queues_lock;

/* verbs.c; the caller holds the lock */
void complete_work(struct ib_cq *ibcq, const struct ib_wc *wc);

/* sa.c; the caller holds the lock */
bool sa_answer(struct function *from, struct ib_sa_mad *mad);

/* wire.c */
int wire_post_send(struct ib_qp *ibqp, const struct ib_send_wr *wr, const struct ib_send_wr **bad);
void wire_forget(struct queue_pair *qp);	/* the caller holds the lock */

#endif
