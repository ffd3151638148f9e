/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PCI function: BAR 0 and reset. */
#include "mlx5emu.h"
#include "qapi/error.h"
#include "hw/pci/msix.h"
#include "hw/pci/pcie.h"
#include "hw/qdev-properties.h"
#include "migration/vmstate.h"

void G_GNUC_PRINTF(2, 3) mlx5_say(Mlx5 *fn, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    Mlx5 *pf = pf_of(fn);
    const char *id = DEVICE(pf)->id ?: "?";
    fprintf(stderr, "mlx5emu %s/%u %.3f: %s\n", id, vport_number(fn),
            qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) / 1e9, text);
}

static void free_cq(gpointer p) { g_array_unref(((Cq *)p)->pas); g_free(p); }

static void free_qp(gpointer p)
{
    Qp *qp = p;
    g_array_unref(qp->pas);
    g_array_unref(qp->groups);
    g_free(qp);
}

static uint64_t now_ticks(void) { return qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) / 1000 * FREQ_KHZ / 1000; }

static uint64_t bar_read(void *opaque, hwaddr at, unsigned size)
{
    Mlx5 *fn = opaque;
    uint32_t value = 0;
    hwaddr word = at & ~3ull;
    switch (word) {
    case 0x0: value = FW_MINOR << 16 | FW_MAJOR; break;
    case 0x4: value = 5 << 16 | FW_SUB; break;
    case 0x10: value = fn->cmdq >> 32; break;
    case 0x14: value = (fn->cmdq & 0xfffff000) | fn->nic_state << 8 | CMD_LOG_SIZE << 4 | CMD_LOG_STRIDE; break;
    case 0x1fc: value = 0; break;                                   /* not initializing */
    case 0x230: value = FW_MAJOR << 24 | FW_MINOR << 16 | FW_SUB; break;
    case 0x234: value = 0x20f; break;                               /* hardware: ConnectX-6 */
    case 0x1000: value = now_ticks() >> 32; break;
    case 0x1004: value = now_ticks(); break;
    case 0x1010: value = pf_of(fn)->health_stuck ? 7 : (uint32_t)qemu_clock_get_ms(QEMU_CLOCK_VIRTUAL) / 10 + 1; break;
    }
    if (size == 8) {
        return (uint64_t)value << 32 | bar_read(opaque, word + 4, 4);
    }
    return size == 4 ? value : value >> (8 * (4 - size - (at & 3)));
}

static void bar_write(void *opaque, hwaddr at, uint64_t value, unsigned size)
{
    Mlx5 *fn = opaque;
    if (at < UAR_FIRST * 4096) {
        switch (at) {
        case 0x10:
            fn->cmdq_h = value;
            break;
        case 0x14:
            fn->nic_state = value >> 8 & 7;
            if (fn->nic_state == 0) {
                fn->cmdq = (uint64_t)fn->cmdq_h << 32 | (value & 0xfffff000);
            } else if (fn->nic_state == 1) {
                mlx5_drop_commands(fn);                                  /* NIC disabled: nothing of it is left */
                mlx5_function_objects_free(fn);
                fn->cmdq = 0;
            }
            break;
        case 0x18:
            for (unsigned n = 0; n < 32; n++) {
                if (value >> n & 1) {
                    mlx5_command(fn, n);
                }
            }
            break;
        }
        return;
    }
    unsigned in_uar = at & 0xfff;
    if (in_uar == 0x40 || in_uar == 0x48) {
        mlx5_eq_doorbell(fn, value, in_uar == 0x40);
    } else if (in_uar == 0x20 && size == 8) {
        mlx5_cq_doorbell(fn, value >> 32, value);
    } else if (in_uar >= 0x800 && !(in_uar & 0xff) && size == 8) {
        Qp *qp = mlx5_qp(fn, (uint32_t)value >> 8);                   /* the start of the newest work request */
        if (qp) {
            mlx5_qp_send(fn, qp);
        }
    }
}

static const MemoryRegionOps bar_ops = {
    .read = bar_read, .write = bar_write, .endianness = DEVICE_BIG_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8 }, .impl = { .min_access_size = 1, .max_access_size = 8 },
};

