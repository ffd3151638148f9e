/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Queue pairs. A send completes whether or not it reaches anybody, as datagrams do. Memory keys are not translated: those of
 * the kernel are physical addresses.
 */
#include "mlx5emu.h"

Qp *mlx5_qp(Mlx5 *fn, uint32_t qpn) { return g_hash_table_lookup(fn->qps, GUINT_TO_POINTER(qpn)); }

static uint64_t qp_at(Qp *qp, uint64_t offset) { return mlx5_in_pages(qp->pas, qp->page_shift, offset + qp->page_offset); }

static void complete(Mlx5 *fn, Qp *qp, bool send, uint16_t counter, uint8_t opcode, uint8_t syndrome)
{
    uint8_t cqe[64] = { 0 };
    stl_be_p(cqe + 32, qp->uidx);
    if (syndrome) {
        cqe[55] = syndrome;
    }
    stl_be_p(cqe + 56, qp->qpn);
    stw_be_p(cqe + 60, counter);
    mlx5_cq_push(fn, send ? qp->cq_snd : qp->cq_rcv, cqe, opcode);
}

static uint16_t qp_producer(Mlx5 *fn, Qp *qp, bool send)
{
    uint8_t record[4] = { 0 };
    dma_read(fn, qp->dbr + (send ? 4 : 0), record, 4);
    return ldl_be_p(record);
}

void mlx5_qp_send(Mlx5 *fn, Qp *qp)       /* Completes whatever was posted. */
{
    uint16_t pi = qp_producer(fn, qp, true);
    bool flush = qp->state == QPS_ERR;
    if (!qp->has_sq || (qp->state != QPS_RTS && !flush)) {
        return;
    }
    for (unsigned left = 1u << qp->log_sq; qp->sq_ci != pi && left; left--) {
        uint8_t wqe[1024];
        uint16_t index = qp->sq_ci;
        dma_read(fn, qp_at(qp, qp->sq_offset + entry_of(index, qp->log_sq) * 64), wqe, 64);
        unsigned length = (ldl_be_p(wqe + 4) & 0x3f) * 16, blocks = DIV_ROUND_UP(length, 64) ?: 1;
        for (unsigned n = 1; n < blocks; n++) {
            dma_read(fn, qp_at(qp, qp->sq_offset + entry_of(index + n, qp->log_sq) * 64), wqe + n * 64, 64);
        }
        qp->sq_ci += blocks;
        if (flush) {
            complete(fn, qp, true, index, 13, 5);
        } else {
            if ((wqe[11] & 0x0c) == 0x08) {
                complete(fn, qp, true, index, 0, 0);
            }
            bool is_send = wqe[3] == 0x0a || wqe[3] == 0x0b;     /* SEND, with or without immediate data */
            if (is_send && (qp->st == QP_ST_UD || qp->st == QP_ST_QP0 || qp->st == QP_ST_QP1)) {
                mlx5_transmit(fn, qp, wqe, length);
            }
        }
    }
}

static void qp_flush(Mlx5 *fn, Qp *qp)
{
    qp->state = QPS_ERR;
    mlx5_qp_send(fn, qp);
    if (qp->has_rq) {
        uint16_t pi = qp_producer(fn, qp, false);
        for (unsigned left = 1u << qp->log_rq; qp->rq_ci != pi && left; left--) {
            complete(fn, qp, false, qp->rq_ci++, 14, 5);
        }
    }
}

