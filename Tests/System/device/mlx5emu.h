/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mlx5emu: a PCIe function that speaks the firmware command interface of mlx5 adapters (ConnectX-6, InfiniBand), with
 * SR-IOV virtual functions. Linux's own mlx5_core, mlx5_ib and ib_ipoib run on it. See README.md for what it emulates.
 *
 * device.c         the PCI function: BAR 0 and reset
 * properties.c     what a test can change
 * command_queue.c  commands in and answers out, with their mailboxes; commands that are answered late
 * commands.c       which function carries out which command
 * capabilities.c   what the adapter says that it can do: HCA capabilities and registers
 * functions.c      enabling and initializing a function, and the pages that the host lends it
 * vports.c         virtual ports: GUIDs, link policy, state, and the events of a change
 * queues.c         event queues and completion queues
 * queue_pairs.c    queue pairs: work requests out, datagrams in
 * subnet.c         the subnet management agent of each port, and the subnet administrator inside
 * wire.c           datagrams on their way to the functions of this card, and to those of the card at the cable's other end
 */
#ifndef MLX5EMU_H
#define MLX5EMU_H

#include "qemu/osdep.h"
#include "qemu/queue.h"
#include "qemu/timer.h"
#include "qemu/units.h"
#include "qom/object.h"
#include "hw/pci/pci.h"
#include "hw/pci/pcie_sriov.h"
#include "layout.h"

#define FW_MAJOR 20
#define FW_MINOR 31
#define FW_SUB 1014
#define CMD_LOG_SIZE 5
#define CMD_LOG_STRIDE 6
#define FREQ_KHZ 156250
#define UAR_FIRST 16            /* the initialization segment and the MSI-X table lie below */
#define MSIX_VECTORS 16
#define MSIX_TABLE 0x3000
#define MSIX_PBA 0x3800
#define PF_BAR (8 * MiB)
#define VF_BAR (1 * MiB)
#define MAX_VFS 254
#define CAP_MASK1 0x2651e848u
#define CAP_MASK1_CHANGEABLE 0x00010002u    /* IsCommunicationManagementSupported, IsSM */
#define MAX_EQS 64
#define MAX_DATAGRAM 4096
#define PERMISSIVE_LID 0xffff
#define FIRST_MULTICAST_LID 0xc000

#define TYPE_MLX5EMU "mlx5emu"
OBJECT_DECLARE_SIMPLE_TYPE(Mlx5, MLX5EMU)

typedef struct Vport {          /* of the PF (0) and of each VF; lives in the PF, whether or not the function exists */
    uint64_t port_guid, node_guid;              /* as configured */
    uint64_t live_port_guid, live_node_guid;    /* as the function sees them: taken over by its INIT_HCA */
    uint32_t cap_mask1;
    uint8_t policy;
    bool enabled;               /* ENABLE_HCA was done for it by the PF */
    int pages_wanted;
    GArray *pages;              /* addresses that the host gave */
} Vport;

typedef struct Eq {
    bool used, armed;
    uint32_t pi, ci, log_size, page_shift, vector;
    uint64_t mask[4];
    GArray *pas;
} Eq;

typedef struct Cq {
    uint32_t cqn, pi, log_size, page_shift, eqn, stride;
    bool armed;
    uint32_t page_offset;
    GArray *pas;
} Cq;

typedef struct Qp {
    uint32_t qpn;
    uint8_t st, state;
    uint16_t sq_ci, rq_ci;
    uint32_t log_rq, rq_stride, log_sq, sq_offset, page_shift, page_offset, cq_snd, cq_rcv, uidx, deth_sqpn;
    bool has_rq, has_sq;
    uint64_t dbr;
    GArray *pas;
    GArray *groups;             /* multicast groups: Gid */
    uint8_t context[232];
} Qp;

typedef struct Gid {
    uint8_t raw[16];
} Gid;

