/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The layout of mlx5's firmware interface: opcodes, status values, and for each field of a command its bit offset and
 * width, as in the public mlx5_ifc.h and the Programmer's Reference Manual. Bits are counted from the most significant
 * bit of the first byte.
 */
#ifndef MLX5EMU_LAYOUT_H
#define MLX5EMU_LAYOUT_H

#include "qemu/bitops.h"
#include "qemu/bswap.h"

#define CAP(name) cap_##name
#define cap_vhca_id 0x30, 16
#define cap_log_max_srq_sz 0x80, 8
#define cap_log_max_qp_sz 0x88, 8
#define cap_log_max_qp 0x9b, 5
#define cap_log_max_srq 0xab, 5
#define cap_max_sgl_optimized 0xc0, 8
#define cap_log_max_cq_sz 0xc8, 8
#define cap_log_max_cq 0xdb, 5
#define cap_log_max_eq_sz 0xe0, 8
#define cap_log_max_mkey 0xea, 6
#define cap_fast_teardown 0xfb, 1
#define cap_log_max_eq 0xfc, 4
#define cap_fixed_buffer_size 0x108, 1
#define cap_log_max_mrw_sz 0x109, 7
#define cap_log_max_klm_list_size 0x11a, 6
#define cap_log_max_ra_req_qp 0x14a, 6
#define cap_log_max_ra_res_qp 0x15a, 6
#define cap_end_pad 0x160, 1
#define cap_vport_counters 0x181, 1
#define cap_max_qp_cnt 0x186, 10
#define cap_vport_group_manager 0x1a0, 1
#define cap_vhca_group_manager 0x1a1, 1
#define cap_ib_virt 0x1a2, 1
#define cap_local_ca_ack_delay 0x1ab, 5
#define cap_port_type 0x1b6, 2
#define cap_num_ports 0x1b8, 8
#define cap_log_max_msg 0x1c3, 5
#define cap_stat_rate_support 0x1e0, 16
#define cap_cqe_version 0x1fc, 4
#define cap_compact_address_vector 0x200, 1
#define cap_umr_modify_entity_size_disabled 0x207, 1
#define cap_umr_fence 0x20a, 2
#define cap_wq_signature 0x214, 1
#define cap_sctr_data_cqe 0x215, 1
#define cap_cq_oi 0x220, 1
#define cap_cq_moderation 0x222, 1
#define cap_block_lb_mc 0x228, 1
#define cap_imaicl 0x231, 1
#define cap_qkv 0x236, 1
#define cap_pkv 0x237, 1
#define cap_set_deth_sqpn 0x238, 1
#define cap_xrc 0x23c, 1
#define cap_ud 0x23d, 1
#define cap_uc 0x23e, 1
#define cap_rc 0x23f, 1
#define cap_log_pg_sz 0x258, 8
#define cap_bf 0x260, 1
#define cap_driver_version 0x261, 1
#define cap_log_bf_reg_size 0x26b, 5
#define cap_max_wqe_sz_sq 0x290, 16
#define cap_max_wqe_sz_rq 0x2b0, 16
#define cap_max_qp_mcg 0x2e7, 25
#define cap_log_max_mcg 0x318, 8
#define cap_log_max_transport_domain 0x323, 5
#define cap_log_max_pd 0x32b, 5
#define cap_log_max_xrcd 0x33b, 5
#define cap_log_max_rmp 0x383, 5
#define cap_max_num_eqs 0x470, 16
#define cap_device_frequency_khz 0x4e0, 32

#define in_opcode 0x00, 16
#define in_op_mod 0x30, 16
#define in_other_vport 0x40, 1
#define in_vport_number 0x50, 16
#define in_function_id 0x50, 16
#define in_number 0x48, 24          /* pdn, cqn, qpn ... of the object that a command is about */
#define in_eqn 0x58, 8
#define in_table_index 0x70, 16
#define in_register_id 0x50, 16
#define in_pages_count 0x60, 32
#define in_teardown_profile 0x50, 16
#define out_status 0x00, 8
#define out_syndrome 0x20, 32
#define out_number 0x48, 24
#define out_eqn 0x58, 8
#define out_counter_set 0x58, 8

