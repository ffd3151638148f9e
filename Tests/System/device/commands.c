/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which function carries out which command. */
#include "mlx5emu.h"

static int next_uar(Mlx5 *fn, uint8_t *out)
{
    unsigned count = memory_region_size(&fn->bar) / 4096;
    for (unsigned n = UAR_FIRST; n < count; n++) {
        if (!(fn->uars[n / 32] >> n % 32 & 1)) {
            fn->uars[n / 32] |= 1u << n % 32;
            put(out, out_number, n);
            return ST_OK;
        }
    }
    return ST_NO_RES;
}

int mlx5_execute(Mlx5 *fn, const uint8_t *in, uint32_t in_len, uint8_t *out, uint32_t out_len)
{
    Mlx5 *pf = pf_of(fn);
    Vport *v = vport_of(fn);
    unsigned op = get(in, in_opcode), modifier = get(in, in_op_mod);
    int n;

    if (op >= OP_CREATE_MKEY && !fn->hca_up && op != OP_ACCESS_REG && op != OP_NOP) {
        return ST_BAD_SYS_STATE;
    }
    switch (op) {
    case OP_QUERY_HCA_CAP:
        if (out_len < 16 + 256) {
            return ST_BAD_PARAM;
        }
        if (modifier >> 1 == 0) {
            uint8_t caps[4096] = { 0 };
            bool set = fn->cap_is_set;
            if (!(modifier & 1)) {
                fn->cap_is_set = false;             /* the maximum */
            }
            mlx5_query_caps(fn, caps);
            fn->cap_is_set = set;
            memcpy(out + 16, caps, MIN(4096, out_len - 16));
        }
        return ST_OK;                               /* no other kind of capability */
    case OP_SET_HCA_CAP:
        if (modifier >> 1 == 0) {
            memcpy(fn->cap_set, in + 16, MIN(sizeof(fn->cap_set), in_len - 16));
            fn->cap_is_set = true;
        }
        return ST_OK;
    case OP_QUERY_ADAPTER:
        put(out + 16, 0xc8, 24, 0x2c9);
        memcpy(out + 16 + 0x780 / 8, "MT_0000000223", 13);
        return ST_OK;
    case OP_INIT_HCA:
        return mlx5_init_hca(fn);
    case OP_TEARDOWN_HCA:
        if (get(in, in_teardown_profile) == 2) {    /* prepare fast teardown: completes with the NIC state */
            return ST_OK;
        }
        mlx5_function_objects_free(fn);
        return ST_OK;
    case OP_ENABLE_HCA:
        return mlx5_enable_hca(fn, in, true);
    case OP_DISABLE_HCA:
        return mlx5_enable_hca(fn, in, false);
    case OP_QUERY_PAGES:
        put(out, in_function_id, is_vf(fn) ? vport_number(fn) : 0);
        n = is_vf(fn) ? 0 : modifier == 1 ? pf->boot_pages : modifier == 2 ? pf->init_pages : 0;
        stl_be_p(out + 12, n);
        return ST_OK;
    case OP_MANAGE_PAGES:
        return mlx5_manage_pages(fn, in, in_len, out, out_len);
    case OP_QUERY_ISSI:
        put(out, 0x50, 16, fn->issi);
        put(out, 0x360, 32, 3);                     /* 0 and 1 */
        return ST_OK;
    case OP_SET_ISSI:
        fn->issi = get(in, 0x50, 16);
        return fn->issi <= 1 ? ST_OK : ST_BAD_PARAM;
    case OP_SET_DRIVER_VERSION: case OP_NOP:
        return ST_OK;
    case OP_QUERY_SPECIAL_CONTEXTS:
        stl_be_p(out + 8, 0x200);
        stl_be_p(out + 12, 0x300);
        stl_be_p(out + 16, 0x400);
        return ST_OK;

    case OP_CREATE_EQ:
        return mlx5_create_eq(fn, in, in_len, out);
    case OP_DESTROY_EQ:
        n = get(in, in_eqn);
        if (n >= MAX_EQS || !fn->eq[n].used) {
            return ST_BAD_RES;
        }
        g_array_unref(fn->eq[n].pas);
        memset(&fn->eq[n], 0, sizeof(Eq));
        return ST_OK;
    case OP_CREATE_CQ:
        return mlx5_create_cq(fn, in, in_len, out);
    case OP_DESTROY_CQ:
        return g_hash_table_remove(fn->cqs, GUINT_TO_POINTER((uint32_t)get(in, in_number))) ? ST_OK : ST_BAD_RES;
    case OP_CREATE_QP:
        return mlx5_create_qp(fn, in, in_len, out);
    case OP_DESTROY_QP:
        return g_hash_table_remove(fn->qps, GUINT_TO_POINTER((uint32_t)get(in, in_number))) ? ST_OK : ST_BAD_RES;
    case OP_RST2INIT_QP: case OP_INIT2INIT_QP: case OP_INIT2RTR_QP: case OP_RTR2RTS_QP: case OP_RTS2RTS_QP:
    case OP_SQERR2RTS_QP: case OP_2ERR_QP: case OP_2RST_QP:
        return mlx5_change_qp(fn, op, in);
    case OP_QUERY_QP: {
        Qp *qp = mlx5_qp(fn, get(in, in_number));
        if (!qp) {
            return ST_BAD_RES;
        }
        memcpy(out + QPC, qp->context, MIN(sizeof(qp->context), out_len - QPC));
        return ST_OK;
    }

    case OP_QUERY_HCA_VPORT_CONTEXT:
        return mlx5_query_hca_vport_context(fn, in, out);
    case OP_MODIFY_HCA_VPORT_CONTEXT:
        return mlx5_modify_hca_vport_context(fn, in, out);
    case OP_QUERY_HCA_VPORT_GID:
        n = mlx5_command_vport(fn, in);
        if (n < 0 || out_len < 32) {
            return ST_BAD_PARAM;
        }
        put(out, 0x60, 16, 1);
        stq_be_p(out + 16, 0xfe80000000000000ull);
        if (get(in, in_table_index) == 0 || get(in, in_table_index) == 0xffff) {
            bool configured = n != vport_number(fn) && !pf->gid_at_init;
            stq_be_p(out + 24, configured ? pf->vport[n].port_guid : pf->vport[n].live_port_guid);
        }
        return ST_OK;
    case OP_QUERY_HCA_VPORT_PKEY:
        if (mlx5_command_vport(fn, in) < 0) {
            return ST_BAD_PARAM;
        }
        if (get(in, in_table_index) == 0 || get(in, in_table_index) == 0xffff) {
            stl_be_p(out + 16, 0xffff);
        }
        return ST_OK;
    case OP_QUERY_VPORT_STATE:
        n = mlx5_command_vport(fn, in);
        if (n < 0) {
            return ST_BAD_PARAM;
        }
        put(out, 0x78, 4, n ? pf->vport[n].policy : 1);
        put(out, 0x7c, 4, mlx5_vport_state(pf, n) == PORT_DOWN ? 0 : 1);
        return ST_OK;
    case OP_QUERY_NIC_VPORT_CONTEXT:
        put(out + 16, 0x140, 64, pf->guid);
        put(out + 16, 0x180, 64, v->live_port_guid);
        put(out + 16, 0x1c0, 64, v->live_node_guid);
        return ST_OK;
    case OP_ACCESS_REG:
        return mlx5_access_register(fn, in, out);
    case OP_MAD_IFC:
        mlx5_sma_reply(fn, in + 16, out + 16);
        return ST_OK;

    case OP_ATTACH_TO_MCG:
        return mlx5_change_groups(fn, in, true);
    case OP_DETACH_FROM_MCG:
        return mlx5_change_groups(fn, in, false);

    case OP_ALLOC_UAR:
        return next_uar(fn, out);
    case OP_DEALLOC_UAR:
        n = get(in, in_number);
        fn->uars[(n & 2047) / 32] &= ~(1u << n % 32);
        return ST_OK;
    case OP_ALLOC_Q_COUNTER:
        put(out, out_counter_set, 1);
        return ST_OK;
    case OP_ALLOC_PD: case OP_ALLOC_XRCD: case OP_ALLOC_TRANSPORT_DOMAIN: case OP_CREATE_MKEY: case OP_CREATE_SRQ:
    case OP_CREATE_XRC_SRQ: case OP_CREATE_RMP:
        put(out, out_number, ++fn->next_number);
        return ST_OK;
    /* accepted, without effect */
    case OP_DEALLOC_PD: case OP_DEALLOC_XRCD: case OP_DEALLOC_TRANSPORT_DOMAIN: case OP_DESTROY_MKEY: case OP_DESTROY_SRQ:
    case OP_DESTROY_XRC_SRQ: case OP_DESTROY_RMP: case OP_MODIFY_RMP: case OP_DEALLOC_Q_COUNTER: case OP_ARM_RQ:
    case OP_ARM_XRC_SRQ: case OP_MODIFY_CQ: case OP_MODIFY_NIC_VPORT_CONTEXT:
    case OP_QUERY_MKEY: case OP_QUERY_EQ: case OP_QUERY_CQ: case OP_QUERY_SRQ: case OP_QUERY_XRC_SRQ: case OP_QUERY_RMP:
    case OP_QUERY_Q_COUNTER: case OP_QUERY_VPORT_COUNTER:
        return ST_OK;
    }
    mlx5_say(fn, "unknown command %#x, modifier %#x, %u bytes in, %u out", op, modifier, in_len, out_len);
    return ST_BAD_OP;
}