typedef struct Datagram {       /* with the source and destination of its headers */
    uint16_t slid, dlid;
    uint32_t sqpn, dqpn;
    bool has_grh;
    uint8_t grh[40], data[MAX_DATAGRAM];
    unsigned length;
} Datagram;

typedef struct Cmd {            /* one whose answer is due later */
    Mlx5 *fn;
    int index;
    uint8_t *in, *out;
    uint32_t in_len, out_len;
    QEMUTimer *timer;
    bool waits_for_pages;
    QTAILQ_ENTRY(Cmd) next;
} Cmd;

struct Mlx5 {
    PCIDevice parent;
    MemoryRegion bar, io;

    /* the function */
    bool hca_enabled, hca_up;
    uint8_t issi, nic_state;
    uint64_t cmdq;
    uint32_t cmdq_h;
    Eq eq[MAX_EQS];
    GHashTable *cqs, *qps;
    uint32_t next_number, uars[2048 / 32];
    uint8_t cap_set[4096];
    bool cap_is_set;
    QTAILQ_HEAD(, Cmd) deferred;
    char node_desc[64];

    /* the adapter: used in the PF only */
    Vport *vport;
    uint8_t port_state;
    uint16_t lid, sm_lid;
    uint64_t mkey;
    char *peer;                 /* id of the card at the cable's other end */
    bool cable;
    uint32_t num_vfs;
    uint64_t guid;
    uint32_t enable_delay_ms, init_delay_ms, pf_init_delay_ms, vf_pages;
    uint64_t dead_vfs, enable_fails, guid_ignored, policy_ignored, modify_fails, query_fails, unmanaged_vfs;
    uint32_t modify_syndrome, boot_pages, init_pages;
    bool sm, log, health_stuck, gid_at_init;
};

static inline bool is_vf(Mlx5 *fn)
{
    return pci_is_vf(PCI_DEVICE(fn));
}

static inline Mlx5 *pf_of(Mlx5 *fn)
{
    return is_vf(fn) ? MLX5EMU(pcie_sriov_get_pf(PCI_DEVICE(fn))) : fn;
}

/* 0 is the PF's, n + 1 that of VF n. */
static inline unsigned vport_number(Mlx5 *fn)
{
    return is_vf(fn) ? pcie_sriov_vf_number(PCI_DEVICE(fn)) + 1 : 0;
}

static inline Vport *vport_of(Mlx5 *fn)
{
    return &pf_of(fn)->vport[vport_number(fn)];
}

/* The function of a vport; NULL where the VF does not exist. */
static inline Mlx5 *function_of(Mlx5 *pf, unsigned vport)
{
    PCIDevice *vf = vport ? pcie_sriov_get_vf_at_index(PCI_DEVICE(pf), vport - 1) : PCI_DEVICE(pf);
    return vf ? MLX5EMU(vf) : NULL;
}

/* Whether a mask of VFs, such as the property dead-vfs, has the VF of this vport. */
static inline bool vf_in(uint64_t mask, unsigned vport)
{
    return vport && vport <= 64 && (mask >> (vport - 1) & 1);
}

/* The entry of a ring of 1 << LOG_SIZE that a counter stands for. */
static inline uint64_t entry_of(uint32_t counter, unsigned log_size)
{
    return counter & ((1u << log_size) - 1);
}

static inline bool dma_read(Mlx5 *fn, uint64_t at, void *to, size_t n)
{
    return pci_dma_read(PCI_DEVICE(fn), at, to, n) == MEMTX_OK;
}

static inline bool dma_write(Mlx5 *fn, uint64_t at, const void *from, size_t n)
{
    return pci_dma_write(PCI_DEVICE(fn), at, from, n) == MEMTX_OK;
}

/* One line on standard error. */
void G_GNUC_PRINTF(2, 3) mlx5_say(Mlx5 *fn, const char *format, ...);

/* properties.c */
void mlx5_add_properties(Object *o);

