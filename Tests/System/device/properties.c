/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The properties of the adapter that a test changes while it runs. In a mask, bit n is VF n. */
#include "mlx5emu.h"
#include "qapi/error.h"

static char *get_port_state(Object *o, Error **errp)
{
    static const char *const names[] = { "", "down", "init", "armed", "active" };
    return g_strdup(names[MLX5EMU(o)->port_state]);
}

static void put_port_state(Object *o, const char *text, Error **errp)
{
    Mlx5 *fn = MLX5EMU(o);
    uint8_t state = !strcmp(text, "down") ? PORT_DOWN : !strcmp(text, "init") ? PORT_INIT :
        !strcmp(text, "active") ? PORT_ACTIVE : 0;
    if (!state) {
        error_setg(errp, "port-state is down, init or active");
        return;
    }
    if (state != PORT_DOWN && !mlx5_has_link(fn)) {
        error_setg(errp, "the cable is not plugged in");
        return;
    }
    mlx5_set_port_state(fn, state);
}

static bool get_cable(Object *o, Error **errp) { return MLX5EMU(o)->cable; }

static void put_cable(Object *o, bool plugged, Error **errp)
{
    Mlx5 *fn = MLX5EMU(o);
    bool before = mlx5_has_link(fn);
    fn->cable = plugged;
    if (mlx5_has_link(fn) != before) {
        mlx5_train(fn);
    }
}

static bool get_flag_sm(Object *o, Error **errp) { return MLX5EMU(o)->sm; }
static void put_flag_sm(Object *o, bool v, Error **errp) { MLX5EMU(o)->sm = v; }
static bool get_flag_log(Object *o, Error **errp) { return MLX5EMU(o)->log; }
static void put_flag_log(Object *o, bool v, Error **errp) { MLX5EMU(o)->log = v; }
static bool get_flag_gid(Object *o, Error **errp) { return MLX5EMU(o)->gid_at_init; }
static void put_flag_gid(Object *o, bool v, Error **errp) { MLX5EMU(o)->gid_at_init = v; }
static bool get_flag_stuck(Object *o, Error **errp) { return MLX5EMU(o)->health_stuck; }
static void put_flag_stuck(Object *o, bool v, Error **errp) { MLX5EMU(o)->health_stuck = v; }

/* All of the adapter, so of the PF. */
void mlx5_add_properties(Object *o)
{
    Mlx5 *fn = MLX5EMU(o);
    fn->port_state = PORT_ACTIVE;
    fn->lid = fn->sm_lid = 1;
    fn->vf_pages = 32;
    fn->boot_pages = 64;
    fn->init_pages = 256;
    fn->modify_syndrome = 0x5a5a5a;
    fn->cable = fn->sm = true;
    object_property_add_uint16_ptr(o, "lid", &fn->lid, OBJ_PROP_FLAG_READWRITE);
    object_property_add_uint16_ptr(o, "sm-lid", &fn->sm_lid, OBJ_PROP_FLAG_READWRITE);
    object_property_add_str(o, "port-state", get_port_state, put_port_state);
    object_property_add_bool(o, "cable", get_cable, put_cable);
    object_property_add_bool(o, "sm", get_flag_sm, put_flag_sm);
    object_property_add_bool(o, "log", get_flag_log, put_flag_log);
    object_property_add_uint32_ptr(o, "boot-pages", &fn->boot_pages, OBJ_PROP_FLAG_READWRITE);
    object_property_add_uint32_ptr(o, "init-pages", &fn->init_pages, OBJ_PROP_FLAG_READWRITE);
    object_property_add_uint32_ptr(o, "vf-pages", &fn->vf_pages, OBJ_PROP_FLAG_READWRITE);
    object_property_add_uint32_ptr(o, "enable-delay-ms", &fn->enable_delay_ms, OBJ_PROP_FLAG_READWRITE);
    object_property_add_uint32_ptr(o, "init-delay-ms", &fn->init_delay_ms, OBJ_PROP_FLAG_READWRITE);
    object_property_add_uint32_ptr(o, "pf-init-delay-ms", &fn->pf_init_delay_ms, OBJ_PROP_FLAG_READWRITE);
    object_property_add_uint64_ptr(o, "dead-vfs", &fn->dead_vfs, OBJ_PROP_FLAG_READWRITE);
    object_property_add_uint64_ptr(o, "enable-fails", &fn->enable_fails, OBJ_PROP_FLAG_READWRITE);
    object_property_add_uint64_ptr(o, "guid-ignored", &fn->guid_ignored, OBJ_PROP_FLAG_READWRITE);
    object_property_add_uint64_ptr(o, "policy-ignored", &fn->policy_ignored, OBJ_PROP_FLAG_READWRITE);
    object_property_add_uint64_ptr(o, "modify-fails", &fn->modify_fails, OBJ_PROP_FLAG_READWRITE);
    object_property_add_uint64_ptr(o, "query-fails", &fn->query_fails, OBJ_PROP_FLAG_READWRITE);
    object_property_add_uint64_ptr(o, "unmanaged-vfs", &fn->unmanaged_vfs, OBJ_PROP_FLAG_READWRITE);
    object_property_add_uint32_ptr(o, "modify-syndrome", &fn->modify_syndrome, OBJ_PROP_FLAG_READWRITE);
    object_property_add_bool(o, "gid-at-init", get_flag_gid, put_flag_gid);
    object_property_add_bool(o, "health-stuck", get_flag_stuck, put_flag_stuck);
}