#define vpc_field_select 0x00, 32   /* HCA vport context */
#define vpc_has_smi 0x101, 1
#define vpc_grh_required 0x103, 1
#define vpc_phys_state 0x110, 4
#define vpc_policy 0x114, 4
#define vpc_port_state 0x118, 4
#define vpc_vport_state 0x11c, 4
#define vpc_system_image_guid 0x140, 64
#define vpc_port_guid 0x180, 64
#define vpc_node_guid 0x1c0, 64
#define vpc_cap_mask1 0x200, 32
#define vpc_cap_mask1_select 0x220, 32
#define vpc_lid 0x300, 16
#define vpc_subnet_timeout 0x31b, 5
#define vpc_sm_lid 0x320, 16
enum { SEL_PORT_GUID = 1, SEL_NODE_GUID = 2, SEL_POLICY = 4 };
enum { POLICY_DOWN, POLICY_UP, POLICY_FOLLOW };
enum { PORT_DOWN = 1, PORT_INIT, PORT_ARMED, PORT_ACTIVE };
enum { PHYS_POLLING = 2, PHYS_DISABLED = 3, PHYS_LINKUP = 5 };

#define eqc_log_size 0x63, 5
#define eqc_intr 0xb4, 12
#define eqc_log_page_size 0xc3, 5
#define cqc_cqe_sz 0x08, 3
#define cqc_page_offset 0x54, 6
#define cqc_log_size 0x63, 5
#define cqc_eqn 0xa0, 32
#define cqc_log_page_size 0xc3, 5
#define qpc_state 0x00, 4
#define qpc_st 0x08, 8
#define qpc_log_rq_size 0x49, 4
#define qpc_log_rq_stride 0x4d, 3
#define qpc_no_sq 0x50, 1
#define qpc_log_sq_size 0x51, 4
#define qpc_user_index 0x88, 24
#define qpc_log_page_size 0xa3, 5
#define qpc_cqn_snd 0x3e8, 24
#define qpc_deth_sqpn 0x408, 24
#define qpc_page_offset 0x494, 6
#define qpc_cqn_rcv 0x4e8, 24
#define qpc_dbr_addr 0x500, 64
#define qpc_rq_type 0x565, 3
enum { QPC = 0x18, CONTEXT = 0x10, PAS = 272 };   /* bytes from the start of a command */
enum { QP_ST_UD = 2, QP_ST_QP0 = 7, QP_ST_QP1 = 8 };
enum { QPS_RST = 0, QPS_INIT = 1, QPS_RTR = 2, QPS_RTS = 3, QPS_ERR = 6 };