/* command_queue.c */
void mlx5_command(Mlx5 *fn, int index);
void mlx5_drop_commands(Mlx5 *fn);

/* commands.c: return a command status */
int mlx5_execute(Mlx5 *fn, const uint8_t *in, uint32_t in_len, uint8_t *out, uint32_t out_len);

/* capabilities.c */
void mlx5_query_caps(Mlx5 *fn, uint8_t *c);
int mlx5_access_register(Mlx5 *fn, const uint8_t *in, uint8_t *out);

/* functions.c */
int mlx5_enable_hca(Mlx5 *fn, const uint8_t *in, bool enable);
int mlx5_init_hca(Mlx5 *fn);
void mlx5_function_objects_free(Mlx5 *fn);
void mlx5_function_reset(Mlx5 *fn);
void mlx5_ask_pages(Mlx5 *pf, unsigned vport, int count);
bool mlx5_pages_there(Vport *v);
int mlx5_manage_pages(Mlx5 *fn, const uint8_t *in, uint32_t in_len, uint8_t *out, uint32_t out_len);

/* vports.c */
uint8_t mlx5_vport_state(Mlx5 *pf, unsigned vport);
void mlx5_set_port_state(Mlx5 *pf, uint8_t state);
void mlx5_port_event(Mlx5 *pf, uint8_t subtype);
uint8_t mlx5_phys_state(Mlx5 *pf, unsigned vport);
void mlx5_vport_defaults(Mlx5 *pf, unsigned vport);
int mlx5_command_vport(Mlx5 *fn, const uint8_t *in);
int mlx5_query_hca_vport_context(Mlx5 *fn, const uint8_t *in, uint8_t *out);
int mlx5_modify_hca_vport_context(Mlx5 *fn, const uint8_t *in, uint8_t *out);

/* queues.c */
bool mlx5_raise_event(Mlx5 *fn, uint8_t type, uint8_t subtype, const uint8_t data[28]);
int mlx5_eq_for(Mlx5 *fn, uint8_t type);
void mlx5_eq_doorbell(Mlx5 *fn, uint32_t value, bool arm);
void mlx5_cq_doorbell(Mlx5 *fn, uint32_t command, uint32_t cqn);
int mlx5_create_eq(Mlx5 *fn, const uint8_t *in, uint32_t in_len, uint8_t *out);
int mlx5_create_cq(Mlx5 *fn, const uint8_t *in, uint32_t in_len, uint8_t *out);
GArray *mlx5_page_list(const uint8_t *in, uint32_t in_len);
uint64_t mlx5_in_pages(GArray *pas, unsigned page_shift, uint64_t offset);
void mlx5_cq_push(Mlx5 *fn, uint32_t cqn, uint8_t cqe[64], uint8_t opcode);

/* queue_pairs.c */
void mlx5_qp_send(Mlx5 *fn, Qp *qp);
void mlx5_qp_receive(Mlx5 *fn, Qp *qp, const Datagram *datagram);
Qp *mlx5_qp(Mlx5 *fn, uint32_t qpn);
int mlx5_create_qp(Mlx5 *fn, const uint8_t *in, uint32_t in_len, uint8_t *out);
int mlx5_change_qp(Mlx5 *fn, unsigned op, const uint8_t *in);

/* subnet.c */
void mlx5_sma_reply(Mlx5 *fn, const uint8_t *mad, uint8_t *reply);
bool mlx5_sa_answer(Mlx5 *fn, Datagram *datagram);

/* wire.c */
void mlx5_transmit(Mlx5 *fn, Qp *qp, const uint8_t *wqe, unsigned length);
int mlx5_change_groups(Mlx5 *fn, const uint8_t *in, bool attach);
Mlx5 *mlx5_peer(Mlx5 *pf);
bool mlx5_has_link(Mlx5 *pf);
void mlx5_train(Mlx5 *pf);

#endif
