/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtual ports of the PF and of each VF: GUIDs, link policy, state. They live in the PF, with or without a VF. */
#include "mlx5emu.h"

uint8_t mlx5_vport_state(Mlx5 *pf, unsigned vport)
{
    if (vport) {
        if (!pf->vport[vport].port_guid) {      /* a port without a GUID stays down, whatever its policy */
            return PORT_DOWN;
        }
        switch (pf->vport[vport].policy) {
        case POLICY_DOWN: return PORT_DOWN;
        case POLICY_UP: return pf->port_state == PORT_DOWN ? PORT_INIT : PORT_ACTIVE;
        }
        if (pf->port_state == PORT_ACTIVE && vf_in(pf->unmanaged_vfs, vport)) {
            return PORT_INIT;
        }
    }
    return pf->port_state;
}

uint8_t mlx5_phys_state(Mlx5 *pf, unsigned vport)
{
    if (vport && pf->vport[vport].policy == POLICY_DOWN) {
        return PHYS_DISABLED;
    }
    return mlx5_vport_state(pf, vport) == PORT_DOWN ? PHYS_POLLING : PHYS_LINKUP;
}

static void vport_event(Mlx5 *pf, unsigned vport, uint8_t subtype)
{
    Mlx5 *fn = function_of(pf, vport);
    uint8_t data[28] = { 0 };
    data[8] = 1 << 4;
    if (fn && fn->hca_up) {
        mlx5_raise_event(fn, EV_PORT_CHANGE, subtype, data);
    }
}

static void port_state_event(Mlx5 *pf, unsigned vport)
{
    uint8_t state = mlx5_vport_state(pf, vport);
    vport_event(pf, vport, state == PORT_DOWN ? PORT_EV_DOWN : state == PORT_ACTIVE ? PORT_EV_ACTIVE : PORT_EV_INIT);
}

void mlx5_set_port_state(Mlx5 *pf, uint8_t state)
{
    if (pf->port_state == state) {
        return;
    }
    if (!pf->vport) {
        pf->port_state = state;
        return;
    }
    g_autofree uint8_t *before = g_new(uint8_t, pf->num_vfs + 1);
    for (unsigned n = 0; n <= pf->num_vfs; n++) {
        before[n] = mlx5_vport_state(pf, n);
    }
    pf->port_state = state;
    for (unsigned n = 0; n <= pf->num_vfs; n++) {
        uint8_t now = mlx5_vport_state(pf, n);
        if (now != before[n] && now != PORT_ARMED) {        /* of ARMED nobody is told */
            port_state_event(pf, n);
        }
    }
}

/* Tells all functions of the card what has become of its port. */
void mlx5_port_event(Mlx5 *pf, uint8_t subtype)
{
    for (unsigned n = 0; n <= pf->num_vfs; n++) {
        vport_event(pf, n, subtype);
    }
}

void mlx5_vport_defaults(Mlx5 *pf, unsigned vport)
{
    Vport *v = &pf->vport[vport];
    v->policy = vport ? POLICY_DOWN : POLICY_UP;
    v->node_guid = v->live_node_guid = vport ? 0 : pf->guid;
    v->port_guid = v->live_port_guid = vport ? 0 : pf->guid;
    v->cap_mask1 = CAP_MASK1;
}

/* The vport that a command names; -1 where the function may not name it. */
int mlx5_command_vport(Mlx5 *fn, const uint8_t *in)
{
    unsigned n = get(in, in_vport_number);
    if (!get(in, in_other_vport)) {
        return vport_number(fn);
    }
    return is_vf(fn) || n > fn->num_vfs ? -1 : (int)n;
}

int mlx5_query_hca_vport_context(Mlx5 *fn, const uint8_t *in, uint8_t *out)
{
    Mlx5 *pf = pf_of(fn);
    int n = mlx5_command_vport(fn, in);
    uint8_t *c = out + 16;
    if (n < 0) {
        return ST_BAD_PARAM;
    }
    Vport *v = &pf->vport[n];
    bool self = n == vport_number(fn);
    if (!self && vf_in(pf->query_fails, n)) {
        put(out, out_syndrome, pf->modify_syndrome);
        return ST_BAD_PARAM;
    }
    put(c, vpc_has_smi, n == 0);
    put(c, vpc_grh_required, n != 0);
    put(c, vpc_phys_state, mlx5_phys_state(pf, n));
    put(c, vpc_policy, v->policy);
    put(c, vpc_port_state, pf->port_state);
    put(c, vpc_vport_state, mlx5_vport_state(pf, n));
    put(c, vpc_system_image_guid, pf->guid);
    put(c, vpc_port_guid, self ? v->live_port_guid : v->port_guid);
    put(c, vpc_node_guid, self ? v->live_node_guid : v->node_guid);
    put(c, vpc_cap_mask1, v->cap_mask1);
    put(c, vpc_cap_mask1_select, CAP_MASK1_CHANGEABLE);
    put(c, vpc_lid, pf->lid);
    put(c, vpc_subnet_timeout, 18);
    put(c, vpc_sm_lid, pf->sm_lid);
    return ST_OK;
}

int mlx5_modify_hca_vport_context(Mlx5 *fn, const uint8_t *in, uint8_t *out)
{
    Mlx5 *pf = pf_of(fn);
    int n = mlx5_command_vport(fn, in);
    const uint8_t *c = in + 16;
    uint32_t select = get(c, vpc_field_select), bits = get(c, vpc_cap_mask1_select);
    if (n < 0) {
        return ST_BAD_PARAM;
    }
    Vport *v = &pf->vport[n];
    uint8_t before = mlx5_vport_state(pf, n);
    if (select && vf_in(pf->modify_fails, n)) {
        put(out, out_syndrome, pf->modify_syndrome);
        return ST_BAD_PARAM;
    }
    if (select && n == vport_number(fn)) {      /* a function cannot set its own GUIDs or policy */
        return ST_BAD_PARAM;
    }
    if (select & SEL_POLICY && get(c, vpc_policy) > POLICY_FOLLOW) {
        return ST_BAD_PARAM;
    }
    v->cap_mask1 = (v->cap_mask1 & ~bits) | (get(c, vpc_cap_mask1) & bits);
    if (!vf_in(pf->guid_ignored, n)) {
        if (select & SEL_PORT_GUID) {
            v->port_guid = get(c, vpc_port_guid);
        }
        if (select & SEL_NODE_GUID) {
            v->node_guid = get(c, vpc_node_guid);
        }
    }
    if (select & SEL_POLICY && !vf_in(pf->policy_ignored, n)) {
        v->policy = get(c, vpc_policy);
        if (mlx5_vport_state(pf, n) != before) {
            port_state_event(pf, n);
        }
    }
    return ST_OK;
}
