// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The files of a PF are there from the beginning of its probe by mlx5_core until it loses that driver. So this module must be
 * loaded before mlx5_core.
 */
#include <linux/mlx5/driver.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "mlx5_ofed.h"
#include "texts.h"

static unsigned int release = OFED_25_10;
module_param(release, uint, 0444);
MODULE_PARM_DESC(release, "release of MLNX_OFED to act as, 2510 or 2407");

static LIST_HEAD(pfs);
static DEFINE_MUTEX(pfs_lock);

static struct pf *pf_of(struct pci_dev *pdev)
{
	struct pf *pf, *found = NULL;

	mutex_lock(&pfs_lock);
	list_for_each_entry(pf, &pfs, list)
		if (pf->pdev == pdev)
			found = pf;
	mutex_unlock(&pfs_lock);
	return found;
}

/* The kernel's own driver has no version of its own. */
static ssize_t version_show(struct module_attribute *attr, struct module_kobject *module, char *text)
{
	return sysfs_emit(text, "%s\n", ofed_version(release));
}
static struct module_attribute version = __ATTR_RO(version);

/* The driver's own sriov_configure. The folders are created before the VFs, and removed after them. */
static int (*driver_configure)(struct pci_dev *pdev, int count);

static int configure(struct pci_dev *pdev, int count)
{
	struct pf *pf = pf_of(pdev);
	int result;

	if (!pf)
		return driver_configure(pdev, count);
	result = add_vf_folders(pf, count);
	if (result)
		return result;
	result = driver_configure(pdev, count);
	if (!count || result < 0)
		remove_vf_folders(pf);
	return result;
}

static int present_count(struct pf *pf)
{
	struct mlx5_core_dev *dev = pci_get_drvdata(pf->pdev);

	return pf->is_bound ? dev->priv.sriov.num_vfs : 0;
}

static ssize_t mlx5_num_vfs_show(struct device *dev, struct device_attribute *attr, char *text)
{
	return sysfs_emit(text, "%d\n", present_count(pf_of(to_pci_dev(dev))));
}

/* Without the device's lock, unlike sriov_numvfs. */
static ssize_t mlx5_num_vfs_store(struct device *dev, struct device_attribute *attr, const char *text, size_t size)
{
	struct pf *pf = pf_of(to_pci_dev(dev));
	int present = present_count(pf);
	int result = ofed_parse_count(release, text, present, pci_sriov_get_totalvfs(pf->pdev));

	if (!pf->is_bound)
		return -ENODEV;
	if (result >= 0 && result != present)
		result = configure(pf->pdev, result);
	return result < 0 ? result : size;
}
static DEVICE_ATTR(mlx5_num_vfs, 0600, mlx5_num_vfs_show, mlx5_num_vfs_store);

static int add_files(struct pf *pf)
{
	pf->folder = kobject_create_and_add("sriov", &pf->pdev->dev.kobj);
	return pf->folder ? device_create_file(&pf->pdev->dev, &dev_attr_mlx5_num_vfs) : -ENOMEM;
}

static void remove_pf(struct pf *pf)
{
	struct pci_driver *driver = to_pci_driver(pf->pdev->dev.driver);

	device_remove_file(&pf->pdev->dev, &dev_attr_mlx5_num_vfs);
	remove_vf_folders(pf);
	kobject_put(pf->folder);
	mutex_lock(&pfs_lock);
	list_del(&pf->list);
	if (list_empty(&pfs)) {
		driver->sriov_configure = driver_configure;
		sysfs_remove_file(&driver->driver.owner->mkobj.kobj, &version.attr);
	}
	mutex_unlock(&pfs_lock);
	kfree(pf);
}

static void add_pf(struct pci_dev *pdev)
{
	struct pci_driver *driver = to_pci_driver(pdev->dev.driver);
	struct pf *pf = kzalloc(sizeof(*pf), GFP_KERNEL);
	int error = 0;

	if (!pf)
		return;
	pf->pdev = pdev;
	INIT_LIST_HEAD(&pf->vfs);
	mutex_init(&pf->vfs_lock);
	mutex_lock(&pfs_lock);
	if (list_empty(&pfs)) {
		error = sysfs_create_file(&driver->driver.owner->mkobj.kobj, &version.attr);
		driver_configure = driver->sriov_configure;
		driver->sriov_configure = configure;
	}
	list_add(&pf->list, &pfs);
	mutex_unlock(&pfs_lock);
	error = error ?: add_files(pf);
	if (error) {
		dev_err(&pdev->dev, "failed to create the files of MLNX_OFED: %d\n", error);
		remove_pf(pf);
	}
}

static int driver_event(struct notifier_block *block, unsigned long event, void *data)
{
	struct pci_dev *pdev = to_pci_dev(data);
	struct pf *pf;

	if (event == BUS_NOTIFY_BIND_DRIVER && !pdev->is_virtfn && !strcmp(pdev->dev.driver->name, "mlx5_core"))
		add_pf(pdev);
	pf = pf_of(pdev);
	if (pf && event == BUS_NOTIFY_BOUND_DRIVER)
		pf->is_bound = true;
	else if (pf && (event == BUS_NOTIFY_UNBIND_DRIVER || event == BUS_NOTIFY_DRIVER_NOT_BOUND))
		remove_pf(pf);
	return NOTIFY_DONE;
}

static struct notifier_block notifier = { .notifier_call = driver_event };

static int __init ofed_init(void)
{
	return bus_register_notifier(&pci_bus_type, &notifier);
}

static void __exit ofed_exit(void)
{
	struct pf *pf, *next;

	bus_unregister_notifier(&pci_bus_type, &notifier);
	list_for_each_entry_safe(pf, next, &pfs, list) {
		struct device *dev = &pf->pdev->dev;

		device_lock(dev);
		remove_pf(pf);
		device_unlock(dev);
	}
}

module_init(ofed_init);
module_exit(ofed_exit);
MODULE_DESCRIPTION("Files of MLNX_OFED for tests");
MODULE_LICENSE("GPL");