enum {
    OP_QUERY_HCA_CAP = 0x100, OP_QUERY_ADAPTER = 0x101, OP_INIT_HCA = 0x102, OP_TEARDOWN_HCA = 0x103,
    OP_ENABLE_HCA = 0x104, OP_DISABLE_HCA = 0x105, OP_QUERY_PAGES = 0x107, OP_MANAGE_PAGES = 0x108,
    OP_SET_HCA_CAP = 0x109, OP_QUERY_ISSI = 0x10a, OP_SET_ISSI = 0x10b, OP_SET_DRIVER_VERSION = 0x10d,
    OP_CREATE_MKEY = 0x200, OP_QUERY_MKEY = 0x201, OP_DESTROY_MKEY = 0x202, OP_QUERY_SPECIAL_CONTEXTS = 0x203,
    OP_CREATE_EQ = 0x301, OP_DESTROY_EQ = 0x302, OP_QUERY_EQ = 0x303,
    OP_CREATE_CQ = 0x400, OP_DESTROY_CQ = 0x401, OP_QUERY_CQ = 0x402, OP_MODIFY_CQ = 0x403,
    OP_CREATE_QP = 0x500, OP_DESTROY_QP = 0x501, OP_RST2INIT_QP = 0x502, OP_INIT2RTR_QP = 0x503, OP_RTR2RTS_QP = 0x504,
    OP_RTS2RTS_QP = 0x505, OP_SQERR2RTS_QP = 0x506, OP_2ERR_QP = 0x507, OP_2RST_QP = 0x50a, OP_QUERY_QP = 0x50b,
    OP_MAD_IFC = 0x50d, OP_INIT2INIT_QP = 0x50e,
    OP_CREATE_SRQ = 0x700, OP_DESTROY_SRQ = 0x701, OP_QUERY_SRQ = 0x702, OP_ARM_RQ = 0x703,
    OP_CREATE_XRC_SRQ = 0x705, OP_DESTROY_XRC_SRQ = 0x706, OP_QUERY_XRC_SRQ = 0x707, OP_ARM_XRC_SRQ = 0x708,
    OP_QUERY_VPORT_STATE = 0x750, OP_QUERY_NIC_VPORT_CONTEXT = 0x754,
    OP_MODIFY_NIC_VPORT_CONTEXT = 0x755, OP_QUERY_HCA_VPORT_CONTEXT = 0x762, OP_MODIFY_HCA_VPORT_CONTEXT = 0x763,
    OP_QUERY_HCA_VPORT_GID = 0x764, OP_QUERY_HCA_VPORT_PKEY = 0x765, OP_QUERY_VPORT_COUNTER = 0x770,
    OP_ALLOC_Q_COUNTER = 0x771, OP_DEALLOC_Q_COUNTER = 0x772, OP_QUERY_Q_COUNTER = 0x773,
    OP_ALLOC_PD = 0x800, OP_DEALLOC_PD = 0x801, OP_ALLOC_UAR = 0x802, OP_DEALLOC_UAR = 0x803, OP_ACCESS_REG = 0x805,
    OP_ATTACH_TO_MCG = 0x806, OP_DETACH_FROM_MCG = 0x807, OP_NOP = 0x80d, OP_ALLOC_XRCD = 0x80e, OP_DEALLOC_XRCD = 0x80f,
    OP_ALLOC_TRANSPORT_DOMAIN = 0x816, OP_DEALLOC_TRANSPORT_DOMAIN = 0x817,
    OP_CREATE_RMP = 0x90c, OP_MODIFY_RMP = 0x90d, OP_DESTROY_RMP = 0x90e, OP_QUERY_RMP = 0x90f,
};

enum {  /* command status */
    ST_OK = 0, ST_INT_ERR = 1, ST_BAD_OP = 2, ST_BAD_PARAM = 3, ST_BAD_SYS_STATE = 4, ST_BAD_RES = 5,
    ST_BAD_RES_STATE = 9, ST_NO_RES = 0xf, ST_BAD_INP_LEN = 0x50,
};
enum { DELIVERY_OK = 0, DELIVERY_TOKEN = 2, DELIVERY_BLOCK = 3, DELIVERY_IN_LENGTH = 6, DELIVERY_OUT_LENGTH = 7 };
enum { EV_COMP = 0, EV_PORT_CHANGE = 0x09, EV_CMD = 0x0a, EV_PAGE_REQUEST = 0x0b };
enum { PORT_EV_DOWN = 1, PORT_EV_ACTIVE = 4, PORT_EV_INIT = 5, PORT_EV_LID = 6, PORT_EV_REREGISTER = 9 };

/* A field, given by one of the pairs above: get(context, eqc_intr). */
static inline uint64_t get(const void *base, unsigned off, unsigned width)
{
    const uint8_t *p = base;
    if (width == 64) {
        return ldq_be_p(p + off / 8);
    }
    return extract32(ldl_be_p(p + off / 32 * 4), 32 - off % 32 - width, width);
}

static inline void put(void *base, unsigned off, unsigned width, uint64_t value)
{
    uint8_t *p = base;
    if (width == 64) {
        stq_be_p(p + off / 8, value);
        return;
    }
    p += off / 32 * 4;
    stl_be_p(p, deposit32(ldl_be_p(p), 32 - off % 32 - width, width, value));
}

#endif
