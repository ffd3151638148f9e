// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The PCI driver. It binds to QEMU's nvme functions and makes them look like a ConnectX-6 in sysfs, to lspci and to udev:
 * the ids that the PCI core has cached are overwritten, the configuration space stays QEMU's.
 */
#include <linux/delay.h>
#include <linux/module.h>

#include "adapter.h"

#define QEMU_VENDOR	0x1b36
#define QEMU_NVME	0x0010
#define MELLANOX	0x15b3
#define CONNECTX6_PF	0x101b
#define CONNECTX6_VF	0x101c
#define CONNECTX6DX_PF	0x101d
#define CONNECTX6DX_VF	0x101e
#define CLASS_INFINIBAND 0x020700
#define CLASS_ETHERNET	0x020000

/* The test machine's cards sit in hotplug slots 21, 22, ...: udev then names the first PF's netdev ibs21. */
#define FIRST_SLOT	21

static void look_like_mlx5(struct pci_dev *pdev)
{
	pdev->vendor = MELLANOX;
	if (ethernet)
		pdev->device = pdev->is_virtfn ? CONNECTX6DX_VF : CONNECTX6DX_PF;
	else
		pdev->device = pdev->is_virtfn ? CONNECTX6_VF : CONNECTX6_PF;
	pdev->class = ethernet ? CLASS_ETHERNET : CLASS_INFINIBAND;
	pdev->subsystem_vendor = MELLANOX;
	pdev->subsystem_device = 0x0007;
}

static unsigned int card_of(struct pci_dev *pdev)
{
	unsigned int slot;

	if (!pdev->slot || kstrtouint(pci_slot_name(pdev->slot), 10, &slot) || slot < FIRST_SLOT)
		return 0;
	return min(slot - FIRST_SLOT, MAX_CARDS - 1U);
}

static int start_vf(struct pci_dev *pdev, struct pf *pf, int index)
{
	void *data;

	/* The PCI core has linked the VF to its driver by now. */
	msleep(vf_devices_ms + pf->faults.vf_probe_delay_ms);
	msleep(pf->faults.vf_probe_stagger_ms * index);
	if (vf_has(&pf->vfs[index], pf->faults.dead_vfs)) {
		dev_err(&pdev->dev, "firmware does not answer\n");
		return -EIO;
	}
	data = ethernet ? (void *)ethernet_add_netdev(pdev, pf, &pf->vfs[index]) : rdma_add_function(pdev, pf, &pf->vfs[index]);
	if (IS_ERR(data))
		return PTR_ERR(data);
	pci_set_drvdata(pdev, data);
	dev_info(&pdev->dev, "probed\n");
	return 0;
}

/* Many drivers hold one for the whole module while they register what a function brings. */
static DEFINE_MUTEX(module_lock);

static int probe_vf(struct pci_dev *pdev)
{
	struct pf *pf = pci_get_drvdata(pci_physfn(pdev));
	int index = pci_iov_vf_id(pdev);
	bool serialised;
	int error;

	if (!pf || index < 0 || index >= MAX_VFS)
		return -ENODEV;
	serialised = pf->faults.vf_probe_serialised;
	if (serialised)
		mutex_lock(&module_lock);
	error = start_vf(pdev, pf, index);
	if (serialised)
		mutex_unlock(&module_lock);
	return error;
}

static int add_device(struct pf *pf)
{
	struct function *function;

	if (ethernet) {
		pf->netdev = ethernet_add_netdev(pf->pdev, pf, NULL);
		return PTR_ERR_OR_ZERO(pf->netdev);
	}
	function = rdma_add_function(pf->pdev, pf, NULL);
	return PTR_ERR_OR_ZERO(function);
}