static void mlx5emu_realize(PCIDevice *dev, Error **errp)
{
    Mlx5 *fn = MLX5EMU(dev);
    bool vf = pci_is_vf(dev);
    uint64_t size = vf ? VF_BAR : PF_BAR;

    pci_config_set_interrupt_pin(dev->config, 1);
    fn->cqs = g_hash_table_new_full(NULL, NULL, NULL, free_cq);
    fn->qps = g_hash_table_new_full(NULL, NULL, NULL, free_qp);
    QTAILQ_INIT(&fn->deferred);
    fn->next_number = 0x40;
    snprintf(fn->node_desc, sizeof(fn->node_desc), "MT4123 ConnectX6   Mellanox Technologies");

    if (!vf) {
        if (fn->num_vfs > MAX_VFS) {
            error_setg(errp, "at most %d VFs", MAX_VFS);
            return;
        }
        fn->vport = g_new0(Vport, fn->num_vfs + 1);
        for (unsigned n = 0; n <= fn->num_vfs; n++) {
            fn->vport[n].pages = g_array_new(false, false, sizeof(uint64_t));
            mlx5_vport_defaults(fn, n);
        }
        fn->vport[0].enabled = true;
        if (!mlx5_has_link(fn)) {
            mlx5_set_port_state(fn, PORT_DOWN);
        }
    }

    memory_region_init(&fn->bar, OBJECT(fn), "mlx5emu-bar0", size);
    memory_region_init_io(&fn->io, OBJECT(fn), &bar_ops, fn, "mlx5emu", size);
    memory_region_add_subregion_overlap(&fn->bar, 0, &fn->io, -1);
    if (msix_init(dev, MSIX_VECTORS, &fn->bar, 0, MSIX_TABLE, &fn->bar, 0, MSIX_PBA, 0x60, errp)) {
        return;
    }
    pcie_endpoint_cap_init(dev, 0x80);
    pcie_cap_flr_init(dev);
    pcie_ari_init(dev, 0x100, 1);
    if (vf) {
        pcie_sriov_vf_register_bar(dev, 0, &fn->bar);
    } else {
        pci_register_bar(dev, 0, PCI_BASE_ADDRESS_SPACE_MEMORY | PCI_BASE_ADDRESS_MEM_TYPE_64 |
                         PCI_BASE_ADDRESS_MEM_PREFETCH, &fn->bar);
        if (fn->num_vfs) {
            pcie_sriov_pf_init(dev, 0x120, TYPE_MLX5EMU, 0x101c, fn->num_vfs, fn->num_vfs, 1, 1);
            pcie_sriov_pf_init_vf_bar(dev, 0, PCI_BASE_ADDRESS_SPACE_MEMORY | PCI_BASE_ADDRESS_MEM_TYPE_64 |
                                      PCI_BASE_ADDRESS_MEM_PREFETCH, VF_BAR);
        }
    }
}

static void mlx5emu_exit(PCIDevice *dev)
{
    Mlx5 *fn = MLX5EMU(dev);
    mlx5_function_reset(fn);
    if (!pci_is_vf(dev)) {
        if (fn->num_vfs) {
            pcie_sriov_pf_exit(dev);
        }
        for (unsigned n = 0; n <= fn->num_vfs; n++) {
            g_array_unref(fn->vport[n].pages);
        }
        g_free(fn->vport);
        fn->vport = NULL;
    }
    g_hash_table_unref(fn->cqs);
    g_hash_table_unref(fn->qps);
    msix_uninit(dev, &fn->bar, &fn->bar);
    memory_region_del_subregion(&fn->bar, &fn->io);
}

static void mlx5emu_reset(DeviceState *qdev)        /* power, the bus, or FLR */
{
    Mlx5 *fn = MLX5EMU(qdev);
    PCIDevice *dev = PCI_DEVICE(qdev);
    mlx5_function_reset(fn);
    if (pci_is_vf(dev)) {
        return;
    }
    if (fn->num_vfs) {
        pcie_sriov_pf_disable_vfs(dev);
    }
    for (unsigned n = 0; n <= fn->num_vfs; n++) {
        g_array_set_size(fn->vport[n].pages, 0);
        fn->vport[n].pages_wanted = 0;
        fn->vport[n].enabled = n == 0;
        mlx5_vport_defaults(fn, n);
    }
}

static void mlx5emu_write_config(PCIDevice *dev, uint32_t at, uint32_t value, int len)
{
    pci_default_write_config(dev, at, value, len);
    pcie_cap_flr_write_config(dev, at, value, len);
}

/* What a card is, for good. */
static Property mlx5emu_properties[] = {
    DEFINE_PROP_UINT64("guid", Mlx5, guid, 0xb83fd20300aa0000ull),
    DEFINE_PROP_UINT32("num-vfs", Mlx5, num_vfs, 8),
    DEFINE_PROP_STRING("peer", Mlx5, peer),
    DEFINE_PROP_END_OF_LIST(),
};

static const VMStateDescription mlx5emu_vmstate = { .name = TYPE_MLX5EMU, .unmigratable = 1 };

static void mlx5emu_class_init(ObjectClass *klass, void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(klass);
    pc->realize = mlx5emu_realize;
    pc->exit = mlx5emu_exit;
    pc->config_write = mlx5emu_write_config;
    pc->vendor_id = 0x15b3;
    pc->device_id = 0x101b;
    pc->subsystem_vendor_id = 0x15b3;
    pc->subsystem_id = 0x0007;
    pc->class_id = 0x0207;
    dc->desc = "mlx5 (ConnectX-6, InfiniBand) with SR-IOV";
    device_class_set_props(dc, mlx5emu_properties);
    dc->vmsd = &mlx5emu_vmstate;
    dc->reset = mlx5emu_reset;
    set_bit(DEVICE_CATEGORY_NETWORK, dc->categories);
}

static const TypeInfo mlx5emu_info = {
    .name = TYPE_MLX5EMU, .parent = TYPE_PCI_DEVICE, .instance_size = sizeof(Mlx5),
    .instance_init = mlx5_add_properties, .class_init = mlx5emu_class_init,
    .interfaces = (InterfaceInfo[]) { { INTERFACE_PCIE_DEVICE }, { } },
};

static void mlx5emu_register(void) { type_register_static(&mlx5emu_info); }
type_init(mlx5emu_register)
