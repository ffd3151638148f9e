/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wire: unreliable datagrams reach functions of the card that sends them, and of the card at its cable's other end.
 * A VF has its PF's LID, and is identified by the GID in the datagram's global route header (GRH).
 */
#include "mlx5emu.h"

static const uint8_t gid_prefix[8] = { 0xfe, 0x80 };

/* The card at the cable's other end, if there is one. */
Mlx5 *mlx5_peer(Mlx5 *pf)
{
    Object *cards = object_resolve_path("/machine/peripheral", NULL);
    Object *peer = cards && pf->peer ? object_resolve_path_component(cards, pf->peer) : NULL;
    return (Mlx5 *)object_dynamic_cast(peer, TYPE_MLX5EMU);
}

/* Whether the cable is plugged in at both ends. A port whose other end is not there has a link all the same. */
bool mlx5_has_link(Mlx5 *pf)
{
    Mlx5 *peer = mlx5_peer(pf);
    return pf->cable && (!peer || peer->cable);
}

/* The cable was plugged in or pulled: its two ends see the same. */
void mlx5_train(Mlx5 *pf)
{
    Mlx5 *peer = mlx5_peer(pf);
    uint8_t state = mlx5_has_link(pf) ? PORT_INIT : PORT_DOWN;
    mlx5_set_port_state(pf, state);
    if (peer) {
        mlx5_set_port_state(peer, state);
    }
}

static unsigned group_of(Qp *qp, const uint8_t gid[16])
{
    unsigned n = 0;
    while (n < qp->groups->len && memcmp(&g_array_index(qp->groups, Gid, n), gid, sizeof(Gid))) {
        n++;
    }
    return n;
}

int mlx5_change_groups(Mlx5 *fn, const uint8_t *in, bool attach)
{
    Qp *qp = mlx5_qp(fn, get(in, in_number));
    const uint8_t *gid = in + 16;
    if (!qp) {
        return ST_BAD_RES;
    }
    unsigned n = group_of(qp, gid);
    if (attach && n == qp->groups->len) {
        g_array_append_vals(qp->groups, gid, 1);
    } else if (!attach && n < qp->groups->len) {
        g_array_remove_index(qp->groups, n);
    }
    return ST_OK;
}

/* The numbers 0 and 1 stand for the two special queue pairs. */
static bool has_number(Qp *qp, uint32_t number)
{
    return number == 0 ? qp->st == QP_ST_QP0 : number == 1 ? qp->st == QP_ST_QP1 : qp->qpn == number;
}

static void deliver(Mlx5 *to, Qp *from, const Datagram *d, bool to_group)
{
    GHashTableIter it;
    gpointer value;
    g_hash_table_iter_init(&it, to->qps);
    while (g_hash_table_iter_next(&it, NULL, &value)) {
        Qp *qp = value;
        bool wanted = to_group ? qp != from && group_of(qp, d->grh + 24) < qp->groups->len : has_number(qp, d->dqpn);
        if (wanted) {
            mlx5_qp_receive(to, qp, d);
        }
    }
}

static void deliver_to_card(Mlx5 *pf, Qp *from, const Datagram *d)
{
    bool directed = d->dqpn == 0 && d->dlid == PERMISSIVE_LID;
    bool to_group = !directed && d->dlid >= FIRST_MULTICAST_LID;
    if (!directed && !to_group && d->dlid != pf->lid) {
        return;
    }
    for (unsigned n = 0; n <= pf->num_vfs; n++) {
        Mlx5 *to = function_of(pf, n);
        bool named = d->has_grh ? ldq_be_p(d->grh + 32) == pf->vport[n].port_guid : n == 0;
        if (to && to->hca_up && (to_group || named) && (d->dqpn == 0 || mlx5_vport_state(pf, n) >= PORT_ARMED)) {
            deliver(to, from, d, to_group);
        }
    }
}

/* What a work request sends: control segment, address, then its data, inline or in the host's memory. */
static bool read_request(Mlx5 *fn, Qp *qp, const uint8_t *wqe, unsigned length, Datagram *d)
{
    Mlx5 *pf = pf_of(fn);
    unsigned at = 16 + 48;
    d->slid = pf->lid ?: PERMISSIVE_LID;
    d->dqpn = ldl_be_p(wqe + 24) & 0xffffff;
    d->dlid = lduw_be_p(wqe + 30);
    d->sqpn = qp->st == QP_ST_QP0 ? 0 : qp->st == QP_ST_QP1 ? 1 : qp->deth_sqpn ?: qp->qpn;
    d->has_grh = wqe[44] >> 6 & 1;
    while (at + 16 <= length) {
        uint32_t size = ldl_be_p(wqe + at), n = size & 0x7fffffff;
        bool is_inline = size >> 31;
        if (is_inline) {
            n &= 0x3ff;
        }
        if (d->length + n > sizeof(d->data) || (is_inline && at + 4 + n > length)) {
            return false;
        }
        if (is_inline) {
            memcpy(d->data + d->length, wqe + at + 4, n);
        } else {
            dma_read(fn, ldq_be_p(wqe + at + 8), d->data + d->length, n);
        }
        d->length += n;
        at += is_inline ? ROUND_UP(4 + n, 16) : 16;
    }
    if (d->has_grh) {
        d->grh[0] = 6 << 4;
        stw_be_p(d->grh + 4, d->length);
        d->grh[6] = 0x1b;
        d->grh[7] = wqe[43];
        memcpy(d->grh + 8, gid_prefix, sizeof(gid_prefix));
        stq_be_p(d->grh + 16, vport_of(fn)->port_guid);
        memcpy(d->grh + 24, wqe + 48, 16);
    }
    return true;
}

void mlx5_transmit(Mlx5 *fn, Qp *qp, const uint8_t *wqe, unsigned length)
{
    Mlx5 *pf = pf_of(fn), *peer = mlx5_peer(pf);
    g_autofree Datagram *d = g_new0(Datagram, 1);
    if (!read_request(fn, qp, wqe, length, d)) {
        mlx5_say(fn, "a work request of %u bytes cannot be read", length);
        return;
    }
    if (d->dqpn != 0 && mlx5_vport_state(pf, vport_number(fn)) < PORT_ARMED) {
        return;
    }
    if (mlx5_sa_answer(fn, d)) {
        deliver(fn, NULL, d, false);
        return;
    }
    if (peer && mlx5_has_link(pf)) {
        deliver_to_card(peer, qp, d);
    }
    if (d->dlid != PERMISSIVE_LID) {
        deliver_to_card(pf, qp, d);
    }
}
