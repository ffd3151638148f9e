/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the adapter says that it can do: the general HCA capabilities, and the registers that the driver reads. */
#include "mlx5emu.h"

void mlx5_query_caps(Mlx5 *fn, uint8_t *c)
{
    if (fn->cap_is_set) {
        memcpy(c, fn->cap_set, 4096);
    }
    put(c, CAP(vhca_id), vport_number(fn));
    put(c, CAP(log_max_srq_sz), 15);
    put(c, CAP(log_max_qp_sz), 15);
    if (!fn->cap_is_set) {
        put(c, CAP(log_max_qp), 17);
    }
    put(c, CAP(log_max_srq), 16);
    put(c, CAP(max_sgl_optimized), 8);
    put(c, CAP(log_max_cq_sz), 22);
    put(c, CAP(log_max_cq), 16);
    put(c, CAP(log_max_eq_sz), 22);
    put(c, CAP(log_max_mkey), 20);
    put(c, CAP(fast_teardown), 1);
    put(c, CAP(log_max_eq), 5);
    put(c, CAP(fixed_buffer_size), 1);
    put(c, CAP(log_max_mrw_sz), 64);
    put(c, CAP(log_max_klm_list_size), 16);
    put(c, CAP(log_max_ra_req_qp), 4);
    put(c, CAP(log_max_ra_res_qp), 4);
    put(c, CAP(end_pad), 1);
    put(c, CAP(vport_counters), 1);
    put(c, CAP(max_qp_cnt), 0x40);
    put(c, CAP(vport_group_manager), !is_vf(fn));
    put(c, CAP(vhca_group_manager), !is_vf(fn));
    put(c, CAP(ib_virt), 1);
    put(c, CAP(local_ca_ack_delay), 16);
    put(c, CAP(port_type), 0);                      /* InfiniBand */
    put(c, CAP(num_ports), 1);
    put(c, CAP(log_max_msg), 30);
    put(c, CAP(stat_rate_support), 0xff);
    put(c, CAP(cqe_version), 1);
    put(c, CAP(compact_address_vector), 1);
    put(c, CAP(umr_modify_entity_size_disabled), 1);
    put(c, CAP(umr_fence), 2);
    put(c, CAP(wq_signature), 1);
    put(c, CAP(sctr_data_cqe), 1);
    put(c, CAP(cq_oi), 1);
    put(c, CAP(cq_moderation), 1);
    put(c, CAP(block_lb_mc), 1);
    put(c, CAP(imaicl), 1);
    put(c, CAP(qkv), 1);
    put(c, CAP(pkv), 1);
    put(c, CAP(set_deth_sqpn), 1);
    put(c, CAP(xrc), 1);
    put(c, CAP(ud), 1);
    put(c, CAP(uc), 1);
    put(c, CAP(rc), 1);
    put(c, CAP(log_pg_sz), 12);
    put(c, CAP(bf), 1);
    put(c, CAP(driver_version), 1);
    put(c, CAP(log_bf_reg_size), 9);
    put(c, CAP(max_wqe_sz_sq), 1024);
    put(c, CAP(max_wqe_sz_rq), 512);
    put(c, CAP(max_qp_mcg), 240);
    put(c, CAP(log_max_mcg), 21);
    put(c, CAP(log_max_transport_domain), 20);
    put(c, CAP(log_max_pd), 24);
    put(c, CAP(log_max_xrcd), 24);
    put(c, CAP(log_max_rmp), 16);
    put(c, CAP(max_num_eqs), 60);
    put(c, CAP(device_frequency_khz), FREQ_KHZ);
}

int mlx5_access_register(Mlx5 *fn, const uint8_t *in, uint8_t *out)
{
    unsigned id = get(in, in_register_id);
    bool query = get(in, in_op_mod);
    const uint8_t *d = in + 16;
    uint8_t *r = out + 16;
    switch (id) {
    case 0x5003:                                    /* PMTU */
        r[1] = d[1];
        put(r, 0x20, 16, 4096);
        put(r, 0x40, 16, 4096);
        put(r, 0x60, 16, 4096);
        return ST_OK;
    case 0x5004:                                    /* PTYS: 4x, HDR */
        r[1] = d[1];
        put(r, 0x1d, 3, 1);
        put(r, 0x80, 16, 0x7); put(r, 0x90, 16, 0x7f);
        put(r, 0xe0, 16, 0x7); put(r, 0xf0, 16, 0x7f);
        put(r, 0x140, 16, 4); put(r, 0x150, 16, 0x40);
        return ST_OK;
    case 0x500f:                                    /* PVLC: VL0-3 */
        r[1] = d[1];
        put(r, 0x3c, 4, 4); put(r, 0x5c, 4, 4); put(r, 0x7c, 4, 4);
        return ST_OK;
    case 0x5006:                                    /* PAOS */
        r[1] = d[1];
        put(r, 0x14, 4, 1);
        put(r, 0x1c, 4, pf_of(fn)->port_state == PORT_DOWN ? 2 : 1);
        return ST_OK;
    case 0x5008:                                    /* PPCNT: nothing was counted */
        memcpy(r, d, 8);
        return ST_OK;
    case 0x6001:                                    /* node description */
        if (!query) {
            memcpy(fn->node_desc, d, 64);
        }
        memcpy(r, fn->node_desc, 64);
        return ST_OK;
    case 0x7004:                                    /* host endianness */
        memcpy(r, d, 16);
        return ST_OK;
    }
    return ST_BAD_PARAM;
}
