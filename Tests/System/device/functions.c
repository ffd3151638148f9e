/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the PF does for its VFs and each function for itself, from ENABLE_HCA to TEARDOWN_HCA, and the pages for it. */
#include "mlx5emu.h"

/* Asks the host for pages; with a negative count, offers them back. */
void mlx5_ask_pages(Mlx5 *pf, unsigned vport, int count)
{
    uint8_t data[28] = { 0 };
    if (!count) {
        return;
    }
    stw_be_p(data + 2, vport);
    stl_be_p(data + 4, count);
    if (!mlx5_raise_event(pf, EV_PAGE_REQUEST, 0, data)) {
        mlx5_say(pf, "no event queue for a request of %d pages for function %u", count, vport);
    }
}

bool mlx5_pages_there(Vport *v) { return (int)v->pages->len >= v->pages_wanted; }

int mlx5_manage_pages(Mlx5 *fn, const uint8_t *in, uint32_t in_len, uint8_t *out, uint32_t out_len)
{
    Mlx5 *pf = pf_of(fn);
    unsigned id = get(in, in_function_id);
    uint32_t count = get(in, in_pages_count), given = 0;
    if (is_vf(fn)) {
        return count ? ST_BAD_PARAM : ST_OK;        /* the pages of a VF come from its PF */
    }
    if (id > pf->num_vfs) {
        return ST_BAD_PARAM;
    }
    Vport *v = &pf->vport[id];
    switch (get(in, in_op_mod)) {
    case 0:
        mlx5_say(fn, "the host can't give pages to function %u", id);
        return ST_OK;
    case 1:
        if (in_len < 16 + (uint64_t)count * 8) {
            return ST_BAD_INP_LEN;
        }
        for (uint32_t n = 0; n < count; n++) {
            uint64_t page = ldq_be_p(in + 16 + n * 8);
            g_array_append_val(v->pages, page);
        }
        return ST_OK;
    case 2:
        while (v->pages->len && given < count && 16 + (given + 1) * 8 <= out_len) {
            stq_be_p(out + 16 + given++ * 8, g_array_index(v->pages, uint64_t, v->pages->len - 1));
            g_array_set_size(v->pages, v->pages->len - 1);
        }
        stl_be_p(out + 8, given);
        return ST_OK;
    }
    return ST_BAD_PARAM;
}

void mlx5_function_objects_free(Mlx5 *fn)
{
    for (unsigned n = 0; n < MAX_EQS; n++) {
        if (fn->eq[n].used) {
            g_array_unref(fn->eq[n].pas);
        }
    }
    memset(fn->eq, 0, sizeof(fn->eq));
    g_hash_table_remove_all(fn->cqs);
    g_hash_table_remove_all(fn->qps);
    memset(fn->uars, 0, sizeof(fn->uars));
    fn->next_number = 0x40;
    fn->hca_up = false;
    fn->cap_is_set = false;
}

void mlx5_function_reset(Mlx5 *fn)
{
    mlx5_drop_commands(fn);
    mlx5_function_objects_free(fn);
    fn->hca_enabled = false;
    fn->issi = fn->nic_state = 0;
    fn->cmdq = fn->cmdq_h = 0;
}

static void vport_disable(Mlx5 *pf, unsigned vport)
{
    Vport *v = &pf->vport[vport];
    Mlx5 *fn = function_of(pf, vport);
    if (fn) {
        mlx5_function_reset(fn);
    }
    v->enabled = false;
    v->pages_wanted = 0;
    mlx5_ask_pages(pf, vport, -(int)v->pages->len);
    mlx5_vport_defaults(pf, vport);
}

int mlx5_enable_hca(Mlx5 *fn, const uint8_t *in, bool enable)
{
    Mlx5 *pf = pf_of(fn);
    unsigned id = get(in, in_function_id);
    if (id == 0) {                                  /* itself */
        if (enable && is_vf(fn) && !vport_of(fn)->enabled) {
            return ST_BAD_RES_STATE;
        }
        fn->hca_enabled = enable;
        return ST_OK;
    }
    if (is_vf(fn) || id > pf->num_vfs) {
        return ST_BAD_PARAM;
    }
    if (!enable) {
        vport_disable(pf, id);
        return ST_OK;
    }
    if (vf_in(pf->enable_fails, id)) {
        return ST_INT_ERR;
    }
    pf->vport[id].enabled = true;
    pf->vport[id].pages_wanted = pf->vf_pages / 4;
    mlx5_ask_pages(pf, id, pf->vf_pages / 4);
    return ST_OK;
}

int mlx5_init_hca(Mlx5 *fn)
{
    Vport *v = vport_of(fn);
    if (!fn->hca_enabled || fn->hca_up) {
        return ST_BAD_SYS_STATE;
    }
    if (vf_in(pf_of(fn)->dead_vfs, vport_number(fn))) {
        return ST_INT_ERR;
    }
    fn->hca_up = true;
    if (is_vf(fn)) {
        v->live_node_guid = v->node_guid;
        v->live_port_guid = v->port_guid;
    }
    return ST_OK;
}