void mlx5_qp_receive(Mlx5 *fn, Qp *qp, const Datagram *datagram)
{
    uint8_t wqe[512], cqe[64] = { 0 };
    unsigned at = 0, total = sizeof(datagram->grh) + datagram->length;
    if (!qp->has_rq || qp->state < QPS_RTR || qp->state == QPS_ERR || qp->rq_ci == qp_producer(fn, qp, false)) {
        return;
    }
    uint16_t index = qp->rq_ci++;
    unsigned stride = MIN(qp->rq_stride, sizeof(wqe));
    dma_read(fn, qp_at(qp, entry_of(index, qp->log_rq) * qp->rq_stride), wqe, stride);
    /* room for a GRH first, then the data, over the scatter list */
    for (unsigned s = 0; s + 16 <= stride && at < total; s += 16) {
        uint32_t room = ldl_be_p(wqe + s) & 0x7fffffff, key = ldl_be_p(wqe + s + 4);
        uint64_t to = ldq_be_p(wqe + s + 8);
        if (!room || key == 0x100) {
            continue;
        }
        while (room && at < total) {
            bool in_grh = at < sizeof(datagram->grh);
            unsigned n = MIN(room, (in_grh ? sizeof(datagram->grh) : total) - at);
            dma_write(fn, to, in_grh ? datagram->grh + at : datagram->data + at - sizeof(datagram->grh), n);
            at += n; to += n; room -= n;
        }
    }
    stw_be_p(cqe + 22, datagram->slid);
    stl_be_p(cqe + 24, (uint32_t)datagram->has_grh << 28 | datagram->sqpn);
    stl_be_p(cqe + 32, qp->uidx);
    stl_be_p(cqe + 36, 0xffff);                     /* P_Key */
    stl_be_p(cqe + 44, total);
    stl_be_p(cqe + 56, qp->qpn);
    stw_be_p(cqe + 60, index);
    mlx5_cq_push(fn, qp->cq_rcv, cqe, 2);
}

int mlx5_create_qp(Mlx5 *fn, const uint8_t *in, uint32_t in_len, uint8_t *out)
{
    const uint8_t *c = in + QPC;
    Qp *qp = g_new0(Qp, 1);
    qp->qpn = ++fn->next_number;
    qp->st = get(c, qpc_st);
    qp->log_rq = get(c, qpc_log_rq_size);
    qp->rq_stride = 16u << get(c, qpc_log_rq_stride);
    qp->has_rq = get(c, qpc_rq_type) == 0;
    qp->has_sq = !get(c, qpc_no_sq);
    qp->log_sq = get(c, qpc_log_sq_size);
    qp->sq_offset = qp->has_rq ? qp->rq_stride << qp->log_rq : 0;
    qp->page_shift = get(c, qpc_log_page_size) + 12;
    qp->page_offset = get(c, qpc_page_offset) << 6;
    qp->cq_snd = get(c, qpc_cqn_snd);
    qp->cq_rcv = get(c, qpc_cqn_rcv);
    qp->uidx = get(c, qpc_user_index);
    qp->dbr = get(c, qpc_dbr_addr);
    qp->deth_sqpn = get(c, qpc_deth_sqpn);
    memcpy(qp->context, c, sizeof(qp->context));
    qp->pas = mlx5_page_list(in, in_len);
    qp->groups = g_array_new(false, false, sizeof(Gid));
    g_hash_table_insert(fn->qps, GUINT_TO_POINTER(qp->qpn), qp);
    put(out, out_number, qp->qpn);
    return ST_OK;
}

int mlx5_change_qp(Mlx5 *fn, unsigned op, const uint8_t *in)
{
    Qp *qp = mlx5_qp(fn, get(in, in_number));
    if (!qp) {
        return ST_BAD_RES;
    }
    switch (op) {
    case OP_RST2INIT_QP: case OP_INIT2INIT_QP: qp->state = QPS_INIT; break;
    case OP_INIT2RTR_QP: qp->state = QPS_RTR; break;
    case OP_RTR2RTS_QP: case OP_RTS2RTS_QP: case OP_SQERR2RTS_QP: qp->state = QPS_RTS; break;
    case OP_2ERR_QP: qp_flush(fn, qp); break;
    case OP_2RST_QP: qp->state = QPS_RST; qp->sq_ci = qp->rq_ci = 0; break;
    }
    put(qp->context, qpc_state, qp->state);
    return ST_OK;
}
