/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Event queues and completion queues. */
#include "mlx5emu.h"
#include "hw/pci/msix.h"

/* The physical addresses at the end of a create command. */
GArray *mlx5_page_list(const uint8_t *in, uint32_t in_len)
{
    GArray *pas = g_array_new(false, false, sizeof(uint64_t));
    for (uint32_t at = PAS; at + 8 <= in_len; at += 8) {
        uint64_t page = ldq_be_p(in + at) & ~1ull;
        g_array_append_val(pas, page);
    }
    return pas;
}

/* The physical address of an offset into such pages; 0 beyond their end. */
uint64_t mlx5_in_pages(GArray *pas, unsigned page_shift, uint64_t offset)
{
    uint64_t page = offset >> page_shift;
    return page < pas->len ? g_array_index(pas, uint64_t, page) + (offset & MAKE_64BIT_MASK(0, page_shift)) : 0;
}

static void eq_interrupt(Mlx5 *fn, Eq *eq)
{
    eq->armed = false;
    msix_notify(PCI_DEVICE(fn), eq->vector);
}

static void eq_push(Mlx5 *fn, unsigned eqn, uint8_t type, uint8_t subtype, const uint8_t data[28])
{
    Eq *eq = &fn->eq[eqn];
    uint8_t e[64] = { 0 };
    if (eqn >= MAX_EQS || !eq->used) {
        return;
    }
    uint64_t at = mlx5_in_pages(eq->pas, eq->page_shift, entry_of(eq->pi, eq->log_size) * 64);
    if (!at) {
        return;
    }
    e[1] = type;
    e[3] = subtype;
    memcpy(e + 32, data, 28);
    e[63] = eq->pi >> eq->log_size & 1;
    dma_write(fn, at, e, 63);       /* the owner bit last */
    smp_wmb();
    dma_write(fn, at + 63, e + 63, 1);
    eq->pi++;
    if (eq->armed) {
        eq_interrupt(fn, eq);
    }
}

int mlx5_eq_for(Mlx5 *fn, uint8_t type)      /* The EQ that takes such events, or -1. */
{
    for (unsigned n = 0; n < MAX_EQS; n++) {
        if (fn->eq[n].used && fn->eq[n].mask[type / 64] >> (type % 64) & 1) {
            return n;
        }
    }
    return -1;
}

bool mlx5_raise_event(Mlx5 *fn, uint8_t type, uint8_t subtype, const uint8_t data[28])
{
    int n = mlx5_eq_for(fn, type);
    if (n >= 0) {
        eq_push(fn, n, type, subtype, data);
    }
    return n >= 0;
}

void mlx5_eq_doorbell(Mlx5 *fn, uint32_t value, bool arm)
{
    Eq *eq = &fn->eq[value >> 24];
    if (value >> 24 >= MAX_EQS || !eq->used) {
        return;
    }
    eq->ci = (eq->ci & ~0xffffffu) | (value & 0xffffff);
    if (arm) {
        eq->armed = true;
        if (((eq->pi ^ eq->ci) & 0xffffff) != 0) {
            eq_interrupt(fn, eq);
        }
    }
}

static Cq *cq_of(Mlx5 *fn, uint32_t cqn) { return g_hash_table_lookup(fn->cqs, GUINT_TO_POINTER(cqn)); }

static void cq_event(Mlx5 *fn, Cq *cq)
{
    uint8_t data[28] = { 0 };
    stl_be_p(data + 24, cq->cqn);
    cq->armed = false;
    eq_push(fn, cq->eqn, EV_COMP, 0, data);
}

void mlx5_cq_push(Mlx5 *fn, uint32_t cqn, uint8_t cqe[64], uint8_t opcode)
{
    Cq *cq = cq_of(fn, cqn);
    if (!cq) {
        return;
    }
    uint64_t slot = entry_of(cq->pi, cq->log_size) * cq->stride + cq->page_offset;
    uint64_t at = mlx5_in_pages(cq->pas, cq->page_shift, slot + (cq->stride - 64));
    if (!at) {
        return;
    }
    cqe[63] = opcode << 4 | (cq->pi >> cq->log_size & 1);
    dma_write(fn, at, cqe, 63);
    smp_wmb();
    dma_write(fn, at + 63, cqe + 63, 1);
    cq->pi++;
    if (cq->armed) {
        cq_event(fn, cq);
    }
}

void mlx5_cq_doorbell(Mlx5 *fn, uint32_t command, uint32_t cqn)
{
    Cq *cq = cq_of(fn, cqn & 0xffffff);
    if (!cq) {
        return;
    }
    cq->armed = true;
    if (((cq->pi ^ command) & 0xffffff) != 0) {
        cq_event(fn, cq);
    }
}

int mlx5_create_eq(Mlx5 *fn, const uint8_t *in, uint32_t in_len, uint8_t *out)
{
    if (get(in + CONTEXT, eqc_intr) >= MSIX_VECTORS) {
        return ST_BAD_PARAM;
    }
    for (unsigned n = 1; n < MAX_EQS; n++) {
        Eq *eq = &fn->eq[n];
        if (eq->used) {
            continue;
        }
        memset(eq, 0, sizeof(*eq));
        eq->used = true;
        eq->log_size = get(in + CONTEXT, eqc_log_size);
        eq->vector = get(in + CONTEXT, eqc_intr);
        eq->page_shift = get(in + CONTEXT, eqc_log_page_size) + 12;
        for (unsigned w = 0; w < 4; w++) {
            eq->mask[w] = get(in, 0x2c0 + 64 * w, 64);
        }
        eq->pas = mlx5_page_list(in, in_len);
        put(out, out_eqn, n);
        msix_vector_use(PCI_DEVICE(fn), eq->vector);
        return ST_OK;
    }
    return ST_NO_RES;
}

int mlx5_create_cq(Mlx5 *fn, const uint8_t *in, uint32_t in_len, uint8_t *out)
{
    const uint8_t *c = in + CONTEXT;
    Cq *cq = g_new0(Cq, 1);
    cq->cqn = ++fn->next_number;
    cq->log_size = get(c, cqc_log_size);
    cq->stride = get(c, cqc_cqe_sz) ? 128 : 64;
    cq->page_shift = get(c, cqc_log_page_size) + 12;
    cq->page_offset = get(c, cqc_page_offset) << 6;
    cq->eqn = get(c, cqc_eqn) & 0xff;
    cq->pas = mlx5_page_list(in, in_len);
    g_hash_table_insert(fn->cqs, GUINT_TO_POINTER(cq->cqn), cq);
    put(out, out_number, cq->cqn);
    return ST_OK;
}
