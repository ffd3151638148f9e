/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command queue: entries of 64 bytes in the host's memory, longer data in mailboxes, a doorbell in BAR 0. */
#include "mlx5emu.h"

/* Copies between a command's data and its chain of mailboxes: 512 bytes of data, then at 560 the next block's address, a
 * block number, and at 573 the command's token. The first 16 bytes are in the entry itself. */
static int mailboxes(Mlx5 *fn, uint64_t block, uint8_t *data, uint32_t len, uint8_t token, bool write)
{
    uint32_t number = 0;
    for (uint32_t at = 16; at < len; at += 512, number++) {
        uint8_t trailer[16];
        uint32_t n = MIN(512, len - at);
        if (!block || !dma_read(fn, block + 560, trailer, 16)) {
            return write ? DELIVERY_OUT_LENGTH : DELIVERY_IN_LENGTH;
        }
        if (trailer[13] != token) {
            return DELIVERY_TOKEN;
        }
        if (ldl_be_p(trailer + 8) != number) {
            return DELIVERY_BLOCK;
        }
        if (write) {
            dma_write(fn, block, data + at, n);
        } else {
            dma_read(fn, block, data + at, n);
        }
        block = ldq_be_p(trailer);
    }
    return DELIVERY_OK;
}

static void drop(Cmd *c)
{
    QTAILQ_REMOVE(&c->fn->deferred, c, next);
    timer_free(c->timer);
    g_free(c->in);
    g_free(c->out);
    g_free(c);
}

/* Commands whose answer is due are forgotten: the function is reset. */
void mlx5_drop_commands(Mlx5 *fn)
{
    Cmd *c;
    while ((c = QTAILQ_FIRST(&fn->deferred))) {
        drop(c);
    }
}

static void answer(Mlx5 *fn, int index, const uint8_t entry[64], uint8_t *out, uint32_t out_len, int delivery, bool event)
{
    uint64_t at = fn->cmdq + ((uint64_t)index << CMD_LOG_STRIDE);
    uint8_t own = delivery << 1, data[28] = { 0 };
    if (delivery == DELIVERY_OK) {
        dma_write(fn, at + 32, out, 16);
        delivery = mailboxes(fn, ldq_be_p(entry + 48), out, out_len, entry[60], true);
        own = delivery << 1;
    }
    smp_wmb();
    dma_write(fn, at + 63, &own, 1);
    if (event) {
        stl_be_p(data, 1u << index);
        mlx5_raise_event(fn, EV_CMD, 0, data);
    }
}

static void finish(Mlx5 *fn, int index, uint8_t *in, uint32_t in_len, uint8_t *out, uint32_t out_len)
{
    uint8_t entry[64];
    bool event = mlx5_eq_for(fn, EV_CMD) >= 0;       /* not for the command that makes the EQ: its caller polls */
    int status = mlx5_execute(fn, in, in_len, out, out_len);
    dma_read(fn, fn->cmdq + ((uint64_t)index << CMD_LOG_STRIDE), entry, 64);
    put(out, out_status, status);
    if (pf_of(fn)->log || status) {
        mlx5_say(fn, "command %#x modifier %#x number %#x: status %#x", (unsigned)get(in, in_opcode), (unsigned)get(in, in_op_mod),
            (unsigned)ldl_be_p(in + 8), status);
    }
    answer(fn, index, entry, out, out_len, DELIVERY_OK, event);
}

static void deferred_due(void *opaque)
{
    Cmd *c = opaque;
    if (c->waits_for_pages && !mlx5_pages_there(vport_of(c->fn))) {
        timer_mod(c->timer, qemu_clock_get_ms(QEMU_CLOCK_VIRTUAL) + 5);
        return;
    }
    finish(c->fn, c->index, c->in, c->in_len, c->out, c->out_len);
    drop(c);
}

void mlx5_command(Mlx5 *fn, int index)
{
    Mlx5 *pf = pf_of(fn);
    uint8_t entry[64];
    if (!fn->cmdq || !dma_read(fn, fn->cmdq + ((uint64_t)index << CMD_LOG_STRIDE), entry, 64) || !(entry[63] & 1)) {
        return;
    }
    uint32_t in_len = ldl_be_p(entry + 4), out_len = ldl_be_p(entry + 56);
    if (in_len < 16 || in_len > 64 * MiB || out_len > 64 * MiB) {
        answer(fn, index, entry, NULL, 0, DELIVERY_IN_LENGTH, true);
        return;
    }
    uint8_t *in = g_malloc0(MAX(in_len, 4096)), *out = g_malloc0(MAX(out_len, 8192));
    memcpy(in, entry + 16, 16);
    int delivery = mailboxes(fn, ldq_be_p(entry + 8), in, in_len, entry[60], false);
    if (delivery) {
        mlx5_say(fn, "command %#x: delivery status %#x", (unsigned)get(in, in_opcode), delivery);
        answer(fn, index, entry, out, out_len, delivery, true);
        g_free(in);
        g_free(out);
        return;
    }
    unsigned op = get(in, in_opcode), delay = 0;
    Vport *v = vport_of(fn);
    bool wait = false;
    if (op == OP_ENABLE_HCA && !is_vf(fn) && get(in, in_function_id)) {
        delay = pf->enable_delay_ms;
    } else if (op == OP_INIT_HCA && is_vf(fn)) {
        delay = pf->init_delay_ms;
        if (fn->hca_enabled && v->pages_wanted < (int)pf->vf_pages) {
            mlx5_ask_pages(pf, vport_number(fn), pf->vf_pages - v->pages_wanted);
            v->pages_wanted = pf->vf_pages;
        }
        wait = !mlx5_pages_there(v);
    } else if (op == OP_INIT_HCA) {
        delay = pf->pf_init_delay_ms;
    }
    if (delay || wait) {
        Cmd *c = g_new0(Cmd, 1);
        *c = (Cmd) { .fn = fn, .index = index, .in = in, .out = out, .in_len = in_len, .out_len = out_len,
                     .waits_for_pages = wait };
        c->timer = timer_new_ms(QEMU_CLOCK_VIRTUAL, deferred_due, c);
        QTAILQ_INSERT_TAIL(&fn->deferred, c, next);
        timer_mod(c->timer, qemu_clock_get_ms(QEMU_CLOCK_VIRTUAL) + (delay ?: 1));
        return;
    }
    finish(fn, index, in, in_len, out, out_len);
    g_free(in);
    g_free(out);
}