static int probe_pf(struct pci_dev *pdev)
{
	struct pf *pf;
	int error;

	pf = kvzalloc(sizeof(*pf), GFP_KERNEL);
	if (!pf)
		return -ENOMEM;
	pf->pdev = pdev;
	pf->card = card_of(pdev);
	pf->guid = control_node_guid(pf->card);
	mutex_init(&pf->lock);
	control_add_pf(pf);
	msleep(pf->faults.pf_probe_delay_ms);

	error = pci_enable_device(pdev);
	if (error)
		goto free;
	pci_set_drvdata(pdev, pf);
	error = ofed_add_pf_files(pf);
	if (error)
		goto disable;
	fabric_add(pf);
	error = add_device(pf);
	if (!error)
		return 0;

	fabric_remove(pf);
	ofed_remove_pf_files(pf);
disable:
	pci_set_drvdata(pdev, NULL);
	pci_disable_device(pdev);
free:
	control_remove_pf(pf);
	kvfree(pf);
	return error;
}

static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	look_like_mlx5(pdev);
	return pdev->is_virtfn ? probe_vf(pdev) : probe_pf(pdev);
}

static void remove_pf(struct pf *pf)
{
	sriov_set_count(pf, 0);
	if (ethernet)
		ethernet_remove_netdev(pf->netdev);
	else
		rdma_remove_function(pf->function);
	fabric_remove(pf);
	ofed_remove_pf_files(pf);
	control_remove_pf(pf);
	pci_set_drvdata(pf->pdev, NULL);
	pci_disable_device(pf->pdev);
	kvfree(pf);
}

static void remove(struct pci_dev *pdev)
{
	if (pdev->is_virtfn && ethernet)
		ethernet_remove_netdev(pci_get_drvdata(pdev));
	else if (pdev->is_virtfn)
		rdma_remove_function(pci_get_drvdata(pdev));
	else
		remove_pf(pci_get_drvdata(pdev));
}

/* The PCI core has already refused counts above sriov_totalvfs, and a change from nonzero to nonzero. */
static int sriov_configure(struct pci_dev *pdev, int count)
{
	return sriov_set_count(pci_get_drvdata(pdev), count);
}

static const struct pci_device_id ids[] = {
	{ PCI_DEVICE(QEMU_VENDOR, QEMU_NVME) },
	{ PCI_DEVICE(MELLANOX, CONNECTX6_PF) },
	{ PCI_DEVICE(MELLANOX, CONNECTX6_VF) },
	{ PCI_DEVICE(MELLANOX, CONNECTX6DX_PF) },
	{ PCI_DEVICE(MELLANOX, CONNECTX6DX_VF) },
	{}
};
MODULE_DEVICE_TABLE(pci, ids);

static struct pci_driver driver = {
	.name = "mlx5_core",
	.id_table = ids,
	.probe = probe,
	.remove = remove,
	.sriov_configure = sriov_configure,
};

/* A new function gets its looks here, before its uevent. A VF inherits the vendor that its PF already shows. */
static int function_added(struct notifier_block *block, unsigned long event, void *data)
{
	struct pci_dev *pdev = to_pci_dev(data);

	if (event == BUS_NOTIFY_ADD_DEVICE && pdev->device == QEMU_NVME &&
	    (pdev->vendor == QEMU_VENDOR || pdev->vendor == MELLANOX))
		look_like_mlx5(pdev);
	return NOTIFY_DONE;
}

static struct notifier_block notifier = { .notifier_call = function_added };

static int __init adapter_init(void)
{
	int error;

	wire_init();
	error = control_init();
	if (error)
		goto wire;
	bus_register_notifier(&pci_bus_type, &notifier);
	error = pci_register_driver(&driver);
	if (!error)
		return 0;

	bus_unregister_notifier(&pci_bus_type, &notifier);
	control_exit();
wire:
	wire_exit();
	return error;
}

static void __exit adapter_exit(void)
{
	pci_unregister_driver(&driver);
	bus_unregister_notifier(&pci_bus_type, &notifier);
	control_exit();
	wire_exit();
}

module_init(adapter_init);
module_exit(adapter_exit);
MODULE_DESCRIPTION("Virtual mlx5 adapter for tests");
MODULE_LICENSE("Dual MIT/GPL");
